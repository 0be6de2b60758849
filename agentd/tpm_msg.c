#include <string.h>

#include "agentd/tpm_msg.h"

#define CERT_HEAD	3	/* kind and length */

void
activate_req_put(struct wbuf *w, const struct activate_req *q)
{
	put_raw(w, q->nonce, sizeof(q->nonce));
	put_blob(w, q->credential, q->credential_len);
	put_blob(w, q->secret, q->secret_len);
}

/* Leaves what follows the request in r. */
static int
req_get(struct rbuf *r, struct activate_req *q)
{
	static const uint8_t zero[32];

	memset(q, 0, sizeof(*q));
	get_raw(r, q->nonce, sizeof(q->nonce));
	q->credential_len = get_blob(r, q->credential, sizeof(q->credential));
	q->secret_len = get_blob(r, q->secret, sizeof(q->secret));
	return r->bad || q->credential_len == 0 || q->secret_len == 0 ||
	    memcmp(q->nonce, zero, sizeof(zero)) == 0 ? -1 : 0;
}

int
activate_req_get(struct rbuf *r, struct activate_req *ret_q)
{
	struct activate_req q;

	if (req_get(r, &q) == -1 || msg_end(r) == -1)
		return -1;
	*ret_q = q;
	return 0;
}

void
activate_job_put(struct wbuf *w, const struct activate_job *j)
{
	activate_req_put(w, &j->req);
	put_raw(w, j->cert, sizeof(j->cert));
	put_raw(w, j->conn, sizeof(j->conn));
	put_blob(w, j->ticket, j->ticket_len);
}

int
activate_job_get(struct rbuf *r, struct activate_job *ret_j)
{
	struct activate_job j;

	memset(&j, 0, sizeof(j));
	if (req_get(r, &j.req) == -1)
		return -1;
	get_raw(r, j.cert, sizeof(j.cert));
	get_raw(r, j.conn, sizeof(j.conn));
	j.ticket_len = get_blob(r, j.ticket, sizeof(j.ticket));
	if (msg_end(r) == -1)
		return -1;
	*ret_j = j;
	return 0;
}

void
activate_ans_put(struct wbuf *w, const struct activate_ans *a)
{
	put_u8(w, a->status);
	put_raw(w, a->proof, sizeof(a->proof));
}

int
activate_ans_get(struct rbuf *r, struct activate_ans *ret_a)
{
	struct activate_ans a;

	a.status = get_u8(r);
	get_raw(r, a.proof, sizeof(a.proof));
	if (msg_end(r) == -1 || a.status >= ANSWER_MAX)
		return -1;
	*ret_a = a;
	return 0;
}

int
tpm_cert_put(uint8_t *dst, size_t cap, size_t *len, const struct tpm_cert *c)
{
	uint8_t *p = dst + *len;

	if (c->n == 0 || c->n > TPM_CERT_MAX || cap - *len < CERT_HEAD + c->n)
		return -1;
	p[0] = (uint8_t)c->kind;
	p[1] = (uint8_t)(c->n >> 8);
	p[2] = (uint8_t)c->n;
	memcpy(p + CERT_HEAD, c->p, c->n);
	*len += CERT_HEAD + c->n;
	return 0;
}

int
tpm_cert_next(const uint8_t **p, size_t *n, struct tpm_cert *ret_c)
{
	size_t len;

	if (*n == 0)
		return 0;
	if (*n < CERT_HEAD || (*p)[0] >= TPM_CERT_KIND_MAX)
		return -1;
	len = (size_t)(*p)[1] << 8 | (*p)[2];
	if (len == 0 || len > TPM_CERT_MAX || len > *n - CERT_HEAD)
		return -1;
	ret_c->kind = (enum tpm_cert_kind)(*p)[0];
	ret_c->p = *p + CERT_HEAD;
	ret_c->n = len;
	*p += CERT_HEAD + len;
	*n -= CERT_HEAD + len;
	return 1;
}
