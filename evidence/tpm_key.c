/* A TPM's public key as libcrypto's, and its signatures. */
#include <string.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "evidence/tpm_key.h"

static EVP_PKEY *
pkey_make(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
pkey_ecc(const struct tpm_public *p)
{
	size_t n = p->key == TPM_KEY_P256 ? 32 : 48;
	char group[8];
	uint8_t point[1 + 2 * 48];
	OSSL_PARAM params[3];

	/* The TPM may drop leading zeros of a coordinate. */
	if (p->x_len > n || p->y_len > n)
		return NULL;
	memset(point, 0, sizeof(point));
	point[0] = 4;
	memcpy(point + 1 + n - p->x_len, p->x, p->x_len);
	memcpy(point + 1 + 2 * n - p->y_len, p->y, p->y_len);
	strcpy(group, n == 32 ? "P-256" : "P-384");
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * n);
	params[2] = OSSL_PARAM_construct_end();
	return pkey_make("EC", params);
}

static EVP_PKEY *
pkey_rsa(const struct tpm_public *p)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(p->x, (int)p->x_len, NULL), *e = BN_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	/* With an exponent of 1 anybody signs. */
	if (bld == NULL || n == NULL || e == NULL || p->exponent < 65537 ||
	    (p->exponent & 1) == 0 ||
	    BN_num_bits(n) < 2048 || BN_num_bits(n) > 4096 ||
	    BN_set_word(e, p->exponent) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    (params = OSSL_PARAM_BLD_to_param(bld)) == NULL)
		goto out;
	pkey = pkey_make("RSA", params);
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return pkey;
}

EVP_PKEY *
tpm_public_pkey(const struct tpm_public *p)
{
	return p->key == TPM_KEY_RSA ? pkey_rsa(p) : pkey_ecc(p);
}

/* r and s to DER, as libcrypto wants them. */
int
ecdsa_der(struct span r, struct span s, uint8_t **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *br = BN_bin2bn(r.p, (int)r.n, NULL);
	BIGNUM *bs = BN_bin2bn(s.p, (int)s.n, NULL);
	int n = -1;

	*ret = NULL;
	if (sig != NULL && br != NULL && bs != NULL &&
	    ECDSA_SIG_set0(sig, br, bs) == 1) {
		br = bs = NULL;
		n = i2d_ECDSA_SIG(sig, ret);
	}
	BN_free(br);
	BN_free(bs);
	ECDSA_SIG_free(sig);
	return n > 0 ? n : -1;
}

int
pkey_verify(EVP_PKEY *pkey, enum digest_alg hash, int pss, struct span msg,
    struct span sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	int ok = 0;

	if (ctx == NULL || EVP_DigestVerifyInit_ex(ctx, &pctx,
	    digest_name(hash), NULL, NULL, pkey, NULL) != 1)
		goto out;
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(pctx,
	    RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_AUTO) != 1))
		goto out;
	ok = EVP_DigestVerify(ctx, sig.p, sig.n, msg.p, msg.n) == 1;
out:
	EVP_MD_CTX_free(ctx);
	return ok;
}

int
tpm_signature_by(EVP_PKEY *pkey, const struct tpm_signature *g,
    struct span msg)
{
	int rsa = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA;
	uint8_t *der = NULL;
	int n, ok = 0;

	if (g->scheme == TPM_ECDSA && !rsa) {
		n = ecdsa_der(span_make(g->a, g->a_len),
		    span_make(g->b, g->b_len), &der);
		if (n > 0)
			ok = pkey_verify(pkey, g->hash, 0, msg,
			    span_make(der, n));
	} else if (g->scheme != TPM_ECDSA && rsa)
		ok = pkey_verify(pkey, g->hash, g->scheme == TPM_RSAPSS, msg,
		    span_make(g->a, g->a_len));
	OPENSSL_free(der);
	return ok;
}

int
tpm_signature_verify(const struct tpm_public *p, const struct tpm_signature *g,
    struct span msg)
{
	EVP_PKEY *pkey = tpm_public_pkey(p);
	int ok;

	if (pkey == NULL)
		return 0;
	ok = tpm_signature_by(pkey, g, msg);
	EVP_PKEY_free(pkey);
	return ok;
}
