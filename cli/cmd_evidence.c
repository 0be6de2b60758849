/*
 * evidence verify and show: no network and no agent. The files are opened and
 * copied here, and client-appraise alone looks into them.
 */
#include <sys/prctl.h>

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/collateral_dir.h"
#include "cli/commands.h"
#include "cli/evidence_out.h"
#include "cli/files.h"
#include "cli/kind_roles.h"
#include "cli/memfd.h"
#include "cli/permit.h"
#include "privsep/text.h"

#define LOADED_MAX	(CASE_FILES_MAX + CASE_ROOTS_MAX + 1 +		\
    CASE_COLLATERAL_MAX)

struct loaded {
	struct case_place_of of;
	int		 fd;
};

struct run {
	const struct evidence_options *e;
	struct peer	 appraise;
	int		 n;
	struct loaded	 file[LOADED_MAX];
	struct evidence_out out;
};

static int unjudged(struct run *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
unjudged(struct run *r, const char *fmt, ...)
{
	va_list ap;

	r->out.verdict = CASE_UNJUDGED;
	va_start(ap, fmt);
	vsnprintf(r->out.reason, sizeof(r->out.reason), fmt, ap);
	va_end(ap);
	return -1;
}

static int
load(struct run *r, enum case_place place, const char *name, const char *path,
    uint64_t max)
{
	struct loaded *l = &r->file[r->n];

	l->of.place = (uint8_t)place;
	snprintf(l->of.name, sizeof(l->of.name), "%s", name);
	if ((l->fd = file_load_regular(path, max)) == -1)
		return unjudged(r, "%s: %s", path, errno == EINVAL ?
		    "not a regular file" : strerror(errno));
	r->n++;
	return 0;
}

/* Every file of the directory, by its name; what is needed is found by name. */
static int
load_collateral(struct run *r)
{
	struct collateral_dir d;
	struct loaded *l;
	int i;

	if (r->e->collateral == NULL)
		return 0;
	if (collateral_dir_read(r->e->collateral, &d) == -1)
		return unjudged(r, "%s", d.why);
	for (i = 0; i < d.n; i++) {
		l = &r->file[r->n++];
		l->of.place = PLACE_COLLATERAL;
		memcpy(l->of.name, d.name[i], sizeof(l->of.name));
		l->fd = d.fd[i];
	}
	return 0;
}

static int
load_all(struct run *r)
{
	const struct evidence_options *e = r->e;
	int i;

	for (i = 0; i < e->nfiles; i++)
		if (load(r, PLACE_FILE, e->file[i].role, e->file[i].path,
		    EVIDENCE_FILE_MAX) == -1)
			return -1;
	for (i = 0; i < e->nroots; i++)
		if (load(r, PLACE_ROOT, "root", e->root[i],
		    COLLATERAL_FILE_MAX) == -1)
			return -1;
	if (e->policy_file != NULL && load(r, PLACE_POLICY, "policy",
	    e->policy_file, COLLATERAL_FILE_MAX) == -1)
		return -1;
	return load_collateral(r);
}

static int
hand_over(struct run *r)
{
	struct wbuf w;
	int i;

	for (i = 0; i < r->n; i++) {
		wbuf_init(&w);
		case_place_put(&w, &r->file[i].of);
		if (peer_tell(&r->appraise, CL_CASE_FILE, &w, &r->file[i].fd,
		    1) == -1)
			return unjudged(r, "%s", r->appraise.why);
	}
	for (i = 0; i < r->e->nregisters; i++) {
		wbuf_init(&w);
		case_register_put(&w, &r->e->reg[i]);
		if (peer_tell(&r->appraise, CL_CASE_REGISTER, &w, NULL, 0) ==
		    -1)
			return unjudged(r, "%s", r->appraise.why);
	}
	return 0;
}

static int
on_check(void *arg, struct frame *f)
{
	struct run *r = arg;
	struct check_line l;
	struct rbuf b;

	rbuf_init(&b, f->data, f->len);
	if (f->type != CL_CHECK || check_line_get(&b, &l) == -1)
		return -1;
	evidence_line(&r->out, &l);
	return 0;
}

static int
take_claims(struct run *r, struct frame *f)
{
	const uint8_t *p = NULL;
	size_t n = 0;

	if (f->nfds != 1 || memfd_map(f->fds[0], CLAIMS_MAX, &p, &n) == -1 ||
	    !claims_printable((const char *)p, n))
		return -1;
	r->out.claims = (const char *)p;
	r->out.claims_len = n;
	return 0;
}

static int
ask_case(struct run *r)
{
	struct case_ask ask = r->e->ask;
	struct case_end end;
	struct frame f;
	struct wbuf w;
	struct rbuf b;
	int bad;

	if (!r->e->has_at)
		ask.at = (uint64_t)time(NULL);
	wbuf_init(&w);
	case_ask_put(&w, &ask);
	if (peer_ask(&r->appraise, CL_CASE_REQ, &w, NULL, 0, on_check, r,
	    &f) == -1)
		return unjudged(r, "%s", r->appraise.why);
	rbuf_init(&b, f.data, f.len);
	bad = case_end_get(&b, &end) == -1 || take_claims(r, &f) == -1;
	frame_close(&f);
	if (bad)
		return unjudged(r, "appraise sent a malformed verdict");
	text_clean(end.reason);
	r->out.verdict = end.verdict;
	r->out.dropped += (size_t)end.dropped;
	snprintf(r->out.reason, sizeof(r->out.reason), "%s", end.reason);
	return 0;
}

/* Evidence that a machine made for whoever asked, and nobody said what for. */
static int
may_be_old(const struct evidence_options *e)
{
	static const char *const made[] = {
		"attest", "quote", "report", "hcl_report", "tpm_quote_json"
	};
	const char *roles = kind_roles(e->ask.kind);
	size_t i;

	if ((e->ask.flags & (CASE_NONCE | CASE_REPORT_DATA)) != 0)
		return 0;
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (role_known(roles, made[i], strlen(made[i])))
			return 1;
	return 0;
}

/* A FAIL line and a verdict that ignores it must not come together. */
static void
conclude(struct run *r)
{
	struct evidence_out *o = &r->out;

	if (o->verdict == CASE_ACCEPT &&
	    (o->count[LINE_FAIL] != 0 || o->count[LINE_OK] == 0)) {
		unjudged(r, "appraise accepts what it has not checked");
		return;
	}
	if (o->reason[0] != '\0')
		return;
	if (o->verdict == CASE_ACCEPT)
		snprintf(o->reason, sizeof(o->reason),
		    "%zu checks OK, %zu warnings%s", o->count[LINE_OK],
		    o->count[LINE_WARN], may_be_old(r->e) ? "; without "
		    "--nonce or --report-data it is not proven to be fresh" :
		    "");
	else if (o->verdict == CASE_PARSED)
		snprintf(o->reason, sizeof(o->reason),
		    "shown; nothing vouches for it");
}

int
cmd_evidence(const struct evidence_options *e)
{
	static const int status[CASE_MAX] = {
		[CASE_ACCEPT] = EXIT_VERIFIED, [CASE_REJECT] = EXIT_REFUSED,
		[CASE_PARSED] = EXIT_VERIFIED, [CASE_UNJUDGED] = EXIT_ERROR
	};
	static struct run r;

	r.e = e;
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	r.out.verdict = CASE_UNJUDGED;
	if (load_all(&r) == 0) {
		if (peer_start(&r.appraise, &client_program,
		    CLIENT_APPRAISE, NULL, 0, e->verbose) == -1)
			unjudged(&r, "%s", r.appraise.why);
		else if (hand_over(&r) == 0 && ask_case(&r) == 0)
			conclude(&r);
		peer_stop(&r.appraise);
	}
	while (r.n > 0)
		close(r.file[--r.n].fd);
	text_clean(r.out.reason);
	if (evidence_print(e, &r.out) == -1 &&
	    status[r.out.verdict] == EXIT_VERIFIED)
		return EXIT_ERROR;
	return status[r.out.verdict];
}
