/*
 * forge-crl: a list of revoked certificates of the ARK that forge-snp made,
 * as AMD's service gives it.  Times are seconds from now, so that a list may
 * be made that is too old or not good yet.
 *
 * Usage: forge-crl HIERARCHY FILE [--number N] [--from SECONDS]
 *	[--until SECONDS] [--revoke ark|ask|SERIAL]...
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "regress/sim/simutil.h"

#define FROM_SECONDS	(-3600)
#define UNTIL_SECONDS	(365L * 24 * 3600)	/* as AMD's */

static BIO *
pem_open(const char *dir, const char *name)
{
	uint8_t		*pem;
	size_t		 len;
	BIO		*bio;

	if (file_read(dir, name, &pem, &len) == -1)
		err(1, "%s/%s", dir, name);
	if ((bio = BIO_new(BIO_s_mem())) == NULL ||
	    BIO_write(bio, pem, len) != (int)len)
		errx(1, "out of memory");
	OPENSSL_cleanse(pem, len);
	free(pem);
	return (bio);
}

static X509 *
cert_load(const char *dir, const char *name)
{
	BIO		*bio = pem_open(dir, name);
	X509		*cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	if (cert == NULL)
		errx(1, "%s/%s: no certificate", dir, name);
	BIO_free(bio);
	return (cert);
}

static EVP_PKEY *
key_load(const char *dir, const char *name)
{
	BIO		*bio = pem_open(dir, name);
	EVP_PKEY	*key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	if (key == NULL)
		errx(1, "%s/%s: no key", dir, name);
	BIO_free(bio);
	return (key);
}

static ASN1_TIME *
time_make(long seconds)
{
	time_t		 now = time(NULL);
	ASN1_TIME	*t = X509_time_adj_ex(NULL, 0, seconds, &now);

	if (t == NULL)
		errx(1, "a time %ld s from now", seconds);
	return (t);
}

static void
dates_set(X509_CRL *crl, long from, long until)
{
	ASN1_TIME	*t = time_make(from), *u = time_make(until);

	if (X509_CRL_set1_lastUpdate(crl, t) != 1 ||
	    X509_CRL_set1_nextUpdate(crl, u) != 1)
		errx(1, "dates %ld %ld", from, until);
	ASN1_TIME_free(t);
	ASN1_TIME_free(u);
}

static void
number_set(X509_CRL *crl, long number)
{
	ASN1_INTEGER	*n = ASN1_INTEGER_new();

	if (n == NULL || ASN1_INTEGER_set(n, number) != 1 ||
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0, 0) != 1)
		errx(1, "number %ld", number);
	ASN1_INTEGER_free(n);
}

/* One entry: a certificate of the hierarchy, or a serial number. */
static void
revoke(X509_CRL *crl, const char *dir, const char *what)
{
	X509_REVOKED	*r = X509_REVOKED_new();
	ASN1_INTEGER	*serial = ASN1_INTEGER_new();
	X509		*cert = NULL;
	ASN1_TIME	*when = ASN1_STRING_dup(X509_CRL_get0_lastUpdate(crl));
	char		 name[16];

	if (r == NULL || when == NULL || serial == NULL)
		errx(1, "out of memory");
	if (strcmp(what, "ask") == 0 || strcmp(what, "ark") == 0) {
		snprintf(name, sizeof(name), "%s.pem", what);
		cert = cert_load(dir, name);
	} else if (ASN1_INTEGER_set_uint64(serial,
	    strtoull(what, NULL, 0)) != 1)
		errx(1, "serial %s", what);
	if (X509_REVOKED_set_serialNumber(r, cert == NULL ? serial :
	    X509_get_serialNumber(cert)) != 1 ||
	    X509_REVOKED_set_revocationDate(r, when) != 1 ||
	    X509_CRL_add0_revoked(crl, r) != 1)
		errx(1, "cannot revoke %s", what);
	X509_free(cert);
	ASN1_TIME_free(when);
	ASN1_INTEGER_free(serial);
}

static void
crl_sign(X509_CRL *crl, EVP_PKEY *key)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX	*pctx;

	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, &pctx, EVP_sha384(), NULL, key) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, EVP_sha384()) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 48) != 1 ||
	    X509_CRL_sort(crl) != 1 || X509_CRL_sign_ctx(crl, ctx) <= 0)
		errx(1, "cannot sign the list");
	EVP_MD_CTX_free(ctx);
}

static void
crl_write(X509_CRL *crl, const char *path)
{
	uint8_t		*der = NULL;
	int		 len = i2d_X509_CRL(crl, &der);

	if (len <= 0)
		errx(1, "cannot encode the list");
	file_write(NULL, path, der, len, 0644);
	OPENSSL_free(der);
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "number", required_argument, NULL, 'n' },
		{ "from", required_argument, NULL, 'f' },
		{ "until", required_argument, NULL, 'u' },
		{ "revoke", required_argument, NULL, 'r' }, { 0 } };
	long		 from = FROM_SECONDS, until = UNTIL_SECONDS, number = 1;
	const char	*revoked[16];
	X509_CRL	*crl = X509_CRL_new();
	size_t		 n = 0, i;
	EVP_PKEY	*key;
	X509		*ark;
	int		 ch;

	while ((ch = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		if (ch == 'n')
			number = strtol(optarg, NULL, 0);
		else if (ch == 'f')
			from = strtol(optarg, NULL, 0);
		else if (ch == 'u')
			until = strtol(optarg, NULL, 0);
		else if (ch == 'r' && n < sizeof(revoked) / sizeof(revoked[0]))
			revoked[n++] = optarg;
		else
			goto usage;
	}
	if (optind != argc - 2 || crl == NULL)
		goto usage;
	ark = cert_load(argv[optind], "ark.pem");
	key = key_load(argv[optind], "ark.key");
	if (X509_CRL_set_version(crl, X509_CRL_VERSION_2) != 1 ||
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ark)) != 1)
		errx(1, "cannot make the list");
	dates_set(crl, from, until);
	number_set(crl, number);
	for (i = 0; i < n; i++)
		revoke(crl, argv[optind], revoked[i]);
	crl_sign(crl, key);
	crl_write(crl, argv[optind + 1]);
	EVP_PKEY_free(key);
	X509_free(ark);
	X509_CRL_free(crl);
	return (0);
usage:
	fprintf(stderr, "usage: forge-crl HIERARCHY FILE [--number N] "
	    "[--from SECONDS] [--until SECONDS] [--revoke ark|ask|SERIAL]...\n");
	return (2);
}
