#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"

#define SNP_SIGNED_SIZE		0x2a0
#define SNP_SIG_PART		72
#define SNP_GUID_SIZE		16
#define SNP_TABLE_ENTRY		(SNP_GUID_SIZE + 8)
#define SNP_NCERTS		4
#define SNP_POLICY_DEFAULT	0x30000		/* SMT, and bit 17 always */
#define SNP_GARBAGE_MAX		65536

/* Fields of the report that are files of the hierarchy folder. */
static const struct {
	const char	*name;
	size_t		 off;
	size_t		 len;
} snp_fields[] = {
	{ "family-id",		0x010, 16 },
	{ "image-id",		0x020, 16 },
	{ "measurement",	0x090, 48 },
	{ "host-data",		0x0c0, 32 },
	{ "id-key-digest",	0x0e0, 48 },
	{ "author-key-digest",	0x110, 48 },
	{ "report-id",		0x140, 32 },
	{ "chip-id",		0x1a0, 64 },
	{ "tcb",		0x038, 8 },
	{ "tcb",		0x180, 8 },
	{ "tcb",		0x1e0, 8 },
	{ "tcb",		0x1f0, 8 },
};

/* GUIDs in the order they are printed, as the host's table has them. */
static const struct {
	const char	*file;
	const char	*guid;
} snp_certs[SNP_NCERTS] = {
	{ "vcek.der", "63da758de6644564adc5f4b93be8accd" },
	{ "ask.der", "4ab7b379bbac4fe4a02f05aef327c782" },
	{ "ark.der", "c0b406a4a803495297433fb6014cd0ae" },
	{ "crl.der", "92f81bc358114d3d97ffd19f88dc67ea" },	/* optional */
};

static void
le_put(uint8_t *p, uint64_t v, size_t len)
{
	size_t		 i;

	for (i = 0; i < len; i++, v >>= 8)
		p[i] = v & 0xff;
}

static EVP_PKEY *
vcek_load(const char *dir)
{
	EVP_PKEY	*key = NULL;
	uint8_t		*pem;
	size_t		 len;
	BIO		*bio;

	if (file_read(dir, "vcek.key", &pem, &len) == -1) {
		warn("%s/vcek.key", dir);
		return (NULL);
	}
	if ((bio = BIO_new_mem_buf(pem, len)) != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	OPENSSL_cleanse(pem, len);
	free(pem);
	if (key == NULL)
		warnx("%s/vcek.key: no usable key", dir);
	return (key);
}

/* Signature as AMD stores it: R and S little-endian, 72 bytes each. */
static int
report_sign(const char *dir, uint8_t *report)
{
	EVP_PKEY	*key = NULL;
	EVP_MD_CTX	*ctx = NULL;
	ECDSA_SIG	*sig = NULL;
	uint8_t		 der[128];
	const uint8_t	*p = der;
	size_t		 len = sizeof(der);
	int		 rc = -1;

	if ((key = vcek_load(dir)) == NULL ||
	    (ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, der, &len, report, SNP_SIGNED_SIZE) != 1 ||
	    (sig = d2i_ECDSA_SIG(NULL, &p, len)) == NULL)
		goto out;
	if (BN_bn2lebinpad(ECDSA_SIG_get0_r(sig), report + SNP_SIGNED_SIZE,
	    SNP_SIG_PART) == -1 || BN_bn2lebinpad(ECDSA_SIG_get0_s(sig),
	    report + SNP_SIGNED_SIZE + SNP_SIG_PART, SNP_SIG_PART) == -1)
		goto out;
	rc = 0;
out:
	if (rc == -1)
		warnx("cannot sign the report");
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (rc);
}

static int
report_fill(const char *dir, const uint8_t *data, uint32_t vmpl, uint8_t *report)
{
	uint8_t		 cpuid[3] = { 0x19, 0x01, 0x01 };
	uint64_t	 version = file_read_number(dir, "version", 3);
	size_t		 i;

	le_put(report, version, 4);
	le_put(report + 0x008,
	    file_read_number(dir, "policy", SNP_POLICY_DEFAULT), 8);
	le_put(report + 0x030, vmpl, 4);
	le_put(report + 0x034, 1, 4);		/* ECDSA P-384, SHA-384 */
	le_put(report + 0x040, 1, 8);		/* SMT on */
	memcpy(report + 0x050, data, SNP_REPORT_DATA_SIZE);
	memset(report + 0x160, 0xff, 32);	/* no migration agent */
	for (i = 0; i < sizeof(snp_fields) / sizeof(snp_fields[0]); i++)
		if (file_read_fixed(dir, snp_fields[i].name,
		    report + snp_fields[i].off, snp_fields[i].len) == -1)
			memset(report + snp_fields[i].off, 0,
			    snp_fields[i].len);
	if (version >= 3) {
		file_read_fixed(dir, "cpuid", cpuid, sizeof(cpuid));
		memcpy(report + 0x188, cpuid, sizeof(cpuid));
	}
	memcpy(report + 0x1e8, "\x1d\x37\x01", 3);	/* firmware 1.55.29 */
	memcpy(report + 0x1ec, "\x1d\x37\x01", 3);
	/* A frozen value stands for a host that replays an old request. */
	file_read_fixed(dir, "frozen-report-data", report + 0x050,
	    SNP_REPORT_DATA_SIZE);
	return (report_sign(dir, report));
}

static int
table_make(const char *dir, uint8_t **ret_p, size_t *ret_len)
{
	struct sbuf	 table = { 0 }, blob = { 0 };
	uint8_t		 guid[SNP_GUID_SIZE], zero[SNP_TABLE_ENTRY] = { 0 };
	uint8_t		*der;
	size_t		 i, len, n = SNP_NCERTS, head;

	if (file_read(dir, snp_certs[n - 1].file, &der, &len) == -1)
		n--;
	else
		free(der);
	head = (n + 1) * SNP_TABLE_ENTRY;
	for (i = 0; i < n; i++) {
		if (file_read(dir, snp_certs[i].file, &der, &len) == -1) {
			warn("%s/%s", dir, snp_certs[i].file);
			sbuf_free(&table);
			sbuf_free(&blob);
			return (-1);
		}
		hex_bytes(snp_certs[i].guid, guid, sizeof(guid));
		sbuf_add(&table, guid, sizeof(guid));
		sbuf_le32(&table, head + blob.len);
		sbuf_le32(&table, len);
		sbuf_add(&blob, der, len);
		free(der);
	}
	sbuf_add(&table, zero, sizeof(zero));
	sbuf_add(&table, blob.p, blob.len);
	sbuf_free(&blob);
	*ret_p = table.p;
	*ret_len = table.len;
	return (0);
}

int
snp_report_make(const char *dir, const uint8_t *data, uint32_t vmpl,
    uint8_t **ret_report, size_t *ret_report_len, uint8_t **ret_aux,
    size_t *ret_aux_len)
{
	uint8_t		*report = NULL, *aux = NULL;
	size_t		 aux_len = 0, len = SNP_REPORT_SIZE;
	uint64_t	 garbage = file_read_number(dir, "garbage", 0);

	if (garbage > SNP_GARBAGE_MAX)
		garbage = SNP_GARBAGE_MAX;
	if (garbage > len)
		len = garbage;
	if ((report = calloc(1, len)) == NULL)
		return (-1);
	if (garbage > 0) {
		len = garbage;
		RAND_bytes(report, len);
	} else if (report_fill(dir, data, vmpl, report) == -1)
		goto fail;
	if (file_read_number(dir, "no-certs", 0) == 0 &&
	    table_make(dir, &aux, &aux_len) == -1)
		goto fail;
	*ret_report = report;
	*ret_report_len = len;
	*ret_aux = aux;
	*ret_aux_len = aux_len;
	return (0);
fail:
	free(report);
	return (-1);
}
