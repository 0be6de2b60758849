#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workers/keys_make.h"

/* Ten years, as in the existing implementation; but not a CA. */
#define VALID_S		(10L * 365 * 24 * 3600)
#define BACKDATE_S	3600L	/* clocks of clients differ */
#define CN_MAX		64	/* X.520 ub-common-name */

int
keys_make_get(struct rbuf *r, struct keys_make *m)
{
	int i;

	m->have_key = get_u8(r) != 0;
	get_str(r, m->cn, sizeof(m->cn));
	m->nsan = get_u8(r);
	if (m->nsan > LISTEN_MAX + 1)
		return -1;
	for (i = 0; i < m->nsan; i++)
		get_str(r, m->san[i], sizeof(m->san[i]));
	return msg_end(r);
}

static int
add_san(GENERAL_NAMES *names, const char *s)
{
	ASN1_OCTET_STRING *ip;
	GENERAL_NAME *gn;
	ASN1_IA5STRING *dns;

	if ((gn = GENERAL_NAME_new()) == NULL)
		return -1;
	if ((ip = a2i_IPADDRESS(s)) != NULL)
		GENERAL_NAME_set0_value(gn, GEN_IPADD, ip);
	else {
		if ((dns = ASN1_IA5STRING_new()) == NULL ||
		    ASN1_STRING_set(dns, s, (int)strlen(s)) != 1) {
			ASN1_IA5STRING_free(dns);
			GENERAL_NAME_free(gn);
			return -1;
		}
		GENERAL_NAME_set0_value(gn, GEN_DNS, dns);
	}
	if (sk_GENERAL_NAME_push(names, gn) <= 0) {
		GENERAL_NAME_free(gn);
		return -1;
	}
	return 0;
}

/* An address that means "any" names nobody. */
static int
is_wildcard(const char *s)
{
	return strcmp(s, "0.0.0.0") == 0 || strcmp(s, "::") == 0;
}

static int
set_sans(X509 *x, const struct keys_make *m)
{
	GENERAL_NAMES *names;
	int i, rc = -1;

	if ((names = sk_GENERAL_NAME_new_null()) == NULL)
		return -1;
	for (i = 0; i < m->nsan; i++)
		if (!is_wildcard(m->san[i]) && add_san(names, m->san[i]) == -1)
			goto out;
	if (X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0,
	    X509V3_ADD_DEFAULT) == 1)
		rc = 0;
out:
	GENERAL_NAMES_free(names);
	return rc;
}

static int
add_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	if ((ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value)) == NULL)
		return -1;
	ok = X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return ok == 1 ? 0 : -1;
}

static int
set_serial(X509 *x)
{
	uint8_t b[16];
	BIGNUM *bn;
	int ok;

	if (RAND_bytes(b, sizeof(b)) != 1)
		return -1;
	b[0] = (b[0] & 0x7f) | 0x40;	/* positive, and always sixteen bytes */
	if ((bn = BN_bin2bn(b, sizeof(b), NULL)) == NULL)
		return -1;
	ok = BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return ok ? 0 : -1;
}

static int
set_name(X509 *x, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(x);
	size_t n = strnlen(cn, CN_MAX);

	if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
	    (const unsigned char *)cn, (int)n, -1, 0) != 1)
		return -1;
	return X509_set_issuer_name(x, name) == 1 ? 0 : -1;
}

static X509 *
make_cert(const struct keys_make *m, EVP_PKEY *pkey)
{
	X509 *x;

	if ((x = X509_new()) == NULL)
		return NULL;
	if (X509_set_version(x, X509_VERSION_3) != 1 || set_serial(x) == -1 ||
	    set_name(x, m->cn) == -1 ||
	    X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE_S) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(x), VALID_S) == NULL ||
	    X509_set_pubkey(x, pkey) != 1 || set_sans(x, m) == -1 ||
	    add_ext(x, NID_basic_constraints, "critical,CA:FALSE") == -1 ||
	    add_ext(x, NID_key_usage, "critical,digitalSignature") == -1 ||
	    add_ext(x, NID_ext_key_usage, "serverAuth") == -1 ||
	    add_ext(x, NID_subject_key_identifier, "hash") == -1 ||
	    X509_sign(x, pkey, EVP_sha256()) == 0) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* Everything of a memory BIO to the descriptor, then to the disk. */
static int
flush_bio(BIO *bio, int fd)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, p, (size_t)n)) <= 0)
			return -1;
		p += w;
		n -= w;
	}
	return fsync(fd);
}

static int
write_key(EVP_PKEY *pkey, int fd)
{
	BIO *bio;
	int rc = -1;

	/* a secure BIO wipes what it held */
	if ((bio = BIO_new(BIO_s_secmem())) == NULL)
		return -1;
	if (PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
	    NULL) == 1)
		rc = flush_bio(bio, fd);
	BIO_free(bio);
	return rc;
}

static int
write_cert(X509 *x, int fd)
{
	BIO *bio;
	int rc = -1;

	if ((bio = BIO_new(BIO_s_mem())) == NULL)
		return -1;
	if (PEM_write_bio_X509(bio, x) == 1)
		rc = flush_bio(bio, fd);
	BIO_free(bio);
	return rc;
}

const char *
keys_make(struct keys_make *m, int key_fd, int cert_fd)
{
	const char *why = NULL;
	X509 *x = NULL;

	if (!m->have_key) {
		if ((m->pkey = EVP_EC_gen("P-256")) == NULL)
			return "no key could be made";
		if (write_key(m->pkey, key_fd) == -1)
			return "the key cannot be written";
	}
	if ((x = make_cert(m, m->pkey)) == NULL)
		why = "no certificate could be made";
	else if (write_cert(x, cert_fd) == -1)
		why = "the certificate cannot be written";
	X509_free(x);
	return why;
}
