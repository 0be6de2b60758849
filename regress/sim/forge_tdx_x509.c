/* Certificates and lists of the forged hierarchy. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "regress/sim/forge_tdx.h"

#define DAY	86400

EVP_PKEY *
forge_p256(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (key == NULL)
		errx(1, "no key");
	return key;
}

void
forge_sign(EVP_PKEY *key, struct span msg, uint8_t ret[64])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *p;
	uint8_t der[80];
	size_t n = sizeof(der);
	ECDSA_SIG *sig;

	if (ctx == NULL || EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL,
	    NULL, key, NULL) != 1 ||
	    EVP_DigestSign(ctx, der, &n, msg.p, msg.n) != 1)
		errx(1, "cannot sign");
	p = der;
	if ((sig = d2i_ECDSA_SIG(NULL, &p, (long)n)) == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, 32) != 32 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + 32, 32) != 32)
		errx(1, "cannot sign");
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

/* DER of one element: the content may be built in a buffer of its own. */
static void
der_put(struct buf *b, uint8_t tag, const void *p, size_t n)
{
	uint8_t head[4] = { tag, n };
	size_t len = 2;

	if (n >= 0x100) {
		head[1] = 0x82;
		head[2] = n >> 8;
		head[3] = n & 0xff;
		len = 4;
	} else if (n >= 0x80) {
		head[1] = 0x81;
		head[2] = n;
		len = 3;
	}
	buf_add(b, head, len);
	buf_add(b, p, n);
}

/* SEQUENCE { OID Intel.1.13.1.a[.b], value } */
static void
member_put(struct buf *out, int a, int b, uint8_t tag, const void *p, size_t n)
{
	uint8_t oid[11] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d,
	    0x01 };
	struct buf in;

	oid[9] = a;
	oid[10] = b;
	buf_init(&in, 0);
	der_put(&in, 0x06, oid, b != 0 ? 11 : 10);
	der_put(&in, tag, p, n);
	der_put(out, 0x30, in.p, in.n);
	buf_free(&in);
}

static void
number_put(struct buf *out, int b, unsigned v)
{
	uint8_t be[3] = { 0, v >> 8 & 0xff, v & 0xff };
	size_t skip = 0;

	while (skip < 2 && be[skip] == 0 && be[skip + 1] < 0x80)
		skip++;
	member_put(out, 2, b, 0x02, be + skip, 3 - skip);
}

void
forge_pck_extension(const struct forge_tdx *f, struct buf *out)
{
	static const uint8_t ppid[16] = { 1 }, type[1] = { 1 };
	struct buf all, tcb;
	int i;

	buf_init(&all, 0);
	buf_init(&tcb, 0);
	for (i = 0; i < 16; i++)
		number_put(&tcb, i + 1, f->svn[i]);
	number_put(&tcb, 17, f->pcesvn);
	member_put(&tcb, 2, 18, 0x04, f->svn, 16);
	member_put(&all, 1, 0, 0x04, ppid, 16);
	member_put(&all, 2, 0, 0x30, tcb.p, tcb.n);
	member_put(&all, 3, 0, 0x04, f->pceid, 2);
	if (f->ext != 4)
		member_put(&all, 4, 0, 0x04, f->fmspc, 6);
	member_put(&all, 5, 0, 0x0a, type, 1);
	der_put(out, 0x30, all.p, all.n);
	if (f->ext == 3)
		buf_add(out, "", 1);
	buf_free(&tcb);
	buf_free(&all);
}

static void
ext_add(X509 *x, const char *oid, int critical, const void *p, size_t n)
{
	ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	X509_EXTENSION *e;

	if (o == NULL || obj == NULL ||
	    ASN1_OCTET_STRING_set(o, p, (int)n) != 1 ||
	    (e = X509_EXTENSION_create_by_OBJ(NULL, obj, critical, o)) ==
	    NULL || X509_add_ext(x, e, -1) != 1)
		errx(1, "extension %s", oid);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(obj);
	ASN1_OCTET_STRING_free(o);
}

static void
ext_conf(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	if (e == NULL || X509_add_ext(x, e, -1) != 1)
		errx(1, "extension %s", value);
	X509_EXTENSION_free(e);
}

static void
name_fill(X509_NAME *name, const char *cn)
{
	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0) != 1 ||
	    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
	    (const unsigned char *)"Simulated", -1, -1, 0) != 1)
		errx(1, "name %s", cn);
}

static void
node_make(struct forge_tdx *f, struct forge_node *n, struct forge_node *by,
    int serial)
{
	X509 *x = X509_new();
	struct buf ext;
	int i;

	if (x == NULL || X509_set_version(x, X509_VERSION_3) != 1)
		errx(1, "no certificate");
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	name_fill(X509_get_subject_name(x), n->cn);
	name_fill(X509_get_issuer_name(x), by->cn);
	ASN1_TIME_set(X509_getm_notBefore(x),
	    f->now + (time_t)n->from * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x),
	    f->now + (time_t)n->to * DAY);
	X509_set_pubkey(x, n->key);
	ext_conf(x, NID_basic_constraints, n->ca ? "critical,CA:TRUE" :
	    "critical,CA:FALSE");
	ext_conf(x, NID_key_usage, n->ca ? "critical,keyCertSign,cRLSign" :
	    "critical,digitalSignature");
	if (n->critical)
		ext_add(x, "1.3.6.1.4.1.55738.1", 1, "\005", 2);
	if (n == &f->pck && f->ext != 0) {
		buf_init(&ext, 0);
		forge_pck_extension(f, &ext);
		for (i = 0; i < (f->ext == 2 ? 2 : 1); i++)
			ext_add(x, "1.2.840.113741.1.13.1", 0, ext.p, ext.n);
		buf_free(&ext);
	}
	if (X509_sign(x, n->by_other ? f->other : by->key, EVP_sha256()) == 0)
		errx(1, "cannot sign");
	n->cert = x;
}

void
forge_chain(struct forge_tdx *f)
{
	node_make(f, &f->root, &f->root, 1);
	node_make(f, &f->pck_ca, &f->root, 2);
	node_make(f, &f->pck, &f->pck_ca, 0x7fffffff);
	node_make(f, &f->tcb, &f->root, 4);
}

static void
revoke(X509_CRL *crl, X509 *x, int64_t now)
{
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *at = ASN1_TIME_set(NULL, now - DAY);

	if (r == NULL || at == NULL || X509_REVOKED_set_serialNumber(r,
	    x != NULL ? X509_get_serialNumber(x) : NULL) != 1 ||
	    X509_REVOKED_set_revocationDate(r, at) != 1 ||
	    X509_CRL_add0_revoked(crl, r) != 1)
		errx(1, "cannot revoke");
	ASN1_TIME_free(at);
}

static void
crl_dates(X509_CRL *crl, const struct forge_crl *c, int64_t now)
{
	ASN1_TIME *t;

	t = ASN1_TIME_set(NULL, now + (time_t)c->from * DAY);
	X509_CRL_set1_lastUpdate(crl, t);
	ASN1_TIME_free(t);
	if (c->no_next)
		return;
	t = ASN1_TIME_set(NULL, now + (time_t)c->to * DAY);
	X509_CRL_set1_nextUpdate(crl, t);
	ASN1_TIME_free(t);
}

void
forge_crl_make(const struct forge_tdx *f, const struct forge_crl *c,
    const struct forge_node *by, X509 *first, X509 *second, struct buf *out)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_INTEGER *base = ASN1_INTEGER_new();
	X509_NAME *name = X509_NAME_new();
	uint8_t *der = NULL;
	int n;

	name_fill(name, c->other_issuer ? "Somebody" : by->cn);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, name);
	crl_dates(crl, c, f->now);
	if ((c->revoke & 1) != 0)
		revoke(crl, first, f->now);
	if ((c->revoke & 2) != 0)
		revoke(crl, second, f->now);
	ASN1_INTEGER_set(base, 7);
	if (c->delta)
		X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0);
	X509_CRL_sort(crl);
	if (X509_CRL_sign(crl, c->by_other ? f->other : by->key,
	    EVP_sha256()) == 0 || (n = i2d_X509_CRL(crl, &der)) <= 0)
		errx(1, "no list");
	buf_add(out, der, n);
	OPENSSL_free(der);
	X509_NAME_free(name);
	ASN1_INTEGER_free(base);
	X509_CRL_free(crl);
}
