/* Reports of all generations; for each check the evidence that only it
 * refuses. */
#include "evidence/limits.h"
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_snp/snpforge.h"

/* What a case may have besides a machine. */
struct extra {
	const struct policy_rules	*policy;
	X509_CRL	*crl;
	int		 days;		/* from FORGED_AT */
	int		 no_root;
	const char	*kind;		/* NULL: snp-report */
	const uint8_t	*data;		/* 64 bytes asked for */
	struct span	 nonce;
};

static struct evout out;

static void
judge(struct snpforge *f, const struct extra *x)
{
	struct buf vek, ask, ark, blob, crl;
	struct evcase c;
	unsigned char *p = NULL;
	int n, is_blob = x->kind != NULL &&
	    strcmp(x->kind, "sev-quote-blob") == 0;

	memset(&c, 0, sizeof(c));
	buf_init(&crl, 0);
	snpforge_blob(f, &blob);
	c.kind = x->kind != NULL ? x->kind : "snp-report";
	c.at = FORGED_AT + (int64_t)x->days * DAY;
	c.policy = x->policy;
	c.file[0] = (struct case_file){ is_blob ? "quote" : "report",
	    is_blob ? buf_span(&blob) : span_make(f->report,
	    SNP_REPORT_SIZE) };
	c.file[1] = (struct case_file){ "vek", snpforge_der(f->vek, &vek) };
	c.file[2] = (struct case_file){ "issuer", snpforge_der(f->ask,
	    &ask) };
	c.file[3] = (struct case_file){ "ark", snpforge_der(f->ark, &ark) };
	c.nfiles = is_blob ? 1 : 4;
	if (x->crl != NULL && (n = i2d_X509_CRL(x->crl, &p)) > 0) {
		buf_add(&crl, p, (size_t)n);
		OPENSSL_free(p);
		c.file[c.nfiles++] = (struct case_file){ "crl",
		    buf_span(&crl) };
	}
	if (!x->no_root) {
		c.root[0] = buf_span(&ark);
		c.nroots = 1;
	}
	if (x->data != NULL) {
		c.has_report_data = 1;
		c.report_data = span_make(x->data, 64);
	}
	if (x->nonce.n != 0) {
		c.has_nonce = 1;
		c.nonce = x->nonce;
	}
	CHECK_OK(evcase_judge(&c, &out));
	buf_free(&vek);
	buf_free(&ask);
	buf_free(&ark);
	buf_free(&blob);
	buf_free(&crl);
}

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

/* Only this check refuses; "" for accepted. */
static void
only(struct snpforge *f, const struct extra *x, const char *name)
{
	static const struct extra none;

	judge(f, x != NULL ? x : &none);
	CHECK_STR(fails(), name);
	CHECK_INT(out.verdict, name[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	evout_free(&out);
}

static int
warned(const char *name)
{
	const struct check *c = checks_find(&out.ck, name);

	return c != NULL && c->result == RESULT_WARN;
}

/* One byte of the report changed before it is signed. */
static void
byte_only(struct snpforge *f, size_t off, uint8_t v, const struct extra *x,
    const char *name)
{
	uint8_t keep = f->report[off];

	f->report[off] = v;
	snpforge_sign(f);
	only(f, x, name);
	f->report[off] = keep;
	snpforge_sign(f);
}

static void
test_good(void)
{
	struct extra x = { .kind = "sev-quote-blob" };
	struct snpforge f;
	int p, vlek;

	for (p = SNP_MILAN; p < SNP_PRODUCT_MAX; p++)
		for (vlek = 0; vlek < 2; vlek++) {
			test_begin(snp_product_name(p));
			snpforge_init(&f, p, vlek);
			only(&f, NULL, "");
			only(&f, &x, "");
			judge(&f, &(struct extra){ 0 });
			CHECK_STR(json_string_value(json_object_get(
			    out.claims, "product")), snp_product_name(p));
			CHECK(warned("snp.root"));
			CHECK(warned("snp.revocation"));
			evout_free(&out);
			snpforge_free(&f);
		}
}

static void
test_signature(void)
{
	struct snpforge f;

	test_begin("signature");
	snpforge_init(&f, SNP_GENOA, 0);
	f.report[0x2a0] ^= 1;
	only(&f, NULL, "snp.signature");
	snpforge_sign(&f);
	f.report[SNP_REPORT_SIZE - 1] = 1;	/* behind R and S */
	only(&f, NULL, "snp.signature");
	f.report[SNP_REPORT_SIZE - 1] = 0;
	f.report[0x2a0 + 50] = 1;		/* R of more than 384 bits */
	only(&f, NULL, "snp.signature");
	snpforge_sign(&f);
	byte_only(&f, 0x34, 2, NULL, "snp.signature");
	byte_only(&f, 0x48, 7 << 2, NULL, "snp.key");
	byte_only(&f, 0, 6, NULL, "snp.format");
	snpforge_free(&f);
}

/* The VEK's extensions, one by one, changed against the report. */
static void
test_vek(enum snp_product p)
{
	static const size_t old[] = { 0, 1, 6, 7 }, turin[] = { 0, 1, 2, 3, 7 };
	const size_t *part = p == SNP_TURIN ? turin : old;
	size_t i, n = p == SNP_TURIN ? 5 : 4;
	struct snpforge f;

	test_begin("VEK");
	snpforge_init(&f, p, 0);
	for (i = 0; i < n; i++) {
		f.vek_tcb[part[i]] ^= 1;
		snpforge_certs(&f, f.ask_key);
		only(&f, NULL, "snp.tcb");
		f.vek_tcb[part[i]] ^= 1;
	}
	f.hwid[0] ^= 1;
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	f.hwid[0] ^= 1;
	f.hwid_len = p == SNP_TURIN ? 64 : 8;	/* of the other generation */
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	f.hwid_len = 0;
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	f.hwid_len = p == SNP_TURIN ? 8 : 64;
	f.csp = 1;				/* what a VLEK has */
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	snpforge_free(&f);
}

static void
test_vlek(void)
{
	struct policy_rules *p = malloc(sizeof(*p));
	struct snpforge f;
	X509_CRL *crl;

	test_begin("VLEK");
	snpforge_init(&f, SNP_MILAN, 1);
	f.csp = 0;
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	f.csp = 1;
	f.hwid_len = 64;
	snpforge_certs(&f, f.ask_key);
	only(&f, NULL, "snp.chip");
	f.hwid_len = 0;
	snpforge_certs(&f, f.ask_key);
	*p = rules_authenticity;
	p->snp_vlek = RULE_REFUSE;
	only(&f, &(struct extra){ .policy = p }, "snp.key-rule");
	/* A list that the ASVK issues has the VLEK's number. */
	crl = snpforge_crl(f.ask, f.ask_key, 7, -1, 1);
	only(&f, &(struct extra){ .crl = crl }, "snp.revocation");
	X509_CRL_free(crl);
	crl = snpforge_crl(f.ask, f.ask_key, 8, -1, 1);
	only(&f, &(struct extra){ .crl = crl }, "");
	/* It does not say that the ASVK is good. */
	p->snp_vlek = RULE_ALLOW;
	p->no_revocation = RULE_REFUSE;
	only(&f, &(struct extra){ .crl = crl, .policy = p }, "snp.revocation");
	X509_CRL_free(crl);
	snpforge_free(&f);
	free(p);
}

static void
test_chain(void)
{
	struct snpforge f;

	test_begin("chain");
	snpforge_init(&f, SNP_GENOA, 0);
	only(&f, &(struct extra){ .no_root = 1 }, "snp.root");
	only(&f, &(struct extra){ .days = 11 }, "snp.dates");
	only(&f, &(struct extra){ .days = -11 }, "snp.dates");
	snpforge_certs(&f, snpforge_rsa(2));
	only(&f, NULL, "snp.chain");
	f.ask_key = snpforge_rsa(2);
	snpforge_certs(&f, snpforge_rsa(1));
	only(&f, NULL, "snp.chain");
	snpforge_free(&f);
}

static void
test_crl(void)
{
	struct snpforge f;
	struct extra x = { 0 };
	struct {
		long		 serial;
		int		 from, to, key;
		const char	*name;
	} v[] = {
		{ -1, -1, 1, 0, "" },
		{ 9, -1, 1, 0, "" },
		{ 2, -1, 1, 0, "snp.revocation" },	/* the ASK */
		{ 1, -1, 1, 0, "snp.revocation" },	/* the ARK */
		{ 0, -1, 1, 0, "" },	/* all VCEKs have number 0 */
		{ -1, -1, 1, 2, "snp.crl" },	/* by another key */
		{ -1, -5, -1, 0, "snp.crl" },
		{ -1, 1, 5, 0, "snp.crl" },
	};
	size_t i;

	test_begin("CRL");
	snpforge_init(&f, SNP_TURIN, 0);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		x.crl = snpforge_crl(f.ark, snpforge_rsa(v[i].key),
		    v[i].serial, v[i].from, v[i].to);
		only(&f, &x, v[i].name);
		X509_CRL_free(x.crl);
	}
	/* Of another issuer, good in itself. */
	x.crl = snpforge_crl(f.vek, snpforge_rsa(0), -1, -1, 1);
	only(&f, &x, "snp.crl");
	X509_CRL_free(x.crl);
	snpforge_free(&f);
}

static void
test_report(void)
{
	uint8_t data[64] = { 0 };
	struct extra x = { .data = data };
	struct snpforge f;

	test_begin("report");
	snpforge_init(&f, SNP_GENOA, 0);
	only(&f, &x, "");
	data[63] = 1;
	only(&f, &x, "snp.report-data");
	x.data = NULL;
	data[63] = 0;
	x.nonce = span_make(data, 32);
	only(&f, &x, "");
	byte_only(&f, 0x50 + 31, 1, &x, "snp.nonce");
	byte_only(&f, 0x0a, 0x01, NULL, "snp.policy snp.bits");
	byte_only(&f, 0x1e0, 3, NULL, "snp.tcb-order");
	byte_only(&f, 0x1e0, 5, NULL, "snp.tcb-order");
	byte_only(&f, 0x38, 3, NULL, "snp.tcb-order");
	snpforge_free(&f);
}

/* Findings of the default and the strict policy. */
static void
test_rules(void)
{
	struct policy_rules *p = malloc(sizeof(*p));
	struct extra x = { .policy = p };
	struct snpforge f;

	test_begin("rules");
	snpforge_init(&f, SNP_GENOA, 0);
	*p = rules_default;
	only(&f, &x, "snp.revocation");
	p->no_revocation = RULE_WARN;
	only(&f, &x, "");
	byte_only(&f, 0x0a, 0x0b, &x, "snp.debug");
	byte_only(&f, 0x0a, 0x07, &x, "snp.bits");	/* migration */
	byte_only(&f, 0x1ec, 0x10, &x, "snp.floor");	/* 1.55.16 */
	p->floor[0] = (struct snp_floor){ .product = SNP_GENOA,
	    .has_stepping = 1, .model = 0x11, .stepping = 1,
	    .microcode = 0xdf };
	only(&f, &x, "snp.floor");
	p->floor[0].stepping = 2;
	only(&f, &x, "");
	p->snp_alias = RULE_REFUSE;
	byte_only(&f, 0x40, 0x05, &x, "snp.alias");
	p->snp_vmpl = 0;
	byte_only(&f, 0x30, 1, &x, "snp.vmpl-rule");
	p->nchips = 1;
	memset(p->chip[0], 0xc1, 64);
	only(&f, &x, "");
	p->chip[0][63] = 0;
	only(&f, &x, "snp.allowed");
	p->nchips = 0;
	p->snp_measurement.n = 1;
	memset(p->snp_measurement.v[0], 0x4d, 48);
	only(&f, &x, "");
	byte_only(&f, 0x90, 0, &x, "snp.measurement");
	*p = rules_strict;
	p->no_revocation = p->no_nonce = RULE_WARN;
	only(&f, &x, "snp.bits");
	f.report[0x0a] |= 0xc0;			/* bits 22, 23 */
	f.report[0x0b] = 0x03;			/* 24, 25 */
	snpforge_sign(&f);
	only(&f, &x, "");
	byte_only(&f, 0x0a, 0xe3, &x, "snp.bits");	/* CXL */
	snpforge_free(&f);
	free(p);
}

/* Policy files: what is written is read again, what is unknown is refused. */
static void
test_policy(void)
{
	static const char *const bad[] = {
		"", "[]", "{\"x\":1}", "{\"debug\":\"no\"}",
		"{\"base\":\"other\"}", "{\"snp\":{\"alias\":\"warn\"}}",
		"{\"snp\":{\"vmpl\":4}}", "{\"snp\":1}",
		"{\"snp\":{\"policy_must_set\":196608}}",
		"{\"snp\":{\"policy_must_set\":\"0x10000000000000000\"}}",
		"{\"snp\":{\"chips\":[\"00\"]}}",
		"{\"snp\":{\"products\":{\"Rome\":\"warn\"}}}",
		"{\"snp\":{\"minimum_tcb\":[{\"snp\":3}]}}",
		"{\"snp\":{\"minimum_tcb\":[{\"product\":\"Milan\","
		    "\"stepping\":1}]}}",
		"{\"tdx\":{\"status\":{\"Good\":\"allow\"}}}",
		"{\"debug\":\"warn\",\"debug\":\"allow\"}",
	};
	const struct policy_rules *in[] = { &rules_default, &rules_strict,
	    &rules_authenticity };
	struct policy_rules *p = malloc(sizeof(*p));
	struct buf a, b;
	char why[128];
	size_t i;

	test_begin("policy");
	for (i = 0; i < 3; i++) {
		buf_init(&a, 0);
		buf_init(&b, 0);
		rules_write(in[i], &a);
		CHECK_OK(rules_read(buf_span(&a), p, why, sizeof(why)));
		rules_write(p, &b);
		CHECK(!a.failed && span_eq(buf_span(&a), buf_span(&b)));
		buf_free(&a);
		buf_free(&b);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_FAIL(rules_read(span_str(bad[i]), p, why,
		    sizeof(why))))
			printf("%s\n", bad[i]);
	CHECK_OK(rules_read(span_str("{\"snp\":{\"minimum_tcb\":[{\"product\":"
	    "\"Milan\",\"firmware\":\"1.55.29\",\"snp\":24}],"
	    "\"products\":{\"Milan\":\"refuse\"}}}"), p, why,
	    sizeof(why)));
	CHECK_INT(p->nfloors, 1);
	CHECK_INT(p->floor[0].firmware, 0x01371d);
	CHECK_INT(p->floor[0].snp, 24);
	CHECK_INT(p->snp_product[SNP_MILAN], RULE_REFUSE);
	CHECK_INT(p->snp_product[SNP_UNKNOWN], RULE_REFUSE);
	free(p);
}

/* Version 2 has no CPUID: the certificate tells the generation. */
static void
test_v2(void)
{
	struct snpforge f;

	test_begin("version 2");
	snpforge_init(&f, SNP_GENOA, 0);
	f.report[0] = 2;
	memset(f.report + 0x188, 0, 3);
	snpforge_sign(&f);
	judge(&f, &(struct extra){ 0 });
	CHECK_INT(out.verdict, VERDICT_ACCEPT);
	CHECK_STR(json_string_value(json_object_get(out.claims, "product")),
	    "Genoa");
	CHECK(json_object_get(out.claims, "product_from_cpuid") == NULL);
	evout_free(&out);
	snpforge_free(&f);
}

/* A blob without its table, or whose report names the key that the table has
 * no certificate of, is not merely shown. */
static void
test_no_certificate(void)
{
	struct snpforge f;
	struct evcase c;
	struct buf blob;

	test_begin("a quote without its certificate");
	snpforge_init(&f, SNP_MILAN, 0);
	snpforge_blob(&f, &blob);
	memset(&c, 0, sizeof(c));
	c.kind = "sev-quote-blob";
	c.at = FORGED_AT;
	c.file[0] = (struct case_file){ "quote", span_make(blob.p,
	    SNP_REPORT_SIZE) };
	c.nfiles = 1;
	if (CHECK_OK(evcase_judge(&c, &out))) {
		CHECK_INT(out.verdict, VERDICT_UNJUDGED);
		CHECK(strstr(out.reason, "no certificate of the VCEK") !=
		    NULL);
		evout_free(&out);
	}
	/* the report of Azure's service, cut before its certificates */
	c.kind = "azure-snp-pem";
	c.file[0].role = "report";
	if (CHECK_OK(evcase_judge(&c, &out))) {
		CHECK_INT(out.verdict, VERDICT_UNJUDGED);
		CHECK(strstr(out.reason, "no certificate of the VCEK") !=
		    NULL);
		evout_free(&out);
	}
	c.kind = "sev-quote-blob";
	c.file[0].role = "quote";
	blob.p[72] ^= 4;	/* SIGNING_KEY: VLEK */
	c.file[0].data = buf_span(&blob);
	if (CHECK_OK(evcase_judge(&c, &out))) {
		CHECK_INT(out.verdict, VERDICT_UNJUDGED);
		CHECK(strstr(out.reason, "no certificate of the VLEK") !=
		    NULL);
		evout_free(&out);
	}
	buf_free(&blob);
	snpforge_free(&f);
}

/* Every bit of a report and of its certificates matters. */
static void
test_flips(void)
{
	struct snpforge f;
	struct evcase c;
	struct buf blob, ark;
	size_t i;

	test_begin("flips");
	snpforge_init(&f, SNP_TURIN, 0);
	snpforge_blob(&f, &blob);
	memset(&c, 0, sizeof(c));
	c.kind = "sev-quote-blob";
	c.at = FORGED_AT;
	c.root[0] = snpforge_der(f.ark, &ark);
	c.nroots = 1;
	c.file[0] = (struct case_file){ "quote", buf_span(&blob) };
	c.file[1] = (struct case_file){ "ark", buf_span(&ark) };
	c.nfiles = 2;
	for (i = 0; i < blob.n; i += i < SNP_REPORT_SIZE + 64 ? 3 : 17) {
		blob.p[i] ^= 1u << (i % 8);
		if (CHECK_OK(evcase_judge(&c, &out))) {
			if (!CHECK(out.verdict != VERDICT_ACCEPT &&
			    out.verdict != VERDICT_PARSED))
				printf("byte %zu\n", i);
			evout_free(&out);
		}
		blob.p[i] ^= 1u << (i % 8);
	}
	buf_free(&blob);
	buf_free(&ark);
	snpforge_free(&f);
}

int
main(void)
{
	test_good();
	test_signature();
	test_vek(SNP_MILAN);
	test_vek(SNP_TURIN);
	test_vlek();
	test_chain();
	test_crl();
	test_report();
	test_rules();
	test_policy();
	test_v2();
	test_no_certificate();
	test_flips();
	return test_end();
}
