/* HCL reports with a TDREPORT, quotes of the SHA-1 bank, RA-TLS of Intel's
 * quotes: for each check the evidence that only it refuses. */
#include <openssl/core_names.h>

#include "evidence/attest_verify.h"
#include "evidence/ratls.h"
#include "evidence/rules.h"
#include "regress/sim/forge_tdx.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_azure/azforge.h"
#include "regress/unit/kind_logs/case.h"

#define TD_DATA		520	/* report data in a TDX 1.0 body */
#define SGX_DATA	320
#define SGX_FLAGS	48

static struct snpforge	 f;
static struct buf	 ark;
static const struct span none = { NULL, 0 };

static void
verdict(struct tcase *t, const char *fails)
{
	CHECK_INT(tcase_judge(t), fails[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	CHECK_STR(tcase_fails(t), fails);
}

static void
init(struct tcase *t, const char *kind, const char *role, struct span s)
{
	tcase_init(t, kind);
	t->c.at = FORGED_AT;
	t->c.root[0] = buf_span(&ark);
	t->c.nroots = 1;
	tcase_file(t, role, s);
}

static void
snp_certs(struct tcase *t, struct buf der[2])
{
	tcase_file(t, "vek", snpforge_der(f.vek, &der[0]));
	tcase_file(t, "issuer", snpforge_der(f.ask, &der[1]));
	tcase_file(t, "ark", buf_span(&ark));
}

static void
test_vars(void)
{
	struct buf b, der[2];
	struct tcase t;

	test_begin("variable data");
	az_hcl(&f, &b, span_str("{\"keys\":[]}"), none);
	init(&t, "azure-hcl", "hcl_report", buf_span(&b));
	snp_certs(&t, der);
	verdict(&t, "hcl.vars");
	tcase_free(&t);
	buf_free(&b);
	buf_free(&der[0]);
	buf_free(&der[1]);
}

/* A TDREPORT in the frame, whose hashes hold. */
static void
tdreport_put(struct buf *hcl, struct span vars)
{
	uint8_t *r = hcl->p + 32;

	memset(r, 0, 1184);
	r[0] = 0x81;
	CHECK_OK(digest_bytes(DIGEST_SHA384, span_make(r + 256, 239), r + 32));
	CHECK_OK(digest_bytes(DIGEST_SHA384, span_make(r + 512, 512), r + 80));
	CHECK_OK(digest_bytes(DIGEST_SHA256, vars, r + 128));
	hcl->p[32 + 1184 + 8] = 4;
}

static void
test_tdreport(void)
{
	static const uint16_t at[] = { 1, 2, 3, 9, 200, 300, 500, 600 };
	struct buf vars, b;
	struct tcase t;
	size_t i;

	test_begin("TDREPORT");
	az_vars(&vars, snpforge_rsa(2), span_make(f.report, 64));
	az_hcl(&f, &b, buf_span(&vars), none);
	tdreport_put(&b, buf_span(&vars));
	init(&t, "azure-hcl", "hcl_report", buf_span(&b));
	CHECK(tcase_judge(&t) != VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "");
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		b.p[32 + at[i]] ^= 2;
		verdict(&t, "tdx.report");
		b.p[32 + at[i]] ^= 2;
	}
	tcase_free(&t);
	buf_free(&vars);
	buf_free(&b);
}

static void
point_digest(EVP_PKEY *key, uint8_t *data)
{
	uint8_t point[65];
	size_t n;

	EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
	    sizeof(point), &n);
	memset(data, 0, 64);
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(point, n), data));
}

static void
test_ratls_asked(void)
{
	struct policy_rules rules = rules_authenticity;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf blob, der;
	uint8_t data[64];
	struct tcase t;
	X509 *x;

	test_begin("RA-TLS");
	az_ratls_quote(&f, key, 0, &blob);
	x = az_ratls(key, key, buf_span(&blob), RATLS_OID_SEV, NULL);
	init(&t, "ratls", "cert", snpforge_der(x, &der));
	verdict(&t, "");
	tcase_file(&t, "quote", span_make(blob.p, blob.n - 1));
	verdict(&t, "ratls.quote");
	tcase_file(&t, "quote", buf_span(&blob));
	verdict(&t, "");
	point_digest(key, data);
	t.c.has_report_data = 1;
	t.c.report_data = span_make(data, 64);
	verdict(&t, "");
	data[0] ^= 1;
	verdict(&t, "ratls.report-data");
	t.c.has_report_data = 0;
	rules.no_nonce = RULE_REFUSE;
	t.c.policy = &rules;
	verdict(&t, "ratls.nonce");
	tcase_free(&t);
	X509_free(x);
	EVP_PKEY_free(key);
	buf_free(&blob);
	buf_free(&der);
}

/* Intel's quote for a key, under this OID. */
static void
intel_case(int sgx, int debug, const struct policy_rules *rules,
    const char *oid, const char *fails)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct forge_tdx td;
	struct tcase t;
	struct buf der;
	X509 *x;

	forge_tdx_init(&td);
	if (sgx) {
		td.tee_type = 0;
		td.body_type = 1;
		memset(td.body, 0, sizeof(td.body));
		td.body[SGX_FLAGS] = debug ? 7 : 5;
	}
	point_digest(key, td.body + (sgx ? SGX_DATA : TD_DATA));
	forge_tdx_make(&td);
	x = az_ratls(key, key, buf_span(&td.quote), oid, NULL);
	init(&t, "ratls", "cert", snpforge_der(x, &der));
	t.c.root[0] = buf_span(&td.root_der);
	t.c.at = FORGE_TDX_NOW;
	t.c.policy = rules;
	verdict(&t, fails);
	tcase_free(&t);
	X509_free(x);
	EVP_PKEY_free(key);
	buf_free(&der);
	forge_tdx_free(&td);
}

static void
test_ratls_intel(void)
{
	test_begin("RA-TLS of Intel");
	intel_case(0, 0, NULL, RATLS_OID_TDX, "");
	intel_case(1, 0, NULL, RATLS_OID_SGX, "");
	intel_case(1, 0, NULL, RATLS_OID_TDX, "ratls.oid");
	intel_case(0, 0, NULL, RATLS_OID_SGX, "ratls.oid");
}

static void
test_sgx_debug(void)
{
	struct policy_rules rules = rules_authenticity;

	test_begin("debug enclave");
	intel_case(1, 1, &rules, RATLS_OID_SGX, "");	/* warned */
	rules.debug = RULE_REFUSE;
	intel_case(1, 1, &rules, RATLS_OID_SGX, "sgx.debug");
	intel_case(1, 0, &rules, RATLS_OID_SGX, "");
}

/* PCR 0 of the SHA-1 bank, all 0x11. */
static void
sha1_quote(struct buf *b, uint8_t sig[256])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t pcr[20], d[32];
	size_t n = 256;

	memset(pcr, 0x11, sizeof(pcr));
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(pcr, 20), d));
	buf_init(b, 0);
	buf_add(b, "\xffTCG\x80\x18\0\0\0\5nonce", 15);
	buf_add(b, "\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\0\1\0\0\0\0\0\0\0\0", 25);
	buf_add(b, "\0\0\0\1\0\4\3\1\0\0\0\x20", 12);
	buf_add(b, d, 32);
	CHECK(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL,
	    snpforge_rsa(2), NULL) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, b->p, b->n) == 1);
	EVP_MD_CTX_free(ctx);
}

static void
test_sha1_bank(void)
{
	struct policy_rules rules = rules_authenticity;
	struct buf vars, b, q, der[2];
	uint8_t sig[256];
	struct tcase t;

	test_begin("SHA-1 bank");
	az_vars(&vars, snpforge_rsa(2), span_make(f.report, 64));
	az_hcl(&f, &b, buf_span(&vars), none);
	sha1_quote(&q, sig);
	init(&t, "azure-hcl", "hcl_report", buf_span(&b));
	snp_certs(&t, der);
	tcase_file(&t, "tpm_quote", buf_span(&q));
	tcase_file(&t, "tpm_sig", span_make(sig, sizeof(sig)));
	tcase_file(&t, "pcrs", span_str("{\"bank\":\"sha1\",\"pcrs\":["
	    "\"1111111111111111111111111111111111111111\"]}"));
	t.c.has_nonce = 1;
	t.c.nonce = span_str("nonce");
	verdict(&t, "");
	CHECK(tcase_has(&t, "tpm.bank", RESULT_WARN));
	rules.sha1_bank = RULE_REFUSE;
	t.c.policy = &rules;
	verdict(&t, "tpm.bank");
	tcase_free(&t);
	buf_free(&vars);
	buf_free(&b);
	buf_free(&q);
	buf_free(&der[0]);
	buf_free(&der[1]);
}

int
main(void)
{
	snpforge_init(&f, SNP_GENOA, 0);
	snpforge_der(f.ark, &ark);
	test_vars();
	test_tdreport();
	test_ratls_asked();
	test_ratls_intel();
	test_sgx_debug();
	test_sha1_bank();
	buf_free(&ark);
	snpforge_free(&f);
	return test_end();
}
