#include <stdlib.h>

#include "privsep/log.h"
#include "workers/activate_json.h"
#include "workers/web_routes.h"
#include "workers/web_tpm.h"

#define CERTS_DOC_MAX	(600 * 1024)	/* TPM_CERTS_MAX in base64, and ours */
#define PROOF_DOC_MAX	128

static void
certs_reply(struct web_conn *c, int fd)
{
	uint8_t *file;
	struct buf b;
	size_t n;
	int r;

	if (web_read_sealed(fd, TPM_CERTS_MAX, &file, &n) == -1) {
		web_reply_failed(c, "the TPM's certificates cannot be read");
		return;
	}
	buf_init(&b, CERTS_DOC_MAX);
	r = certs_render(&b, span_make(file, n));
	free(file);
	if (r == -1) {
		buf_free(&b);
		web_reply_failed(c, "the TPM's certificates are malformed");
		return;
	}
	web_reply_doc(c, &b);
}

static void
on_certs(struct web_conn *c, struct frame *f)
{
	unsigned int status;
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	status = get_u8(&r);
	if (msg_end(&r) == -1 || f->nfds != (status == ANSWER_OK))
		fatalx("bad TPM_CERTS_ANS");
	if (status == ANSWER_OK)
		certs_reply(c, f->fds[0]);
	else
		web_reply_status(c, status, "this machine has no TPM, or "
		    "one without key and certificates");
}

void
web_get_tpm_certs(struct web_conn *c)
{
	web_ask(c, MSG_TPM_CERTS_REQ, NULL, on_certs);
}

static void
on_activate(struct web_conn *c, struct frame *f)
{
	struct activate_ans a;
	struct rbuf r;
	struct buf b;

	rbuf_init(&r, f->data, f->len);
	if (activate_ans_get(&r, &a) == -1 || f->nfds != 0)
		fatalx("bad ACTIVATE_ANS");
	if (a.status != ANSWER_OK) {
		web_reply_status(c, a.status, "this machine has no TPM");
		return;
	}
	buf_init(&b, PROOF_DOC_MAX);
	buf_add_str(&b, "{\"proof\":\"");
	buf_add_hex(&b, span_make(a.proof, sizeof(a.proof)));
	buf_add_str(&b, "\"}");
	web_reply_doc(c, &b);
}

void
web_post_activate(struct web_conn *c)
{
	struct activate_req q;
	const char *reason;
	struct wbuf w;

	if (!web_body_is_json(c))
		return;
	if (activate_body_parse(c->req.body, c->req.body_len, &q, &reason) ==
	    -1) {
		web_reply_error(c, 400, reason);
		return;
	}
	wbuf_init(&w);
	activate_req_put(&w, &q);
	web_ask(c, MSG_ACTIVATE_REQ, &w, on_activate);
}
