#include <string.h>

#include "cli/msg_pieces.h"

void
platform_put(struct wbuf *w, const struct platform *p)
{
	put_u8(w, p->simulated);
	put_u8(w, p->snp);
	put_u8(w, p->vlek);
	put_u8(w, p->has_vek);
	put_str(w, p->product);
	put_blob(w, p->hwid, p->hwid_len);
	put_blob(w, p->spl, p->nspl);
	put_u8(w, p->tdx);
	put_u8(w, p->processor_ca);
	put_raw(w, p->fmspc, sizeof(p->fmspc));
}

/* The product becomes a part of a URL: letters only. */
int
platform_get(struct rbuf *r, struct platform *p)
{
	p->simulated = get_u8(r);
	p->snp = get_u8(r);
	p->vlek = get_u8(r);
	p->has_vek = get_u8(r);
	get_str(r, p->product, sizeof(p->product));
	p->hwid_len = (uint8_t)get_blob(r, p->hwid, sizeof(p->hwid));
	p->nspl = (uint8_t)get_blob(r, p->spl, sizeof(p->spl));
	p->tdx = get_u8(r);
	p->processor_ca = get_u8(r);
	get_raw(r, p->fmspc, sizeof(p->fmspc));
	return p->simulated > 1 || p->tdx > 1 || p->processor_ca > 1 ||
	    p->snp > 1 || p->vlek > 1 || p->has_vek > 1 ||
	    p->product[strspn(p->product, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz")] != '\0' ? -1 : 0;
}

void
pieces_end_put(struct wbuf *w, const struct pieces_end *e)
{
	put_u8(w, e->ok);
	put_u8(w, e->tpm);
	put_u8(w, e->tee);
	put_raw(w, e->report_data, sizeof(e->report_data));
	put_raw(w, e->qualifying, sizeof(e->qualifying));
	put_str(w, e->bank);
	put_blob(w, e->pcr, e->pcr_len);
	platform_put(w, &e->platform);
	put_str(w, e->reason);
}

int
pieces_end_get(struct rbuf *r, struct pieces_end *e)
{
	int bad;

	e->ok = get_u8(r);
	e->tpm = get_u8(r);
	e->tee = get_u8(r);
	get_raw(r, e->report_data, sizeof(e->report_data));
	get_raw(r, e->qualifying, sizeof(e->qualifying));
	get_str(r, e->bank, sizeof(e->bank));
	e->pcr_len = (uint8_t)get_blob(r, e->pcr, sizeof(e->pcr));
	bad = platform_get(r, &e->platform);
	get_str(r, e->reason, sizeof(e->reason));
	/* the name of the bank is printed in a command line */
	return bad == -1 || msg_end(r) == -1 || e->ok > 1 || e->tpm > 1 ||
	    e->tee > 1 || e->bank[strspn(e->bank,
	    "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0' ? -1 : 0;
}

void
challenge_put(struct wbuf *w, const struct challenge *c)
{
	put_u8(w, c->have);
	put_raw(w, c->nonce, sizeof(c->nonce));
	put_blob(w, c->credential, c->credential_len);
	put_blob(w, c->seed, c->seed_len);
	put_str(w, c->why);
}

int
challenge_get(struct rbuf *r, struct challenge *c)
{
	c->have = get_u8(r);
	get_raw(r, c->nonce, sizeof(c->nonce));
	c->credential_len = (uint16_t)get_blob(r, c->credential,
	    sizeof(c->credential));
	c->seed_len = (uint16_t)get_blob(r, c->seed, sizeof(c->seed));
	get_str(r, c->why, sizeof(c->why));
	return msg_end(r) == -1 || c->have > 1 || (c->have &&
	    (c->credential_len == 0 || c->seed_len == 0)) ? -1 : 0;
}

void
collateral_ask_put(struct wbuf *w, const struct collateral_ask *a)
{
	put_str(w, a->base);
	put_u8(w, a->what);
	platform_put(w, &a->platform);
}

int
collateral_ask_get(struct rbuf *r, struct collateral_ask *a)
{
	int bad;

	get_str(r, a->base, sizeof(a->base));
	a->what = get_u8(r);
	bad = platform_get(r, &a->platform);
	return bad == -1 || msg_end(r) == -1 || a->what >= COLLATERAL_MAX ? -1 : 0;
}
