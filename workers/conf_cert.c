#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "agentd/limits.h"
#include "workers/conf_cert.h"

/*
 * Length of a SubjectPublicKeyInfo with a named curve and an uncompressed
 * point.  Another length is explicit parameters or a compressed point, which
 * agent-keys would encode otherwise and take for another key.
 */
#define SPKI_LEN_P256	91
#define SPKI_LEN_P384	120

struct pem_reader {
	const char		*next;
	const char		*end;
	unsigned int		 line;		/* of the text last read */
	struct cert_text	*err;
};

struct chain {
	X509		*certs[CERT_CHAIN_MAX];
	size_t		 ncerts;
	uint8_t		 leaf_hash[CERT_HASH_LEN];
};

/* One line without its end and trailing blanks. */
struct line {
	const char	*text;
	size_t		 len;
};

static int __attribute__((format(printf, 2, 3)))
cert_fail(struct cert_text *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	ERR_clear_error();
	return -1;
}

/* 0 at the end of the file. */
static int
line_next(struct pem_reader *pr, struct line *ret_line)
{
	const char *text = pr->next, *eol;
	size_t len;

	if (text == pr->end)
		return 0;
	eol = memchr(text, '\n', (size_t)(pr->end - text));
	len = (size_t)((eol != NULL ? eol : pr->end) - text);
	pr->next = eol != NULL ? eol + 1 : pr->end;
	pr->line++;
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL &&
	    text[len - 1] != '\0')
		len--;
	ret_line->text = text;
	ret_line->len = len;
	return 1;
}

static int
line_is(struct line line, const char *what)
{
	return line.len == strlen(what) &&
	    memcmp(line.text, what, line.len) == 0;
}

static int
line_has(struct line line, const char *what)
{
	return memmem(line.text, line.len, what, strlen(what)) != NULL;
}

static int
line_is_base64(struct line line)
{
	size_t i;

	for (i = 0; i < line.len; i++)
		if (line.text[i] == '\0' || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789+/=",
		    line.text[i]) == NULL)
			return 0;
	return 1;
}

/* Moves to the next block: 1, 0 at the end, -1 if it is no certificate. */
static int
block_find(struct pem_reader *pr)
{
	struct line line;

	while (line_next(pr, &line)) {
		if (line_has(line, "PRIVATE KEY-----"))
			return cert_fail(pr->err, "line %u: a private key in the "
			    "file of certificates: it belongs into the file of "
			    "ssl_private_key only", pr->line);
		if (line_is(line, "-----BEGIN CERTIFICATE-----"))
			return 1;
		if (line_has(line, "-----"))
			return cert_fail(pr->err, "line %u: not the begin of a "
			    "certificate: only CERTIFICATE blocks are allowed",
			    pr->line);
		if (memchr(line.text, '\0', line.len) != NULL)
			return cert_fail(pr->err, "line %u: a NUL: only text is "
			    "allowed", pr->line);
	}
	return 0;
}

/* Collects the base64 of a block up to its end line. */
static int
block_collect(struct pem_reader *pr, char *text, size_t *ret_len)
{
	struct line line;
	size_t n = 0;

	for (;;) {
		if (!line_next(pr, &line))
			return cert_fail(pr->err, "line %u: certificate has no "
			    "END line", pr->line);
		if (line_is(line, "-----END CERTIFICATE-----"))
			break;
		if (line.len == 0 || !line_is_base64(line))
			return cert_fail(pr->err, "line %u: not base64 inside a "
			    "certificate", pr->line);
		/* No more than the file, which the buffer can hold. */
		memcpy(text + n, line.text, line.len);
		n += line.len;
	}
	*ret_len = n;
	return 0;
}

/* Decodes in place; '=' only as the last one or two. */
static int
base64_decode(uint8_t *text, size_t len, size_t *ret_len)
{
	size_t pad = 0;
	int n;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	if (len == 0 || len % 4 != 0 || memchr(text, '=', len - pad) != NULL)
		return -1;
	if ((n = EVP_DecodeBlock(text, text, (int)len)) < (int)pad)
		return -1;
	*ret_len = (size_t)n - pad;
	return 0;
}

/* NULL unless der is exactly one certificate that encodes to the same bytes. */
static X509 *
der_parse(const uint8_t *der, size_t len)
{
	const uint8_t *p = der;
	uint8_t *again = NULL;
	X509 *cert;
	int n;

	if ((cert = d2i_X509(NULL, &p, (long)len)) == NULL)
		return NULL;
	n = i2d_X509(cert, &again);
	if (p != der + len || n < 0 || (size_t)n != len ||
	    memcmp(again, der, len) != 0) {
		X509_free(cert);
		cert = NULL;
	}
	OPENSSL_free(again);
	return cert;
}

static int
digest_make(const void *data, size_t len, uint8_t *ret_hash)
{
	return EVP_Digest(data, len, ret_hash, NULL, EVP_sha256(), NULL) == 1 ?
	    0 : -1;
}

static int
block_read(struct pem_reader *pr, uint8_t *buf, struct chain *chain)
{
	unsigned int line = pr->line;
	size_t len = 0;

	if (block_collect(pr, (char *)buf, &len) == -1)
		return -1;
	if (base64_decode(buf, len, &len) == -1)
		return cert_fail(pr->err, "line %u: certificate is not valid "
		    "base64", line);
	if (chain->ncerts == CERT_CHAIN_MAX)
		return cert_fail(pr->err, "line %u: more than %d certificates",
		    line, CERT_CHAIN_MAX);
	if ((chain->certs[chain->ncerts] = der_parse(buf, len)) == NULL)
		return cert_fail(pr->err, "line %u: not one X.509 certificate "
		    "in DER", line);
	if (chain->ncerts++ == 0 &&
	    digest_make(buf, len, chain->leaf_hash) == -1)
		return cert_fail(pr->err, "SHA-256 failed");
	return 0;
}

static void
chain_free(struct chain *chain)
{
	while (chain->ncerts > 0)
		X509_free(chain->certs[--chain->ncerts]);
}

static int
chain_read(const char *pem, size_t len, struct chain *chain,
    struct cert_text *err)
{
	struct pem_reader pr = { pem, pem + len, 0, err };
	uint8_t *buf;
	int r;

	if (len > CERT_FILE_MAX)
		return cert_fail(err, "longer than %d bytes", CERT_FILE_MAX);
	if ((buf = malloc(len + 1)) == NULL)
		return cert_fail(err, "no memory");
	while ((r = block_find(&pr)) == 1)
		if ((r = block_read(&pr, buf, chain)) == -1)
			break;
	free(buf);
	if (r == 0 && chain->ncerts == 0)
		return cert_fail(err, "no certificate in PEM form");
	return r;
}

/* A client that meets the wrong order may not find the way to its root. */
static int
chain_check(const struct chain *chain, struct cert_text *err)
{
	size_t i;
	int r;

	for (i = 1; i < chain->ncerts; i++) {
		r = X509_check_issued(chain->certs[i], chain->certs[i - 1]);
		if (r != X509_V_OK)
			return cert_fail(err, "certificate %zu did not issue "
			    "certificate %zu (%s): the leaf comes first, then "
			    "the issuer of each", i + 1, i,
			    X509_verify_cert_error_string(r));
	}
	return 0;
}

static int
key_read(X509 *leaf, struct cert_facts *facts, struct cert_text *err)
{
	static const char allowed[] = "only EC keys on P-256 or P-384 are "
	    "supported";
	EVP_PKEY *key = X509_get0_pubkey(leaf);
	uint8_t *spki = NULL;
	char group[32] = "";
	int len, rc = -1;

	if (key == NULL)
		return cert_fail(err, "the key of the leaf cannot be read: %s",
		    allowed);
	if (!EVP_PKEY_is_a(key, "EC"))
		return cert_fail(err, "the key of the leaf is %s: %s",
		    EVP_PKEY_get0_type_name(key), allowed);
	EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &spki);
	if (strcmp(group, "prime256v1") == 0)
		facts->key = CERT_KEY_P256;
	else if (strcmp(group, "secp384r1") == 0)
		facts->key = CERT_KEY_P384;
	else {
		cert_fail(err, "the key of the leaf is on the curve %s: %s",
		    group[0] != '\0' ? group : "(unnamed)", allowed);
		goto out;
	}
	if (len != (facts->key == CERT_KEY_P256 ? SPKI_LEN_P256 :
	    SPKI_LEN_P384)) {
		cert_fail(err, "the key of the leaf has explicit parameters or "
		    "a compressed point: a named curve and an uncompressed "
		    "point are supported");
		goto out;
	}
	if (digest_make(spki, (size_t)len, facts->spki_hash) == -1)
		cert_fail(err, "SHA-256 failed");
	else
		rc = 0;
out:
	OPENSSL_free(spki);
	return rc;
}

static void __attribute__((format(printf, 2, 3)))
warning_add(struct cert_facts *facts, const char *fmt, ...)
{
	va_list ap;

	if (facts->nwarnings == CERT_WARNINGS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(facts->warnings[facts->nwarnings].text,
	    sizeof(facts->warnings[0].text), fmt, ap);
	va_end(ap);
	facts->nwarnings++;
}

static int
time_read(const ASN1_TIME *from, int64_t *ret_time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return -1;
	*ret_time = timegm(&tm);
	return 0;
}

static int
times_read(X509 *leaf, int64_t now, struct cert_facts *facts,
    struct cert_text *err)
{
	if (time_read(X509_get0_notBefore(leaf), &facts->not_before) == -1 ||
	    time_read(X509_get0_notAfter(leaf), &facts->not_after) == -1)
		return cert_fail(err, "the validity of the leaf cannot be read");
	if (facts->not_after < facts->not_before)
		return cert_fail(err, "the leaf ends before it begins");
	if (now > facts->not_after)
		warning_add(facts, "the certificate has expired");
	else if (now < facts->not_before)
		warning_add(facts, "the certificate is not valid yet");
	return 0;
}

/* Appends "PREFIXtext", what is not printable ASCII as '?'. */
static void
name_add(struct cert_facts *facts, const char *prefix, const void *text,
    size_t len)
{
	const unsigned char *from = text;
	char *dst = facts->names.text;
	size_t n = strlen(dst), size = sizeof(facts->names.text);

	if (n + 2 + strlen(prefix) >= size)
		return;
	n += (size_t)snprintf(dst + n, size - n, "%s%s", n > 0 ? ", " : "",
	    prefix);
	for (; len > 0 && n + 1 < size; len--, from++)
		dst[n++] = *from < 0x20 || *from > 0x7e ? '?' : (char)*from;
	dst[n] = '\0';
}

static void
common_name_read(X509 *leaf, struct cert_facts *facts)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);
	const ASN1_STRING *cn;
	int at;

	at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0)
		return;
	cn = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	name_add(facts, "CN=", ASN1_STRING_get0_data(cn),
	    (size_t)ASN1_STRING_length(cn));
}

static void
alternative_name_add(struct cert_facts *facts, const GENERAL_NAME *name)
{
	const ASN1_STRING *value;
	char address[INET6_ADDRSTRLEN];
	int len, type;

	value = GENERAL_NAME_get0_value(name, &type);
	len = ASN1_STRING_length(value);
	if (type == GEN_DNS)
		name_add(facts, "DNS:", ASN1_STRING_get0_data(value),
		    (size_t)len);
	else if ((len == 4 || len == 16) && inet_ntop(len == 4 ? AF_INET :
	    AF_INET6, ASN1_STRING_get0_data(value), address, sizeof(address)))
		name_add(facts, "IP:", address, strlen(address));
}

static void
names_read(X509 *leaf, struct cert_facts *facts)
{
	GENERAL_NAMES *names;
	const GENERAL_NAME *name;
	int i, usable = 0;

	common_name_read(leaf, facts);
	names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	for (i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		alternative_name_add(facts, name);
		usable = 1;
	}
	sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
	if (!usable)
		warning_add(facts, "the certificate has no subjectAltName with "
		    "a DNS name or address: clients look at nothing else");
	if (X509_check_ca(leaf) == 1)
		warning_add(facts, "the certificate is one of a CA: whoever "
		    "has its key can make others");
}

static int
chain_write(const struct chain *chain, struct cert_facts *facts,
    struct cert_text *err)
{
	BIO *bio;
	char *data;
	long len;
	size_t i;
	int rc = -1;

	if ((bio = BIO_new(BIO_s_mem())) == NULL)
		return cert_fail(err, "no memory");
	for (i = 0; i < chain->ncerts; i++)
		if (PEM_write_bio_X509(bio, chain->certs[i]) != 1)
			goto out;
	len = BIO_get_mem_data(bio, &data);
	/* lines are broken now; the parent takes no more */
	if (len > CERT_FILE_MAX) {
		BIO_free(bio);
		return cert_fail(err, "longer than %d bytes in lines of 64",
		    CERT_FILE_MAX);
	}
	if (len <= 0 || (facts->chain = malloc((size_t)len)) == NULL)
		goto out;
	memcpy(facts->chain, data, (size_t)len);
	facts->chain_len = (size_t)len;
	facts->ncerts = chain->ncerts;
	rc = 0;
out:
	BIO_free(bio);
	return rc == 0 ? 0 : cert_fail(err, "the chain cannot be written");
}

int
conf_cert_read(const char *pem, size_t len, int64_t now,
    struct cert_facts *ret_facts, struct cert_text *ret_err)
{
	struct cert_facts *facts;
	struct chain chain = { .ncerts = 0 };
	int rc = -1;

	if ((facts = calloc(1, sizeof(*facts))) == NULL)
		return cert_fail(ret_err, "no memory");
	if (chain_read(pem, len, &chain, ret_err) == -1 ||
	    chain_check(&chain, ret_err) == -1 ||
	    key_read(chain.certs[0], facts, ret_err) == -1 ||
	    times_read(chain.certs[0], now, facts, ret_err) == -1)
		goto out;
	names_read(chain.certs[0], facts);
	if (chain_write(&chain, facts, ret_err) == -1)
		goto out;
	memcpy(facts->leaf_hash, chain.leaf_hash, sizeof(facts->leaf_hash));
	*ret_facts = *facts;
	rc = 0;
out:
	chain_free(&chain);
	free(facts);
	ERR_clear_error();
	return rc;
}

void
cert_facts_free(struct cert_facts *facts)
{
	free(facts->chain);
	memset(facts, 0, sizeof(*facts));
}
