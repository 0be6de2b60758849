#include <string.h>

#include "agentd/attest_msg.h"

/* Strangers' bytes end up in these; a value out of range is a broken frame. */

void
attest_req_put(struct wbuf *w, const struct attest_req *q)
{
	put_u8(w, q->form);
	put_u8(w, q->want_tee);
	put_u8(w, q->subject);
	put_u16(w, q->bank);
	put_raw(w, q->mask, sizeof(q->mask));
	put_blob(w, q->nonce, q->nonce_len);
}

int
attest_req_get(struct rbuf *r, struct attest_req *ret_q)
{
	struct attest_req q;

	memset(&q, 0, sizeof(q));
	q.form = get_u8(r);
	q.want_tee = get_u8(r);
	q.subject = get_u8(r);
	q.bank = get_u16(r);
	get_raw(r, q.mask, sizeof(q.mask));
	q.nonce_len = get_blob(r, q.nonce, sizeof(q.nonce));
	if (msg_end(r) == -1 || q.form >= FORM_MAX || q.want_tee > 1 ||
	    q.subject >= SUBJECT_MAX)
		return -1;
	*ret_q = q;
	return 0;
}

static int
in_mask(const uint8_t mask[3], unsigned int i)
{
	return mask[i / 8] >> (i % 8) & 1;
}

void
quote_part_put(struct wbuf *w, const struct quote_part *p)
{
	unsigned int i;

	put_blob(w, p->attest, p->attest_len);
	put_blob(w, p->sig, p->sig_len);
	put_blob(w, p->pub, p->pub_len);
	put_raw(w, p->mask, sizeof(p->mask));
	put_u8(w, p->digest_len);
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(p->mask, i))
			put_raw(w, p->pcr[i], p->digest_len);
}

/* Leaves what follows the part in r. */
static int
part_get(struct rbuf *r, struct quote_part *p)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->attest_len = get_blob(r, p->attest, sizeof(p->attest));
	p->sig_len = get_blob(r, p->sig, sizeof(p->sig));
	p->pub_len = get_blob(r, p->pub, sizeof(p->pub));
	get_raw(r, p->mask, sizeof(p->mask));
	p->digest_len = get_u8(r);
	if (r->bad || p->digest_len < 20 || p->digest_len > DIGEST_MAX)
		return -1;
	for (i = 0; i < PCR_COUNT; i++)
		if (in_mask(p->mask, i))
			get_raw(r, p->pcr[i], p->digest_len);
	return r->bad ? -1 : 0;
}

int
quote_part_get(struct rbuf *r, struct quote_part *ret_p)
{
	if (part_get(r, ret_p) == -1)
		return -1;
	return msg_end(r);
}

void
attest_ans_put(struct wbuf *w, const struct attest_ans *a)
{
	put_u8(w, a->status);
	if (a->status != ANSWER_OK)
		return;
	put_u8(w, a->tee);
	put_u8(w, a->have_extra);
	put_raw(w, a->cert, sizeof(a->cert));
	put_raw(w, a->conn, sizeof(a->conn));
	put_raw(w, a->config, sizeof(a->config));
	put_u8(w, a->have_subject);
	put_raw(w, a->subject, sizeof(a->subject));
	put_blob(w, a->ak_name, a->ak_name_len);
	put_u8(w, a->have_quote);
	if (a->have_quote)
		quote_part_put(w, &a->quote);
}

int
attest_ans_get(struct rbuf *r, struct attest_ans *ret_a)
{
	struct attest_ans *a = ret_a;

	memset(a, 0, sizeof(*a));
	if ((a->status = get_u8(r)) >= ANSWER_MAX)
		return -1;
	if (a->status != ANSWER_OK)
		return msg_end(r);
	a->tee = get_u8(r);
	a->have_extra = get_u8(r);
	get_raw(r, a->cert, sizeof(a->cert));
	get_raw(r, a->conn, sizeof(a->conn));
	get_raw(r, a->config, sizeof(a->config));
	a->have_subject = get_u8(r);
	get_raw(r, a->subject, sizeof(a->subject));
	a->ak_name_len = get_blob(r, a->ak_name, sizeof(a->ak_name));
	a->have_quote = get_u8(r);
	if (r->bad || a->tee >= TEE_MAX || a->have_extra > 1 ||
	    (a->have_extra && a->tee == TEE_NONE) || a->have_subject > 1 ||
	    a->have_quote > 1)
		return -1;
	if (a->have_quote && part_get(r, &a->quote) == -1)
		return -1;
	return msg_end(r);
}
