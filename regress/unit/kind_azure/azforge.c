/* HCL reports and RA-TLS certificates around a forged SNP report. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <err.h>
#include <string.h>

#include "evidence/attest_verify.h"
#include "regress/unit/kind_azure/azforge.h"

static void
le32(struct buf *b, size_t v)
{
	const uint8_t x[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff,
	    v >> 24 & 0xff };

	buf_add(b, x, 4);
}

/* The modulus of the AK in base64url. */
static void
modulus_text(EVP_PKEY *key, char *dst, size_t size)
{
	BIGNUM *n = NULL;
	uint8_t raw[256];
	char *p;

	EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n);
	BN_bn2binpad(n, raw, sizeof(raw));
	BN_free(n);
	base64_encode(span_make(raw, sizeof(raw)), dst, size);
	for (p = dst; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
}

void
az_vars(struct buf *b, EVP_PKEY *key, struct span user_data)
{
	char n[400];

	modulus_text(key, n, sizeof(n));
	buf_init(b, 0);
	buf_printf(b, "{\"keys\":[{\"kid\":\"HCLAkPub\",\"key_ops\":[\"sign\"],"
	    "\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}],"
	    "\"vm-configuration\":{\"vmUniqueId\":\"A\"},\"user-data\":\"", n);
	buf_add_hex(b, user_data);
	buf_add_str(b, "\"}");
}

void
az_hcl(struct snpforge *f, struct buf *b, struct span vars,
    struct span report_data)
{
	static const uint8_t zero[100];

	memset(f->report + SNP_REPORT_DATA, 0, 64);
	if (report_data.n == 64)
		memcpy(f->report + SNP_REPORT_DATA, report_data.p, 64);
	else
		digest_bytes(DIGEST_SHA256, vars, f->report +
		    SNP_REPORT_DATA);
	snpforge_sign(f);
	buf_init(b, 0);
	buf_add_str(b, "HCLA");
	le32(b, 1);
	le32(b, 32 + 1184 + 20 + vars.n);
	le32(b, 2);
	le32(b, 0);
	buf_add(b, zero, 12);
	buf_add(b, f->report, sizeof(f->report));
	le32(b, 20 + vars.n);
	le32(b, 1);
	le32(b, 2);
	le32(b, 1);
	le32(b, vars.n);
	buf_add(b, vars.p, vars.n);
	buf_add(b, zero, sizeof(zero));
}

X509 *
az_ratls(EVP_PKEY *key, EVP_PKEY *by, struct span quote, const char *oid,
    const char *oid2)
{
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	const char *const oids[] = { oid, oid2 };
	X509_EXTENSION *e;
	ASN1_OBJECT *obj;
	X509 *x = X509_new();
	size_t i;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 5);
	ASN1_TIME_set(X509_getm_notBefore(x), FORGED_AT - 5 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), FORGED_AT + 5 * DAY);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)"ra", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	ASN1_OCTET_STRING_set(o, quote.p, (int)quote.n);
	for (i = 0; i < 2 && oids[i] != NULL; i++) {
		obj = OBJ_txt2obj(oids[i], 1);
		e = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, o);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
		ASN1_OBJECT_free(obj);
	}
	if (X509_sign(x, by, EVP_sha256()) <= 0)
		errx(1, "no certificate");
	ASN1_OCTET_STRING_free(o);
	return x;
}

void
az_ratls_quote(struct snpforge *f, EVP_PKEY *key, uint8_t extra,
    struct buf *b)
{
	uint8_t point[65];
	size_t n;

	EVP_PKEY_get_octet_string_param(key, "pub", point, 65, &n);
	memset(f->report + SNP_REPORT_DATA, extra, 64);
	digest_bytes(DIGEST_SHA256, span_make(point, 65),
	    f->report + SNP_REPORT_DATA);
	snpforge_sign(f);
	snpforge_blob(f, b);
}
