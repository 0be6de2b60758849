#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agentd/version.h"
#include "privsep/log.h"
#include "workers/http_query.h"
#include "workers/web_azure.h"
#include "workers/web_render.h"
#include "workers/web_routes.h"
#include "workers/web_tpm.h"

/*
 * What can be asked for, and how each answer is put together. Whatever needs
 * more than this process has is asked of the parent, by connection id; the
 * rest of a route then runs when the answer is there.
 */

#define ANSWER_DOC_MAX	(256 * 1024)	/* an attestation: TEE_QUOTE_MAX in base64, and ours */
#define TEE_NONCE	32
#define TPM_NONCE_BAD	34	/* length of the strong form's qualifying data */

static void
reply_json(struct web_conn *c, int status, const char *text)
{
	web_reply(c, status, HTTP_TYPE_JSON, text, strlen(text));
}

void
web_reply_doc(struct web_conn *c, struct buf *b)
{
	if (b->failed)
		web_reply_failed(c, "no memory for the answer");
	else
		web_reply(c, 200, HTTP_TYPE_JSON, b->p, b->n);
	buf_free(b);
}

void
web_reply_status(struct web_conn *c, unsigned int status, const char *absent)
{
	switch (status) {
	case ANSWER_BUSY:
		web_reply_error(c, 503, "busy, ask again");
		break;
	case ANSWER_ABSENT:
		web_reply_error(c, 404, absent);
		break;
	case ANSWER_WORKING:
		web_reply_error(c, 409, "there is no snapshot yet: GET /snapshot "
		    "makes one");
		break;
	case ANSWER_REFUSED:
		web_reply_error(c, 400, "the TPM refuses it: not a credential "
		    "for its endorsement key and this AK");
		break;
	default:
		web_reply_failed(c, "the parent could not do it; its log says why");
		break;
	}
}

/* Media ranges as they are written by clients: a list, perhaps with parameters. */
static bool
accepts_bytes(const struct web_conn *c)
{
	return strcasestr(c->req.accept, HTTP_TYPE_BYTES) != NULL;
}

/* Logs. */

static void
log_reply(struct web_conn *c, int fd, enum stream_kind kind)
{
	uint64_t first;

	if (kind == STREAM_RAW) {
		switch (http_range_parse(c->req.range, UINT64_MAX, &first)) {
		case HTTP_RANGE_BEYOND:
			web_reply_range(c, fd, UINT64_MAX);
			return;
		case HTTP_RANGE_FROM:
			web_reply_range(c, fd, first);
			return;
		default:
			break;
		}
	}
	web_reply_file(c, kind, fd, UINT64_MAX, NULL);
}

static void
on_log(struct web_conn *c, struct frame *f)
{
	enum stream_kind kind = STREAM_RAW;
	struct rbuf r;
	unsigned int status;

	rbuf_init(&r, f->data, f->len);
	status = get_u8(&r);
	if (msg_end(&r) == -1 || f->nfds != (status == ANSWER_OK))
		fatalx("bad LOG_ANS");
	if (status != ANSWER_OK) {
		web_reply_status(c, status, "this machine has no such log");
		return;
	}
	if (strcmp(c->req.path, "/ima/ascii") == 0)
		kind = STREAM_STRING;
	else if (strcmp(c->req.path, "/ima/binary") == 0 && !accepts_bytes(c))
		kind = STREAM_NUMBERS;
	log_reply(c, frame_take(f, 0), kind);
}

static void
ask_log(struct web_conn *c, enum agent_log which)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)which);
	web_ask(c, MSG_LOG_REQ, &w, on_log);
}

static void
get_ima_ascii(struct web_conn *c)
{
	ask_log(c, LOG_IMA_ASCII);
}

static void
get_ima_binary(struct web_conn *c)
{
	ask_log(c, LOG_IMA_BINARY);
}

static void
get_eventlog(struct web_conn *c)
{
	ask_log(c, LOG_EVENTS);
}

static void
get_version(struct web_conn *c)
{
	reply_json(c, 200, "{\"version\":\"" AGENT_VERSION "\",\"protocol\":1,"
	    "\"forms\":[\"strong\",\"compat\"]}");
}

/* Attestation. */

static void
attest_take(struct frame *f, struct attest_ans *ret_a)
{
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	if (attest_ans_get(&r, ret_a) == -1 || f->nfds !=
	    (ret_a->status == ANSWER_OK && ret_a->tee != TEE_NONE) +
	    (ret_a->status == ANSWER_OK && ret_a->have_extra))
		fatalx("bad ATTEST_ANS");
}

int
web_read_sealed(int fd, size_t max, uint8_t **ret_p, size_t *ret_n)
{
	struct stat st;
	uint8_t *p;

	if (fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    (uint64_t)st.st_size > max || (p = malloc((size_t)st.st_size)) == NULL)
		return -1;
	if (pread(fd, p, (size_t)st.st_size, 0) != st.st_size) {
		free(p);
		return -1;
	}
	*ret_p = p;
	*ret_n = (size_t)st.st_size;
	return 0;
}

static void
tee_free(struct tee_bytes *t)
{
	free((void *)(uintptr_t)t->quote.p);
	free((void *)(uintptr_t)t->extra.p);
}

/* Both pieces, where there are any; free with tee_free(), also after -1. */
static int
tee_read(const struct frame *f, struct tee_bytes *ret_t)
{
	struct span *const to[] = { &ret_t->quote, &ret_t->extra };
	uint8_t *p;
	size_t n;
	int i;

	memset(ret_t, 0, sizeof(*ret_t));
	for (i = 0; i < f->nfds; i++) {
		if (web_read_sealed(f->fds[i], TEE_QUOTE_MAX, &p, &n) == -1)
			return -1;
		*to[i] = span_make(p, n);
	}
	return 0;
}

static void
ask_attest(struct web_conn *c, void (*on_answer)(struct web_conn *,
    struct frame *))
{
	struct wbuf w;

	wbuf_init(&w);
	attest_req_put(&w, &c->ask);
	web_ask(c, MSG_ATTEST_REQ, &w, on_answer);
}

/* The parts that belong to the item which was bound, also after a reload. */
static const struct web_config *
config_of(const struct web_ctx *ctx, const uint8_t item[32])
{
	if (memcmp(ctx->config_before.item, item, 32) == 0)
		return &ctx->config_before;
	return &ctx->config;
}

static void
on_attest(struct web_conn *c, struct frame *f)
{
	struct attest_ans a;
	struct tee_bytes t;
	struct buf b;

	attest_take(f, &a);
	if (a.status != ANSWER_OK) {
		web_reply_status(c, a.status, "this machine has neither TPM nor TEE");
		return;
	}
	if (tee_read(f, &t) == -1)
		web_reply_failed(c, "the TEE quote cannot be read");
	else {
		buf_init(&b, ANSWER_DOC_MAX);
		render_attest(&b, &c->ask, &a, config_of(c->ctx, a.config), &t);
		web_reply_doc(c, &b);
	}
	tee_free(&t);
}

int
web_body_is_json(struct web_conn *c)
{
	static const char type[] = HTTP_TYPE_JSON;

	if (c->req.content_type[0] == '\0' || strncasecmp(c->req.content_type,
	    type, sizeof(type) - 1) == 0)
		return 1;
	web_reply_error(c, 415, "the body is to be application/json");
	return 0;
}

static void
post_attest(struct web_conn *c)
{
	const char *reason;

	if (!web_body_is_json(c))
		return;
	if (attest_body_parse(c->req.body, c->req.body_len, &c->ask, &reason)
	    == -1) {
		web_reply_error(c, 400, reason);
		return;
	}
	ask_attest(c, on_attest);
}

static void
on_quote_tpm(struct web_conn *c, struct frame *f)
{
	struct attest_ans a;
	struct buf b;

	attest_take(f, &a);
	if (a.status != ANSWER_OK || !a.have_quote) {
		web_reply_status(c, a.status, "this machine has no TPM");
		return;
	}
	buf_init(&b, ANSWER_DOC_MAX);
	render_quote_tpm(&b, &a.quote);
	web_reply_doc(c, &b);
}

/* WIRE 8: report and certificates, as an array of numbers. */
static void
azure_quote_tee(struct web_conn *c, struct frame *f)
{
	struct buf blob, b;
	struct tee_bytes t;
	size_t i;

	buf_init(&blob, 0);
	if (tee_read(f, &t) == -1 ||
	    azure_snp_blob(t.quote, t.extra, &blob) == -1)
		web_reply_failed(c, "the paravisor's report cannot be read");
	else {
		buf_init(&b, ANSWER_DOC_MAX);
		for (i = 0; i < blob.n; i++)
			buf_printf(&b, "%c%u", i == 0 ? '[' : ',', blob.p[i]);
		buf_add_str(&b, "]");
		web_reply_doc(c, &b);
	}
	buf_free(&blob);
	tee_free(&t);
}

static void
on_quote_tee(struct web_conn *c, struct frame *f)
{
	struct attest_ans a;

	attest_take(f, &a);
	if (a.status != ANSWER_OK || a.tee == TEE_NONE) {
		web_reply_status(c, a.status, "this machine has no TEE");
		return;
	}
	if (a.tee == TEE_AZURE_SNP)
		azure_quote_tee(c, f);
	else	/* Azure's paravisor is unknown in this form, its TDX quote is not */
		web_reply_file(c, STREAM_NUMBERS, frame_take(f, a.tee ==
		    TEE_AZURE_TDX ? f->nfds - 1 : 0), UINT64_MAX, NULL);
}

/* 0 with the nonce in c->ask; else the request is answered. */
static int
compat_nonce(struct web_conn *c, enum attest_form form, size_t min, size_t max)
{
	const char *reason;

	if (!c->ctx->compat) {
		web_reply_error(c, 404, "compat_quotes is off on this machine: "
		    "use POST /attest");
		return -1;
	}
	memset(&c->ask, 0, sizeof(c->ask));
	c->ask.form = (uint8_t)form;
	if (query_nonce(c->req.query, min, max, c->ask.nonce,
	    &c->ask.nonce_len, &reason) == -1) {
		web_reply_error(c, 400, reason);
		return -1;
	}
	return 0;
}

static void
get_quote_tpm(struct web_conn *c)
{
	if (compat_nonce(c, FORM_COMPAT_TPM, 0, NONCE_MAX) == -1)
		return;
	/* a strong quote must never be had by choosing its qualifying data */
	if (c->ask.nonce_len == TPM_NONCE_BAD) {
		web_reply_error(c, 400, "a nonce of 34 bytes is refused");
		return;
	}
	ask_attest(c, on_quote_tpm);
}

static void
get_quote_tee(struct web_conn *c)
{
	if (compat_nonce(c, FORM_COMPAT_TEE, TEE_NONCE, TEE_NONCE) == 0)
		ask_attest(c, on_quote_tee);
}

/* Snapshot. */

/* The records follow what is known of the machine, which is in doc by now. */
static void
snapshot_send(struct web_conn *c)
{
	int fd = c->lent;

	c->lent = -1;
	buf_add_str(&c->doc, ",\"filehashes\":");
	if (c->doc.failed) {
		close(fd);
		web_reply_failed(c, "no memory for the answer");
		return;
	}
	web_reply_file(c, STREAM_RECORDS, fd, UINT64_MAX, "}");
}

static void
on_snapshot_tpm(struct web_conn *c, struct frame *f)
{
	struct attest_ans a;

	attest_take(f, &a);
	if (a.status == ANSWER_ABSENT)
		buf_add_str(&c->doc, "null");
	else if (a.status != ANSWER_OK || !a.have_quote) {
		web_reply_status(c, a.status, "");
		return;
	} else if (render_tpm_policy(&c->doc, span_make(a.quote.attest,
	    a.quote.attest_len)) == -1) {
		web_reply_failed(c, "the TPM quote is malformed");
		return;
	}
	snapshot_send(c);
}

static void
on_snapshot_tee(struct web_conn *c, struct frame *f)
{
	struct attest_ans a;
	struct tee_bytes t;
	int r;

	attest_take(f, &a);
	buf_printf(&c->doc, "{\"cloud_type\":%s,\"tee_policy\":",
	    a.tee == TEE_AZURE_SNP || a.tee == TEE_AZURE_TDX ? "\"Azure\"" :
	    "null");
	if (a.status == ANSWER_ABSENT)
		buf_add_str(&c->doc, "null");
	else if (a.status != ANSWER_OK || a.tee == TEE_NONE) {
		web_reply_status(c, a.status, "");
		return;
	} else {
		r = tee_read(f, &t);
		if (r == 0)
			r = render_tee_policy(&c->doc, a.tee, &t);
		tee_free(&t);
		if (r == -1) {
			web_reply_failed(c, "the TEE quote is malformed");
			return;
		}
	}
	buf_add_str(&c->doc, ",\"tpm_policy\":");
	memset(&c->ask, 0, sizeof(c->ask));
	c->ask.form = FORM_COMPAT_TPM;
	ask_attest(c, on_snapshot_tpm);
}

static void
snapshot_raw(struct web_conn *c, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		close(fd);
		web_reply_failed(c, "the records cannot be read");
		return;
	}
	web_reply_file(c, STREAM_RAW, fd, (uint64_t)st.st_size, NULL);
}

static void
on_snapshot(struct web_conn *c, struct frame *f)
{
	uint64_t files, bytes, unreadable;
	unsigned int status;
	struct rbuf r;
	char text[128];

	rbuf_init(&r, f->data, f->len);
	status = get_u8(&r);
	files = get_u64(&r);
	bytes = get_u64(&r);
	unreadable = get_u64(&r);
	if (msg_end(&r) == -1 || f->nfds != (status == ANSWER_OK))
		fatalx("bad SNAPSHOT_ANS");
	if (status == ANSWER_WORKING && accepts_bytes(c)) {
		snprintf(text, sizeof(text), "{\"files\":%" PRIu64
		    ",\"bytes\":%" PRIu64 ",\"unreadable\":%" PRIu64 "}",
		    files, bytes, unreadable);
		reply_json(c, 202, text);
	} else if (status == ANSWER_WORKING)
		reply_json(c, 202, "null");
	else if (status != ANSWER_OK)
		web_reply_status(c, status, "this machine makes no snapshots");
	else if (accepts_bytes(c))
		snapshot_raw(c, frame_take(f, 0));
	else {
		c->lent = frame_take(f, 0);
		memset(&c->ask, 0, sizeof(c->ask));
		c->ask.form = FORM_COMPAT_TEE;
		c->ask.nonce_len = TEE_NONCE;
		ask_attest(c, on_snapshot_tee);
	}
}

static void
get_snapshot(struct web_conn *c)
{
	web_ask(c, MSG_SNAPSHOT_REQ, NULL, on_snapshot);
}

static void
on_snapshot_del(struct web_conn *c, struct frame *f)
{
	unsigned int status;
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	status = get_u8(&r);
	if (msg_end(&r) == -1)
		fatalx("bad SNAPSHOT_DEL_ANS");
	if (status == ANSWER_OK)
		reply_json(c, 200, "null");
	else if (status == ANSWER_BUSY)
		web_reply_error(c, 409, HTTP_TEXT_BUSY);
	else
		web_reply_status(c, status, "this machine makes no snapshots");
}

static void
delete_snapshot(struct web_conn *c)
{
	web_ask(c, MSG_SNAPSHOT_DEL_REQ, NULL, on_snapshot_del);
}

/* Routing. */

static const struct route {
	const char	*path;
	enum http_verb	 verb;
	bool		 query;		/* reads one; else it must be empty */
	void		(*serve)(struct web_conn *);
} routes[] = {
	{ "/activate",	HTTP_VERB_POST,	 false,	web_post_activate },
	{ "/attest",	HTTP_VERB_POST,	 false,	post_attest },
	{ "/eventlog",	HTTP_VERB_GET,	 false,	get_eventlog },
	{ "/ima/ascii",	HTTP_VERB_GET,	 false,	get_ima_ascii },
	{ "/ima/binary", HTTP_VERB_GET,	 false,	get_ima_binary },
	{ "/quote/tee",	HTTP_VERB_GET,	 true,	get_quote_tee },
	{ "/quote/tpm",	HTTP_VERB_GET,	 true,	get_quote_tpm },
	{ "/snapshot",	HTTP_VERB_GET,	 false,	get_snapshot },
	{ "/snapshot",	HTTP_VERB_DELETE, false, delete_snapshot },
	{ "/tpm/certs",	HTTP_VERB_GET,	 false,	web_get_tpm_certs },
	{ "/version",	HTTP_VERB_GET,	 false,	get_version },
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))

/* No row for this verb: 405 with those there are, or 404. */
static void
reply_no_route(struct web_conn *c)
{
	char allow[64] = "";
	size_t i, n = 0;

	for (i = 0; i < NROUTES; i++)
		if (strcmp(routes[i].path, c->req.path) == 0)
			n += (size_t)snprintf(allow + n, sizeof(allow) - n,
			    "%s%s", n == 0 ? "" : ", ",
			    http_verb_name(routes[i].verb));
	if (n == 0)
		web_reply_error(c, 404, "no such path");
	else
		web_reply_allow(c, allow);
}

void
web_route(struct web_conn *c)
{
	const struct http_req *q = &c->req;
	const char *reason;
	size_t i;

	if (http_agent_is_old(q->user_agent)) {
		web_reply_error(c, 400, HTTP_TEXT_OLD);
		return;
	}
	for (i = 0; i < NROUTES; i++) {
		if (routes[i].verb != q->verb ||
		    strcmp(routes[i].path, q->path) != 0)
			continue;
		if (!routes[i].query && query_parse(q->query, NULL, 0,
		    &reason) == -1)
			web_reply_error(c, 400, reason);
		else
			routes[i].serve(c);
		return;
	}
	reply_no_route(c);
}
