/* workers/conf_cert.c: chains made here, and the text of every refusal. */
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "regress/unit/check.h"
#include "workers/conf_cert.h"

#define NOW	1700000000	/* all certificates begin a day before */
#define DAY	86400

static EVP_PKEY *p256, *p384, *ca_key;
static X509 *leaf, *middle, *root;
static char *leaf_pem, *middle_pem, *root_pem;

struct want {
	EVP_PKEY	*key;
	const char	*name;
	const char	*san;
	int		 ca;
	int		 days;
	X509		*issuer;	/* NULL: self-signed */
	EVP_PKEY	*issuer_key;
};

static void
extension_add(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext;

	ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	if (ext == NULL || X509_add_ext(cert, ext, -1) != 1)
		abort();
	X509_EXTENSION_free(ext);
}

static X509 *
cert_make(const struct want *want)
{
	X509_NAME *name = X509_NAME_new();
	X509 *cert = X509_new();
	time_t now = NOW;

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	    (const unsigned char *)want->name, -1, -1, 0);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	X509_set_subject_name(cert, name);
	X509_set_issuer_name(cert, want->issuer != NULL ?
	    X509_get_subject_name(want->issuer) : name);
	X509_time_adj_ex(X509_getm_notBefore(cert), -1, 0, &now);
	X509_time_adj_ex(X509_getm_notAfter(cert), want->days, 0, &now);
	X509_set_pubkey(cert, want->key);
	if (want->san != NULL)
		extension_add(cert, NID_subject_alt_name, want->san);
	extension_add(cert, NID_basic_constraints, want->ca ?
	    "critical,CA:TRUE" : "CA:FALSE");
	if (X509_sign(cert, want->issuer_key != NULL ? want->issuer_key :
	    want->key, EVP_sha256()) == 0)
		abort();
	X509_NAME_free(name);
	return cert;
}

static char *
bio_text(BIO *bio)
{
	char *data, *text;
	long len = BIO_get_mem_data(bio, &data);

	text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

static char *
cert_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, cert);
	return bio_text(bio);
}

/* The PEM of a new self-signed certificate for this key. */
static char *
self_signed(EVP_PKEY *key, const char *san, int ca, int days)
{
	struct want want = { .key = key, .name = "h\xc3\xa9", .san = san,
	    .ca = ca, .days = days };
	X509 *cert = cert_make(&want);
	char *pem = cert_pem(cert);

	X509_free(cert);
	return pem;
}

static void
fixtures_make(void)
{
	struct want want;

	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	ca_key = EVP_RSA_gen(2048);
	want = (struct want){ .key = ca_key, .name = "root", .ca = 1,
	    .days = 9 };
	root = cert_make(&want);
	want = (struct want){ .key = p384, .name = "middle", .ca = 1,
	    .days = 9, .issuer = root, .issuer_key = ca_key };
	middle = cert_make(&want);
	want = (struct want){ .key = p256, .name = "a.example", .days = 9,
	    .san = "DNS:a.example,IP:192.0.2.1,IP:2001:db8::1,email:a@b",
	    .issuer = middle, .issuer_key = p384 };
	leaf = cert_make(&want);
	leaf_pem = cert_pem(leaf);
	middle_pem = cert_pem(middle);
	root_pem = cert_pem(root);
}

static void
fixtures_free(void)
{
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(ca_key);
	X509_free(leaf);
	X509_free(middle);
	X509_free(root);
	free(leaf_pem);
	free(middle_pem);
	free(root_pem);
}

/* The strings one after another; to be freed. */
static char *
joined(const char *a, const char *b, const char *c)
{
	char *text = malloc(strlen(a) + strlen(b) + strlen(c) + 1);

	sprintf(text, "%s%s%s", a, b, c);
	return text;
}

static int
read_ok(const char *pem, int64_t now, struct cert_facts *facts)
{
	struct cert_text err;

	if (conf_cert_read(pem, strlen(pem), now, facts, &err) == 0)
		return 1;
	CHECK_NEVER("refused: %s", err.text);
	return 0;
}

static void
test_chain(void)
{
	struct cert_facts facts;
	unsigned char hash[CERT_HASH_LEN], *spki = NULL;
	char *text, *plain;
	int len;

	test_begin("chain");
	text = joined("subject=a remark\r\n\n", leaf_pem, "\t\n");
	plain = joined(text, middle_pem, root_pem);
	free(text);
	if (!CHECK(read_ok(plain, NOW, &facts)))
		return;
	free(plain);
	CHECK_INT(facts.ncerts, 3);
	CHECK_INT(facts.key, CERT_KEY_P256);
	CHECK_INT(facts.not_before, NOW - DAY);
	CHECK_INT(facts.not_after, NOW + 9 * DAY);
	CHECK_STR(facts.names.text, "CN=a.example, DNS:a.example, IP:192.0.2.1, "
	    "IP:2001:db8::1");
	CHECK_INT(facts.nwarnings, 0);
	X509_digest(leaf, EVP_sha256(), hash, NULL);
	CHECK_MEM(facts.leaf_hash, hash, sizeof(hash));
	/* What agent-keys computes from its private key. */
	len = i2d_PUBKEY(p256, &spki);
	EVP_Digest(spki, (size_t)len, hash, NULL, EVP_sha256(), NULL);
	CHECK_MEM(facts.spki_hash, hash, sizeof(hash));
	OPENSSL_free(spki);
	plain = joined(leaf_pem, middle_pem, root_pem);
	CHECK_INT(facts.chain_len, strlen(plain));
	CHECK_MEM(facts.chain, plain, strlen(plain));
	free(plain);
	cert_facts_free(&facts);
	CHECK(facts.chain == NULL);
}

static void
check_warning(char *pem, int64_t now, const char *want)
{
	struct cert_facts facts;

	if (read_ok(pem, now, &facts)) {
		CHECK_INT(facts.nwarnings, want != NULL);
		if (want != NULL &&
		    strstr(facts.warnings[0].text, want) == NULL)
			CHECK_STR(facts.warnings[0].text, want);
		cert_facts_free(&facts);
	}
	free(pem);
}

static void
test_warnings(void)
{
	struct cert_facts facts;
	char *pem, *crlf, *to;
	size_t i;

	test_begin("warnings");
	check_warning(self_signed(p384, "DNS:a", 0, 9), NOW, NULL);
	check_warning(self_signed(p256, "DNS:a", 0, 9), NOW + 10 * DAY,
	    "the certificate has expired");
	check_warning(self_signed(p256, "DNS:a", 0, 9), NOW - 2 * DAY,
	    "the certificate is not valid yet");
	check_warning(self_signed(p256, NULL, 0, 9), NOW,
	    "has no subjectAltName with a DNS name or address");
	check_warning(self_signed(p256, "email:a@b", 0, 9), NOW,
	    "has no subjectAltName");
	check_warning(self_signed(p256, "DNS:a", 1, 9), NOW,
	    "the certificate is one of a CA");

	/* Names are shown without what a terminal could obey; CR LF is fine. */
	pem = self_signed(p384, "DNS:a", 0, 9);
	to = crlf = malloc(2 * strlen(pem) + 1);
	for (i = 0; pem[i] != '\0'; i++) {
		if (pem[i] == '\n')
			*to++ = '\r';
		*to++ = pem[i];
	}
	*to = '\0';
	if (CHECK(read_ok(crlf, NOW, &facts))) {
		CHECK_STR(facts.names.text, "CN=h??, DNS:a");
		CHECK_INT(facts.key, CERT_KEY_P384);
		CHECK_INT(facts.chain_len, strlen(pem));
		cert_facts_free(&facts);
	}
	free(pem);
	free(crlf);
}

static void
check_refused_bytes(const char *pem, size_t len, const char *want)
{
	struct cert_facts facts = { .ncerts = 99 };
	struct cert_text err = { "" };

	if (!CHECK_FAIL(conf_cert_read(pem, len, NOW, &facts, &err))) {
		cert_facts_free(&facts);
		return;
	}
	CHECK_INT(facts.ncerts, 99);
	if (strstr(err.text, want) == NULL)
		CHECK_STR(err.text, want);
}

/* Takes the text. */
static void
check_refused(char *pem, const char *want)
{
	check_refused_bytes(pem, strlen(pem), want);
	free(pem);
}

/* Short enough only as long as its base64 is one line. */
static void
test_unbroken(void)
{
	char *san = malloc(48300 + 1), *pem, *from, *to, *end;

	memset(san, 'a', 48300);
	san[48300] = '\0';
	memcpy(san, "DNS:", 4);
	pem = self_signed(p256, san, 0, 9);
	CHECK(strlen(pem) > 65536);
	end = strstr(pem, "\n-----END");
	for (from = to = strchr(pem, '\n') + 1; *from != '\0'; from++)
		if (from >= end || *from != '\n')
			*to++ = *from;
	*to = '\0';
	CHECK(strlen(pem) <= 65536);
	check_refused(pem, "longer than 65536 bytes in lines of 64");
	free(san);
}

static void
test_pem_refusals(void)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
	static const char end[] = "-----END CERTIFICATE-----\n";
	char *pem, *many;
	int i;

	test_begin("pem");
	check_refused(strdup(""), "no certificate in PEM form");
	check_refused(strdup("hello\n"), "no certificate in PEM form");
	check_refused_bytes("a\n\0", 3, "line 2: a NUL: only text is allowed");
	check_refused(joined(leaf_pem, "-----BEGIN EC PRIVATE KEY-----\n", ""),
	    "a private key in the file of certificates: it belongs into the file "
	    "of ssl_private_key only");
	check_refused(strdup("\n-----BEGIN PRIVATE KEY-----\n"),
	    "line 2: a private key");
	check_refused(strdup("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
	    "line 1: a private key");
	check_refused(strdup("-----BEGIN EC PARAMETERS-----\n"), "line 1: not "
	    "the begin of a certificate: only CERTIFICATE blocks are allowed");
	check_refused(joined(leaf_pem, end, ""), "not the begin of a");
	check_refused(joined("x", leaf_pem, ""), "line 1: not the begin of a");
	check_refused(joined(begin, "AAAA\n", ""),
	    "line 2: certificate has no END line");
	check_refused(joined(begin, "\n", end), "line 2: not base64 inside a");
	check_refused(joined(begin, "A A\n", end), "line 2: not base64 inside");
	check_refused(joined(begin, leaf_pem, ""), "line 2: not base64 inside");
	check_refused(joined(begin, "", end), "line 1: certificate is not valid "
	    "base64");
	check_refused(joined(begin, "AAA\n", end), "not valid base64");
	check_refused(joined(begin, "A=AA\n", end), "not valid base64");
	check_refused(joined(begin, "AA==\nAA==\n", end), "not valid base64");
	check_refused(joined(begin, "A===\n", end), "not valid base64");
	check_refused(joined(begin, "AAAA\n", end), "line 1: not one X.509 "
	    "certificate in DER");

	many = strdup("");
	for (i = 0; i < CERT_CHAIN_MAX + 1; i++) {
		pem = joined(many, root_pem, "");
		free(many);
		many = pem;
	}
	check_refused(many, "more than 10 certificates");
	many = malloc(65538);
	memset(many, '\n', 65537);
	check_refused_bytes(many, 65536, "no certificate");
	check_refused_bytes(many, 65537, "longer than 65536 bytes");
	free(many);
	test_unbroken();
}

/* One block that holds these bytes. */
static char *
der_pem(const unsigned char *der, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio(bio, "CERTIFICATE", "", der, (long)len);
	return bio_text(bio);
}

static void
test_der_refusals(void)
{
	unsigned char ber[4097], der[4096], *to = der;
	int len = i2d_X509(leaf, &to);

	test_begin("der");
	der[len] = 0;
	check_refused(der_pem(der, (size_t)len + 1), "not one X.509 certificate");
	check_refused(der_pem(der, (size_t)len - 1), "not one X.509 certificate");
	/* The same content with a length of three bytes: BER, not DER. */
	memcpy(ber, "\x30\x83\0", 3);
	memcpy(ber + 3, der + 2, (size_t)len - 2);
	check_refused(der_pem(ber, (size_t)len + 1), "not one X.509 certificate");
}

static void
test_chain_refusals(void)
{
	char *pem;

	test_begin("order");
	check_refused(joined(leaf_pem, root_pem, middle_pem), "certificate 2 did "
	    "not issue certificate 1 (subject issuer mismatch): the leaf comes "
	    "first, then the issuer of each");
	check_refused(joined(leaf_pem, leaf_pem, ""), "certificate 2 did not");
	check_refused(joined(leaf_pem, middle_pem, middle_pem),
	    "certificate 3 did not issue certificate 2");
	pem = joined(root_pem, leaf_pem, "");
	check_refused(pem, "certificate 2 did not issue certificate 1");
}

static EVP_PKEY *
ec_key(const char *curve, const char *param, const char *value)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	if (key == NULL || (param != NULL &&
	    EVP_PKEY_set_utf8_string_param(key, param, value) != 1))
		abort();
	return key;
}

static void
check_key_refused(EVP_PKEY *key, const char *want)
{
	check_refused(self_signed(key, "DNS:a", 0, 9), want);
	EVP_PKEY_free(key);
}

/* A point that is not on its curve. */
static void
test_key_unreadable(void)
{
	unsigned char der[4096], *point, *spki = NULL, *to = der;
	int len = i2d_X509(leaf, &to), spki_len = i2d_PUBKEY(p256, &spki);

	point = memmem(der, (size_t)len, spki, (size_t)spki_len);
	point[spki_len - 1] ^= 1;
	check_refused(der_pem(der, (size_t)len), "the key of the leaf cannot be "
	    "read: only EC keys on P-256 or P-384 are supported");
	OPENSSL_free(spki);
}

static void
test_key_refusals(void)
{
	test_begin("key");
	test_key_unreadable();
	check_key_refused(EVP_RSA_gen(2048), "the key of the leaf is RSA: only EC "
	    "keys on P-256 or P-384 are supported");
	check_key_refused(ec_key("P-521", NULL, NULL), "the key of the leaf is "
	    "on the curve secp521r1: only EC keys on P-256 or P-384");
	check_key_refused(ec_key("P-256", "point-format", "compressed"),
	    "explicit parameters or a compressed point: a named curve and an "
	    "uncompressed point are supported");
	check_key_refused(ec_key("P-384", "encoding", "explicit"),
	    "explicit parameters or a compressed point");
	check_refused(self_signed(p256, "DNS:a", 0, -2),
	    "the leaf ends before it begins");
}

int
main(void)
{
	fixtures_make();
	test_chain();
	test_warnings();
	test_pem_refusals();
	test_der_refusals();
	test_chain_refusals();
	test_key_refusals();
	fixtures_free();
	return test_end();
}
