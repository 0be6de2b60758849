#include <openssl/evp.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "fstool/tpm_nv.h"
#include "workers/tpm_tcti.h"

#define COUNTER_LEN	8	/* TCG part 1, 37.2.4 */
#define ATTRIBUTES	(TPMA_NV_AUTHWRITE | TPMA_NV_AUTHREAD | \
	TPMA_NV_OWNERREAD | TPMA_NV_NO_DA | \
	(TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT))

/* Sessions are salted with the parent. */
struct nv {
	ESYS_TR			tr;
	struct tpm_parent	parent;
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
	    p->authPolicy.size == 0 && p->dataSize == COUNTER_LEN;
}

/* Its Name as computed here; the TPM must say the same. */
static enum found
public_read(struct tpm_job *j, uint32_t index, ESYS_TR tr,
    uint8_t ret_name[NV_NAME_LEN])
{
	TPM2B_NV_PUBLIC *pub = NULL;
	TPM2B_NAME *name = NULL;
	uint8_t mine[NV_NAME_LEN];
	enum found r = NV_UNKNOWN;
	TSS2_RC rc;

	rc = Esys_NV_ReadPublic(j->esys, tr, NO_SESSIONS, &pub, &name);
	if (rc != TSS2_RC_SUCCESS) {
		job_fail_rc(j, "read the counter's public area", rc);
		return NV_UNKNOWN;
	}
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
	return public_read(j, index, nv->tr, a->name);
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

/* By the owner, whose authorisation is empty; the answer is authentic all the same. */
static int
value_read(struct tpm_job *j, const struct nv *nv, uint64_t *ret_value)
{
	TPM2B_MAX_NV_BUFFER *b = NULL;
	uint64_t v = 0;
	ESYS_TR s;
	TSS2_RC rc;
	int i;

	if (session_start(j, &nv->parent, TPM2_SE_HMAC, TPMA_SESSION_ENCRYPT,
	    &s) == -1)
		return -1;
	rc = Esys_NV_Read(j->esys, ESYS_TR_RH_OWNER, nv->tr, s, ESYS_TR_NONE,
	    ESYS_TR_NONE, COUNTER_LEN, 0, &b);
	job_flush(j, s);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_owner(j, "read the counter", rc);
	for (i = 0; i < COUNTER_LEN && b->size == COUNTER_LEN; i++)
		v = v << 8 | b->buffer[i];
	i = b->size;
	Esys_Free(b);
	if (i != COUNTER_LEN)
		return job_fail(j, "the counter has %d bytes", i);
	*ret_value = v;
	return 0;
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
	if (tpm_base_rc(rc) == TPM2_RC_BAD_AUTH ||
	    tpm_base_rc(rc) == TPM2_RC_AUTH_FAIL)
		return job_fail(j, "the counter does not take this "
		    "authorisation: it is that of another container");
	return rc == TSS2_RC_SUCCESS ? 0 :
	    job_fail_rc(j, "increment the counter", rc);
}

static int
space_define(struct tpm_job *j, const struct nv_ask *q, struct nv *nv)
{
	TPM2B_AUTH auth = { .size = SECRET_LEN };
	const TPM2B_NV_PUBLIC pub = {
		.nvPublic = {
			.nvIndex = q->index,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = ATTRIBUTES,
			.dataSize = COUNTER_LEN,
		},
	};
	ESYS_TR s;
	TSS2_RC rc;

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
	    public_read(j, q->index, nv->tr, a->name) == NV_COUNTER &&
	    value_read(j, nv, &a->value) == 0)
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

/* Only a counter of ours has a Name and a value, the others are there. */
void
nv_read(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;
	enum found f = nv_find(j, q->index, &nv, a);

	a->ok = f != NV_UNKNOWN;
	if (f == NV_COUNTER)
		a->ok = parent_any(j, &nv.parent) == 0 &&
		    value_read(j, &nv, &a->value) == 0;
	nv_close(j, &nv);
}

/* Show knowledge of the authorisation; it is not shown to the bus. */
static int
bump(struct tpm_job *j, const struct nv_ask *q, struct nv *nv,
    struct nv_ans *a)
{
	TPM2B_AUTH auth = { .size = SECRET_LEN };
	TSS2_RC rc;

	if (parent_any(j, &nv->parent) == -1)
		return -1;
	memcpy(auth.buffer, q->auth, SECRET_LEN);
	rc = Esys_TR_SetAuth(j->esys, nv->tr, &auth);
	explicit_bzero(&auth, sizeof(auth));
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "authorisation", rc);
	return increment(j, nv) == 0 ? value_read(j, nv, &a->value) : -1;
}

void
nv_bump(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;

	a->ok = nv_find(j, q->index, &nv, a) == NV_COUNTER &&
	    bump(j, q, &nv, a) == 0;
	nv_close(j, &nv);
}

void
nv_undefine(struct tpm_job *j, const struct nv_ask *q, struct nv_ans *a)
{
	struct nv nv;
	TSS2_RC rc;
	enum found f = nv_find(j, q->index, &nv, a);

	a->ok = f == NV_NONE;
	if (f == NV_UNUSED || f == NV_COUNTER) {
		rc = space_undefine(j, &nv);
		if (rc != TSS2_RC_SUCCESS)
			job_fail_owner(j, "remove the counter", rc);
		a->ok = rc == TSS2_RC_SUCCESS;
	}
	nv_close(j, &nv);
}
