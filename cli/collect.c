#include <sys/random.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collateral.h"
#include "cli/collect.h"
#include "cli/gather.h"
#include "cli/output.h"

int
fresh_nonce(struct session *s, uint8_t nonce[NONCE_LEN])
{
	if (getrandom(nonce, NONCE_LEN, 0) != NONCE_LEN)
		return session_fail(s, EXIT_ERROR, "getrandom: %s",
		    strerror(errno));
	return 0;
}

static int
fetch_part(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, unsigned int contents, enum part part)
{
	enum content content;
	int fd;

	progress("%s", what);
	if (ask_body(s, type, w, what, contents, &content, &fd) == -1)
		return -1;
	return ask_part(s, part, content, fd);
}

static int
fetch_ima(struct session *s)
{
	struct wbuf w;

	if (!s->plan.ima)
		return 0;
	wbuf_init(&w);
	put_u8(&w, !s->o->compat);
	return fetch_part(s, CL_IMA_REQ, &w, "IMA list", WANT_JSON | WANT_RAW,
	    PART_IMA);
}

/*
 * What an older agent does not have, and a TPM may refuse, is the judge's to
 * weigh. 1: there is nothing.
 */
static int
fetch_optional(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, enum part part)
{
	struct answer a;
	int fd;

	progress("%s", what);
	if (ask_http(s, type, w, what, &a, &fd) == -1)
		return -1;
	if (a.status == 200 && fd != -1)
		return ask_part(s, part, (enum content)a.content, fd);
	if (fd != -1)
		close(fd);
	if (a.status == 404 || a.status == 501)
		return 1;
	if (a.status != 400 || type != CL_ACTIVATE_REQ)
		return ask_status_fail(s, what, &a);
	report_line(&s->report, LINE_SKIP, "tpm.challenge",
	    "refused by the machine: %s", a.reason);
	return 1;
}

/* The endorsement key is asked whether the key that quoted is in its TPM. */
static int
fetch_activation(struct session *s)
{
	static struct challenge c;
	struct wbuf w;
	int r;

	wbuf_init(&w);
	if (!s->plan.certs)
		return 0;
	if ((r = fetch_optional(s, CL_CERTS_REQ, &w, "certificates of the TPM",
	    PART_TPM_CERTS)) != 0)
		return r == 1 ? 0 : -1;
	if (ask_challenge(s, &c) == -1)
		return -1;
	if (!c.have) {
		report_line(&s->report, LINE_SKIP, "tpm.challenge", "%s",
		    c.why);
		return 0;
	}
	wbuf_init(&w);
	challenge_put(&w, &c);
	return fetch_optional(s, CL_ACTIVATE_REQ, &w, "challenge of the TPM",
	    PART_ACTIVATION) == -1 ? -1 : 0;
}

/* Not on the agent's connection: it may be idle meanwhile, so it comes last. */
static int
fetch_collateral(struct session *s)
{
	struct platform p;
	int fd[COLLATERAL_MAX], rc = 0;
	unsigned int i;

	if (!s->plan.collateral)
		return 0;
	if (ask_platform(s, &p) == -1 || gather_collateral(s, &p, 0, fd) == -1)
		return -1;
	for (i = 0; i < COLLATERAL_MAX; i++) {
		if (fd[i] == -1)
			continue;
		if (rc == 0)
			rc = ask_given(s, PLACE_COLLATERAL, collateral_name(i),
			    fd[i]);
		else
			close(fd[i]);
	}
	return rc;
}

static int
fetch_strong(struct session *s, int subject)
{
	struct attest_ask a = {
		.bank = s->plan.bank, .pcrs = s->plan.pcrs,
		.tee = s->plan.tee, .snapshot = subject != 0
	};
	struct wbuf w;

	if (fresh_nonce(s, s->own.nonce) == -1)
		return -1;
	memcpy(a.nonce, s->own.nonce, sizeof(a.nonce));
	wbuf_init(&w);
	attest_ask_put(&w, &a);
	if (fetch_part(s, CL_ATTEST_REQ, &w, ATTESTATION, WANT_JSON,
	    PART_ATTEST) == -1 || fetch_ima(s) == -1)
		return -1;
	wbuf_init(&w);
	if (s->plan.eventlog && fetch_optional(s, CL_EVENTLOG_REQ, &w,
	    "event log", PART_EVENTLOG) == -1)
		return -1;
	return fetch_activation(s) == -1 ? -1 : fetch_collateral(s);
}

static int
fetch_compat_tee(struct session *s)
{
	struct wbuf w;

	/* also where no report is wanted: the verifier knows none without */
	if (fresh_nonce(s, s->own.nonce) == -1)
		return -1;
	if (!s->plan.tee)
		return 0;
	wbuf_init(&w);
	put_raw(&w, s->own.nonce, NONCE_LEN);
	return fetch_part(s, CL_QUOTE_TEE_REQ, &w, "TEE quote", WANT_JSON,
	    PART_QUOTE_TEE);
}

static int
fetch_compat_tpm(struct session *s)
{
	struct wbuf w;

	if (!s->plan.tpm)
		return 0;
	if (fresh_nonce(s, s->own.tpm_nonce) == -1)
		return -1;
	wbuf_init(&w);
	put_raw(&w, s->own.tpm_nonce, NONCE_LEN);
	if (fetch_part(s, CL_QUOTE_TPM_REQ, &w, "TPM quote", WANT_JSON,
	    PART_QUOTE_TPM) == -1)
		return -1;
	return fetch_ima(s);
}

/*
 * What the user is told first: a binding that does not hold says what goes on,
 * while other failures may only follow from it.
 */
static const struct check_line *
most_telling(const struct report *r)
{
	static const char binding[] = "binding";
	const struct check_line *first = NULL;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->lines[i].result != LINE_FAIL)
			continue;
		if (strncmp(r->lines[i].name, binding, sizeof(binding) - 1) ==
		    0)
			return &r->lines[i];
		if (first == NULL)
			first = &r->lines[i];
	}
	return first;
}

static int
refused(struct session *s)
{
	const struct report *r = &s->report;
	const struct check_line *l = most_telling(r);
	char more[64] = "";

	if (l == NULL)
		return session_fail(s, EXIT_REFUSED,
		    "the evidence does not hold");
	if (r->count[LINE_FAIL] > 1)
		snprintf(more, sizeof(more), " (and %zu more)",
		    r->count[LINE_FAIL] - 1);
	return session_fail(s, EXIT_REFUSED, "%s: %s%s", l->name, l->detail,
	    more);
}

/* Lines of a judgement that is made again are forgotten. */
static void
forget_lines(struct session *s, const struct report *before)
{
	s->report.n = before->n;
	s->report.dropped = before->dropped;
	memcpy(s->report.count, before->count, sizeof(before->count));
}

static int
judge_compat(struct session *s, int *ret_fd)
{
	static struct report before;
	int tries;

	for (tries = 1; ; tries++) {
		if (fetch_compat_tpm(s) == -1 ||
		    (tries == 1 && fetch_collateral(s) == -1))
			return -1;
		if (tries == 1)
			before = s->report;
		if (ask_judge(s, ret_fd) == -1)
			return -1;
		if (s->report.facts.verdict != VERDICT_REFUSED ||
		    !s->report.facts.retry || !s->plan.ima ||
		    tries == COMPAT_TRIES)
			return 0;
		forget_lines(s, &before);
		progress("the IMA list moved, again");
	}
}

int
collect_and_judge(struct session *s, int subject, int *ret_fd)
{
	const struct judgement *j = &s->report.facts;

	if (s->o->compat) {
		if (fetch_compat_tee(s) == -1 || judge_compat(s, ret_fd) == -1)
			return -1;
	} else if (fetch_strong(s, subject) == -1 ||
	    ask_judge(s, ret_fd) == -1)
		return -1;
	if (j->verdict == VERDICT_ERROR)
		return session_fail(s, EXIT_ERROR, "%s", j->reason);
	collateral_keep(&s->report);
	/* a FAIL line and a verdict that ignores it must not come together */
	if (j->verdict != VERDICT_VERIFIED || s->report.count[LINE_FAIL] != 0) {
		if (*ret_fd != -1)
			close(*ret_fd);
		*ret_fd = -1;
		return refused(s);
	}
	return 0;
}
