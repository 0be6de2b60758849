/*
 * evidence fetch: what an agent can show, with nothing judged, as a directory
 * that can be verified without a network.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/collect.h"
#include "cli/commands.h"
#include "cli/fetched.h"
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/savedir.h"

static int
get(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, unsigned int contents, int *ret_fd)
{
	enum content content;

	progress("%s", what);
	return ask_body(s, type, w, what, contents, &content, ret_fd);
}

/* A copy goes to appraise, to be taken apart. */
static int
give_part(struct session *s, enum part part, int fd)
{
	int copy;

	if ((copy = dup(fd)) == -1)
		return session_fail(s, EXIT_ERROR, "dup: %s", strerror(errno));
	return ask_part(s, part, CONTENT_JSON, copy);
}

/*
 * What a machine may not have, and then its agent says 404: fd stays -1, and
 * lacks says what that means.
 */
static int
get_optional(struct session *s, enum cl_type type, const char *what,
    enum content content, const char *check, const char *lacks, int *ret_fd)
{
	struct answer a;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	progress("%s", what);
	if (ask_http(s, type, &w, what, &a, &fd) == -1)
		return -1;
	if (a.status == 200 && fd != -1 && a.content == content) {
		*ret_fd = fd;
		return 0;
	}
	if (fd != -1)
		close(fd);
	if (a.status != 404 && a.status != 501)
		return ask_status_fail(s, what, &a);
	report_line(&s->report, LINE_SKIP, check, "%s", lacks);
	return 0;
}

static int
get_certs(struct session *s, struct fetched *g)
{
	if (get_optional(s, CL_CERTS_REQ, "certificates of the TPM",
	    CONTENT_JSON, "fetch.certificates", "the agent shows no "
	    "certificates of its TPM", &g->fd[GOT_CERTS]) == -1)
		return -1;
	return g->fd[GOT_CERTS] == -1 ? 0 :
	    give_part(s, PART_TPM_CERTS, g->fd[GOT_CERTS]);
}

static int
get_attest(struct session *s, struct fetched *g)
{
	struct attest_ask a = {
		.bank = s->plan.bank, .pcrs = s->plan.pcrs, .tee = s->plan.tee
	};
	struct wbuf w;

	if (fresh_nonce(s, s->own.nonce) == -1)
		return -1;
	memcpy(a.nonce, s->own.nonce, sizeof(a.nonce));
	wbuf_init(&w);
	attest_ask_put(&w, &a);
	if (get(s, CL_ATTEST_REQ, &w, ATTESTATION, WANT_JSON,
	    &g->fd[GOT_ATTEST]) == -1)
		return -1;
	return give_part(s, PART_ATTEST, g->fd[GOT_ATTEST]);
}

/* Where each piece of collateral goes. */
static const int collateral_file[COLLATERAL_MAX] = {
	[COLLATERAL_AMD_CHAIN] = GOT_CHAIN, [COLLATERAL_AMD_CRL] = GOT_CRL,
	[COLLATERAL_AMD_VCEK] = GOT_VCEK, [COLLATERAL_TCB_INFO] = GOT_TCB,
	[COLLATERAL_TCB_SIGNING] = GOT_SIGNING,
	[COLLATERAL_QE_IDENTITY] = GOT_QE, [COLLATERAL_PCK_CRL] = GOT_PCK_CRL,
	[COLLATERAL_ROOT_CRL] = GOT_ROOT_CRL,
};

static int
get_collateral(struct session *s, struct fetched *g)
{
	const struct platform *p = &g->end.platform;
	int fd[COLLATERAL_MAX], any = 0;
	unsigned int i;

	if (gather_collateral(s, p, 1, fd) == -1)
		return -1;
	for (i = 0; i < COLLATERAL_MAX; i++) {
		if (fd[i] == -1)
			continue;
		g->fd[collateral_file[i]] = fd[i];
		any = 1;
	}
	if (p->tdx && any && g->fd[GOT_ROOT_CRL] == -1)
		report_line(&s->report, LINE_WARN, "fetch.collateral",
		    "the service has no list of revoked CAs: give Intel's "
		    "own as root_ca_crl");
	if (g->end.tee && !any)
		report_line(&s->report, LINE_WARN, "fetch.collateral",
		    "none was had (--kds-url for SEV-SNP, --pccs for TDX): "
		    "certificates and lists of revoked ones have to come from "
		    "elsewhere");
	return 0;
}

static int
get_all(struct session *s, struct fetched *g)
{
	struct wbuf w;

	if (get_attest(s, g) == -1 ||
	    (s->plan.certs && get_certs(s, g) == -1) ||
	    ask_pieces(s, g->fd, &g->end) == -1)
		return -1;
	wbuf_init(&w);
	put_u8(&w, 1);
	if (s->plan.ima && get(s, CL_IMA_REQ, &w, "IMA list", WANT_RAW,
	    &g->fd[GOT_IMA]) == -1)
		return -1;
	if (s->plan.eventlog && get_optional(s, CL_EVENTLOG_REQ, "event log",
	    CONTENT_RAW, "fetch.eventlog", "the agent has no event log: boot "
	    "measurements are not explained", &g->fd[GOT_EVENTLOG]) == -1)
		return -1;
	return get_collateral(s, g);
}

static int
save(struct session *s, const struct fetched *g)
{
	struct savedir d;
	char *kinds = fetched_text(g, NULL);
	int i, rc = -1;

	if (savedir_begin(&d, s->o->output) == -1)
		goto out;
	for (i = 0; i < GOT_MAX; i++)
		if (g->fd[i] != -1 && savedir_add(&d, fetched_names[i], g->fd[i],
		    IMA_MAX) == -1)
			goto out;
	errno = ENOMEM;
	if (kinds != NULL && savedir_add_text(&d, "kinds.json", kinds) == 0)
		rc = savedir_commit(&d);
out:
	if (rc == -1) {
		savedir_abort(&d);
		session_fail(s, EXIT_ERROR, "%s: %s", s->o->output,
		    strerror(errno));
	}
	free(kinds);
	return rc;
}

int
cmd_fetch(struct session *s)
{
	static struct fetched g;
	int i, rc = -1;

	for (i = 0; i < GOT_MAX; i++)
		g.fd[i] = -1;
	if (savedir_check(s->o->output) == -1)
		return session_fail(s, EXIT_ERROR, "%s: %s", s->o->output,
		    strerror(errno));
	if (get_all(s, &g) == 0) {
		g.at = time(NULL);
		rc = save(s, &g);
	}
	/* kept until the end of the run, which prints it */
	if (rc == 0 && (s->report.fetched = fetched_text(&g, s->o->output)) == NULL)
		rc = session_fail(s, EXIT_ERROR, "no memory");
	s->report.saved = rc == 0 ? s->o->output : NULL;
	for (i = 0; i < GOT_MAX; i++)
		if (g.fd[i] != -1)
			close(g.fd[i]);
	return rc;
}
