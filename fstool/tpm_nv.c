#include <openssl/evp.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "fstool/tpm_nv.h"
#include "workers/tpm_tcti.h"

#define COUNTER_LEN	8	/* TCG part 1, 37.2.4 */
#define ATTRIBUTES	(TPMA_NV_AUTHWRITE | TPMA_NV_AUTHREAD | \
	TPMA_NV_OWNERREAD | TPMA_NV_NO_DA | \
	(TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT))

#define POLICY_LEN	32

/* Sessions are salted with the parent. */
struct nv {
	ESYS_TR			tr;
	struct tpm_parent	parent;
	TPM2B_DIGEST		policy;	/* of what is there: digest of its proof */
};

enum found {
	NV_UNKNOWN,	/* the TPM does not say */
	NV_NONE,
	NV_OTHERS,	/* not made by define() */
	NV_UNUSED,	/* made by a define() that was cut */
	NV_COUNTER
};

/* TCG part 1, 16: the algorithm and the digest of the public area. */
static int
name_make(const TPMS_NV_PUBLIC *p, uint8_t ret_name[NV_NAME_LEN])
{
	uint8_t b[sizeof(*p)];
	unsigned int len;
	size_t n = 0;

	if (Tss2_MU_TPMS_NV_PUBLIC_Marshal(p, b, sizeof(b), &n) !=
	    TSS2_RC_SUCCESS ||
	    EVP_Digest(b, n, ret_name + 2, &len, EVP_sha256(), NULL) != 1)
		return -1;
	ret_name[0] = TPM2_ALG_SHA256 >> 8;
	ret_name[1] = TPM2_ALG_SHA256 & 0xff;
	return 0;
}

static int
is_ours(const TPMS_NV_PUBLIC *p, uint32_t index)
{
	return p->nvIndex == index && p->nameAlg == TPM2_ALG_SHA256 &&
	    (p->attributes & ~(TPMA_NV)TPMA_NV_WRITTEN) == ATTRIBUTES &&
	    (p->authPolicy.size == 0 || p->authPolicy.size == POLICY_LEN) &&
	    p->dataSize == COUNTER_LEN;
}

/* Its Name as computed here; the TPM must say the same. */
static enum found
public_read(struct tpm_job *j, uint32_t index, struct nv *nv,
    uint8_t ret_name[NV_NAME_LEN])
{
	TPM2B_NV_PUBLIC *pub = NULL;
	TPM2B_NAME *name = NULL;
	uint8_t mine[NV_NAME_LEN];
	enum found r = NV_UNKNOWN;
	TSS2_RC rc;

	rc = Esys_NV_ReadPublic(j->esys, nv->tr, NO_SESSIONS, &pub, &name);
	if (rc != TSS2_RC_SUCCESS) {
		job_fail_rc(j, "read the counter's public area", rc);
		return NV_UNKNOWN;
	}
	nv->policy = pub->nvPublic.authPolicy;
	if (!is_ours(&pub->nvPublic, index)) {
		job_fail(j, "NV index 0x%x is not a counter of "
		    "cosmian_fstool: another program has it", index);
		r = NV_OTHERS;
	} else if (name_make(&pub->nvPublic, mine) == -1 ||
	    name->size != sizeof(mine) ||
	    memcmp(name->name, mine, sizeof(mine)) != 0)
		job_fail(j, "NV index 0x%x: the Name is not that of its "
		    "public area", index);
	else if ((pub->nvPublic.attributes & TPMA_NV_WRITTEN) == 0) {
		job_fail(j, "the counter at NV index 0x%x was never used: its "
		    "definition was cut", index);
		r = NV_UNUSED;
	} else {
		memcpy(ret_name, mine, sizeof(mine));
		r = NV_COUNTER;
	}
	Esys_Free(pub);
	Esys_Free(name);
	return r;
}

/* Whatever is there; with a text unless it is a counter of ours. */
static enum found
nv_find(struct tpm_job *j, uint32_t index, struct nv *nv, struct nv_ans *a)
{
	TSS2_RC rc;

	memset(nv, 0, sizeof(*nv));
	nv->tr = ESYS_TR_NONE;
	if (index < NV_FIRST || index > NV_LAST) {
		job_fail(j, "NV index 0x%x is none of ours", index);
		return NV_UNKNOWN;
	}
	rc = Esys_TR_FromTPMPublic(j->esys, index, NO_SESSIONS, &nv->tr);
	if (tpm_base_rc(rc) == TPM2_RC_HANDLE) {
		job_fail(j, "there is no counter at NV index 0x%x: it was "
		    "removed, or the TPM was cleared", index);
		return NV_NONE;
	}
	if (rc != TSS2_RC_SUCCESS) {
		job_fail_rc(j, "look for the counter", rc);
		return NV_UNKNOWN;
	}
	a->there = 1;
	return public_read(j, index, nv, a->name);
}

/* ESYS keeps the authorisation with the index: overwrite it in place. */
static void
nv_close(struct tpm_job *j, struct nv *nv)
{
	static const TPM2B_AUTH zero = { .size = SECRET_LEN };

	parent_close(j, &nv->parent);
	if (nv->tr == ESYS_TR_NONE)
		return;
	Esys_TR_SetAuth(j->esys, nv->tr, &zero);
	Esys_TR_Close(j->esys, &nv->tr);
}

static int
auth_set(struct tpm_job *j, const struct nv *nv, const struct nv_ask *q)
{
	TPM2B_AUTH auth = { .size = SECRET_LEN };
	TSS2_RC rc;

	memcpy(auth.buffer, q->auth, SECRET_LEN);
	rc = Esys_TR_SetAuth(j->esys, nv->tr, &auth);
	explicit_bzero(&auth, sizeof(auth));
	return rc == TSS2_RC_SUCCESS ? 0 :
	    job_fail_rc(j, "authorisation", rc);
}

static int
is_other_auth(TSS2_RC rc)
{
	return tpm_base_rc(rc) == TPM2_RC_BAD_AUTH ||
	    tpm_base_rc(rc) == TPM2_RC_AUTH_FAIL;
}

static int
fail_other_auth(struct tpm_job *j)
{
	return job_fail(j, "the counter does not take this authorisation: it "
	    "is that of another container");
}

/*
 * By the index itself, whose authorisation was set; or by the owner, whose is
 * empty: the answer is authentic all the same.  1; 0 when the authorisation is
 * another; -1.
 */
static int
value_read(struct tpm_job *j, const struct nv *nv, ESYS_TR by,
    uint64_t *ret_value)
{
	TPM2B_MAX_NV_BUFFER *b = NULL;
	uint64_t v = 0;
	ESYS_TR s;
	TSS2_RC rc;
	int i;

	if (session_start(j, &nv->parent, TPM2_SE_HMAC, TPMA_SESSION_ENCRYPT,
	    &s) == -1)
		return -1;
	rc = Esys_NV_Read(j->esys, by, nv->tr, s, ESYS_TR_NONE,
	    ESYS_TR_NONE, COUNTER_LEN, 0, &b);
	job_flush(j, s);
	if (by == nv->tr && is_other_auth(rc)) {
		fail_other_auth(j);
		return 0;
	}
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_owner(j, "read the counter", rc);
	for (i = 0; i < COUNTER_LEN && b->size == COUNTER_LEN; i++)
		v = v << 8 | b->buffer[i];
	i = b->size;
	Esys_Free(b);
	if (i != COUNTER_LEN)
		return job_fail(j, "the counter has %d bytes", i);
	*ret_value = v;
	return 1;
}

static int
increment(struct tpm_job *j, const struct nv *nv)
{
	ESYS_TR s;
	TSS2_RC rc;

	if (session_start(j, &nv->parent, TPM2_SE_HMAC, 0, &s) == -1)
		return -1;
	rc = Esys_NV_Increment(j->esys, nv->tr, nv->tr, s, ESYS_TR_NONE,
	    ESYS_TR_NONE);
	job_flush(j, s);
	if (is_other_auth(rc))
		return fail_other_auth(j);
	return rc == TSS2_RC_SUCCESS ? 0 :
	    job_fail_rc(j, "increment the counter", rc);
}

/* What only who knows the proof can have put there. */
static int
policy_make(const struct nv_ask *q, TPM2B_DIGEST *ret)
{
	ret->size = POLICY_LEN;
	return EVP_Digest(q->proof, sizeof(q->proof), ret->buffer, NULL,
	    EVP_sha256(), NULL) == 1 ? 0 : -1;
}

static int
space_define(struct tpm_job *j, const struct nv_ask *q, struct nv *nv)
{
	TPM2B_AUTH auth = { .size = SECRET_LEN };
	TPM2B_NV_PUBLIC pub = {
		.nvPublic = {
			.nvIndex = q->index,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = ATTRIBUTES,
			.dataSize = COUNTER_LEN,
		},
	};
	ESYS_TR s;
	TSS2_RC rc;

	if (policy_make(q, &pub.nvPublic.authPolicy) == -1)
		return job_fail(j, "libcrypto: SHA-256");
	if (session_start(j, &nv->parent, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT,
	    &s) == -1)
		return -1;
	memcpy(auth.buffer, q->auth, SECRET_LEN);
	rc = Esys_NV_DefineSpace(j->esys, ESYS_TR_RH_OWNER, s, ESYS_TR_NONE,
	    ESYS_TR_NONE, &auth, &pub, &nv->tr);
	explicit_bzero(&auth, sizeof(auth));
	job_flush(j, s);
	return rc == TSS2_RC_SUCCESS ? 0 :
	    job_fail_owner(j, "define the counter", rc);
}

/* Says nothing, so that the text of what failed before stays. ESYS forgets the index with it. */
static TSS2_RC
space_undefine(struct tpm_job *j, struct nv *nv)
{
	TSS2_RC rc = Esys_NV_UndefineSpace(j->esys, ESYS_TR_RH_OWNER, nv->tr,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);

	if (rc == TSS2_RC_SUCCESS)
		nv->tr = ESYS_TR_NONE;
	return rc;
}

/* Without a first increment it has no value, and another Name than later. */
static int
define(struct tpm_job *j, const struct nv_ask *q, struct nv *nv,
    struct nv_ans *a)
{
	if (parent_any(j, &nv->parent) == -1 || space_define(j, q, nv) == -1)
		return -1;
	if (increment(j, nv) == 0 &&
	    public_read(j, q->index, nv, a->name) == NV_COUNTER &&
	    value_read(j, nv, ESYS_TR_RH_OWNER, &a->value) == 1)
		return 0;
	space_undefine(j, nv);
	return -1;
}

void
nv_define(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;
	enum found f = nv_find(j, q->index, &nv, a);

	a->ok = f == NV_NONE ? define(j, q, &nv, a) == 0 : f != NV_UNKNOWN;
	nv_close(j, &nv);
}

static int
is_given(const uint8_t auth[SECRET_LEN])
{
	static const uint8_t zero[SECRET_LEN];

	return memcmp(auth, zero, SECRET_LEN) != 0;
}

/* As value_read(), with a parent for the session. */
static int
read_by(struct tpm_job *j, const struct nv_ask *q, struct nv *nv,
    uint64_t *ret_value)
{
	const int own = is_given(q->auth);

	if (parent_any(j, &nv->parent) == -1 ||
	    (own && auth_set(j, nv, q) == -1))
		return -1;
	return value_read(j, nv, own ? nv->tr : ESYS_TR_RH_OWNER, ret_value);
}

/* Only a counter of ours has a Name and a value, the others are there. */
void
nv_read(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;
	enum found f = nv_find(j, q->index, &nv, a);
	int r = 1;

	if (f == NV_COUNTER)
		r = read_by(j, q, &nv, &a->value);
	if (r != 1)
		memset(a->name, 0, sizeof(a->name));
	a->ok = f != NV_UNKNOWN && r != -1;
	nv_close(j, &nv);
}

/* Show knowledge of the authorisation; it is not shown to the bus. */
static int
bump(struct tpm_job *j, const struct nv_ask *q, struct nv *nv,
    struct nv_ans *a)
{
	if (parent_any(j, &nv->parent) == -1 || auth_set(j, nv, q) == -1)
		return -1;
	return increment(j, nv) == 0 &&
	    value_read(j, nv, ESYS_TR_RH_OWNER, &a->value) == 1 ? 0 : -1;
}

void
nv_bump(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;

	a->ok = nv_find(j, q->index, &nv, a) == NV_COUNTER &&
	    bump(j, q, &nv, a) == 0;
	nv_close(j, &nv);
}

/* The owner may remove any counter; this program removes what it is shown to have made. */
static int
is_proved(const struct nv *nv, const struct nv_ask *q)
{
	TPM2B_DIGEST want;

	return policy_make(q, &want) == 0 && nv->policy.size == want.size &&
	    memcmp(nv->policy.buffer, want.buffer, want.size) == 0;
}

void
nv_undefine(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;
	TSS2_RC rc;
	enum found f = nv_find(j, q->index, &nv, a);

	a->ok = f == NV_NONE;
	if ((f == NV_UNUSED || f == NV_COUNTER) && !is_proved(&nv, q)) {
		job_fail(j, "the counter at NV index 0x%x may be another "
		    "container's: it is left", q->index);
		a->ok = 1;
	} else if (f == NV_UNUSED || f == NV_COUNTER) {
		rc = space_undefine(j, &nv);
		if (rc != TSS2_RC_SUCCESS)
			job_fail_owner(j, "remove the counter", rc);
		a->ok = rc == TSS2_RC_SUCCESS;
		a->there = !a->ok;
	}
	nv_close(j, &nv);
}
