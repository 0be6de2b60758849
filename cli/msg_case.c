#include "cli/msg_case.h"

void
case_place_put(struct wbuf *w, const struct case_place_of *p)
{
	put_u8(w, p->place);
	put_str(w, p->name);
}

int
case_place_get(struct rbuf *r, struct case_place_of *p)
{
	p->place = get_u8(r);
	get_str(r, p->name, sizeof(p->name));
	return msg_end(r) == -1 || p->place >= PLACE_MAX ? -1 : 0;
}

void
case_register_put(struct wbuf *w, const struct case_register *c)
{
	put_u8(w, c->rtmr);
	put_u8(w, c->index);
	put_str(w, c->bank);
	put_blob(w, c->value, c->n);
}

int
case_register_get(struct rbuf *r, struct case_register *c)
{
	c->rtmr = get_u8(r);
	c->index = get_u8(r);
	get_str(r, c->bank, sizeof(c->bank));
	c->n = (uint8_t)get_blob(r, c->value, sizeof(c->value));
	return msg_end(r) == -1 || c->rtmr > 1 ? -1 : 0;
}

void
case_ask_put(struct wbuf *w, const struct case_ask *a)
{
	put_str(w, a->kind);
	put_str(w, a->policy);
	put_u64(w, a->at);
	put_u8(w, a->flags);
	put_blob(w, a->nonce.b, a->nonce.n);
	put_blob(w, a->report_data.b, a->report_data.n);
}

int
case_ask_get(struct rbuf *r, struct case_ask *a)
{
	get_str(r, a->kind, sizeof(a->kind));
	get_str(r, a->policy, sizeof(a->policy));
	a->at = get_u64(r);
	a->flags = get_u8(r);
	a->nonce.n = get_blob(r, a->nonce.b, sizeof(a->nonce.b));
	a->report_data.n = get_blob(r, a->report_data.b,
	    sizeof(a->report_data.b));
	return msg_end(r) == -1 || a->at > INT64_MAX ||
	    (a->flags & ~CASE_FLAGS) != 0 ? -1 : 0;
}

void
case_end_put(struct wbuf *w, const struct case_end *e)
{
	put_u8(w, e->verdict);
	put_u64(w, e->dropped);
	put_str(w, e->reason);
}

int
case_end_get(struct rbuf *r, struct case_end *e)
{
	e->verdict = get_u8(r);
	e->dropped = get_u64(r);
	get_str(r, e->reason, sizeof(e->reason));
	return msg_end(r) == -1 || e->verdict >= CASE_MAX ? -1 : 0;
}
