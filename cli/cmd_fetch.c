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
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/savedir.h"

enum {
	GOT_IMA = PIECE_MAX, GOT_EVENTLOG, GOT_ATTEST, GOT_CHAIN, GOT_CRL,
	GOT_VCEK, GOT_TCB, GOT_SIGNING, GOT_QE, GOT_PCK_CRL, GOT_ROOT_CRL,
	GOT_MAX
};

static const char *const file_names[GOT_MAX] = {
	[PIECE_TPM_ATTEST] = "tpm-attest.bin",
	[PIECE_TPM_SIGNATURE] = "tpm-signature.bin",
	[PIECE_TPM_KEY] = "tpm-ak.bin",
	[PIECE_PCRS] = "pcrs.json",
	[PIECE_SNP_QUOTE] = "sev-quote.bin",
	[PIECE_TDX_QUOTE] = "tdx-quote.bin",
	[GOT_IMA] = "ima.bin",
	[GOT_EVENTLOG] = "eventlog.bin",
	[GOT_ATTEST] = "attest.json",
	[GOT_CHAIN] = "collateral/amd_chain.pem",
	[GOT_CRL] = "collateral/amd_crl.der",
	[GOT_VCEK] = "vcek.der",
	[GOT_TCB] = "collateral/tcb_info.json",
	[GOT_SIGNING] = "collateral/tcb_signing.pem",
	[GOT_QE] = "collateral/qe_identity.json",
	[GOT_PCK_CRL] = "collateral/pck_crl.der",
	[GOT_ROOT_CRL] = "collateral/root_ca_crl.der",
};

#define ROLES_MAX	6

/* Which files make a case of which kind; the first one must be there. */
static const struct {
	const char	*kind;
	struct {
		const char	*role;
		int		 file;
	} role[ROLES_MAX];
} cases[] = {
	{ "sev-quote-blob", { { "quote", PIECE_SNP_QUOTE },
	    { "vek", GOT_VCEK } } },
	{ "tdx-quote", { { "quote", PIECE_TDX_QUOTE } } },
	{ "tdx-quote+collateral", { { "tcb_info", GOT_TCB },
	    { "quote", PIECE_TDX_QUOTE }, { "tcb_signing", GOT_SIGNING },
	    { "qe_identity", GOT_QE }, { "pck_crl", GOT_PCK_CRL },
	    { "root_ca_crl", GOT_ROOT_CRL } } },
	{ "tpm-quote", { { "attest", PIECE_TPM_ATTEST },
	    { "signature", PIECE_TPM_SIGNATURE },
	    { "ak_public", PIECE_TPM_KEY }, { "pcrs", PIECE_PCRS },
	    { "eventlog", GOT_EVENTLOG } } },
	{ "ima-binary", { { "log", GOT_IMA } } },
};

#define NCASES	(sizeof(cases) / sizeof(cases[0]))

struct fetched {
	int		 fd[GOT_MAX];
	time_t		 at;
	struct pieces_end end;
};

static int
get(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, unsigned int contents, int *ret_fd)
{
	enum content content;

	progress("%s", what);
	return ask_body(s, type, w, what, contents, &content, ret_fd);
}

/* A machine may have none, and then its agent says 404. */
static int
get_eventlog(struct session *s, struct fetched *g)
{
	static const char what[] = "event log";
	struct answer a;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	progress("%s", what);
	if (ask_http(s, CL_EVENTLOG_REQ, &w, what, &a, &fd) == -1)
		return -1;
	if (a.status == 200 && fd != -1 && a.content == CONTENT_RAW) {
		g->fd[GOT_EVENTLOG] = fd;
		return 0;
	}
	if (fd != -1)
		close(fd);
	if (a.status == 404 || a.status == 501) {
		report_line(&s->report, LINE_SKIP, "fetch.eventlog",
		    "the agent has no event log: boot measurements are not "
		    "explained");
		return 0;
	}
	return ask_status_fail(s, what, &a);
}

static int
get_attest(struct session *s, struct fetched *g)
{
	struct attest_ask a = {
		.bank = s->plan.bank, .pcrs = s->plan.pcrs, .tee = s->plan.tee
	};
	struct wbuf w;
	int copy;

	if (fresh_nonce(s, s->own.nonce) == -1)
		return -1;
	memcpy(a.nonce, s->own.nonce, sizeof(a.nonce));
	wbuf_init(&w);
	attest_ask_put(&w, &a);
	if (get(s, CL_ATTEST_REQ, &w, ATTESTATION, WANT_JSON,
	    &g->fd[GOT_ATTEST]) == -1)
		return -1;
	if ((copy = dup(g->fd[GOT_ATTEST])) == -1)
		return session_fail(s, EXIT_ERROR, "dup: %s", strerror(errno));
	return ask_part(s, PART_ATTEST, CONTENT_JSON, copy);
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

	if (get_attest(s, g) == -1 || ask_pieces(s, g->fd, &g->end) == -1)
		return -1;
	wbuf_init(&w);
	put_u8(&w, 1);
	if (s->plan.ima && get(s, CL_IMA_REQ, &w, "IMA list", WANT_RAW,
	    &g->fd[GOT_IMA]) == -1)
		return -1;
	if (get_eventlog(s, g) == -1)
		return -1;
	return get_collateral(s, g);
}

static int
case_there(const struct fetched *g, size_t i)
{
	const int first = cases[i].role[0].file;

	return g->fd[first] != -1 &&
	    (first != PIECE_TDX_QUOTE || g->fd[GOT_TCB] == -1);
}

/* kinds.json: which files are which kind; no date and no nonce is in it. */
static void
print_kinds(FILE *f, const struct fetched *g)
{
	int first = 1, j;
	size_t i;

	fprintf(f, "{\"version\":1,\"evidence\":[");
	for (i = 0; i < NCASES; i++) {
		if (!case_there(g, i))
			continue;
		fprintf(f, "%s\n {\"kind\":\"%s\",\"files\":{",
		    first ? "" : ",", cases[i].kind);
		first = 0;
		for (j = 0; j < ROLES_MAX && cases[i].role[j].role != NULL;
		    j++)
			if (g->fd[cases[i].role[j].file] != -1)
				fprintf(f, "%s\"%s\":\"%s\"", j == 0 ? "" :
				    ",", cases[i].role[j].role,
				    file_names[cases[i].role[j].file]);
		fprintf(f, "}}");
	}
	fprintf(f, "]}\n");
}

/* A word for sh(1). */
static void
print_word(FILE *f, const char *s)
{
	if (*s != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._/:=")] == '\0') {
		fputs(s, f);
		return;
	}
	putc('\'', f);
	for (; *s != '\0'; s++)
		if (*s == '\'')
			fputs("'\\''", f);
		else
			putc(*s, f);
	putc('\'', f);
}

static void
print_hex(FILE *f, const char *before, const uint8_t *p, size_t n)
{
	fputs(before, f);
	while (n-- > 0)
		fprintf(f, "%02x", (unsigned int)*p++);
}

/* What the verifier chose, or computed from it: not to be had from DIR. */
static void
print_asked(FILE *f, const struct fetched *g, int first)
{
	const struct pieces_end *e = &g->end;
	char pcr[PRODUCT_MAX + 16];

	switch (first) {
	case PIECE_SNP_QUOTE:
	case PIECE_TDX_QUOTE:
	case GOT_TCB:
		print_hex(f, " --report-data ", e->report_data, REPORT_LEN);
		break;
	case PIECE_TPM_ATTEST:
		print_hex(f, " --nonce ", e->qualifying, QUALIFYING_LEN);
		break;
	case GOT_IMA:
		snprintf(pcr, sizeof(pcr), " --pcr %s:10=", e->bank);
		if (e->pcr_len != 0)
			print_hex(f, pcr, e->pcr, e->pcr_len);
		break;
	}
}

static void
print_commands(FILE *f, const struct fetched *g, const char *dir)
{
	char path[PATH_MAX + 64], at[32];
	struct tm tm;
	size_t i;
	int j, file;

	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&g->at, &tm));
	fprintf(f, "Saved in %s. Nothing was verified yet; these do it, with "
	    "what was asked for\nin this run (keep them elsewhere than the "
	    "files):\n", dir);
	for (i = 0; i < NCASES; i++) {
		if (!case_there(g, i))
			continue;
		fprintf(f, "cosmian_vm evidence verify --kind %s --at %s",
		    cases[i].kind, at);
		print_asked(f, g, cases[i].role[0].file);
		for (j = 0; j < ROLES_MAX && cases[i].role[j].role != NULL;
		    j++) {
			file = cases[i].role[j].file;
			if (g->fd[file] == -1)
				continue;
			fprintf(f, " --file ");
			snprintf(path, sizeof(path), "%s=%s/%s",
			    cases[i].role[j].role, dir, file_names[file]);
			print_word(f, path);
		}
		if (g->fd[GOT_CHAIN] != -1 &&
		    cases[i].role[0].file == PIECE_SNP_QUOTE) {
			fprintf(f, " --collateral ");
			snprintf(path, sizeof(path), "%s/collateral", dir);
			print_word(f, path);
		}
		putc('\n', f);
	}
}

/* The texts of print_kinds() or print_commands(); NULL without memory. */
static char *
text_of(const struct fetched *g, const char *dir)
{
	char *text = NULL;
	size_t n;
	FILE *f;

	if ((f = open_memstream(&text, &n)) == NULL)
		return NULL;
	if (dir == NULL)
		print_kinds(f, g);
	else
		print_commands(f, g, dir);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static int
save(struct session *s, const struct fetched *g)
{
	struct savedir d;
	char *kinds = text_of(g, NULL);
	int i, rc = -1;

	if (savedir_begin(&d, s->o->output) == -1)
		goto out;
	for (i = 0; i < GOT_MAX; i++)
		if (g->fd[i] != -1 && savedir_add(&d, file_names[i], g->fd[i],
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
	if (rc == 0 && (s->report.fetched = text_of(&g, s->o->output)) == NULL)
		rc = session_fail(s, EXIT_ERROR, "no memory");
	s->report.saved = rc == 0 ? s->o->output : NULL;
	for (i = 0; i < GOT_MAX; i++)
		if (g.fd[i] != -1)
			close(g.fd[i]);
	return rc;
}
