/* PCR 15: the sealed volume of this boot against the snapshot's. */
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/play.h"

static const char name[] = "tpm.pcr15";
static struct play play;

/* A machine whose PCR 15 has this byte, and its snapshot. */
static struct play *
made(const char *subject, uint8_t volume)
{
	struct play *p = &play;

	test_begin(subject);
	play_init(p);
	p->f.pcrs.value[VOLUME_PCR][31] = volume;
	if (!CHECK_OK(snapshot(p)))
		show();
	play_bind(p);
	return p;
}

/* One line of this check, and this in it; nothing else refuses. */
static void
only(int rc, enum result want, const char *words)
{
	const struct check *c = checks_find(&ck, name);
	size_t i, fails = 0, lines = 0;

	for (i = 0; i < ck.n; i++) {
		lines += strcmp(ck.v[i].name, name) == 0;
		fails += ck.v[i].result == RESULT_FAIL;
	}
	if (c == NULL || c->result != want || strstr(c->detail, words) == NULL)
		CHECK_NEVER("%s: %s, not \"%s\"", name, c == NULL ? "none" :
		    c->detail, words);
	CHECK_INT(lines, 1);
	CHECK_INT(fails, want == RESULT_FAIL);
	CHECK_INT(rc, want == RESULT_FAIL ? -1 : 0);
}

static void
test_same(void)
{
	struct play *p = made("no volume, then as now", 0);

	only(0, RESULT_OK, "opened in this boot: none");
	only(verify(p), RESULT_OK, "no sealed volume was opened in this boot, "
	    "as in the snapshot");
	p->f.reset_count++;
	only(verify(p), RESULT_OK, "no sealed volume");
	play_free(p);
	p = made("the same volume", 0x15);
	only(0, RESULT_OK, "opened in this boot: 00000");
	only(verify(p), RESULT_OK, "the sealed volume is that of the snapshot");
	play_free(p);
}

/* The cap is missing: no option and no policy does without it. */
static void
test_uncapped(void)
{
	static struct policy_rules rules;
	struct play *p = made("not extended", 0x15);

	p->f.pcrs.value[VOLUME_PCR][31] = 0;
	only(verify(p), RESULT_FAIL, "PCR 15 was not extended: a container "
	    "could still be unsealed in this boot");
	rules = rules_default;
	rules.volume_changed = RULE_ALLOW;
	p->in.policy = &rules;
	p->in.without = WITHOUT_PCRS | WITHOUT_INSTANCE | WITHOUT_CONFIG |
	    WITHOUT_BOOT_AGGREGATE;
	only(verify(p), RESULT_FAIL, "was not extended");
	play_free(p);
}

static void
test_changed(void)
{
	static struct policy_rules rules;
	struct play *p = made("another volume", 0x15);

	p->f.pcrs.value[VOLUME_PCR][31] = 0x16;
	only(verify(p), RESULT_FAIL, "another volume, or its header was "
	    "changed (reseal, adopt): take a new snapshot");
	p->in.policy = &rules_strict;
	CHECK_FAIL(verify(p));
	CHECK(failed(name) != NULL);
	/* it is no boot state */
	p->in.policy = NULL;
	p->in.without = WITHOUT_PCRS;
	only(verify(p), RESULT_FAIL, "another volume");
	/* but another machine has another volume */
	p->in.without = WITHOUT_INSTANCE;
	only(verify(p), RESULT_SKIP, "another machine is accepted");
	p->in.without = 0;
	rules = rules_default;
	rules.volume_changed = RULE_WARN;
	p->in.policy = &rules;
	only(verify(p), RESULT_WARN, "another volume");
	rules.volume_changed = RULE_ALLOW;
	CHECK_OK(verify(p));
	CHECK(checks_find(&ck, name) == NULL);
	play_free(p);
	p = made("a volume where there was none", 0);
	p->f.pcrs.value[VOLUME_PCR][31] = 0x15;
	only(verify(p), RESULT_FAIL, "in the snapshot none");
	rules.volume_changed = RULE_WARN;
	p->in.policy = &rules;
	only(verify(p), RESULT_WARN, "in the snapshot none");
	play_free(p);
}

static void
test_unknown(void)
{
	struct play *p;
	char *at;

	test_begin("a snapshot without PCR 15");
	p = &play;
	play_init(p);
	p->f.pcrs.mask = p->in.pcr_mask = 0xfff;
	play_bind(p);
	CHECK_OK(snapshot(p));
	CHECK(checks_find(&ck, name) == NULL);
	CHECK(memmem(p->snapshot.p, p->snapshot.n, "\"15\":\"", 6) == NULL);
	play_bind(p);
	CHECK_OK(verify(p));
	CHECK(checks_find(&ck, name) == NULL);
	p->f.pcrs.mask = p->in.pcr_mask = 0x8fff;
	play_bind(p);
	only(verify(p), RESULT_SKIP, "opened in this boot: none; not compared");
	p->f.pcrs.value[VOLUME_PCR][0] = 0xfe;
	only(verify(p), RESULT_SKIP, "opened in this boot: fe00");
	play_free(p);
	p = made("PCR 15 is not quoted", 0);
	p->f.pcrs.mask = p->in.pcr_mask = 0xfff;
	play_bind(p);
	only(verify(p), RESULT_FAIL, "which was not quoted");
	play_free(p);
	/* asked for, and left out by the agent */
	p = made("PCR 15 is left out", 0x15);
	p->agent.pcr_mask = p->says.pcr_mask = 0xfff;
	CHECK_FAIL(verify(p));
	CHECK(failed("tpm.selection") != NULL);
	CHECK(checks_find(&ck, name)->result == RESULT_SKIP);
	play_free(p);
	/* said to be the snapshot's, beside a quote of another value */
	p = made("PCR 15 is not the quoted one", 0x15);
	p->f.pcrs.value[VOLUME_PCR][31] = 0x16;
	play_answer(p);
	at = memmem(p->json.p, p->json.n, "\"15\":\"", 6);
	if (CHECK(at != NULL))
		at[6 + 63] = '5';
	p->in.snapshot = buf_span(&p->snapshot);
	checks_init(&ck);
	CHECK_FAIL(appraise_verify(&p->in, &ck, &p->res));
	CHECK(failed("tpm.digest") != NULL);
	CHECK(checks_find(&ck, name)->result == RESULT_SKIP);
	play_free(p);
}

int
main(void)
{
	test_same();
	test_uncapped();
	test_changed();
	test_unknown();
	return test_end();
}
