/* What the front asks of appraise. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/output.h"

int
ask_plan(struct session *s, const struct plan_ask *ask, const int *fds,
    int nfds)
{
	static const int status[PLAN_MAX] = {
		[PLAN_USAGE] = EXIT_USAGE, [PLAN_UNREADABLE] = EXIT_ERROR,
		[PLAN_REFUSED] = EXIT_REFUSED
	};
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	plan_ask_put(&w, ask);
	if (peer_ask(&s->appraise, CL_PLAN_REQ, &w, fds, nfds, NULL, NULL,
	    &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, f.data, f.len);
	if (plan_get(&r, &s->plan) == -1)
		return session_fail(s, EXIT_ERROR, "appraise sent a malformed "
		    "plan");
	if (s->plan.end == PLAN_OK)
		return 0;
	if (s->plan.end == PLAN_UNREADABLE)
		return session_fail(s, EXIT_ERROR, "%s: %s",
		    s->plan.file == PLAN_FD_WHITELIST ? s->o->whitelist :
		    s->plan.file == PLAN_FD_POLICY ? s->o->policy_file :
		    s->o->snapshot, s->plan.reason);
	return session_fail(s, status[s->plan.end], "%s", s->plan.reason);
}

int
ask_part(struct session *s, enum part part, enum content content, int fd)
{
	struct wbuf w;
	int rc;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)part);
	put_u8(&w, (uint8_t)content);
	rc = peer_tell(&s->appraise, CL_PART, &w, &fd, 1);
	close(fd);
	return rc == 0 ? 0 :
	    session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
}

int
ask_given(struct session *s, enum case_place place, const char *name, int fd)
{
	struct case_place_of p = { .place = (uint8_t)place };
	struct wbuf w;
	int rc;

	snprintf(p.name, sizeof(p.name), "%s", name);
	wbuf_init(&w);
	case_place_put(&w, &p);
	rc = peer_tell(&s->appraise, CL_COLLATERAL, &w, &fd, 1);
	close(fd);
	return rc == 0 ? 0 :
	    session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
}

int
ask_platform(struct session *s, struct platform *p)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	if (peer_ask(&s->appraise, CL_PLATFORM_REQ, &w, NULL, 0, NULL, NULL,
	    &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, f.data, f.len);
	if (platform_get(&r, p) == -1 || msg_end(&r) == -1)
		return session_fail(s, EXIT_ERROR, "appraise sent a malformed "
		    "platform");
	return 0;
}

int
ask_challenge(struct session *s, struct challenge *c)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	if (peer_ask(&s->appraise, CL_CHALLENGE_REQ, &w, NULL, 0, NULL, NULL,
	    &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, f.data, f.len);
	if (challenge_get(&r, c) == -1)
		return session_fail(s, EXIT_ERROR, "appraise sent a malformed "
		    "challenge");
	return 0;
}

static int
on_check(void *arg, struct frame *f)
{
	struct session *s = arg;
	struct check_line l;
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	if (f->type != CL_CHECK || check_line_get(&r, &l) == -1)
		return -1;
	report_line(&s->report, (enum line_result)l.result, l.name, "%s",
	    l.detail);
	return 0;
}

int
ask_judge(struct session *s, int *ret_fd)
{
	struct judgement *j = &s->report.facts;
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	progress("judging the evidence");
	s->own.now = (uint64_t)time(NULL);
	wbuf_init(&w);
	own_put(&w, &s->own);
	if (peer_ask(&s->appraise, CL_JUDGE_REQ, &w, NULL, 0, on_check, s,
	    &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, f.data, f.len);
	if (judgement_get(&r, j) == -1) {
		frame_close(&f);
		return session_fail(s, EXIT_ERROR, "appraise sent a malformed "
		    "verdict");
	}
	s->report.judged = 1;
	s->report.dropped += (size_t)j->dropped;
	*ret_fd = f.nfds == 1 ? frame_take(&f, 0) : -1;
	return 0;
}
