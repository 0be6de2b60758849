/* What the policy says of platforms and tables: for each check the evidence
 * that only it refuses. */
#include "evidence/rules.h"
#include "evidence/snp_chain.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_logs/case.h"
#include "regress/unit/kind_snp/snpforge.h"

static struct snpforge	 f;
static struct buf	 ark;

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

/* Chip id and HWID are zero: it is not said which chip it is. */
static void
test_masked(void)
{
	struct policy_rules rules = rules_authenticity;
	struct buf b;
	struct tcase t;

	test_begin("masked chip");
	memset(f.report + 0x1a0, 0, 64);
	memset(f.hwid, 0, sizeof(f.hwid));
	snpforge_certs(&f, f.ask_key);
	snpforge_sign(&f);
	snpforge_der(f.ark, &ark);
	snpforge_blob(&f, &b);
	init(&t, "sev-quote-blob", "quote", buf_span(&b));
	verdict(&t, "");
	rules.snp_chip_masked = RULE_REFUSE;
	t.c.policy = &rules;
	verdict(&t, "snp.chip-rule");
	tcase_free(&t);
	buf_free(&b);
	buf_free(&ark);
}

/* One more entry, with AMD's certificate under a GUID of nobody. */
static void
test_table(void)
{
	struct buf b;
	struct tcase t;
	uint8_t *guid;

	test_begin("table");
	snpforge_blob(&f, &b);
	/* the VCEK's GUID */
	guid = memmem(b.p, b.n, "\x63\xda\x75\x8d", 4);
	if (CHECK(guid != NULL)) {
		guid[3] ^= 1;
		init(&t, "sev-quote-blob", "quote", buf_span(&b));
		CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
		CHECK(tcase_has(&t, "snp.table", RESULT_FAIL));
		tcase_free(&t);
	}
	buf_free(&b);
}

/* No forged machine has AMD's root: the rule by itself. */
static void
test_product(void)
{
	struct policy_rules rules = rules_authenticity;
	struct snp_policy po = { .rules = &rules, .vmpl = -1 };
	struct snp_result res = { .root = SNP_ROOT_AMD,
	    .product = SNP_MILAN };
	struct snp_report r;
	static struct checks ck;

	test_begin("product");
	CHECK_OK(snp_report_decode(span_make(f.report, SNP_REPORT_SIZE), &r));
	checks_init(&ck);
	snp_rules_check(&r, &po, &res, &ck);
	CHECK(checks_find(&ck, "snp.platform") == NULL ||
	    checks_find(&ck, "snp.platform")->result != RESULT_FAIL);
	rules.snp_product[SNP_MILAN] = RULE_REFUSE;
	checks_init(&ck);
	CHECK_FAIL(snp_rules_check(&r, &po, &res, &ck));
	CHECK_INT(ck.count[RESULT_FAIL], 1);
	CHECK_INT(checks_find(&ck, "snp.platform")->result, RESULT_FAIL);
	/* a chip that is named is its owner's own business */
	rules.nchips = 1;
	memcpy(rules.chip[0], r.chip_id.p, 64);
	checks_init(&ck);
	CHECK_OK(snp_rules_check(&r, &po, &res, &ck));
}

int
main(void)
{
	snpforge_init(&f, SNP_MILAN, 0);
	snpforge_der(f.ark, &ark);
	test_product();
	test_table();
	buf_free(&ark);
	snpforge_free(&f);
	snpforge_init(&f, SNP_GENOA, 0);
	test_masked();
	snpforge_free(&f);
	return test_end();
}
