/* SNP reports by a hierarchy of our own; tables; every refusal. */
#include "evidence/limits.h"
#include "evidence/snp_verify.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/forge.h"

static struct checks ck;
static uint8_t data[64] = { 1, 2, 3 };

static const char *
first_fail(void)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		if (ck.v[i].result == RESULT_FAIL)
			return ck.v[i].name;
	return "none";
}

/* now: FORGE_NOW and so many days; root: 1 the ARK is named, 2 another */
static int
verify(struct forge *f, int days, int root, struct snp_result *res)
{
	struct snp_certs certs;
	struct snp_policy po;
	struct snp_report r;
	struct span raw;
	struct buf blob, der;
	int rc = -1;

	forge_blob(f, &blob);
	forge_der(root == 2 ? f->ask : f->ark, &der);
	memset(&po, 0, sizeof(po));
	po.now = FORGE_NOW + (int64_t)days * 86400;
	po.vmpl = 0;
	po.report_data = span_make(data, sizeof(data));
	if (root != 0)
		po.trust_root = buf_span(&der);
	checks_init(&ck);
	if (CHECK_OK(snp_blob_decode(buf_span(&blob), &raw, &certs)) &&
	    CHECK_OK(snp_report_decode(raw, &r)))
		rc = snp_verify(&r, &certs, &po, &ck, res);
	buf_free(&blob);
	buf_free(&der);
	return rc;
}

static void
refused(struct forge *f, const char *name)
{
	struct snp_result res;

	forge_report(f, span_make(data, sizeof(data)));
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), name);
	CHECK_INT(res.root, SNP_ROOT_NONE);
}

static void
test_chain(struct forge *f)
{
	struct snp_result res;
	X509 *keep;

	test_begin("chain");
	forge_report(f, span_make(data, sizeof(data)));
	CHECK_OK(verify(f, 0, 1, &res));
	CHECK_INT(res.root, SNP_ROOT_SIMULATED);
	CHECK_INT(res.product, SNP_MILAN);
	CHECK(res.chip_id_stable);
	/* A chain that only signs itself. */
	CHECK_FAIL(verify(f, 0, 0, &res));
	CHECK_STR(first_fail(), "snp.root");
	CHECK_FAIL(verify(f, 0, 2, &res));
	CHECK_STR(first_fail(), "snp.root");
	CHECK_FAIL(verify(f, 2, 1, &res));
	CHECK_STR(first_fail(), "snp.dates");
	CHECK_FAIL(verify(f, -2, 1, &res));
	CHECK_STR(first_fail(), "snp.dates");
	/* ASK by another key, then VCEK by another key. */
	keep = f->ask;
	f->ask = forge_cert(f, "SEV-Milan", f->ask_key, "ARK", f->ask_key, 0);
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.chain");
	X509_free(f->ask);
	f->ask = keep;
	keep = f->vek;
	f->vek = forge_cert(f, "SEV-VCEK", f->vek_key, "SEV-Milan",
	    f->ark_key, 1);
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.chain");
	X509_free(f->vek);
	/* No extensions, so no TCB and no chip. */
	f->vek = forge_cert(f, "SEV-VCEK", f->vek_key, "SEV-Milan",
	    f->ask_key, 0);
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.tcb");
	X509_free(f->vek);
	f->vek = keep;
}

static void
test_report(struct forge *f)
{
	struct snp_result res;
	uint8_t *r = f->report;

	test_begin("report");
	forge_report(f, span_make(data, sizeof(data)));
	r[0x2a0] ^= 1;
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.signature");
	forge_report_sign(f);
	r[0x90] ^= 1;			/* measurement, after signing */
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.signature");
	r[0x90] ^= 1;
	forge_report(f, span_make(data, 63));
	data[63] = 1;
	CHECK_FAIL(verify(f, 0, 1, &res));
	CHECK_STR(first_fail(), "snp.report-data");
	data[63] = 0;
	r[0x0a] |= 8;
	refused(f, "snp.debug");
	r[0x0a] = 1;
	refused(f, "snp.policy");
	r[0x0a] = 3;
	r[0x30] = 1;
	refused(f, "snp.vmpl");
	r[0x30] = 0;
	r[0x34] = 2;
	refused(f, "snp.signature");
	r[0x34] = 1;
	r[0x187] = 0xdd;
	refused(f, "snp.tcb");
	r[0x187] = 0xde;
	r[0x1e0] = 3;			/* committed below reported */
	refused(f, "snp.tcb-order");
	r[0x1e0] = 5;			/* committed above current */
	refused(f, "snp.tcb-order");
	r[0x1e0] = 4;
	r[0x1a0] ^= 1;
	refused(f, "snp.chip");
	r[0x1a0] ^= 1;
	r[0x48] = 7 << 2;
	refused(f, "snp.key");
	r[0x48] = 1 << 2;		/* VLEK, which is not there */
	refused(f, "snp.chain");
	r[0x48] = 0;
	forge_report(f, span_make(data, sizeof(data)));
	CHECK_OK(verify(f, 0, 1, &res));
}

static void
test_decode(struct forge *f)
{
	struct snp_report r;
	uint8_t b[SNP_REPORT_SIZE + 1] = { 0 };

	test_begin("decode");
	memcpy(b, f->report, SNP_REPORT_SIZE);
	CHECK_FAIL(snp_report_decode(span_make(b, SNP_REPORT_SIZE - 1), &r));
	CHECK_FAIL(snp_report_decode(span_make(b, SNP_REPORT_SIZE + 1), &r));
	b[0] = 1;
	CHECK_FAIL(snp_report_decode(span_make(b, SNP_REPORT_SIZE), &r));
	b[0] = 6;
	CHECK_FAIL(snp_report_decode(span_make(b, SNP_REPORT_SIZE), &r));
	b[0] = 3;
	b[0x188] = 0x1a;
	b[0x189] = 0x02;
	b[0x180] = 9;
	CHECK_OK(snp_report_decode(span_make(b, SNP_REPORT_SIZE), &r));
	CHECK_INT(r.product, SNP_TURIN);
	CHECK_INT(r.reported.fmc, 9);
}

/* A blob's table after the report; n bytes. */
static int
table(const void *p, size_t n)
{
	static uint8_t blob[SNP_REPORT_SIZE + 512];
	struct snp_certs c;
	struct span raw;

	memset(blob, 0, sizeof(blob));
	memcpy(blob + SNP_REPORT_SIZE, p, n);
	return snp_blob_decode(span_make(blob, SNP_REPORT_SIZE + n), &raw, &c);
}

#define ARK_GUID "\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43\x3f\xb6\x01\x4c" \
	"\xd0\xae"

static void
test_table(void)
{
	test_begin("table");
	CHECK_OK(table("", 0));
	CHECK_OK(table("\0\0\0\0", 4));
	CHECK_FAIL(table("\0\0\0", 3));
	CHECK_FAIL(table("\0\0\0\0x", 5));
	CHECK_FAIL(table("\1\0\0\0", 4));
	CHECK_FAIL(table("\xff\xff\xff\xff", 4));
	CHECK_OK(table("\1\0\0\0\x11\0\0\0" ARK_GUID "x", 25));
	CHECK_FAIL(table("\1\0\0\0\x10\0\0\0" ARK_GUID, 24));
	CHECK_FAIL(table("\1\0\0\0\x0f\0\0\0" ARK_GUID, 23));
	CHECK_FAIL(table("\1\0\0\0\x12\0\0\0" ARK_GUID "x", 25));
	CHECK_FAIL(table("\2\0\0\0\x11\0\0\0" ARK_GUID "x"
	    "\x11\0\0\0" ARK_GUID "x", 46));
}

static void
test_aux(struct forge *f)
{
	static const char one[] = ARK_GUID "\x30\0\0\0\2\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "DE";
	struct span aux = span_make(one, 50), raw;
	struct span report = span_make(f->report, SNP_REPORT_SIZE);
	uint8_t out[2048], bad[50];
	struct snp_certs c;
	size_t n, i;

	test_begin("auxblob");
	CHECK_OK(snp_auxblob_decode(aux, &c));
	CHECK_INT(c.count, 1);
	CHECK(span_eq_str(c.ark, "DE"));
	CHECK_OK(snp_auxblob_decode(span_make(NULL, 0), &c));
	/* Without its last entry, or with a certificate outside. */
	for (i = 1; i < 50; i++)
		CHECK_FAIL(snp_auxblob_decode(span_make(one, i), &c));
	memcpy(bad, one, 50);
	memset(bad + 16, 0xff, 4);
	CHECK_FAIL(snp_auxblob_decode(span_make(bad, 50), &c));
	memcpy(bad, one, 50);
	memset(bad + 20, 0xff, 4);
	CHECK_FAIL(snp_auxblob_decode(span_make(bad, 50), &c));
	CHECK_OK(snp_blob_pack(report, aux, out, sizeof(out), &n));
	CHECK_INT(n, SNP_REPORT_SIZE + 4 + 4 + 16 + 2);
	CHECK_OK(snp_blob_decode(span_make(out, n), &raw, &c));
	CHECK(span_eq_str(c.ark, "DE"));
	CHECK(span_eq(raw, report));
	CHECK_FAIL(snp_blob_pack(report, aux, out, n - 1, &n));
	CHECK_FAIL(snp_blob_pack(span_make(out, 5), aux, out, sizeof(out),
	    &n));
	CHECK_OK(snp_blob_pack(report, span_make(NULL, 0), out, sizeof(out),
	    &n));
	CHECK_INT(n, SNP_REPORT_SIZE + 4);
}

int
main(void)
{
	struct forge f;

	forge_init(&f);
	test_chain(&f);
	test_report(&f);
	test_decode(&f);
	test_table();
	test_aux(&f);
	forge_free(&f);
	return test_end();
}
