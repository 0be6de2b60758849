#include <string.h>

#include "privsep/log.h"
#include "workers/tpm_ek.h"
#include "workers/tpm_tcti.h"

#define CERT_MAX	4096	/* above any EK certificate; NV indices hold 2048 or so */

#define EK_BASE	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | \
	TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
	TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define EK_LOW	EK_BASE
#define EK_HIGH	(EK_BASE | TPMA_OBJECT_USERWITHAUTH)

/* TCG EK Credential Profile 2.5, B.6.1: PolicySecret of the endorsement hierarchy. */
static const uint8_t policy_a[32] = {
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d,
	0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64,
	0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa
};
/* B.6.4: that or a policy of the platform's NV index */
static const uint8_t policy_b[32] = {
	0xca, 0x3d, 0x0a, 0x99, 0xa2, 0xb9, 0x39, 0x06, 0xf7, 0xa3, 0x34, 0x24,
	0x14, 0xef, 0xcf, 0xb3, 0xa3, 0x85, 0xd4, 0x4c, 0xd1, 0xfd, 0x45, 0x90,
	0x89, 0xd1, 0x9b, 0x50, 0x71, 0xc0, 0xb7, 0xa0
};
static const uint8_t policy_b384[48] = {
	0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc,
	0xf5, 0xfd, 0x3a, 0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4,
	0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca, 0xcb, 0x47, 0xba, 0x09,
	0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12
};

struct ek_template {
	TPM2_HANDLE	 cert;		/* NV index of its certificate */
	const char	*what;
	TPMA_OBJECT	 attributes;
	TPMI_ALG_HASH	 name_alg;
	const uint8_t	*policy;
	uint16_t	 policy_len;
	uint16_t	 aes;		/* bits; the key that wraps children */
	TPMI_ECC_CURVE	 curve;		/* 0: RSA 2048 */
	uint16_t	 unique;	/* zero bytes given as unique (of each coordinate) */
};

/* Templates in the order they are tried, B.3 (low range) and B.4 (high range). */
static const struct ek_template templates[] = {
	{ 0x01c0000a, "ECC P-256 (L-2)", EK_LOW, TPM2_ALG_SHA256,
	    policy_a, sizeof(policy_a), 128, TPM2_ECC_NIST_P256, 32 },
	{ 0x01c00014, "ECC P-256 (H-2)", EK_HIGH, TPM2_ALG_SHA256,
	    policy_b, sizeof(policy_b), 128, TPM2_ECC_NIST_P256, 0 },
	{ 0x01c00016, "ECC P-384 (H-3)", EK_HIGH, TPM2_ALG_SHA384,
	    policy_b384, sizeof(policy_b384), 256, TPM2_ECC_NIST_P384, 0 },
	{ 0x01c00002, "RSA 2048 (L-1)", EK_LOW, TPM2_ALG_SHA256,
	    policy_a, sizeof(policy_a), 128, 0, 256 },
	{ 0x01c00012, "RSA 2048 (H-1)", EK_HIGH, TPM2_ALG_SHA256,
	    policy_b, sizeof(policy_b), 128, 0, 0 },
};
#define NTEMPLATES	(sizeof(templates) / sizeof(templates[0]))

static void
template_fill(const struct ek_template *t, TPM2B_PUBLIC *ret_pub)
{
	TPMT_PUBLIC *p = &ret_pub->publicArea;
	TPMT_SYM_DEF_OBJECT aes = {
		.algorithm = TPM2_ALG_AES, .keyBits.aes = t->aes,
		.mode.aes = TPM2_ALG_CFB
	};

	memset(ret_pub, 0, sizeof(*ret_pub));
	p->nameAlg = t->name_alg;
	p->objectAttributes = t->attributes;
	p->authPolicy.size = t->policy_len;
	memcpy(p->authPolicy.buffer, t->policy, t->policy_len);
	if (t->curve == 0) {
		p->type = TPM2_ALG_RSA;
		p->parameters.rsaDetail.symmetric = aes;
		p->parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
		p->parameters.rsaDetail.keyBits = 2048;
		p->unique.rsa.size = t->unique;
	} else {
		p->type = TPM2_ALG_ECC;
		p->parameters.eccDetail.symmetric = aes;
		p->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
		p->parameters.eccDetail.curveID = t->curve;
		p->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
		p->unique.ecc.x.size = p->unique.ecc.y.size = t->unique;
	}
}

static int
ek_create(ESYS_CONTEXT *esys, const struct ek_template *t, ESYS_TR *ret_tr,
    TPM2B_PUBLIC **ret_pub)
{
	static const TPM2B_SENSITIVE_CREATE empty;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;
	TPM2B_PUBLIC in;
	ESYS_TR session;
	TSS2_RC rc;

	template_fill(t, &in);
	if (key_session(esys, NULL, &session) == -1)
		return -1;
	rc = Esys_CreatePrimary(esys, ESYS_TR_RH_ENDORSEMENT, session,
	    ESYS_TR_NONE, ESYS_TR_NONE, &empty, &in, &no_data, &no_pcrs,
	    ret_tr, ret_pub, NULL, NULL, NULL);
	key_flush(esys, session);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_fail(t->what, rc);
}

/* 1 kept, 0 when it is not the certificate's key, -1. der NULL: any key will do. */
static int
ek_try(ESYS_CONTEXT *esys, const struct ek_template *t, const uint8_t *der,
    size_t len)
{
	TPM2B_PUBLIC *pub;
	ESYS_TR tr;
	int fits;

	if (ek_create(esys, t, &tr, &pub) == -1)
		return -1;
	fits = der == NULL || cert_is_for(der, len, &pub->publicArea);
	Esys_Free(pub);
	if (!fits) {
		key_flush(esys, tr);
		return 0;
	}
	return key_persist(esys, tr, TPM_EK_HANDLE) == 0 ? 1 : -1;
}

int
ek_make(ESYS_CONTEXT *esys, const char **ret_what)
{
	uint8_t der[CERT_MAX];
	size_t i, len = 0, seen = 0;
	int r;

	for (i = 0; i < NTEMPLATES; i++) {
		if ((r = cert_read(esys, templates[i].cert, der, sizeof(der),
		    &len)) == 0)
			continue;
		seen++;
		if (r == 1)
			r = ek_try(esys, &templates[i], der, len);
		if (r == 1) {
			*ret_what = templates[i].what;
			return 0;
		}
		log_info("the certificate at 0x%x gives no EK %s",
		    templates[i].cert, templates[i].what);
	}
	if (seen > 0) {
		log_warnx("the TPM has EK certificates, but none is for a key "
		    "of a known template");
		return -1;
	}
	if (ek_try(esys, &templates[0], NULL, 0) != 1)
		return -1;
	*ret_what = "ECC P-256, without a certificate";
	return 0;
}
