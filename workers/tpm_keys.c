#include <openssl/evp.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "privsep/log.h"
#include "workers/tpm_keys.h"
#include "workers/tpm_tcti.h"

#define AK_MUST	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
	TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
	TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

static const EVP_MD *
md_of(TPMI_ALG_HASH alg)
{
	switch (alg) {
	case TPM2_ALG_SHA256:
		return EVP_sha256();
	case TPM2_ALG_SHA384:
		return EVP_sha384();
	case TPM2_ALG_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

/* TCG part 1, 16: a Name is the algorithm and the digest, here of two pieces. */
static int
name_make(TPMI_ALG_HASH alg, const void *a, size_t alen, const void *b,
    size_t blen, TPM2B_NAME *ret_name)
{
	const EVP_MD *md = md_of(alg);
	EVP_MD_CTX *c = NULL;
	TPM2B_NAME n;
	unsigned int len = 0;
	int rc = -1;

	if (md == NULL || (c = EVP_MD_CTX_new()) == NULL)
		goto out;
	n.name[0] = (uint8_t)(alg >> 8);
	n.name[1] = (uint8_t)alg;
	if (EVP_DigestInit_ex(c, md, NULL) != 1 ||
	    EVP_DigestUpdate(c, a, alen) != 1 ||
	    EVP_DigestUpdate(c, b, blen) != 1 ||
	    EVP_DigestFinal_ex(c, n.name + 2, &len) != 1)
		goto out;
	n.size = (uint16_t)(2 + len);
	*ret_name = n;
	rc = 0;
out:
	EVP_MD_CTX_free(c);
	return rc;
}

static int
name_equal(const TPM2B_NAME *a, const TPM2B_NAME *b)
{
	return a->size == b->size && memcmp(a->name, b->name, a->size) == 0;
}

int
key_public_bytes(const struct tpm_key *k, uint8_t *dst, size_t cap,
    size_t *ret_len)
{
	size_t at = 0;
	TSS2_RC rc;

	rc = Tss2_MU_TPMT_PUBLIC_Marshal(&k->pub.publicArea, dst, cap, &at);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("public area", rc);
	*ret_len = at;
	return 0;
}

int
key_read(ESYS_CONTEXT *esys, TPM2_HANDLE h, struct tpm_key *ret_key)
{
	uint8_t b[sizeof(TPMT_PUBLIC)];
	TPM2B_PUBLIC *pub = NULL;
	TPM2B_NAME *name = NULL, *qualified = NULL;
	struct tpm_key k;
	size_t n = 0;
	TSS2_RC rc;
	int r = -1;

	rc = Esys_TR_FromTPMPublic(esys, h, NO, &k.tr);
	if (tpm_base_rc(rc) == TPM2_RC_HANDLE)
		return 0;
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_ReadPublic(esys, k.tr, NO, &pub, &name, &qualified);
	if (rc != TSS2_RC_SUCCESS) {
		tpm_fail("read public", rc);
		goto out;
	}
	k.pub = *pub;
	k.qualified = *qualified;
	if (key_public_bytes(&k, b, sizeof(b), &n) == -1 ||
	    name_make(pub->publicArea.nameAlg, b, n, NULL, 0, &k.name) == -1 ||
	    !name_equal(&k.name, name)) {
		log_warnx("handle 0x%x: the Name is not that of the public area",
		    h);
		goto out;
	}
	*ret_key = k;
	r = 1;
out:
	Esys_Free(pub);
	Esys_Free(name);
	Esys_Free(qualified);
	return r;
}

static const char *
attributes_refuse(const TPMT_PUBLIC *p)
{
	if ((p->objectAttributes & AK_MUST) != AK_MUST)
		return "is not a restricted signing key that never left this TPM";
	if ((p->objectAttributes & TPMA_OBJECT_DECRYPT) != 0)
		return "may also decrypt";
	return p->nameAlg != TPM2_ALG_SHA256 ? "has no Name of SHA-256" : NULL;
}

const char *
hcl_ak_refuses(const struct tpm_key *k)
{
	const TPMT_PUBLIC *p = &k->pub.publicArea;
	const TPMS_RSA_PARMS *r = &p->parameters.rsaDetail;

	if (p->type != TPM2_ALG_RSA || r->keyBits != 2048 ||
	    r->scheme.scheme != TPM2_ALG_RSASSA ||
	    r->scheme.details.rsassa.hashAlg != TPM2_ALG_SHA256)
		return "is not RSASSA 2048 with SHA-256";
	return attributes_refuse(p);
}

const char *
ak_refuses(const struct tpm_key *k)
{
	const TPMT_PUBLIC *p = &k->pub.publicArea;
	const TPMS_ECC_PARMS *e = &p->parameters.eccDetail;
	const char *why = attributes_refuse(p);

	if (why != NULL)
		return why;
	if (p->type != TPM2_ALG_ECC || e->curveID != TPM2_ECC_NIST_P256 ||
	    e->scheme.scheme != TPM2_ALG_ECDSA ||
	    e->scheme.details.ecdsa.hashAlg != TPM2_ALG_SHA256)
		return "is not ECDSA P-256 with SHA-256";
	return NULL;
}

/* TCG part 1, 16.4: QN = H(QN of the parent || Name), that of a hierarchy is its handle. */
int
key_is_child(const struct tpm_key *ak, const struct tpm_key *ek)
{
	static const uint8_t endorsement[4] = { 0x40, 0, 0, 0x0b };
	TPM2B_NAME q, want;

	return name_make(ek->pub.publicArea.nameAlg, endorsement,
	    sizeof(endorsement), ek->name.name, ek->name.size, &q) == 0 &&
	    name_make(ak->pub.publicArea.nameAlg, q.name, q.size,
	    ak->name.name, ak->name.size, &want) == 0 &&
	    name_equal(&want, &ak->qualified);
}

void
key_flush(ESYS_CONTEXT *esys, ESYS_TR tr)
{
	TSS2_RC rc;

	if (tr != ESYS_TR_NONE &&
	    (rc = Esys_FlushContext(esys, tr)) != TSS2_RC_SUCCESS)
		tpm_fail("flush", rc);
}

int
key_session(ESYS_CONTEXT *esys, const struct tpm_key *ek, ESYS_TR *ret_session)
{
	static const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128,
		.mode.aes = TPM2_ALG_CFB
	};
	TPMA_SESSION how = TPMA_SESSION_CONTINUESESSION;
	ESYS_TR s = ESYS_TR_NONE;
	TSS2_RC rc;

	rc = Esys_StartAuthSession(esys, ek != NULL ? ek->tr : ESYS_TR_NONE,
	    ESYS_TR_NONE, NO, NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256, &s);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("session", rc);
	if (ek != NULL)
		how |= TPMA_SESSION_DECRYPT;
	if ((rc = Esys_TRSess_SetAttributes(esys, s, how, 0xff)) !=
	    TSS2_RC_SUCCESS) {
		key_flush(esys, s);
		return tpm_fail("session", rc);
	}
	*ret_session = s;
	return 0;
}

int
key_takes_password(const struct tpm_key *k)
{
	return (k->pub.publicArea.objectAttributes &
	    TPMA_OBJECT_USERWITHAUTH) != 0;
}

int
key_policy_session(ESYS_CONTEXT *esys, const struct tpm_key *k,
    ESYS_TR *ret_session)
{
	static const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR s = ESYS_TR_NONE;
	TSS2_RC rc;

	rc = Esys_StartAuthSession(esys, ESYS_TR_NONE, ESYS_TR_NONE, NO, NULL,
	    TPM2_SE_POLICY, &none, k->pub.publicArea.nameAlg, &s);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("policy session", rc);
	rc = Esys_TRSess_SetAttributes(esys, s, TPMA_SESSION_CONTINUESESSION,
	    0xff);
	if (rc != TSS2_RC_SUCCESS) {
		key_flush(esys, s);
		return tpm_fail("policy session", rc);
	}
	*ret_session = s;
	return 0;
}

/* A policy session in which PolicySecret is fulfilled; with expires a ticket of it. */
static int
ek_policy(ESYS_CONTEXT *esys, const struct tpm_key *ek, int32_t expires,
    ESYS_TR *ret_session, TPM2B_TIMEOUT **ret_timeout,
    TPMT_TK_AUTH **ret_ticket)
{
	ESYS_TR policy, hmac;
	TSS2_RC rc;

	if (key_session(esys, NULL, &hmac) == -1)
		return -1;
	if (key_policy_session(esys, ek, &policy) == -1) {
		key_flush(esys, hmac);
		return -1;
	}
	rc = Esys_PolicySecret(esys, ESYS_TR_RH_ENDORSEMENT, policy, hmac,
	    ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, expires,
	    ret_timeout, ret_ticket);
	key_flush(esys, hmac);
	if (rc != TSS2_RC_SUCCESS) {
		key_flush(esys, policy);
		return tpm_fail("authorisation of the EK", rc);
	}
	*ret_session = policy;
	return 0;
}

/*
 * What opens the EK for one command. Keys of the high range take their empty
 * password; those of the low range only PolicySecret of the endorsement
 * hierarchy, which a policy session holds for one command.
 */
static int
ek_unlock(ESYS_CONTEXT *esys, const struct tpm_key *ek, ESYS_TR *ret_session)
{
	if (key_takes_password(ek)) {
		*ret_session = ESYS_TR_PASSWORD;
		return 0;
	}
	return ek_policy(esys, ek, 0, ret_session, NULL, NULL);
}

int
ek_ticket_make(ESYS_CONTEXT *esys, const struct tpm_key *ek, uint8_t *dst,
    size_t cap, size_t *ret_len)
{
	TPM2B_TIMEOUT *timeout = NULL;
	TPMT_TK_AUTH *ticket = NULL;
	ESYS_TR session;
	size_t n = 0;
	int rc = -1;

	/* negative: a ticket is wanted (TCG part 3, 23.4); good until the reset */
	if (ek_policy(esys, ek, -INT32_MAX, &session, &timeout, &ticket) == -1)
		return -1;
	key_flush(esys, session);
	if (Tss2_MU_TPM2B_TIMEOUT_Marshal(timeout, dst, cap, &n) ==
	    TSS2_RC_SUCCESS && Tss2_MU_TPMT_TK_AUTH_Marshal(ticket, dst, cap,
	    &n) == TSS2_RC_SUCCESS) {
		*ret_len = n;
		rc = 0;
	} else
		log_warnx("a ticket too long");
	Esys_Free(timeout);
	Esys_Free(ticket);
	return rc;
}

static void
ek_lock(ESYS_CONTEXT *esys, ESYS_TR session)
{
	if (session != ESYS_TR_PASSWORD)
		key_flush(esys, session);
}

int
key_persist(ESYS_CONTEXT *esys, ESYS_TR loaded, TPM2_HANDLE h)
{
	ESYS_TR kept = ESYS_TR_NONE;
	TSS2_RC rc;

	/*
	 * The owner hierarchy has no authorisation and gets none: systemd as
	 * distributed unlocks disks with keys below it and would fail.
	 */
	rc = Esys_EvictControl(esys, ESYS_TR_RH_OWNER, loaded,
	    ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, h, &kept);
	key_flush(esys, loaded);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_Close(esys, &kept);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_fail(
	    "keep a key (is the owner hierarchy without authorisation?)", rc);
}

static const TPM2B_PUBLIC ak_template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = AK_MUST | TPMA_OBJECT_NODA,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme.scheme = TPM2_ALG_ECDSA,
			.scheme.details.ecdsa.hashAlg = TPM2_ALG_SHA256,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

int
ak_make(ESYS_CONTEXT *esys, const struct tpm_key *ek)
{
	static const TPM2B_SENSITIVE_CREATE empty;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;
	TPM2B_PRIVATE *priv = NULL;
	TPM2B_PUBLIC *pub = NULL;
	ESYS_TR session, ak = ESYS_TR_NONE;
	TSS2_RC rc;

	if (ek_unlock(esys, ek, &session) == -1)
		return -1;
	rc = Esys_Create(esys, ek->tr, session, ESYS_TR_NONE, ESYS_TR_NONE,
	    &empty, &ak_template, &no_data, &no_pcrs, &priv, &pub, NULL, NULL,
	    NULL);
	ek_lock(esys, session);
	if (rc != TSS2_RC_SUCCESS)
		return tpm_fail("create the AK", rc);
	if (ek_unlock(esys, ek, &session) == 0) {
		rc = Esys_Load(esys, ek->tr, session, ESYS_TR_NONE,
		    ESYS_TR_NONE, priv, pub, &ak);
		ek_lock(esys, session);
		if (rc != TSS2_RC_SUCCESS)
			tpm_fail("load the AK", rc);
	}
	Esys_Free(priv);
	Esys_Free(pub);
	return ak == ESYS_TR_NONE ? -1 : key_persist(esys, ak, TPM_AK_HANDLE);
}
