/* Certificates of strangers (libcrypto). */
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "evidence/x509.h"

X509 *
x509_der(struct span s, size_t max)
{
	const unsigned char *p = s.p;
	X509 *x;

	if (s.n == 0 || s.n > max ||
	    (x = d2i_X509(NULL, &p, (long)s.n)) == NULL)
		return NULL;
	if (p != s.p + s.n) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* DER and zero bytes behind it. */
static X509 *
der_padded(struct span s, size_t max)
{
	const unsigned char *p = s.p;
	X509 *x;

	if (s.n == 0 || s.n > max ||
	    (x = d2i_X509(NULL, &p, (long)s.n)) == NULL)
		return NULL;
	if (!span_is_zero(span_make(p, s.n - (size_t)(p - s.p)))) {
		X509_free(x);
		return NULL;
	}
	return x;
}

X509 *
x509_file(struct span s, size_t max)
{
	struct cursor c;
	X509 *x, *more = NULL;

	if ((x = der_padded(s, max)) != NULL)
		return x;
	cursor_init(&c, s);
	if (x509_pem_next(&c, max, &x) != 1)
		return NULL;
	if (x509_pem_next(&c, max, &more) != 0) {
		X509_free(more);
		X509_free(x);
		return NULL;
	}
	return x;
}

static int
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
take_text(struct cursor *c, const char *want)
{
	size_t n = strlen(want);

	if (cursor_left(c) < n || memcmp(c->p + c->off, want, n) != 0)
		return -1;
	c->off += n;
	return 0;
}

/* base64 with padding to DER in place; buf holds n characters. */
static X509 *
base64_cert(uint8_t *buf, size_t n, size_t max)
{
	size_t pad = 0, len;

	if (n % 4 != 0)
		return NULL;
	while (pad < 2 && n > pad && buf[n - 1 - pad] == '=')
		pad++;
	if (base64_decode(span_make(buf, n - pad), buf, n, &len) == -1)
		return NULL;
	return x509_der(span_make(buf, len), max);
}

int
x509_pem_next(struct cursor *c, size_t max, X509 **ret)
{
	uint8_t *text;
	size_t n = 0;
	X509 *x = NULL;

	while (cursor_left(c) > 0 && is_space(c->p[c->off]))
		c->off++;
	if (cursor_left(c) == 0)
		return 0;
	if (take_text(c, "-----BEGIN CERTIFICATE-----") == -1)
		return -1;
	if ((text = malloc(cursor_left(c) + 1)) == NULL)
		return -1;
	while (cursor_left(c) > 0 && c->p[c->off] != '-') {
		if (!is_space(c->p[c->off]))
			text[n++] = c->p[c->off];
		c->off++;
	}
	if (take_text(c, "-----END CERTIFICATE-----") == 0)
		x = base64_cert(text, n, max);
	free(text);
	if (x == NULL)
		return -1;
	*ret = x;
	return 1;
}

int
x509_sha256(X509 *x, uint8_t ret[32])
{
	unsigned n;

	return X509_digest(x, EVP_sha256(), ret, &n) == 1 && n == 32 ? 0 : -1;
}

int
x509_is_framed(struct span s)
{
	return s.n > 4 && s.p[0] == 0x30 && s.p[1] == 0x82 &&
	    ((size_t)s.p[2] << 8 | s.p[3]) == s.n - 4;
}

int
x509_is(X509 *x, struct span s, size_t max)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der), same;
	X509 *one;

	same = n > 0 && span_eq(span_make(der, (size_t)n), s);
	OPENSSL_free(der);
	if (same || (one = x509_file(s, max)) == NULL)
		return same;
	same = X509_cmp(one, x) == 0;
	X509_free(one);
	return same;
}

enum x509_date
x509_date(X509 *x, int64_t now)
{
	int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), now);
	int to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), now);

	if (from == -2 || to == -2)
		return X509_DATE_UNDATED;
	if (from > 0)
		return X509_DATE_EARLY;
	return to < 0 ? X509_DATE_EXPIRED : X509_DATE_VALID;
}

const char *
x509_date_text(enum x509_date d)
{
	static const char *const text[] = { "within its dates",
	    "not yet valid", "expired", "undated" };

	return text[d];
}

int
x509_signed_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *pkey = X509_get0_pubkey(issuer);
	int md, pk;

	if (pkey == NULL ||
	    X509_get_signature_info(x, &md, &pk, NULL, NULL) != 1 ||
	    (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) < 2048) ||
	    md == NID_md5 || md == NID_sha1)
		return 0;
	return X509_NAME_cmp(X509_get_issuer_name(x),
	    X509_get_subject_name(issuer)) == 0 && X509_verify(x, pkey) == 1;
}

int
x509_signed_pss384(X509 *x, X509 *issuer)
{
	int md, pk;

	return X509_get_signature_info(x, &md, &pk, NULL, NULL) == 1 &&
	    md == NID_sha384 && pk == NID_rsassaPss &&
	    x509_signed_by(x, issuer);
}

/* Names of RFC 4514, section 3; all others are dotted numbers. */
static void
attribute_name(struct buf *b, const ASN1_OBJECT *o)
{
	static const int known[] = { NID_commonName, NID_localityName,
	    NID_stateOrProvinceName, NID_organizationName,
	    NID_organizationalUnitName, NID_countryName, NID_domainComponent };
	char oid[80];
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (OBJ_obj2nid(o) == known[i]) {
			buf_add_str(b, OBJ_nid2sn(known[i]));
			return;
		}
	if (OBJ_obj2txt(oid, sizeof(oid), o, 1) > 0)
		buf_add_str(b, oid);
}

/* RFC 4514, 2.4 */
static void
attribute_value(struct buf *b, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (strchr(",+\"\\<>;", s.p[i]) != NULL && s.p[i] != '\0')
			buf_add(b, "\\", 1);
		else if ((i == 0 && (s.p[i] == '#' || s.p[i] == ' ')) ||
		    (i + 1 == s.n && s.p[i] == ' '))
			buf_add(b, "\\", 1);
		if (s.p[i] == '\0')
			buf_add_str(b, "\\00");
		else
			buf_add(b, s.p + i, 1);
	}
}

void
x509_name(const X509_NAME *name, char *dst, size_t size)
{
	int i, set = -1, n = X509_NAME_entry_count(name);
	const X509_NAME_ENTRY *e;
	const ASN1_STRING *s;
	struct buf b;

	buf_init(&b, size - 1);
	for (i = n - 1; i >= 0; i--) {
		e = X509_NAME_get_entry(name, i);
		if (i != n - 1)
			buf_add_str(&b, X509_NAME_ENTRY_set(e) == set ? "+" :
			    ",");
		set = X509_NAME_ENTRY_set(e);
		attribute_name(&b, X509_NAME_ENTRY_get_object(e));
		buf_add_str(&b, "=");
		s = X509_NAME_ENTRY_get_data(e);
		attribute_value(&b, span_make(ASN1_STRING_get0_data(s),
		    (size_t)ASN1_STRING_length(s)));
	}
	if (b.n != 0)
		memcpy(dst, b.p, b.n);
	dst[b.n] = '\0';
	buf_free(&b);
}

int
x509_extension(X509 *x, const char *want, struct span *ret)
{
	const ASN1_OCTET_STRING *o;
	X509_EXTENSION *e;
	char oid[80];
	int i, n, found = 0;

	for (i = 0; i < X509_get_ext_count(x); i++) {
		e = X509_get_ext(x, i);
		n = OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(e),
		    1);
		if (n <= 0 || n >= (int)sizeof(oid) || strcmp(oid, want) != 0)
			continue;
		if (found++ != 0)
			return -1;
		o = X509_EXTENSION_get_data(e);
		*ret = span_make(ASN1_STRING_get0_data(o),
		    (size_t)ASN1_STRING_length(o));
	}
	return found;
}
