/* Whole appraisals and bundles: for each check that other tests leave out the
 * evidence that only it refuses. */
#include "evidence/policy.h"
#include "evidence/rules.h"
#include "evidence/tdx_quote.h"
#include "regress/sim/forge_tdx.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/play.h"
#include "regress/unit/kind_logs/case.h"

/* One entry of a template that nobody knows, in the list and in PCR 10. */
static void
unknown_entry(struct forge *f)
{
	uint8_t d[32], both[64];
	const struct span data = span_str("what is this?");
	struct buf *b = &f->log;

	forge_put_le32(b, IMA_PCR);
	CHECK_OK(digest_bytes(DIGEST_SHA1, data, d));
	buf_add(b, d, 20);
	forge_put_le32(b, 7);
	buf_add_str(b, "unknown");
	forge_put_le32(b, data.n);
	buf_add(b, data.p, data.n);
	CHECK_OK(digest_bytes(DIGEST_SHA256, data, d));
	memcpy(both, f->pcrs.value[IMA_PCR], 32);
	memcpy(both + 32, d, 32);
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(both, 64),
	    f->pcrs.value[IMA_PCR]));
}

static void
test_list(void)
{
	struct play p;

	play_ready(&p, "an entry that is not understood");
	unknown_entry(&p.f);
	refused(&p, "ima.entry");
}

static void
test_chip(void)
{
	struct play p;

	play_ready(&p, "another processor");
	p.f.chip_id[5] ^= 1;
	memcpy(p.f.report + 0x1a0, p.f.chip_id, 64);
	X509_free(p.f.vek);
	p.f.vek = forge_cert(&p.f, "SEV-VCEK", p.f.vek_key, "SEV-Milan",
	    p.f.ask_key, 1);
	refused(&p, "instance.chip");
}

/* The existing client's snapshot of an Azure machine, which does not say what
 * its report is over. */
static const char legacy[] = "{\"cloud_type\":\"Azure\",\"tee_policy\":"
    "{\"Sev\":{\"measurement\":null,\"report_data\":null,"
    "\"family_id\":null,\"image_id\":null,\"id_key_digest\":null,"
    "\"author_key_digest\":null,\"report_id\":null,\"report_id_ma\":null}},"
    "\"tpm_policy\":{\"reset_count\":7,\"restart_count\":null},"
    "\"filehashes\":[[\"/usr/bin/true\","
    "\"1111111111111111111111111111111111111111111111111111111111111111\"],"
    "[\"/usr/lib/a_b.so\","
    "\"2222222222222222222222222222222222222222222222222222222222222222\"]]}";

static void
test_report_data(void)
{
	uint8_t data[64] = { 0 };
	struct buf tee, tpm;
	struct play p;

	test_begin("nothing to compare with");
	play_init(&p);
	p.config.flags = 0;
	play_compat(&p, data, &tee, &tpm);
	p.in.snapshot = span_str(legacy);
	p.in.accept = ACCEPT_LEGACY;
	CHECK_FAIL(appraise_verify(&p.in, &ck, &p.res));
	CHECK(failed("tee.report-data") != NULL);
	buf_free(&tee);
	buf_free(&tpm);
	play_free(&p);
}

static void
array_put(struct buf *b, struct span s)
{
	size_t i;

	buf_init(b, 0);
	for (i = 0; i < s.n; i++)
		buf_printf(b, "%c%u", i == 0 ? '[' : ',', s.p[i]);
	buf_add_str(b, "]");
}

struct bundle {
	struct play	 p;
	struct buf	 tee, tpm, list;
	struct tcase	 t;
};

/* Its report is over this data, its quote over the nonce. */
static void
bundle_make(struct bundle *b, const uint8_t data[64])
{
	play_init(&b->p);
	play_compat(&b->p, data, &b->tee, &b->tpm);
	array_put(&b->list, buf_span(&b->p.f.log));
	tcase_init(&b->t, "snapshot-bundle");
	b->t.c.at = FORGE_NOW;
	b->t.c.root[0] = buf_span(&b->p.root);
	b->t.c.nroots = 1;
	b->t.c.has_nonce = 1;
	b->t.c.nonce = span_make(b->p.nonce, 32);
	tcase_file(&b->t, "snapshot", span_str("{\"cloud_type\":\"GCP\","
	    "\"tee_policy\":{\"Sev\":{\"measurement\":null,"
	    "\"report_data\":null,\"family_id\":null,\"image_id\":null,"
	    "\"id_key_digest\":null,\"author_key_digest\":null,"
	    "\"report_id\":null,\"report_id_ma\":null}},\"tpm_policy\":null,"
	    "\"filehashes\":[[\"/usr/bin/true\",\"1111111111111111111111111111"
	    "111111111111111111111111111111111111\"],[\"/usr/lib/a_b.so\","
	    "\"22222222222222222222222222222222222222222222222222222222222222"
	    "22\"]]}"));
	tcase_file(&b->t, "tee_quote_json", buf_span(&b->tee));
	tcase_file(&b->t, "tpm_quote_json", buf_span(&b->tpm));
	tcase_file(&b->t, "ima_binary_json", buf_span(&b->list));
	tcase_file(&b->t, "ima_ascii_json", span_str("[]"));
}

static void
bundle_free(struct bundle *b)
{
	tcase_free(&b->t);
	buf_free(&b->tee);
	buf_free(&b->tpm);
	buf_free(&b->list);
	play_free(&b->p);
}

static void
bundle_only(struct bundle *b, const char *fails)
{
	CHECK_INT(tcase_judge(&b->t), fails[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	CHECK_STR(tcase_fails(&b->t), fails);
}

static void
test_bundle(void)
{
	struct policy_rules rules = rules_authenticity;
	uint8_t data[64];
	struct bundle b;

	test_begin("bundle");
	memset(data, 1, sizeof(data));		/* the play's nonce */
	bundle_make(&b, data);
	bundle_only(&b, "");
	tcase_file(&b.t, "tee_quote_json", span_str("{}"));
	bundle_only(&b, "bundle.format");
	tcase_file(&b.t, "tee_quote_json", buf_span(&b.tee));
	tcase_file(&b.t, "snapshot", span_str("{}"));
	bundle_only(&b, "snapshot.format");
	bundle_free(&b);
	test_begin("bundle without a nonce");
	bundle_make(&b, data);
	b.t.c.has_nonce = 0;
	b.t.c.policy = &rules;
	bundle_only(&b, "");
	rules.no_nonce = RULE_REFUSE;
	bundle_only(&b, "tpm.freshness");
	bundle_free(&b);
	test_begin("bundle with an old report");
	data[0] = 0;
	bundle_make(&b, data);
	bundle_only(&b, "tee.nonce");
	bundle_free(&b);
}

static void
test_xfam(void)
{
	struct tdx_policy want;
	struct forge_tdx f;
	struct tdx_quote q;
	const char *why;

	test_begin("features of a TD");
	forge_tdx_init(&f);
	forge_tdx_make(&f);
	CHECK_OK(tdx_quote_decode(buf_span(&f.quote), &q, &why));
	tdx_policy_make(&q, &want);
	checks_init(&ck);
	CHECK_OK(tdx_snapshot_check(&want, &q, &ck));
	CHECK(want.xfam.set);
	want.xfam.v ^= 4;
	checks_init(&ck);
	CHECK_FAIL(tdx_snapshot_check(&want, &q, &ck));
	CHECK(failed("policy.xfam") != NULL);
	CHECK_INT(ck.count[RESULT_FAIL], 1);
	forge_tdx_free(&f);
}

int
main(void)
{
	test_list();
	test_chip();
	test_report_data();
	test_bundle();
	test_xfam();
	return test_end();
}
