#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

#include "privsep/log.h"
#include "workers/tpm_ek.h"
#include "workers/tpm_tcti.h"

#define NV_CHUNK	512	/* every TPM reads this much at once (TPM_PT_NV_BUFFER_MAX) */
#define RSA_EXPONENT	65537	/* what 0 in a public area means */
#define POINT_MAX	(1 + 2 * 66)

#define NO	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

/* -2 when not the TPM said no: then ESYS is in the middle of something for good. */
static int
cert_fail(const char *what, TSS2_RC rc)
{
	tpm_fail(what, rc);
	return (rc & TSS2_RC_LAYER_MASK) != 0 ? -2 : -1;
}

static int
nv_read_all(ESYS_CONTEXT *esys, ESYS_TR nv, ESYS_TR auth, uint8_t *dst,
    size_t len)
{
	TPM2B_MAX_NV_BUFFER *part;
	uint16_t n;
	size_t at;
	TSS2_RC rc;

	for (at = 0; at < len; at += n) {
		n = (uint16_t)(len - at < NV_CHUNK ? len - at : NV_CHUNK);
		rc = Esys_NV_Read(esys, auth, nv, ESYS_TR_PASSWORD,
		    ESYS_TR_NONE, ESYS_TR_NONE, n, (uint16_t)at, &part);
		if (rc != TSS2_RC_SUCCESS)
			return cert_fail("read a certificate", rc);
		if (part->size != n) {
			Esys_Free(part);
			log_warnx("a certificate ends early");
			return -1;
		}
		memcpy(dst + at, part->buffer, n);
		Esys_Free(part);
	}
	return 0;
}

/* Its size, how to read it, and whether anything is in it: 1, 0, -1, -2. */
static int
nv_look(ESYS_CONTEXT *esys, ESYS_TR nv, TPM2_HANDLE index, size_t cap,
    ESYS_TR *ret_auth, size_t *ret_len)
{
	TPM2B_NV_PUBLIC *pub = NULL;
	TPMA_NV how;
	TSS2_RC rc;
	size_t len;

	rc = Esys_NV_ReadPublic(esys, nv, NO, &pub, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return cert_fail("read public of a certificate", rc);
	len = pub->nvPublic.dataSize;
	how = pub->nvPublic.attributes;
	Esys_Free(pub);
	if ((how & TPMA_NV_WRITTEN) == 0)
		return 0;
	if (len > cap) {
		log_warnx("NV index 0x%x: %zu bytes are no certificate", index,
		    len);
		return -1;
	}
	*ret_auth = (how & TPMA_NV_AUTHREAD) != 0 ? nv : ESYS_TR_RH_OWNER;
	*ret_len = len;
	return 1;
}

int
cert_read(ESYS_CONTEXT *esys, TPM2_HANDLE index, uint8_t *dst, size_t cap,
    size_t *ret_len)
{
	ESYS_TR nv = ESYS_TR_NONE, auth = ESYS_TR_NONE;
	TSS2_RC rc;
	size_t len = 0;
	int r, e;

	rc = Esys_TR_FromTPMPublic(esys, index, NO, &nv);
	if (tpm_base_rc(rc) == TPM2_RC_HANDLE)
		return 0;
	if (rc != TSS2_RC_SUCCESS)
		return cert_fail("read public of a certificate", rc);
	if ((r = nv_look(esys, nv, index, cap, &auth, &len)) == 1 &&
	    (e = nv_read_all(esys, nv, auth, dst, len)) != 0)
		r = e;
	Esys_TR_Close(esys, &nv);
	if (r == 1)
		*ret_len = len;
	return r;
}

/* The bytes that the BIT STRING of a SubjectPublicKeyInfo has for an RSA key. */
static int
rsa_bits(const TPM2B_PUBLIC_KEY_RSA *k, uint32_t exponent,
    unsigned char **ret_bits)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_bin2bn(k->buffer, k->size, NULL);
	EVP_PKEY *key = NULL;
	unsigned char *bits = NULL;
	int len = -1;

	if (b == NULL || c == NULL || n == NULL ||
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_uint32(b, OSSL_PKEY_PARAM_RSA_E,
	    exponent != 0 ? exponent : RSA_EXPONENT) != 1 ||
	    (params = OSSL_PARAM_BLD_to_param(b)) == NULL ||
	    EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key,
	    EVP_PKEY_PUBLIC_KEY, params) != 1)
		goto out;
	if ((len = i2d_PublicKey(key, &bits)) > 0)
		*ret_bits = bits;
out:
	EVP_PKEY_free(key);
	BN_free(n);
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	return len;
}

/* The uncompressed point; a TPM may leave out leading zeros. */
static int
ecc_bits(const TPMS_ECC_POINT *p, size_t field, unsigned char *dst)
{
	if (p->x.size > field || p->y.size > field || 1 + 2 * field > POINT_MAX)
		return -1;
	memset(dst, 0, 1 + 2 * field);
	dst[0] = 4;
	memcpy(dst + 1 + field - p->x.size, p->x.buffer, p->x.size);
	memcpy(dst + 1 + 2 * field - p->y.size, p->y.buffer, p->y.size);
	return (int)(1 + 2 * field);
}

int
cert_is_for(const uint8_t *der, size_t len, const TPMT_PUBLIC *pub)
{
	const unsigned char *p = der;
	unsigned char point[POINT_MAX], *rsa = NULL;
	const ASN1_BIT_STRING *have;
	X509 *x;
	int n, r = 0;

	if ((x = d2i_X509(NULL, &p, (long)len)) == NULL) {
		log_warnx("a certificate in the TPM is malformed");
		return 0;
	}
	/* the bits, because some EK certificates name OAEP as their algorithm */
	have = X509_get0_pubkey_bitstr(x);
	if (pub->type == TPM2_ALG_RSA)
		n = rsa_bits(&pub->unique.rsa,
		    pub->parameters.rsaDetail.exponent, &rsa);
	else
		n = ecc_bits(&pub->unique.ecc,
		    pub->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384 ?
		    48 : 32, point);
	r = have != NULL && n > 0 && have->length == n &&
	    memcmp(have->data, rsa != NULL ? rsa : point, (size_t)n) == 0;
	OPENSSL_free(rsa);
	X509_free(x);
	return r;
}
