#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "regress/unit/boot/ek.h"
#include "regress/unit/check.h"

const struct ek_want ek_good = { EK_ATTRIBUTES, 0x000b, 0x0006, 128, 0x0043,
    0x0010 };

EVP_PKEY *
ek_key(const char *type)
{
	EVP_PKEY *k = strcmp(type, "RSA") == 0 ? EVP_RSA_gen(2048) :
	    EVP_EC_gen(type);

	CHECK(k != NULL);
	return k;
}

static void
put_2b(struct buf *b, const void *p, size_t n)
{
	buf_add_be16(b, n);
	buf_add(b, p, n);
}

static void
put_sym(const struct ek_want *w, struct buf *b)
{
	buf_add_be16(b, w->sym);
	if (w->sym != 0x0010) {
		buf_add_be16(b, w->bits);
		buf_add_be16(b, w->mode);
	}
	buf_add_be16(b, w->scheme);
	if (w->scheme != 0x0010)
		buf_add_be16(b, 0x000b);
}

static void
put_rsa(EVP_PKEY *k, struct buf *b)
{
	uint8_t n[512];
	BIGNUM *bn = NULL;
	int len;

	CHECK(EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_RSA_N, &bn) == 1);
	len = BN_bn2bin(bn, n);
	buf_add_be16(b, len * 8);
	buf_add_be32(b, 0);
	put_2b(b, n, len);
	BN_free(bn);
}

static void
put_ecc(EVP_PKEY *k, struct buf *b)
{
	uint8_t pt[1 + 2 * 66];
	size_t n = 0;

	CHECK(EVP_PKEY_get_octet_string_param(k,
	    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, pt, sizeof(pt), &n) == 1);
	n = (n - 1) / 2;
	buf_add_be16(b, n == 32 ? 3 : n == 48 ? 4 : 5);
	buf_add_be16(b, 0x0010);
	put_2b(b, pt + 1, n);
	put_2b(b, pt + 1 + n, n);
}

void
ek_public(const struct ek_want *w, EVP_PKEY *k, struct buf *b)
{
	static const uint8_t policy[32] = { 0x83, 0x71 };
	int rsa = EVP_PKEY_get_base_id(k) == EVP_PKEY_RSA;

	buf_init(b, 0);
	buf_add_be16(b, rsa ? 0x0001 : 0x0023);
	buf_add_be16(b, w->name_alg);
	buf_add_be32(b, w->attributes);
	put_2b(b, policy, sizeof(policy));
	put_sym(w, b);
	if (rsa)
		put_rsa(k, b);
	else
		put_ecc(k, b);
	CHECK(!b->failed);
}

static void
extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e;

	if (value == NULL)
		return;
	e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void
own_extension(X509 *x, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf(NULL, NULL, "1.2.3.4", value);

	CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void
name_set(X509_NAME *n, const char *cn)
{
	CHECK(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0) == 1);
}

static void
oaep_set(X509 *x)
{
	X509_PUBKEY *k = X509_get_X509_PUBKEY(x);
	const uint8_t *p;
	uint8_t *copy;
	int n;

	CHECK(X509_PUBKEY_get0_param(NULL, &p, &n, NULL, k) == 1);
	copy = OPENSSL_memdup(p, n);
	CHECK(X509_PUBKEY_set0_param(k, OBJ_nid2obj(NID_rsaesOaep),
	    V_ASN1_NULL, NULL, copy, n) == 1);
}

void
ek_cert(const struct ek_cert_want *w, struct buf *ret)
{
	X509 *x = X509_new();
	uint8_t *der = NULL;
	int n;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	name_set(X509_get_subject_name(x), w->subject);
	name_set(X509_get_issuer_name(x), w->issuer);
	ASN1_TIME_set(X509_getm_notBefore(x), EK_NOW - 1000);
	ASN1_TIME_set(X509_getm_notAfter(x), EK_NOW + w->until);
	X509_set_pubkey(x, w->key);
	if (w->oaep)
		oaep_set(x);
	extension(x, NID_basic_constraints, w->basic);
	extension(x, NID_key_usage, w->usage);
	extension(x, NID_ext_key_usage, w->purpose);
	if (w->policy != NULL)
		own_extension(x, w->policy);
	CHECK(X509_sign(x, w->by, EVP_sha256()) > 0);
	n = i2d_X509(x, &der);
	buf_init(ret, 0);
	buf_add(ret, der, n > 0 ? n : 0);
	OPENSSL_free(der);
	X509_free(x);
}
