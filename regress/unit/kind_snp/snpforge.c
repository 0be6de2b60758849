/* Forged machines of AMD's generations. */
#include <err.h>
#include <string.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "regress/unit/kind_snp/snpforge.h"

static void
must(int ok, const char *what)
{
	if (!ok)
		errx(1, "snpforge: %s", what);
}

EVP_PKEY *
snpforge_rsa(int i)
{
	static EVP_PKEY *rsa[3];

	if (rsa[i] == NULL)
		must((rsa[i] = EVP_RSA_gen(2048)) != NULL, "RSA key");
	return rsa[i];
}

static void
add_ext(X509 *x, const char *arc, const void *p, size_t n)
{
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;
	ASN1_OBJECT *obj;
	char oid[64];

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
add_byte(X509 *x, const char *arc, uint8_t v)
{
	const uint8_t small[3] = { 2, 1, v }, big[4] = { 2, 2, 0, v };

	if (v < 0x80)
		add_ext(x, arc, small, sizeof(small));
	else
		add_ext(x, arc, big, sizeof(big));
}

static void
add_vek(struct snpforge *f, X509 *x)
{
	const uint8_t *t = f->vek_tcb;
	int turin = f->product == SNP_TURIN;

	if (turin)
		add_byte(x, "3.9", t[0]);
	add_byte(x, "3.1", turin ? t[1] : t[0]);
	add_byte(x, "3.2", turin ? t[2] : t[1]);
	add_byte(x, "3.3", turin ? t[3] : t[6]);
	add_byte(x, "3.8", t[7]);
	if (f->hwid_len != 0)
		add_ext(x, "4", f->hwid, f->hwid_len);
	if (f->csp)
		add_ext(x, "5", "\x16\x08" "CN=cloud", 10);
}

static void
sign_pss(EVP_PKEY *key, X509 *x, X509_CRL *crl)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p;

	must(EVP_DigestSignInit_ex(ctx, &p, "SHA384", NULL, NULL, key,
	    NULL) == 1 && EVP_PKEY_CTX_set_rsa_padding(p,
	    RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(p, 48) == 1 &&
	    (x != NULL ? X509_sign_ctx(x, ctx) : X509_CRL_sign_ctx(crl,
	    ctx)) > 0, "signature");
	EVP_MD_CTX_free(ctx);
}

static void
name_set(X509_NAME *n, const char *cn)
{
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
}

/* A CA that signs certificates and lists, as AMD's say. */
static void
add_ca(X509 *x)
{
	X509_EXTENSION *e;
	int nid[] = { NID_basic_constraints, NID_key_usage };
	const char *text[] = { "critical,CA:TRUE",
	    "critical,keyCertSign,cRLSign" };
	int i;

	for (i = 0; i < 2; i++) {
		e = X509V3_EXT_conf_nid(NULL, NULL, nid[i], text[i]);
		must(e != NULL && X509_add_ext(x, e, -1) == 1, "CA");
		X509_EXTENSION_free(e);
	}
}

static X509 *
cert_make(struct snpforge *f, const char *cn, EVP_PKEY *key,
    const char *issuer, EVP_PKEY *by, long serial)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	ASN1_TIME_set(X509_getm_notBefore(x), FORGED_AT - 10 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), FORGED_AT + 10 * DAY);
	name_set(X509_get_subject_name(x), cn);
	name_set(X509_get_issuer_name(x), issuer);
	X509_set_pubkey(x, key);
	if (serial == 0 || serial == 7)
		add_vek(f, x);
	else
		add_ca(x);
	sign_pss(by, x, NULL);
	return x;
}

void
snpforge_certs(struct snpforge *f, EVP_PKEY *by)
{
	const char *p = snp_product_name(f->product);
	char ark[32], ask[32];

	X509_free(f->ark);
	X509_free(f->ask);
	X509_free(f->vek);
	snprintf(ark, sizeof(ark), "ARK-%s", p);
	snprintf(ask, sizeof(ask), "SEV-%s%s", f->vlek ? "VLEK-" : "", p);
	f->ark = cert_make(f, ark, f->ark_key, ark, f->ark_key, 1);
	f->ask = cert_make(f, ask, f->ask_key, ark, f->ark_key, 2);
	f->vek = cert_make(f, f->vlek ? "SEV-VLEK" : "SEV-VCEK", f->vek_key,
	    ask, by, f->vlek ? 7 : 0);
}

void
snpforge_sign(struct snpforge *f)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *p;
	uint8_t der[160];
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	must(EVP_DigestSignInit_ex(ctx, NULL, "SHA384", NULL, NULL,
	    f->vek_key, NULL) == 1 && EVP_DigestSign(ctx, der, &len,
	    f->report, SNP_SIGNED_SIZE) == 1, "sign");
	p = der;
	must((sig = d2i_ECDSA_SIG(NULL, &p, (long)len)) != NULL, "DER");
	BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), f->report + 0x2a0, 72);
	BN_bn2lebinpad(ECDSA_SIG_get0_s(sig), f->report + 0x2e8, 72);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

static void
report_fill(struct snpforge *f)
{
	static const uint8_t cpuid[][3] = { { 0 }, { 0x19, 0x01, 0x01 },
	    { 0x19, 0x11, 0x01 }, { 0x1a, 0x02, 0x01 } };
	static const size_t tcb[] = { 0x038, 0x180, 0x1e0, 0x1f0 };
	uint8_t *r = f->report;
	size_t i;

	r[0] = f->product == SNP_TURIN ? 5 : 3;
	r[0x0a] = 0x03;				/* SMT, reserved one */
	r[0x34] = 1;
	r[0x40] = 0x25;				/* with ALIAS_CHECK_COMPLETE */
	r[0x48] = f->vlek ? 1 << 2 : 0;
	memset(r + 0x90, 0x4d, 48);
	memset(r + 0x160, 0xff, 32);
	memcpy(r + 0x188, cpuid[f->product], 3);
	for (i = 0; i < 4; i++)
		memcpy(r + tcb[i], f->vek_tcb, 8);
	if (!f->vlek)
		memcpy(r + 0x1a0, f->hwid, f->hwid_len);
	memcpy(r + 0x1e8, "\x40\x37\x01", 3);	/* 1.55.64 */
	memcpy(r + 0x1ec, "\x40\x37\x01", 3);
}

void
snpforge_init(struct snpforge *f, enum snp_product product, int vlek)
{
	static const uint8_t old[8] = { 4, 0, 0, 0, 0, 0, 0x1c, 0xde };
	static const uint8_t turin[8] = { 1, 2, 3, 4, 0, 0, 0, 0x99 };

	memset(f, 0, sizeof(*f));
	f->product = product;
	f->vlek = f->csp = vlek;
	memcpy(f->vek_tcb, product == SNP_TURIN ? turin : old, 8);
	memset(f->hwid, 0xc1, sizeof(f->hwid));
	f->hwid_len = vlek ? 0 : product == SNP_TURIN ? 8 : 64;
	f->ark_key = snpforge_rsa(0);
	f->ask_key = snpforge_rsa(1);
	must((f->vek_key = EVP_EC_gen("P-384")) != NULL, "EC key");
	report_fill(f);
	snpforge_certs(f, f->ask_key);
	snpforge_sign(f);
}

void
snpforge_free(struct snpforge *f)
{
	X509_free(f->ark);
	X509_free(f->ask);
	X509_free(f->vek);
	EVP_PKEY_free(f->vek_key);
}

X509_CRL *
snpforge_crl(X509 *issuer, EVP_PKEY *key, long serial, int from, int to)
{
	ASN1_TIME *a = ASN1_TIME_set(NULL, FORGED_AT + (time_t)from * DAY);
	ASN1_TIME *b = ASN1_TIME_set(NULL, FORGED_AT + (time_t)to * DAY);
	X509_CRL *crl = X509_CRL_new();
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	X509_REVOKED *r;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, a);
	X509_CRL_set1_nextUpdate(crl, b);
	if (serial >= 0) {
		r = X509_REVOKED_new();
		ASN1_INTEGER_set(n, serial);
		X509_REVOKED_set_serialNumber(r, n);
		X509_REVOKED_set_revocationDate(r, a);
		X509_CRL_add0_revoked(crl, r);
	}
	sign_pss(key, NULL, crl);
	ASN1_INTEGER_free(n);
	ASN1_TIME_free(a);
	ASN1_TIME_free(b);
	return crl;
}

struct span
snpforge_der(X509 *x, struct buf *b)
{
	unsigned char *p = NULL;
	int n = i2d_X509(x, &p);

	must(n > 0, "DER");
	buf_init(b, 0);
	buf_add(b, p, (size_t)n);
	OPENSSL_free(p);
	return buf_span(b);
}

static void
le32(struct buf *b, size_t v)
{
	const uint8_t x[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff,
	    v >> 24 & 0xff };

	buf_add(b, x, 4);
}

static void
entry(struct buf *b, const char *guid, X509 *x)
{
	struct buf der;
	uint8_t g[16];

	must(hex_decode_exact(span_str(guid), g, 16) == 0, "GUID");
	snpforge_der(x, &der);
	le32(b, 16 + der.n);
	buf_add(b, g, 16);
	buf_add(b, der.p, der.n);
	buf_free(&der);
}

void
snpforge_blob(struct snpforge *f, struct buf *b)
{
	buf_init(b, 0);
	buf_add(b, f->report, sizeof(f->report));
	le32(b, 3);
	entry(b, f->vlek ? "a8074bc2a25a483eaae639c045a0b8a1" :
	    "63da758de6644564adc5f4b93be8accd", f->vek);
	entry(b, "4ab7b379bbac4fe4a02f05aef327c782", f->ask);
	entry(b, "c0b406a4a803495297433fb6014cd0ae", f->ark);
}
