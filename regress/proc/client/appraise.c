/* Plays the front of a real client-appraise. */
#include <unistd.h>

#include "cli/memfd.h"
#include "cli/msg_appraise.h"
#include "cli/msg_case.h"
#include "cli/msg_facts.h"
#include "cli/msg_pieces.h"
#include "cli/permit.h"
#include "privsep/peer.h"
#include "regress/unit/check.h"

static struct peer appraise;
static const char *whitelist;	/* of the next plan */
static unsigned int lines, fails;

static int
on_check(void *arg, struct frame *f)
{
	struct check_line l;
	struct rbuf r;

	(void)arg;
	rbuf_init(&r, f->data, f->len);
	if (f->type != CL_CHECK || check_line_get(&r, &l) == -1)
		return -1;
	lines++;
	fails += l.result == LINE_FAIL;
	return 0;
}

static int
sealed(const char *text)
{
	int fd = memfd_make("t");

	CHECK_OK(memfd_write(fd, text, strlen(text)));
	CHECK_OK(memfd_seal(fd));
	return fd;
}

static int
plan(const struct plan_ask *ask, const char *snapshot, struct plan *ret_p)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	int fd[2], n = 0, rc;

	if (snapshot != NULL)
		fd[n++] = sealed(snapshot);
	if (whitelist != NULL)
		fd[n++] = sealed(whitelist);
	wbuf_init(&w);
	plan_ask_put(&w, ask);
	rc = peer_ask(&appraise, CL_PLAN_REQ, &w, fd, n, NULL, NULL, &f);
	while (n > 0)
		close(fd[--n]);
	if (rc == -1)
		return -1;
	rbuf_init(&r, f.data, f.len);
	return plan_get(&r, ret_p);
}

static void
part(enum part which, enum content content, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)which);
	put_u8(&w, (uint8_t)content);
	CHECK_OK(peer_tell(&appraise, CL_PART, &w, &fd, 1));
	close(fd);
}

static int
judge(struct judgement *j)
{
	struct own own;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	lines = fails = 0;
	memset(&own, 1, sizeof(own));
	own.now = 1800000000;
	wbuf_init(&w);
	own_put(&w, &own);
	if (peer_ask(&appraise, CL_JUDGE_REQ, &w, NULL, 0, on_check, NULL,
	    &f) == -1)
		return -1;
	CHECK_INT(f.nfds, 0);	/* no snapshot from what was refused */
	rbuf_init(&r, f.data, f.len);
	return judgement_get(&r, j);
}

static void
begin(const char *what)
{
	test_begin(what);
	if (!CHECK_OK(peer_start(&appraise, &client_program,
	    CLIENT_APPRAISE, NULL, 0, 0)))
		printf("\t%s\n", appraise.why);
}

static void
test_plans(void)
{
	struct plan_ask ask = { .verb = VERB_SNAPSHOT };
	struct plan p;

	begin("what has to be fetched");
	if (CHECK_OK(plan(&ask, NULL, &p))) {
		CHECK_INT(p.end, PLAN_OK);
		CHECK_INT(p.bank, 32);
		CHECK_INT(p.pcrs, 0x8fff);
		CHECK(p.tee && p.tpm && p.ima && !p.pinned);
	}
	peer_stop(&appraise);
	begin("names of --without");
	snprintf(ask.without, sizeof(ask.without), "ima,tee");
	if (CHECK_OK(plan(&ask, NULL, &p)))
		CHECK(p.end == PLAN_OK && !p.tee && p.tpm &&
		    !p.ima);
	peer_stop(&appraise);
	begin("a name that is none");
	snprintf(ask.without, sizeof(ask.without), "tee,everything");
	if (CHECK_OK(plan(&ask, NULL, &p)))
		CHECK_INT(p.end, PLAN_USAGE);
	peer_stop(&appraise);
	begin("not a snapshot");
	ask = (struct plan_ask){ .verb = VERB_VERIFY, .fds = PLAN_FD_SNAPSHOT };
	if (CHECK_OK(plan(&ask, "{\"cloud_type\":", &p)))
		CHECK_INT(p.end, PLAN_UNREADABLE);
	peer_stop(&appraise);
}

static void
test_files(void)
{
	struct plan_ask ask = {
		.verb = VERB_SNAPSHOT, .fds = PLAN_FD_WHITELIST
	};
	struct plan p;

	begin("a whitelist that is none is refused before the first byte");
	whitelist = "# mine\n/a 00\nnonsense\n";
	if (CHECK_OK(plan(&ask, NULL, &p))) {
		CHECK_INT(p.end, PLAN_UNREADABLE);
		CHECK_INT(p.file, PLAN_FD_WHITELIST);
		CHECK(strncmp(p.reason, "line 2 ", 7) == 0);
	}
	peer_stop(&appraise);
	begin("a policy that is none");
	ask.fds = PLAN_FD_POLICY;
	whitelist = "{\"version\":1,\"nosuch\":true}";
	if (CHECK_OK(plan(&ask, NULL, &p))) {
		CHECK_INT(p.end, PLAN_UNREADABLE);
		CHECK_INT(p.file, PLAN_FD_POLICY);
	}
	peer_stop(&appraise);
	whitelist = NULL;
	ask.fds = 0;
	begin("which policy is in force");
	snprintf(ask.policy, sizeof(ask.policy), "strict");
	if (CHECK_OK(plan(&ask, NULL, &p))) {
		CHECK_INT(p.end, PLAN_OK);
		CHECK_STR(p.policy, "strict");
		CHECK(p.eventlog && p.certs && p.collateral);
	}
	peer_stop(&appraise);
	begin("a policy of another name");
	snprintf(ask.policy, sizeof(ask.policy), "lenient");
	if (CHECK_OK(plan(&ask, NULL, &p)))
		CHECK_INT(p.end, PLAN_USAGE);
	peer_stop(&appraise);
	begin("the compatible form has no more than it had");
	ask.policy[0] = '\0';
	ask.compat = 1;
	if (CHECK_OK(plan(&ask, NULL, &p))) {
		CHECK_STR(p.policy, "default");
		CHECK(!p.eventlog && !p.certs && p.collateral);
	}
	peer_stop(&appraise);
}

static void
test_junk(int compat)
{
	struct plan_ask ask = {
		.verb = VERB_SNAPSHOT, .compat = (uint8_t)compat
	};
	struct judgement j;
	struct plan p;
	int i;

	begin("junk for every part is refused, and so is nothing at all");
	CHECK_OK(plan(&ask, NULL, &p));
	if (CHECK_OK(judge(&j)))
		CHECK_INT(j.verdict, VERDICT_REFUSED);
	CHECK(fails > 0);
	for (i = 0; i < PART_MAX; i++)
		part((enum part)i, CONTENT_JSON, sealed("[1,2,{\"a\":"));
	part(PART_IMA, CONTENT_JSON, sealed("[10,0,0,0,255]"));
	if (CHECK_OK(judge(&j)))
		CHECK_INT(j.verdict, VERDICT_REFUSED);
	CHECK(fails > 0);
	for (i = 0; i < PART_MAX; i++)
		part((enum part)i, CONTENT_RAW, sealed(""));
	if (CHECK_OK(judge(&j)))
		CHECK_INT(j.verdict, VERDICT_REFUSED);
	peer_stop(&appraise);
}

static void
test_order(void)
{
	struct plan_ask ask = { .verb = VERB_SNAPSHOT };
	struct judgement j;
	struct plan p;

	begin("a verdict before a plan");
	CHECK_FAIL(judge(&j));
	CHECK_STR(appraise.why, "appraise: broken JUDGE_REQ");
	begin("a second plan, which could ask for less");
	CHECK_OK(plan(&ask, NULL, &p));
	CHECK_FAIL(plan(&ask, NULL, &p));
	begin("evidence that could still be changed");
	CHECK_OK(plan(&ask, NULL, &p));
	part(PART_ATTEST, CONTENT_JSON, memfd_make("open"));
	CHECK_FAIL(judge(&j));
	CHECK(strstr(appraise.why, "evidence cannot be read") != NULL);
	peer_stop(&appraise);
}

static int
given(enum case_place place, const char *name, int fd)
{
	struct case_place_of of = { .place = (uint8_t)place };
	struct wbuf w;
	int rc;

	snprintf(of.name, sizeof(of.name), "%s", name);
	wbuf_init(&w);
	case_place_put(&w, &of);
	rc = peer_tell(&appraise, CL_COLLATERAL, &w, &fd, 1);
	close(fd);
	return rc;
}

static int
question(enum cl_type type, struct frame *f)
{
	struct wbuf w;

	wbuf_init(&w);
	return peer_ask(&appraise, type, &w, NULL, 0, NULL, NULL, f);
}

static void
test_given(void)
{
	struct plan_ask ask = { .verb = VERB_SNAPSHOT, .nroots = 1 };
	struct judgement j;
	struct plan p;
	int i;

	begin("a root that the plan did not announce");
	CHECK_OK(plan(&ask, NULL, &p));
	CHECK_OK(given(PLACE_ROOT, "root", sealed("x")));
	given(PLACE_ROOT, "root", sealed("x"));
	CHECK_FAIL(judge(&j));
	CHECK_STR(appraise.why, "appraise: broken COLLATERAL");
	begin("one that it announced, and that is not there");
	CHECK_OK(plan(&ask, NULL, &p));
	CHECK_FAIL(judge(&j));
	CHECK_STR(appraise.why, "appraise: broken JUDGE_REQ");
	begin("collateral before the plan");
	given(PLACE_COLLATERAL, "amd_crl.der", sealed("x"));
	CHECK_FAIL(plan(&ask, NULL, &p));
	begin("a policy or a file of evidence as collateral");
	CHECK_OK(plan(&ask, NULL, &p));
	given(PLACE_POLICY, "policy", sealed("{}"));
	CHECK_FAIL(judge(&j));
	begin("more collateral than there can be");
	ask.nroots = 0;
	CHECK_OK(plan(&ask, NULL, &p));
	for (i = 0; i < 33; i++)
		if (given(PLACE_COLLATERAL, "x", sealed("x")) == -1)
			break;
	CHECK_FAIL(judge(&j));
}

static void
test_questions(void)
{
	struct plan_ask ask = { .verb = VERB_SNAPSHOT };
	struct challenge c;
	struct platform q;
	struct plan p;
	struct frame f;
	struct rbuf r;

	begin("no platform and no challenge before the plan");
	CHECK_FAIL(question(CL_PLATFORM_REQ, &f));
	begin("no platform and no challenge before the plan");
	CHECK_FAIL(question(CL_CHALLENGE_REQ, &f));
	begin("by junk nothing is asked of anybody");
	CHECK_OK(plan(&ask, NULL, &p));
	part(PART_ATTEST, CONTENT_JSON, sealed("{\"version\":1"));
	part(PART_TPM_CERTS, CONTENT_JSON, sealed("[]"));
	if (CHECK_OK(question(CL_PLATFORM_REQ, &f))) {
		rbuf_init(&r, f.data, f.len);
		CHECK_OK(platform_get(&r, &q));
		CHECK(!q.snp && !q.tdx);
	}
	if (CHECK_OK(question(CL_CHALLENGE_REQ, &f))) {
		rbuf_init(&r, f.data, f.len);
		CHECK_OK(challenge_get(&r, &c));
		CHECK(!c.have && c.why[0] != '\0' && c.credential_len == 0);
	}
	peer_stop(&appraise);
}

static int
case_file(enum case_place place, const char *name, int fd)
{
	struct case_place_of of = { .place = (uint8_t)place };
	struct wbuf w;
	int rc;

	snprintf(of.name, sizeof(of.name), "%s", name);
	wbuf_init(&w);
	case_place_put(&w, &of);
	rc = peer_tell(&appraise, CL_CASE_FILE, &w, &fd, 1);
	close(fd);
	return rc;
}

static int
case_judge(const char *kind, struct case_end *end)
{
	struct case_ask ask = { .at = 1800000000 };
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	int rc;

	lines = fails = 0;
	snprintf(ask.kind, sizeof(ask.kind), "%s", kind);
	wbuf_init(&w);
	case_ask_put(&w, &ask);
	if (peer_ask(&appraise, CL_CASE_REQ, &w, NULL, 0, on_check, NULL,
	    &f) == -1)
		return -1;
	CHECK_INT(f.nfds, 1);
	rbuf_init(&r, f.data, f.len);
	rc = case_end_get(&r, end);
	frame_close(&f);
	return rc;
}

static void
test_case(void)
{
	struct case_register reg = { .bank = "sha256", .n = 20 };
	struct plan_ask ask = { .verb = VERB_SNAPSHOT };
	struct case_end end;
	struct plan p;
	struct wbuf w;
	int i;

	begin("evidence by itself: junk is refused, nothing is not judged");
	CHECK_OK(case_file(PLACE_FILE, "report", sealed("junk")));
	if (CHECK_OK(case_judge("snp-report", &end)))
		CHECK_INT(end.verdict, CASE_REJECT);
	CHECK(fails > 0);
	if (CHECK_OK(case_judge("tdx-tdreport", &end)))
		CHECK_INT(end.verdict, CASE_REJECT);
	if (CHECK_OK(case_judge("tpm-attest", &end)))
		CHECK_INT(end.verdict, CASE_UNJUDGED);
	if (CHECK_OK(case_judge("nosuch", &end)))
		CHECK_INT(end.verdict, CASE_UNJUDGED);
	begin("no plan after a case");
	CHECK_OK(case_file(PLACE_ROOT, "root", sealed("junk")));
	CHECK_FAIL(plan(&ask, NULL, &p));
	begin("no case after a plan");
	CHECK_OK(plan(&ask, NULL, &p));
	CHECK_FAIL(case_judge("snp-report", &end));
	CHECK_STR(appraise.why, "appraise: broken CASE_REQ");
	begin("a file that could still be changed");
	CHECK_OK(case_file(PLACE_FILE, "report", memfd_make("open")));
	CHECK_FAIL(case_judge("snp-report", &end));
	begin("more files than a case has");
	for (i = 0; i < 17; i++)
		if (case_file(PLACE_FILE, "report", sealed("x")) == -1)
			break;
	CHECK_FAIL(case_judge("snp-report", &end));
	begin("a register of a wrong length");
	wbuf_init(&w);
	case_register_put(&w, &reg);
	CHECK_OK(peer_tell(&appraise, CL_CASE_REGISTER, &w, NULL, 0));
	CHECK_FAIL(case_judge("snp-report", &end));
}

/* What a piece says of itself; -1: appraise ended. */
static int
facts(const char *name, const char *piece, struct collateral_facts *ret_f)
{
	int fd = piece == NULL ? -1 : sealed(piece), rc;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_str(&w, name);
	rc = peer_ask(&appraise, CL_FACTS_REQ, &w, &fd, fd != -1, NULL, NULL,
	    &f);
	if (fd != -1)
		close(fd);
	if (rc == -1)
		return -1;
	rbuf_init(&r, f.data, f.len);
	return facts_get(&r, ret_f);
}

static void
test_facts(void)
{
	static const char *const names[] = {
		"amd_crl.der", "tcb_info.json", "qe_identity.json",
		"amd_chain.pem", "what", ""
	};
	struct collateral_facts f;
	size_t i;

	begin("what junk says of itself, before any plan");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (CHECK_OK(facts(names[i], "{\"tcbInfo\":{}}", &f)))
			CHECK(!f.ok);
		if (CHECK_OK(facts(names[i], "", &f)))
			CHECK(!f.ok);
	}
	peer_stop(&appraise);
	begin("without a piece");
	CHECK_FAIL(facts("amd_crl.der", NULL, &f));
}

int
main(void)
{
	alarm(60);
	test_plans();
	test_files();
	test_given();
	test_questions();
	test_junk(0);
	test_junk(1);
	test_order();
	test_case();
	test_facts();
	return test_end();
}
