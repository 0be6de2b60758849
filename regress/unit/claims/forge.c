/* A machine made of nothing, for tests. */
#include <err.h>
#include <string.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "evidence/hash.h"
#include "regress/unit/claims/forge.h"

static void
must(int ok, const char *what)
{
	if (!ok)
		errx(1, "forge: %s", what);
}

EVP_PKEY *
forge_rsa(void)
{
	EVP_PKEY *k = EVP_RSA_gen(2048);

	must(k != NULL, "RSA key");
	return k;
}

void
forge_put_le32(struct buf *b, uint32_t v)
{
	uint8_t x[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 };

	buf_add(b, x, sizeof(x));
}

static void
take(struct buf *b, uint8_t *dst, size_t cap, size_t *ret_len)
{
	must(!b->failed && b->n <= cap, "room");
	memcpy(dst, b->p, b->n);
	*ret_len = b->n;
	buf_free(b);
}

void
forge_ak(struct forge *f, uint32_t attributes)
{
	uint8_t point[65];
	struct buf b;
	size_t n;

	EVP_PKEY_free(f->ak);
	must((f->ak = EVP_EC_gen("P-256")) != NULL, "EC key");
	must(EVP_PKEY_get_octet_string_param(f->ak, "pub", point,
	    sizeof(point), &n) == 1 && n == 65, "point");
	f->ak_attributes = attributes;
	buf_init(&b, 0);
	buf_add_be16(&b, 0x23);		/* ECC, name by SHA-256 */
	buf_add_be16(&b, 0x0b);
	buf_add_be32(&b, attributes);
	buf_add_be16(&b, 0);		/* policy */
	buf_add_be16(&b, 0x10);		/* no symmetric */
	buf_add_be16(&b, 0x18);		/* ECDSA, SHA-256 */
	buf_add_be16(&b, 0x0b);
	buf_add_be16(&b, 0x03);		/* P-256, no KDF */
	buf_add_be16(&b, 0x10);
	buf_add_be16(&b, 32);
	buf_add(&b, point + 1, 32);
	buf_add_be16(&b, 32);
	buf_add(&b, point + 33, 32);
	take(&b, f->pub, sizeof(f->pub), &f->pub_len);
}

void
forge_ak_rsa(struct forge *f, EVP_PKEY *key)
{
	uint8_t n[256];
	BIGNUM *bn = NULL;
	struct buf b;

	EVP_PKEY_free(f->ak);
	EVP_PKEY_up_ref(key);
	f->ak = key;
	must(EVP_PKEY_get_bn_param(key, "n", &bn) == 1 &&
	    BN_bn2binpad(bn, n, sizeof(n)) == sizeof(n), "modulus");
	BN_free(bn);
	buf_init(&b, 0);
	buf_add_be16(&b, 0x01);		/* RSA, name by SHA-256 */
	buf_add_be16(&b, 0x0b);
	buf_add_be32(&b, FORGE_AK);
	buf_add_be16(&b, 0);		/* policy */
	buf_add_be16(&b, 0x10);		/* no symmetric */
	buf_add_be16(&b, 0x14);		/* RSASSA, SHA-256 */
	buf_add_be16(&b, 0x0b);
	buf_add_be16(&b, 2048);
	buf_add_be32(&b, 0);		/* exponent 65537 */
	buf_add_be16(&b, sizeof(n));
	buf_add(&b, n, sizeof(n));
	take(&b, f->pub, sizeof(f->pub), &f->pub_len);
}

static void
sign_rsa(EVP_PKEY *key, struct span msg, struct buf *b)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[256];
	size_t n = sizeof(sig);

	must(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key,
	    NULL) == 1 && EVP_DigestSign(ctx, sig, &n, msg.p, msg.n) == 1,
	    "sign");
	EVP_MD_CTX_free(ctx);
	buf_add_be16(b, 0x14);
	buf_add_be16(b, 0x0b);
	buf_add_be16(b, (uint16_t)n);
	buf_add(b, sig, n);
}

/* r and s, big endian, n bytes each */
static void
sign_ec(EVP_PKEY *key, const char *hash, struct span msg, uint8_t *r,
    uint8_t *s, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[256];
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	must(EVP_DigestSignInit_ex(ctx, NULL, hash, NULL, NULL, key,
	    NULL) == 1 && EVP_DigestSign(ctx, der, &len, msg.p, msg.n) == 1,
	    "sign");
	must((sig = d2i_ECDSA_SIG(NULL, &p, len)) != NULL, "signature");
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), r, n);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), s, n);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

void
forge_quote(struct forge *f, struct span extra, uint32_t mask,
    struct forge_quote *q)
{
	uint8_t d[32], r[32], s[32], sel[3];
	struct buf b, vals;
	unsigned i;

	buf_init(&b, 0);
	buf_init(&vals, 0);
	for (i = 0; i < TPM_PCRS; i++)
		if ((mask >> i & 1) != 0)
			buf_add(&vals, f->pcrs.value[i], 32);
	must(digest_bytes(DIGEST_SHA256, buf_span(&vals), d) == 0, "hash");
	buf_free(&vals);
	for (i = 0; i < 3; i++)
		sel[i] = mask >> (8 * i) & 0xff;
	buf_add_be32(&b, f->magic);
	buf_add_be16(&b, f->type);
	buf_add_be16(&b, 0);		/* qualifiedSigner */
	buf_add_be16(&b, extra.n);
	buf_add(&b, extra.p, extra.n);
	buf_add_be32(&b, 0);		/* clock */
	buf_add_be32(&b, 4711);
	buf_add_be32(&b, f->reset_count);
	buf_add_be32(&b, 0);
	buf_add(&b, "\1", 1);		/* safe */
	buf_add_be32(&b, 0);		/* firmware */
	buf_add_be32(&b, 1);
	buf_add_be32(&b, 1);		/* one selection, SHA-256 */
	buf_add_be16(&b, 0x0b);
	buf_add(&b, "\3", 1);
	buf_add(&b, sel, 3);
	buf_add_be16(&b, 32);
	buf_add(&b, d, 32);
	take(&b, q->attest, sizeof(q->attest), &q->attest_len);
	buf_init(&b, 0);
	if (EVP_PKEY_is_a(f->ak, "RSA")) {
		sign_rsa(f->ak, span_make(q->attest, q->attest_len), &b);
		take(&b, q->sig, sizeof(q->sig), &q->sig_len);
		return;
	}
	sign_ec(f->ak, "SHA256", span_make(q->attest, q->attest_len), r, s,
	    32);
	buf_add_be16(&b, 0x18);
	buf_add_be16(&b, 0x0b);
	buf_add_be16(&b, 32);
	buf_add(&b, r, 32);
	buf_add_be16(&b, 32);
	buf_add(&b, s, 32);
	take(&b, q->sig, sizeof(q->sig), &q->sig_len);
}

static void
add_ext(X509 *x, const char *arc, const void *p, size_t n)
{
	char oid[64];
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *obj;
	X509_EXTENSION *e;

	snprintf(oid, sizeof(oid), "1.3.6.1.4.1.3704.1.%s", arc);
	ASN1_OCTET_STRING_set(o, p, (int)n);
	obj = OBJ_txt2obj(oid, 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, o);
	must(e != NULL && X509_add_ext(x, e, -1) == 1, "extension");
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(obj);
	ASN1_OCTET_STRING_free(o);
}

static void
add_vek_ext(struct forge *f, X509 *x)
{
	static const struct {
		const char *arc;
		size_t off;
	} v[] = { { "3.1", 0 }, { "3.2", 1 }, { "3.3", 6 }, { "3.8", 7 } };
	uint8_t der[3] = { 2, 1, 0 }, big[4] = { 2, 2, 0, 0 };
	size_t i;

	for (i = 0; i < 4; i++) {
		der[2] = big[3] = f->report[0x180 + v[i].off];
		if (der[2] < 0x80)
			add_ext(x, v[i].arc, der, sizeof(der));
		else
			add_ext(x, v[i].arc, big, sizeof(big));
	}
	add_ext(x, "2", "\x16\x08Milan-B0", 10);
	add_ext(x, "4", f->chip_id, sizeof(f->chip_id));
}

static void
add_ca(X509 *x)
{
	X509_EXTENSION *e;
	int nid[] = { NID_basic_constraints, NID_key_usage }, i;
	const char *text[] = { "critical,CA:TRUE",
	    "critical,keyCertSign,cRLSign" };

	for (i = 0; i < 2; i++) {
		e = X509V3_EXT_conf_nid(NULL, NULL, nid[i], text[i]);
		must(e != NULL && X509_add_ext(x, e, -1) == 1, "CA");
		X509_EXTENSION_free(e);
	}
}

X509 *
forge_cert(struct forge *f, const char *cn, EVP_PKEY *key, const char *issuer,
    EVP_PKEY *by, int ext)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ext ? 0 : 1);
	ASN1_TIME_set(X509_getm_notBefore(x), FORGE_NOW - 86400);
	ASN1_TIME_set(X509_getm_notAfter(x), FORGE_NOW + 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x, key);
	if (ext)
		add_vek_ext(f, x);
	else
		add_ca(x);
	must(EVP_DigestSignInit_ex(ctx, &pctx, "SHA384", NULL, NULL, by,
	    NULL) == 1 && EVP_PKEY_CTX_set_rsa_padding(pctx,
	    RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 48) == 1 &&
	    X509_sign_ctx(x, ctx) > 0, "certificate");
	EVP_MD_CTX_free(ctx);
	return x;
}

static void
crl_dates(X509_CRL *crl, int from, int to)
{
	ASN1_TIME *a = ASN1_TIME_set(NULL, FORGE_NOW + (time_t)from * 3600);
	ASN1_TIME *b = ASN1_TIME_set(NULL, FORGE_NOW + (time_t)to * 3600);

	must(X509_CRL_set1_lastUpdate(crl, a) == 1 &&
	    X509_CRL_set1_nextUpdate(crl, b) == 1, "dates");
	ASN1_TIME_free(a);
	ASN1_TIME_free(b);
}

void
forge_crl(struct forge *f, X509 *revoked, int from, int to, struct buf *b)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	X509_CRL *crl = X509_CRL_new();
	unsigned char *p = NULL;
	EVP_PKEY_CTX *pctx;
	X509_REVOKED *r;
	int n;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(f->ark));
	crl_dates(crl, from, to);
	if (revoked != NULL) {
		r = X509_REVOKED_new();
		X509_REVOKED_set_serialNumber(r,
		    X509_get_serialNumber(revoked));
		X509_REVOKED_set_revocationDate(r,
		    X509_getm_notBefore(revoked));
		X509_CRL_add0_revoked(crl, r);
	}
	must(EVP_DigestSignInit_ex(ctx, &pctx, "SHA384", NULL, NULL,
	    f->ark_key, NULL) == 1 && EVP_PKEY_CTX_set_rsa_padding(pctx,
	    RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 48) == 1 &&
	    X509_CRL_sign_ctx(crl, ctx) > 0, "list");
	must((n = i2d_X509_CRL(crl, &p)) > 0, "DER");
	buf_init(b, 0);
	buf_add(b, p, n);
	OPENSSL_free(p);
	X509_CRL_free(crl);
	EVP_MD_CTX_free(ctx);
}

void
forge_report_sign(struct forge *f)
{
	uint8_t r[72], s[72];
	size_t i;

	sign_ec(f->vek_key, "SHA384", span_make(f->report, SNP_SIGNED_SIZE), r,
	    s, 72);
	for (i = 0; i < 72; i++) {
		f->report[0x2a0 + i] = r[71 - i];
		f->report[0x2e8 + i] = s[71 - i];
	}
}

void
forge_report(struct forge *f, struct span data)
{
	memset(f->report + SNP_REPORT_DATA, 0, 64);
	if (data.n != 0)
		memcpy(f->report + SNP_REPORT_DATA, data.p, data.n);
	forge_report_sign(f);
}

struct span
forge_der(X509 *x, struct buf *b)
{
	unsigned char *p = NULL;
	int n = i2d_X509(x, &p);

	must(n > 0, "DER");
	buf_init(b, 0);
	buf_add(b, p, n);
	OPENSSL_free(p);
	return buf_span(b);
}

static void
put_entry(struct buf *b, const char *guid, X509 *x)
{
	struct buf der;
	uint8_t g[16];
	size_t n;

	must(hex_decode(span_str(guid), g, 16, &n) == 0, "guid");
	forge_der(x, &der);
	forge_put_le32(b, 16 + der.n);
	buf_add(b, g, 16);
	buf_add(b, der.p, der.n);
	buf_free(&der);
}

void
forge_blob(struct forge *f, struct buf *b)
{
	buf_init(b, 0);
	buf_add(b, f->report, sizeof(f->report));
	forge_put_le32(b, 3);
	put_entry(b, "c0b406a4a803495297433fb6014cd0ae", f->ark);
	put_entry(b, "63da758de6644564adc5f4b93be8accd", f->vek);
	put_entry(b, "4ab7b379bbac4fe4a02f05aef327c782", f->ask);
}

static void
field(struct buf *b, const void *p, size_t n)
{
	forge_put_le32(b, n);
	buf_add(b, p, n);
}

void
forge_measure(struct forge *f, const char *path, const char *alg,
    const uint8_t *digest, size_t n)
{
	static const uint8_t zero[64];
	uint8_t d[64], ext[64];
	struct buf data, dng, chain;

	buf_init(&data, 0);
	buf_init(&dng, 0);
	buf_init(&chain, 0);
	buf_add_str(&dng, alg);
	buf_add(&dng, ":", 2);
	buf_add(&dng, digest != NULL ? digest : zero, n);
	field(&data, dng.p, dng.n);
	field(&data, path, strlen(path) + 1);
	must(digest_bytes(DIGEST_SHA1, buf_span(&data), d) == 0 &&
	    digest_bytes(DIGEST_SHA256, buf_span(&data), ext) == 0, "hash");
	if (digest == NULL) {
		memset(d, 0, 20);
		memset(ext, 0xff, 32);
	}
	forge_put_le32(&f->log, IMA_PCR);
	buf_add(&f->log, d, 20);
	field(&f->log, "ima-ng", 6);
	field(&f->log, data.p, data.n);
	buf_add(&chain, f->pcrs.value[IMA_PCR], 32);
	buf_add(&chain, ext, 32);
	must(digest_bytes(DIGEST_SHA256, buf_span(&chain),
	    f->pcrs.value[IMA_PCR]) == 0, "hash");
	buf_free(&data);
	buf_free(&dng);
	buf_free(&chain);
}

static void
forge_tee(struct forge *f)
{
	static EVP_PKEY *rsa[2];
	uint8_t *r = f->report;
	int i;

	r[0] = 3;			/* version */
	r[0x0a] = FORGE_POLICY >> 16;
	r[0x34] = 1;			/* ECDSA P-384 */
	memset(r + 0x90, 0x4d, 48);	/* measurement */
	r[0x38] = r[0x180] = r[0x1e0] = r[0x1f0] = 4;
	r[0x3e] = r[0x186] = r[0x1e6] = r[0x1f6] = 0x1c;
	r[0x3f] = r[0x187] = r[0x1e7] = r[0x1f7] = 0xde;
	memcpy(r + 0x1e8, "\x40\x37\x01", 3);	/* firmware 1.55.64 */
	memcpy(r + 0x1ec, "\x40\x37\x01", 3);
	r[0x188] = 0x19;		/* Milan */
	r[0x189] = 0x01;
	memset(f->chip_id, 0xc1, sizeof(f->chip_id));
	memcpy(r + 0x1a0, f->chip_id, sizeof(f->chip_id));
	/* Made once a process: under valgrind a key takes seconds. */
	for (i = 0; i < 2; i++) {
		if (rsa[i] == NULL)
			rsa[i] = forge_rsa();
		EVP_PKEY_up_ref(rsa[i]);
	}
	f->ark_key = rsa[0];
	f->ask_key = rsa[1];
	must((f->vek_key = EVP_EC_gen("P-384")) != NULL, "EC key");
	f->ark = forge_cert(f, "ARK", f->ark_key, "ARK", f->ark_key, 0);
	f->ask = forge_cert(f, "SEV-Milan", f->ask_key, "ARK", f->ark_key, 0);
	f->vek = forge_cert(f, "SEV-VCEK", f->vek_key, "SEV-Milan",
	    f->ask_key, 1);
}

void
forge_init(struct forge *f)
{
	struct buf b;
	uint8_t d[32];
	unsigned i;

	memset(f, 0, sizeof(*f));
	f->magic = 0xff544347;
	f->type = 0x8018;
	f->reset_count = 7;
	f->pcrs.bank = DIGEST_SHA256;
	f->pcrs.mask = 0xfff | 1u << VOLUME_PCR;
	buf_init(&f->log, 0);
	buf_init(&b, 0);
	for (i = 0; i < 10; i++) {
		memset(f->pcrs.value[i], i + 1, 32);
		buf_add(&b, f->pcrs.value[i], 32);
	}
	must(digest_bytes(DIGEST_SHA256, buf_span(&b), d) == 0, "hash");
	buf_free(&b);
	forge_ak(f, FORGE_AK);
	forge_tee(f);
	forge_measure(f, "boot_aggregate", "sha256", d, 32);
	memset(d, 0x11, 32);
	forge_measure(f, "/usr/bin/true", "sha256", d, 32);
	memset(d, 0x22, 32);
	forge_measure(f, "/usr/lib/a_b.so", "sha256", d, 32);
}

void
forge_free(struct forge *f)
{
	EVP_PKEY_free(f->ak);
	EVP_PKEY_free(f->ark_key);
	EVP_PKEY_free(f->ask_key);
	EVP_PKEY_free(f->vek_key);
	X509_free(f->ark);
	X509_free(f->ask);
	X509_free(f->vek);
	buf_free(&f->log);
}
