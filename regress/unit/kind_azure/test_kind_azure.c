/*
 * HCL reports with an SNP report, TPM quotes by their key, RA-TLS: for each
 * check the evidence that only it refuses.  With an argument, the seeds of the
 * fuzz targets go below that folder.
 */
#include <sys/stat.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "evidence/attest_verify.h"
#include "evidence/hcl.h"
#include "evidence/ratls.h"
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_azure/azforge.h"

static const struct span none = { NULL, 0 };
static struct evout out;
static struct snpforge f;
static struct buf vek, ask, ark;

static const char *
fails(void)
{
	static char text[256];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < out.ck.n; i++)
		if (out.ck.v[i].result == RESULT_FAIL)
			snprintf(text + strlen(text), sizeof(text) -
			    strlen(text), "%s%s", text[0] == '\0' ? "" : " ",
			    out.ck.v[i].name);
	return text;
}

static void
only(const struct evcase *c, const char *name)
{
	if (!CHECK_OK(evcase_judge(c, &out)))
		return;
	CHECK_STR(fails(), name);
	CHECK_INT(out.verdict, name[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	evout_free(&out);
}

static void
case_base(struct evcase *c, const char *kind, const char *role, struct span s)
{
	memset(c, 0, sizeof(*c));
	c->kind = kind;
	c->at = FORGED_AT;
	c->file[0] = (struct case_file){ role, s };
	c->file[1] = (struct case_file){ "vek", buf_span(&vek) };
	c->file[2] = (struct case_file){ "issuer", buf_span(&ask) };
	c->file[3] = (struct case_file){ "ark", buf_span(&ark) };
	c->nfiles = 4;
	c->root[0] = buf_span(&ark);
	c->nroots = 1;
}

static void
case_file(struct evcase *c, const char *role, struct span s)
{
	c->file[c->nfiles++] = (struct case_file){ role, s };
}

static void
test_hcl_frame(struct span vars)
{
	static const struct {
		size_t	 off;
		uint8_t	 v;
	} bad[] = { { 0, 'h' }, { 4, 3 }, { 8, 0 }, { 12, 3 }, { 16, 1 },
	    { 20, 1 }, { 1216, 0 }, { 1220, 2 }, { 1224, 3 }, { 1232, 0 } };
	struct evcase c;
	struct buf b;
	uint8_t keep;
	size_t i;

	test_begin("frame");
	az_hcl(&f, &b, vars, none);
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	only(&c, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		keep = b.p[bad[i].off];
		b.p[bad[i].off] = bad[i].v;
		only(&c, "hcl.format");
		b.p[bad[i].off] = keep;
	}
	b.p[b.n - 1] = 1;
	only(&c, "hcl.format");
	b.p[b.n - 1] = 0;
	c.file[0].data.n = 1236 + vars.n - 1;
	only(&c, "hcl.format");
	c.file[0].data.n = b.n;
	b.p[1228] = 2;			/* another hash */
	only(&c, "hcl.binding");
	b.p[1228] = 1;
	b.p[1236 + vars.n - 5] ^= 1;	/* user data */
	only(&c, "hcl.binding");
	buf_free(&b);
}

static void
test_hcl_report(struct span vars)
{
	struct policy_rules *p = malloc(sizeof(*p));
	struct evcase c;
	struct buf b;
	uint8_t data[64];

	test_begin("report");
	f.report[0x30] = 1;
	az_hcl(&f, &b, vars, none);
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	only(&c, "snp.vmpl");
	f.report[0x30] = 0;
	buf_free(&b);
	az_hcl(&f, &b, vars, none);
	/* All 64 bytes are fixed. */
	f.report[0x50 + 63] = 1;
	snpforge_sign(&f);
	memcpy(b.p + 32, f.report, sizeof(f.report));
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	only(&c, "hcl.binding");
	buf_free(&b);
	az_hcl(&f, &b, vars, none);
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	*p = rules_authenticity;
	p->hcl_measurement.n = 1;
	memset(p->hcl_measurement.v[0], 0x4d, 48);
	c.policy = p;
	only(&c, "");
	p->hcl_measurement.v[0][0] = 0;
	only(&c, "hcl.measurement");
	c.policy = NULL;
	memset(data, 0, 64);
	memcpy(data, f.report, 64);
	data[63] ^= 1;
	c.has_report_data = 1;
	c.report_data = span_make(data, 64);
	only(&c, "hcl.user-data");
	buf_free(&b);
	free(p);
}

static void
rsa_sign(EVP_PKEY *key, struct span msg, uint8_t sig[256])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 256;

	CHECK(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, key,
	    NULL) == 1 && EVP_DigestSign(ctx, sig, &n, msg.p, msg.n) == 1);
	EVP_MD_CTX_free(ctx);
}

/* A quote of PCR 0, all 0x11. */
static void
attest_make(struct buf *b, struct span nonce)
{
	uint8_t pcr[32], d[32];

	memset(pcr, 0x11, sizeof(pcr));
	digest_bytes(DIGEST_SHA256, span_make(pcr, 32), d);
	buf_init(b, 0);
	buf_add_be32(b, 0xff544347);
	buf_add_be16(b, 0x8018);
	buf_add_be16(b, 0);
	buf_add_be16(b, (uint16_t)nonce.n);
	buf_add(b, nonce.p, nonce.n);
	buf_add(b, "\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\0\1\0\0\0\0\0\0\0\0", 25);
	buf_add_be32(b, 1);
	buf_add_be16(b, 0x0b);
	buf_add(b, "\3\1\0\0", 4);
	buf_add_be16(b, 32);
	buf_add(b, d, 32);
}

#define PCRS	"{\"bank\":\"sha256\",\"pcrs\":[\"%s\"]}"
#define ONES	"1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS	"2222222222222222222222222222222222222222222222222222222222222222"

static void
test_quote(struct span vars)
{
	struct buf b, q, pcrs, other;
	struct evcase c;
	uint8_t sig[256], v[32];

	test_begin("TPM quote");
	az_hcl(&f, &b, vars, none);
	attest_make(&q, span_str("nonce"));
	rsa_sign(snpforge_rsa(2), buf_span(&q), sig);
	buf_init(&pcrs, 0);
	buf_printf(&pcrs, PCRS, ONES);
	buf_init(&other, 0);
	buf_printf(&other, PCRS, TWOS);
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	case_file(&c, "tpm_quote", buf_span(&q));
	case_file(&c, "tpm_sig", span_make(sig, sizeof(sig)));
	case_file(&c, "pcrs", buf_span(&pcrs));
	c.has_nonce = 1;
	c.nonce = span_str("nonce");
	only(&c, "");
	c.nonce = span_str("nonc");
	only(&c, "tpm.nonce");
	c.nonce = span_str("nonce");
	c.file[6].data = buf_span(&other);
	only(&c, "tpm.digest");
	c.file[6].data = buf_span(&pcrs);
	sig[9] ^= 1;
	only(&c, "tpm.signature");
	sig[9] ^= 1;
	memset(v, 0x22, sizeof(v));
	c.npcrs = 1;
	c.pcr[0] = (struct case_pcr){ DIGEST_SHA256, 0, span_make(v, 32) };
	only(&c, "tpm.pcr");
	memset(v, 0x11, sizeof(v));
	only(&c, "");
	c.pcr[0].index = 1;			/* not quoted */
	only(&c, "tpm.pcr");
	c.nfiles = 4;				/* asked for, not given */
	only(&c, "tpm.quote");
	buf_free(&b);
	buf_free(&q);
	buf_free(&pcrs);
	buf_free(&other);
}

static void
test_ak(struct span vars)
{
	struct evcase c;
	struct buf b;
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	test_begin("AK");
	az_hcl(&f, &b, vars, none);
	case_base(&c, "azure-hcl", "hcl_report", buf_span(&b));
	PEM_write_bio_PUBKEY(bio, snpforge_rsa(2));
	n = BIO_get_mem_data(bio, &p);
	case_file(&c, "ak_pub", span_make(p, (size_t)n));
	only(&c, "");
	BIO_free(bio);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PUBKEY(bio, snpforge_rsa(1));
	n = BIO_get_mem_data(bio, &p);
	c.file[4].data = span_make(p, (size_t)n);
	only(&c, "hcl.ak");
	BIO_free(bio);
	buf_free(&b);
}

static void
ratls_only(X509 *x, const char *name, int days, struct span data)
{
	struct evcase c;
	struct buf der;

	case_base(&c, "ratls", "cert", snpforge_der(x, &der));
	c.nfiles = 1;
	c.at += (int64_t)days * DAY;
	c.has_report_data = data.n != 0;
	c.report_data = data;
	only(&c, name);
	buf_free(&der);
	X509_free(x);
}

static void
test_ratls(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *two = EVP_EC_gen("P-256");
	EVP_PKEY *big = EVP_EC_gen("P-384");
	struct buf b, extra;
	uint8_t sevens[32];

	test_begin("RA-TLS");
	az_ratls_quote(&f, key, 7, &extra);
	az_ratls_quote(&f, key, 0, &b);
	ratls_only(az_ratls(key, key, buf_span(&b), RATLS_OID_SEV, NULL),
	    "", 0, none);
	ratls_only(az_ratls(key, key, buf_span(&b), RATLS_OID_SEV, NULL),
	    "ratls.dates", 6, none);
	ratls_only(az_ratls(two, two, buf_span(&b), RATLS_OID_SEV, NULL),
	    "ratls.key", 0, none);
	ratls_only(az_ratls(key, two, buf_span(&b), RATLS_OID_SEV, NULL),
	    "ratls.self", 0, none);
	ratls_only(az_ratls(key, key, buf_span(&b), RATLS_OID_TDX, NULL),
	    "tdx.quote", 0, none);
	ratls_only(az_ratls(key, key, buf_span(&b), "1.2.3.4", NULL),
	    "ratls.format", 0, none);
	ratls_only(az_ratls(key, key, buf_span(&b), RATLS_OID_SEV,
	    RATLS_OID_TDX), "ratls.format", 0, none);
	ratls_only(az_ratls(big, big, buf_span(&b), RATLS_OID_SEV, NULL),
	    "ratls.format", 0, none);
	ratls_only(az_ratls(key, key, span_make(b.p, 600), RATLS_OID_SEV,
	    NULL), "snp.format", 0, none);
	/* The other 32 bytes: zero, or as asked. */
	memset(sevens, 7, sizeof(sevens));
	ratls_only(az_ratls(key, key, buf_span(&extra), RATLS_OID_SEV,
	    NULL), "ratls.extra", 0, none);
	ratls_only(az_ratls(key, key, buf_span(&extra), RATLS_OID_SEV,
	    NULL), "", 0, span_make(sevens, 32));
	ratls_only(az_ratls(key, key, buf_span(&b), RATLS_OID_SEV, NULL),
	    "ratls.extra", 0, span_make(sevens, 32));
	buf_free(&b);
	buf_free(&extra);
	EVP_PKEY_free(key);
	EVP_PKEY_free(two);
	EVP_PKEY_free(big);
}

static void
seed(const char *top, const char *folder, const char *name, struct span s)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top, folder);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", top, folder, name);
	if (CHECK((file = fopen(path, "wb")) != NULL)) {
		CHECK(fwrite(s.p, 1, s.n, file) == s.n);
		fclose(file);
	}
}

static void
seeds(const char *top, struct span vars)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf hcl, blob, der, policy;
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x;
	char *p;
	long n;

	az_hcl(&f, &hcl, vars, none);
	seed(top, "hcl", "snp", buf_span(&hcl));
	az_ratls_quote(&f, key, 0, &blob);
	x = az_ratls(key, key, buf_span(&blob), RATLS_OID_SEV, NULL);
	seed(top, "ratls", "sev", snpforge_der(x, &der));
	PEM_write_bio_X509(bio, x);
	n = BIO_get_mem_data(bio, &p);
	seed(top, "ratls", "sev-pem", span_make(p, (size_t)n));
	buf_init(&policy, 0);
	rules_write(&rules_strict, &policy);
	seed(top, "policy", "strict", buf_span(&policy));
	seed(top, "policy", "chips", span_str("{\"base\":\"strict\","
	    "\"snp\":{\"vmpl\":null,\"policy_must_set\":\"0x20000\","
	    "\"chips\":[]},\"tdx\":{\"status\":{\"OutOfDate\":\"warn\"},"
	    "\"advisories_accepted\":[\"INTEL-SA-00837\"]}}"));
	/* The older table: one VLEK of 3 bytes. */
	blob.n = SNP_REPORT_SIZE;
	buf_add(&blob, "\1\0\0\0\0\0\0\0\4\0\0\0\3\0\0\0\0\0\0\0DER",
	    23);
	seed(top, "snp_bincode", "vlek", buf_span(&blob));
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(key);
	buf_free(&hcl);
	buf_free(&blob);
	buf_free(&der);
	buf_free(&policy);
}

int
main(int argc, char *argv[])
{
	struct buf vars;

	snpforge_init(&f, SNP_GENOA, 0);
	snpforge_der(f.vek, &vek);
	snpforge_der(f.ask, &ask);
	snpforge_der(f.ark, &ark);
	az_vars(&vars, snpforge_rsa(2), span_make(f.report, 64));
	test_hcl_frame(buf_span(&vars));
	test_hcl_report(buf_span(&vars));
	test_quote(buf_span(&vars));
	test_ak(buf_span(&vars));
	test_ratls();
	if (argc > 1)
		seeds(argv[1], buf_span(&vars));
	buf_free(&vars);
	buf_free(&vek);
	buf_free(&ask);
	buf_free(&ark);
	snpforge_free(&f);
	return test_end();
}
