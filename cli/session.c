#include <sys/prctl.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collateral_dir.h"
#include "cli/files.h"
#include "cli/permit.h"
#include "cli/session.h"
#include "privsep/text.h"

int
session_fail(struct session *s, int status, const char *fmt, ...)
{
	va_list ap;

	if (s->exit != EXIT_VERIFIED)
		return -1;
	s->exit = status;
	va_start(ap, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
	va_end(ap);
	text_clean(s->reason);
	return -1;
}

static int
start_children(struct session *s)
{
	if (peer_start(&s->fetch, &client_program, CLIENT_FETCH, NULL, 0,
	    s->o->verbose) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
	if (peer_start(&s->appraise, &client_program, CLIENT_APPRAISE, NULL, 0,
	    s->o->verbose) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	if (s->fetch.degraded || s->appraise.degraded)
		report_line(&s->report, LINE_WARN, "client.sandbox",
		    "this kernel has no landlock: seccomp alone confines the "
		    "processes that read what the agent sends");
	return 0;
}

static int
load(struct session *s, const char *path, uint64_t max, int *ret_fd)
{
	if ((*ret_fd = file_load(path, max)) == -1)
		return session_fail(s, EXIT_ERROR, "%s: %s", path,
		    strerror(errno));
	return 0;
}

static void
make_ask(const struct options *o, struct plan_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	ask->verb = (uint8_t)o->verb;
	ask->compat = (uint8_t)o->compat;
	ask->legacy = (uint8_t)o->accept_legacy;
	ask->same_boot = (uint8_t)o->same_boot;
	ask->no_revocation = (uint8_t)o->no_revocation;
	ask->nroots = (uint8_t)o->nroots;
	memcpy(ask->policy, o->policy, sizeof(ask->policy));
	memcpy(ask->without, o->without, sizeof(ask->without));
	memcpy(ask->accept_root, o->accept_root, sizeof(ask->accept_root));
}

/* The user's files are read here, once; nothing of them is parsed here. */
static int
load_and_plan(struct session *s)
{
	const struct options *o = s->o;
	const struct {
		const char	*path;
		uint8_t		 bit;
	} files[] = {
		{ o->snapshot, PLAN_FD_SNAPSHOT },
		{ o->whitelist, PLAN_FD_WHITELIST },
		{ o->policy_file, PLAN_FD_POLICY },
	};
	struct plan_ask ask;
	int fds[3], n = 0, rc = -1;
	size_t i;

	make_ask(o, &ask);
	for (i = 0; i < 3; i++) {
		if (files[i].path == NULL)
			continue;
		if (load(s, files[i].path, USER_FILE_MAX, &fds[n]) == -1)
			goto out;
		n++;
		ask.fds |= files[i].bit;
	}
	rc = ask_plan(s, &ask, fds, n);
out:
	while (n > 0)
		close(fds[--n]);
	return rc;
}

/* The roots that the plan announced, and the files of --collateral. */
static int
load_trusted(struct session *s)
{
	struct collateral_dir d;
	int fd, i;

	for (i = 0; i < s->o->nroots; i++)
		if (load(s, s->o->root[i], COLLATERAL_FILE_MAX, &fd) == -1 ||
		    ask_given(s, PLACE_ROOT, "root", fd) == -1)
			return -1;
	if (s->o->collateral == NULL)
		return 0;
	if (collateral_dir_read(s->o->collateral, &d) == -1)
		return session_fail(s, EXIT_ERROR, "%s", d.why);
	for (i = 0; i < d.n; i++)
		if (ask_given(s, PLACE_COLLATERAL, d.name[i], d.fd[i]) == -1)
			break;
	fd = i;
	while (++i < d.n)
		close(d.fd[i]);
	return fd == d.n ? 0 : -1;
}

static void
note_insecure(struct session *s)
{
	if (!s->o->insecure)
		return;
	if (s->plan.pinned)
		report_line(&s->report, LINE_SKIP, "tls.web-pki",
		    "not asked for (--allow-insecure-tls); the snapshot names "
		    "the instance");
	else
		report_line(&s->report, LINE_WARN, "tls.web-pki",
		    "not checked (--allow-insecure-tls): nobody but the "
		    "evidence says whose machine this is");
}

int
session_start(struct session *s, const struct options *o)
{
	memset(s, 0, sizeof(*s));
	s->o = o;
	s->report.options = o;
	peer_time_limit(o->timeout);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (start_children(s) == -1 || load_and_plan(s) == -1 ||
	    load_trusted(s) == -1 || ask_target(s) == -1)
		return -1;
	s->report.policy = o->policy_file != NULL ? o->policy_file :
	    s->plan.policy;
	note_insecure(s);
	return 0;
}

int
session_end(struct session *s)
{
	static const enum run_verdict verdict[] = {
		[EXIT_VERIFIED] = VERDICT_VERIFIED,
		[EXIT_ERROR] = VERDICT_ERROR,
		[EXIT_USAGE] = VERDICT_ERROR,
		[EXIT_REFUSED] = VERDICT_REFUSED,
	};

	peer_stop(&s->fetch);
	peer_stop(&s->appraise);
	/* a report that nobody could read is no success */
	if (report_print(&s->report, s->exit == EXIT_VERIFIED &&
	    s->o->verb == VERB_FETCH ? VERDICT_FETCHED : verdict[s->exit],
	    s->exit == EXIT_VERIFIED ? NULL : s->reason) == -1 &&
	    s->exit == EXIT_VERIFIED)
		return EXIT_ERROR;
	return s->exit;
}
