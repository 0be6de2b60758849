#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "regress/sim/forge_tdx.h"
#include "regress/sim/simutil.h"
#include "regress/sim/tdx.h"

#define TDX_GARBAGE_MAX		65536
#define TDX_REPORT_DATA		520
#define TDX_ATTRIBUTES		120

/* Fields of the TD's body that are files of the hierarchy folder. */
static const struct {
	const char	*name;
	size_t		 off;
	size_t		 len;
} tdx_fields[] = {
	{ "mrtd",		136, 48 },
	{ "mrconfigid",		184, 48 },
	{ "mrowner",		232, 48 },
	{ "mrownerconfig",	280, 48 },
	{ "rtmr0",		328, 48 },
	{ "rtmr1",		376, 48 },
	{ "rtmr2",		424, 48 },
	{ "rtmr3",		472, 48 },
	{ "frozen-report-data",	TDX_REPORT_DATA, TDX_REPORT_DATA_SIZE },
};

/* The forge keeps its keys in static memory. */
static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;

static BIO *
pem_open(const char *dir, const char *name)
{
	uint8_t		*pem;
	size_t		 len;
	BIO		*bio;

	if (file_read(dir, name, &pem, &len) == -1) {
		warn("%s/%s", dir, name);
		return (NULL);
	}
	if ((bio = BIO_new(BIO_s_mem())) == NULL ||
	    BIO_write(bio, pem, len) != (int)len)
		errx(1, "out of memory");
	OPENSSL_cleanse(pem, len);
	free(pem);
	return (bio);
}

static EVP_PKEY *
key_load(const char *dir, const char *name)
{
	BIO		*bio = pem_open(dir, name);
	EVP_PKEY	*key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return (key);
}

static X509 *
cert_load(const char *dir, const char *name)
{
	BIO		*bio = pem_open(dir, name);
	X509		*cert = NULL;

	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return (cert);
}

static void
body_fill(struct forge_tdx *f, const char *dir, const uint8_t *data)
{
	uint64_t	 attributes;
	size_t		 i;

	f->version = file_read_number(dir, "version", 4);
	f->body_type = file_read_number(dir, "body-type", 2);
	memcpy(f->body + TDX_REPORT_DATA, data, TDX_REPORT_DATA_SIZE);
	attributes = file_read_number(dir, "td-attributes", 0x10000000);
	for (i = 0; i < 8; i++)
		f->body[TDX_ATTRIBUTES + i] = attributes >> (8 * i);
	for (i = 0; i < sizeof(tdx_fields) / sizeof(tdx_fields[0]); i++)
		file_read_fixed(dir, tdx_fields[i].name,
		    f->body + tdx_fields[i].off, tdx_fields[i].len);
}

static int
quote_forge(const char *dir, const uint8_t *data, struct sbuf *out)
{
	static struct forge_tdx	 f;
	EVP_PKEY	*pck, *ak;
	int		 rc = -1;

	forge_tdx_init(&f);
	pck = key_load(dir, "pck.key");
	ak = key_load(dir, "ak.key");
	f.root.cert = cert_load(dir, "root.pem");
	f.pck_ca.cert = cert_load(dir, "pck_ca.pem");
	f.pck.cert = cert_load(dir, "pck.pem");
	if (pck == NULL || ak == NULL || f.root.cert == NULL ||
	    f.pck_ca.cert == NULL || f.pck.cert == NULL)
		goto out;
	f.pck.key = pck;
	f.ak = ak;
	body_fill(&f, dir, data);
	forge_tdx_quote(&f);
	sbuf_add(out, f.quote.p, f.quote.n);
	rc = 0;
out:
	if (rc == -1)
		warnx("%s: no usable hierarchy", dir);
	forge_tdx_free(&f);
	EVP_PKEY_free(pck);
	EVP_PKEY_free(ak);
	return (rc);
}

int
tdx_quote_make(const char *dir, const uint8_t *data, uint8_t **ret_quote,
    size_t *ret_len)
{
	struct sbuf	 b = { 0 };
	uint64_t	 n = file_read_number(dir, "garbage", 0);
	uint8_t		 c;
	int		 rc = 0;

	if (n > TDX_GARBAGE_MAX)
		n = TDX_GARBAGE_MAX;
	pthread_mutex_lock(&lock);
	if (n == 0)
		rc = quote_forge(dir, data, &b);
	pthread_mutex_unlock(&lock);
	for (; n > 0; n--) {
		RAND_bytes(&c, 1);
		sbuf_add(&b, &c, 1);
	}
	if (rc == -1) {
		sbuf_free(&b);
		return (-1);
	}
	*ret_quote = b.p;
	*ret_len = b.len;
	return (0);
}
