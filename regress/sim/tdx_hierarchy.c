/*
 * forge-tdx: a hierarchy shaped like Intel's (root CA, PCK CA, PCK, TCB
 * signing) for the simulated TDX machine, and all collateral for it, as
 * --collateral wants it.  Its organisation says that it is simulated; a
 * verifier accepts it only when told to (--trust-root root.pem).
 *
 * Usage: forge-tdx DIR [--status TCB-STATUS] [--revoke pck|ca] [--name NAME]
 *	makes DIR and DIR/collateral; a DIR that is there keeps its keys and
 *	certificates, and gets new collateral
 * Usage: forge-tdx DIR --extend N=TEXT...
 *	extends RTMR N by the digest of TEXT
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "regress/sim/forge_tdx.h"
#include "regress/sim/simutil.h"

#define VALID_DAYS	(10 * 365)
#define RTMR_SIZE	48
#define NRTMRS		4

struct part {
	const char		*name;
	struct forge_node	*node;
};

static EVP_PKEY *
key_read(const char *dir, const char *name)
{
	EVP_PKEY	*key;
	uint8_t		*pem;
	size_t		 len;
	BIO		*bio;

	if (file_read(dir, name, &pem, &len) == -1)
		return (NULL);
	bio = BIO_new_mem_buf(pem, len);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	OPENSSL_cleanse(pem, len);
	free(pem);
	if (key == NULL)
		errx(1, "%s/%s: no key", dir, name);
	return (key);
}

static X509 *
cert_read(const char *dir, const char *name)
{
	uint8_t		*pem;
	size_t		 len;
	X509		*cert;
	BIO		*bio;

	if (file_read(dir, name, &pem, &len) == -1)
		err(1, "%s/%s", dir, name);
	bio = BIO_new_mem_buf(pem, len);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	free(pem);
	if (cert == NULL)
		errx(1, "%s/%s: no certificate", dir, name);
	return (cert);
}

static void
key_write(const char *dir, const char *name, EVP_PKEY *key)
{
	BIO		*bio = BIO_new(BIO_s_mem());
	char		*p;
	long		 len;

	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL,
	    0, NULL, NULL) != 1)
		errx(1, "cannot encode %s", name);
	len = BIO_get_mem_data(bio, &p);
	file_write(dir, name, p, len, 0600);
	BIO_free(bio);
}

static void
cert_write(const char *dir, const char *name, X509 *cert)
{
	BIO		*bio = BIO_new(BIO_s_mem());
	char		*p;
	long		 len;

	if (bio == NULL || PEM_write_bio_X509(bio, cert) != 1)
		errx(1, "cannot encode %s", name);
	len = BIO_get_mem_data(bio, &p);
	file_write(dir, name, p, len, 0644);
	BIO_free(bio);
}

/* Keys of an earlier run replace those that the forge has made. */
static int
keys_read(struct forge_tdx *f, const struct part *part, size_t n,
    const char *dir)
{
	char		 name[32];
	EVP_PKEY	*key;
	size_t		 i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.key", part[i].name);
		if ((key = key_read(dir, name)) == NULL)
			return (0);
		part[i].node->key = key;
	}
	if ((f->ak = key_read(dir, "ak.key")) == NULL)
		errx(1, "%s: no ak.key", dir);
	return (1);
}

static void
hierarchy_write(const struct forge_tdx *f, const struct part *part, size_t n,
    const char *dir)
{
	char		 name[32];
	size_t		 i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.key", part[i].name);
		key_write(dir, name, part[i].node->key);
		snprintf(name, sizeof(name), "%s.pem", part[i].name);
		cert_write(dir, name, part[i].node->cert);
	}
	key_write(dir, "ak.key", f->ak);
	file_write(dir, "root.der", f->root_der.p, f->root_der.n, 0644);
}

static void
collateral_write(const struct forge_tdx *f, const char *dir)
{
	char		 path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/collateral", dir) >=
	    (int)sizeof(path))
		errx(1, "%s: too long", dir);
	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		err(1, "%s", path);
	file_write(path, "tcb_info.json", f->tcb_info.p, f->tcb_info.n, 0644);
	file_write(path, "qe_identity.json", f->qe_identity.p,
	    f->qe_identity.n, 0644);
	file_write(path, "pck_crl.der", f->pck_crl_der.p, f->pck_crl_der.n,
	    0644);
	file_write(path, "root_ca_crl.der", f->root_crl_der.p,
	    f->root_crl_der.n, 0644);
	cert_write(path, "tcb_signing.pem", f->tcb.cert);
}

/* What the machine is, besides its keys; see tdx.h. */
static void
machine_write(const char *dir, const char *name)
{
	uint8_t		 hash[SHA384_DIGEST_LENGTH], zero[RTMR_SIZE] = { 0 };
	char		 file[16];
	int		 i;

	SHA384((const uint8_t *)name, strlen(name), hash);
	file_write(dir, "mrtd", hash, sizeof(hash), 0644);
	for (i = 0; i < NRTMRS; i++) {
		snprintf(file, sizeof(file), "rtmr%d", i);
		file_write(dir, file, zero, sizeof(zero), 0644);
	}
}

static void
rtmr_extend(const char *dir, const char *arg)
{
	uint8_t		 both[2 * RTMR_SIZE];
	const char	*text = arg + 2;
	char		 file[16];

	if (arg[0] < '0' || arg[0] >= '0' + NRTMRS || arg[1] != '=')
		errx(2, "%s: not N=TEXT", arg);
	snprintf(file, sizeof(file), "rtmr%c", arg[0]);
	if (file_read_fixed(dir, file, both, RTMR_SIZE) == -1)
		errx(1, "%s/%s", dir, file);
	SHA384((const uint8_t *)text, strlen(text), both + RTMR_SIZE);
	SHA384(both, sizeof(both), both);
	file_write(dir, file, both, RTMR_SIZE, 0644);
}

static void
dates_set(struct forge_tdx *f)
{
	f->now = time(NULL);
	f->root.to = f->pck_ca.to = f->pck.to = f->tcb.to = VALID_DAYS;
	f->pck_crl.to = f->root_crl.to = VALID_DAYS;
	f->info.to = f->identity.to = VALID_DAYS;
}

static void
make(struct forge_tdx *f, const char *dir, const char *name)
{
	const struct part part[] = { { "root", &f->root },
	    { "pck_ca", &f->pck_ca }, { "pck", &f->pck }, { "tcb", &f->tcb } };
	const size_t	 n = sizeof(part) / sizeof(part[0]);
	char		 file[32];
	size_t		 i;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		err(1, "%s", dir);
	dates_set(f);
	if (keys_read(f, part, n, dir)) {
		for (i = 0; i < n; i++) {
			snprintf(file, sizeof(file), "%s.pem", part[i].name);
			part[i].node->cert = cert_read(dir, file);
		}
		forge_tdx_collateral(f);
	} else {
		forge_tdx_make(f);
		machine_write(dir, name);
		hierarchy_write(f, part, n, dir);
	}
	collateral_write(f, dir);
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "extend", required_argument, NULL, 'e' },
		{ "name", required_argument, NULL, 'n' },
		{ "revoke", required_argument, NULL, 'r' },
		{ "status", required_argument, NULL, 's' }, { 0 } };
	static struct forge_tdx	 f;
	const char	*name = "Simulated Confidential VM", *extend[64];
	int		 ch, i, n = 0;

	forge_tdx_init(&f);
	while ((ch = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		if (ch == 'e' && n < 64)
			extend[n++] = optarg;
		else if (ch == 'n')
			name = optarg;
		else if (ch == 's')
			f.info.status = optarg;
		else if (ch == 'r' && strcmp(optarg, "pck") == 0)
			f.pck_crl.revoke = 1;
		else if (ch == 'r' && strcmp(optarg, "ca") == 0)
			f.root_crl.revoke = 1;
		else
			goto usage;
	}
	if (optind != argc - 1)
		goto usage;
	if (n == 0)
		make(&f, argv[optind], name);
	for (i = 0; i < n; i++)
		rtmr_extend(argv[optind], extend[i]);
	return (0);
usage:
	fprintf(stderr, "usage: forge-tdx DIR [--status STATUS] "
	    "[--revoke pck|ca] [--name NAME] [--extend N=TEXT]...\n");
	return (2);
}
