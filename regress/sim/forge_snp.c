/*
 * forge-snp: a hierarchy shaped like AMD's (ARK, ASK, VCEK) for the simulated
 * secure processor, with the extensions of a real VCEK.  Its names say that
 * it is simulated, so no person takes it for the real one; a verifier
 * accepts it only when told to (--trust-root ark.pem).
 *
 * Usage: forge-snp DIR [--name NAME]
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "regress/sim/simutil.h"

#define VALID_DAYS	(10 * 365)

/* TCB of the machine: boot loader, TEE, SNP, microcode (0x80 and up: the
 * INTEGER takes two value bytes, as on real machines). */
static const uint8_t	tcb[8] = { 4, 0, 0, 0, 0, 0, 24, 219 };

static const struct {
	const char	*oid;
	int		 value;
} vcek_numbers[] = {
	{ "1.3.6.1.4.1.3704.1.1", 0 },		/* structVersion */
	{ "1.3.6.1.4.1.3704.1.3.1", 4 },	/* boot loader */
	{ "1.3.6.1.4.1.3704.1.3.2", 0 },	/* TEE */
	{ "1.3.6.1.4.1.3704.1.3.4", 0 },
	{ "1.3.6.1.4.1.3704.1.3.5", 0 },
	{ "1.3.6.1.4.1.3704.1.3.6", 0 },
	{ "1.3.6.1.4.1.3704.1.3.7", 0 },
	{ "1.3.6.1.4.1.3704.1.3.3", 24 },	/* SNP */
	{ "1.3.6.1.4.1.3704.1.3.8", 219 },	/* microcode */
};

struct node {
	const char	*file;
	EVP_PKEY	*key;
	X509		*cert;
};

static void
name_fill(X509_NAME *name, const char *org, const char *cn)
{
	const char	*part[][2] = { { "OU", "Engineering" }, { "C", "US" },
	    { "L", "Simulated" }, { "ST", "CA" }, { "O", org }, { "CN", cn } };
	size_t		 i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (X509_NAME_add_entry_by_txt(name, part[i][0], MBSTRING_ASC,
		    (const unsigned char *)part[i][1], -1, -1, 0) != 1)
			errx(1, "name %s", part[i][1]);
}

static void
ext_conf(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION	*ext;

	ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	if (ext == NULL || X509_add_ext(cert, ext, -1) != 1)
		errx(1, "extension %s", value);
	X509_EXTENSION_free(ext);
}

static void
ext_raw(X509 *cert, const char *oid, const uint8_t *p, int len)
{
	ASN1_OBJECT	*obj = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *str = ASN1_OCTET_STRING_new();
	X509_EXTENSION	*ext;

	if (obj == NULL || str == NULL ||
	    ASN1_OCTET_STRING_set(str, p, len) != 1 ||
	    (ext = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, str)) == NULL ||
	    X509_add_ext(cert, ext, -1) != 1)
		errx(1, "extension %s", oid);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(str);
	ASN1_OBJECT_free(obj);
}

static void
vcek_extensions(X509 *cert, const uint8_t *chip_id)
{
	static const uint8_t product[] = "\x16\x08Milan-B0";
	ASN1_INTEGER	*n = ASN1_INTEGER_new();
	uint8_t		 der[16], *p;
	size_t		 i;
	int		 len;

	if (n == NULL)
		errx(1, "out of memory");
	for (i = 0; i < sizeof(vcek_numbers) / sizeof(vcek_numbers[0]); i++) {
		p = der;
		if (ASN1_INTEGER_set(n, vcek_numbers[i].value) != 1 ||
		    (len = i2d_ASN1_INTEGER(n, &p)) <= 0)
			errx(1, "integer");
		ext_raw(cert, vcek_numbers[i].oid, der, len);
		if (i == 0)
			ext_raw(cert, "1.3.6.1.4.1.3704.1.2", product,
			    sizeof(product) - 1);
	}
	ASN1_INTEGER_free(n);
	ext_raw(cert, "1.3.6.1.4.1.3704.1.4", chip_id, 64);
}

/* RSASSA-PSS with SHA-384 throughout, salt of 48 bytes. */
static void
cert_sign(X509 *cert, EVP_PKEY *key)
{
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX	*pctx;

	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, &pctx, EVP_sha384(), NULL, key) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, EVP_sha384()) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 48) != 1 ||
	    X509_sign_ctx(cert, ctx) <= 0)
		errx(1, "cannot sign a certificate");
	EVP_MD_CTX_free(ctx);
}

static X509 *
cert_make(struct node *n, const char *org, const char *cn, long serial,
    const struct node *issuer)
{
	X509		*cert = X509_new();

	if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(cert), -24 * 3600) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0,
	    NULL) == NULL || X509_set_pubkey(cert, n->key) != 1)
		errx(1, "cannot make certificate %s", cn);
	name_fill(X509_get_subject_name(cert), org, cn);
	if (X509_set_issuer_name(cert, X509_get_subject_name(
	    issuer == n ? cert : issuer->cert)) != 1)
		errx(1, "issuer of %s", cn);
	n->cert = cert;
	return (cert);
}

static void
node_write(const char *dir, const struct node *n)
{
	char		 name[64];
	uint8_t		*der = NULL;
	char		*p;
	BIO		*bio;
	long		 len;
	int		 kind;

	for (kind = 0; kind < 2; kind++) {
		if ((bio = BIO_new(BIO_s_mem())) == NULL ||
		    (kind == 0 ? PEM_write_bio_X509(bio, n->cert) :
		    PEM_write_bio_PKCS8PrivateKey(bio, n->key, NULL, NULL, 0,
		    NULL, NULL)) != 1)
			errx(1, "cannot encode %s", n->file);
		len = BIO_get_mem_data(bio, &p);
		snprintf(name, sizeof(name), "%s.%s", n->file,
		    kind == 0 ? "pem" : "key");
		file_write(dir, name, p, len, kind == 0 ? 0644 : 0600);
		BIO_free(bio);
	}
	if ((len = i2d_X509(n->cert, &der)) <= 0)
		errx(1, "cannot encode %s", n->file);
	snprintf(name, sizeof(name), "%s.der", n->file);
	file_write(dir, name, der, len, 0644);
	OPENSSL_free(der);
}

/* What the machine is, besides its keys; see snp.h. */
static void
machine_write(const char *dir, const char *name, const uint8_t *chip_id)
{
	uint8_t		 hash[SHA384_DIGEST_LENGTH], id[32];

	SHA384((const uint8_t *)name, strlen(name), hash);
	file_write(dir, "measurement", hash, 48, 0644);
	file_write(dir, "tcb", tcb, sizeof(tcb), 0644);
	file_write(dir, "chip-id", chip_id, 64, 0644);
	if (RAND_bytes(id, sizeof(id)) != 1)
		errx(1, "no random bytes");
	file_write(dir, "report-id", id, sizeof(id), 0644);
}

static void
node_free(struct node *n)
{
	X509_free(n->cert);
	EVP_PKEY_free(n->key);
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "name", required_argument, NULL, 'n' }, { 0 } };
	struct node	 ark = { .file = "ark" }, ask = { .file = "ask" };
	struct node	 vcek = { .file = "vcek" };
	const char	*name = "Simulated Confidential VM", *dir;
	uint8_t		 chip_id[64];
	int		 ch;

	while ((ch = getopt_long(argc, argv, "n:", opts, NULL)) != -1) {
		if (ch != 'n')
			goto usage;
		name = optarg;
	}
	if (optind != argc - 1)
		goto usage;
	dir = argv[optind];
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		err(1, "%s", dir);

	if (RAND_bytes(chip_id, sizeof(chip_id)) != 1 ||
	    (ark.key = EVP_RSA_gen(4096)) == NULL ||
	    (ask.key = EVP_RSA_gen(4096)) == NULL ||
	    (vcek.key = EVP_EC_gen("P-384")) == NULL)
		errx(1, "cannot make keys");
	cert_make(&ark, name, "ARK-Milan", 0x10000, &ark);
	ext_conf(ark.cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	ext_conf(ark.cert, NID_basic_constraints, "critical,CA:TRUE");
	cert_sign(ark.cert, ark.key);
	cert_make(&ask, name, "SEV-Milan", 0x10001, &ark);
	ext_conf(ask.cert, NID_key_usage, "critical,keyCertSign");
	ext_conf(ask.cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
	cert_sign(ask.cert, ark.key);
	cert_make(&vcek, name, "SEV-VCEK", 0, &ask);
	vcek_extensions(vcek.cert, chip_id);
	cert_sign(vcek.cert, ask.key);
	machine_write(dir, name, chip_id);
	node_write(dir, &ask);
	node_write(dir, &vcek);
	node_write(dir, &ark);
	node_free(&vcek);
	node_free(&ask);
	node_free(&ark);
	return (0);
usage:
	fprintf(stderr, "usage: forge-snp DIR [--name NAME]\n");
	return (2);
}
