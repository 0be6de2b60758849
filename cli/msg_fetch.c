#include <string.h>

#include "cli/msg_fetch.h"

#define PCRS_ALL	((UINT32_C(1) << 24) - 1)

void
target_put(struct wbuf *w, const struct target *t)
{
	put_str(w, t->url);
	put_u8(w, t->flags);
	put_str(w, t->proxy);
	put_str(w, t->no_proxy);
}

int
target_get(struct rbuf *r, struct target *t)
{
	get_str(r, t->url, sizeof(t->url));
	t->flags = get_u8(r);
	get_str(r, t->proxy, sizeof(t->proxy));
	get_str(r, t->no_proxy, sizeof(t->no_proxy));
	return msg_end(r) == -1 ||
	    (t->flags & ~(TARGET_INSECURE | TARGET_TLS12)) != 0 ? -1 : 0;
}

void
attest_ask_put(struct wbuf *w, const struct attest_ask *a)
{
	put_raw(w, a->nonce, sizeof(a->nonce));
	put_u8(w, a->bank);
	put_u32(w, a->pcrs);
	put_u8(w, a->tee);
	put_u8(w, a->snapshot);
}

int
attest_ask_get(struct rbuf *r, struct attest_ask *a)
{
	get_raw(r, a->nonce, sizeof(a->nonce));
	a->bank = get_u8(r);
	a->pcrs = get_u32(r);
	a->tee = get_u8(r);
	a->snapshot = get_u8(r);
	return msg_end(r) == -1 || (a->pcrs & ~PCRS_ALL) != 0 || a->tee > 1 ||
	    a->snapshot > 1 ? -1 : 0;
}

void
answer_put(struct wbuf *w, const struct answer *a)
{
	put_u8(w, a->end);
	put_u16(w, a->status);
	put_u8(w, a->content);
	put_u32(w, a->retry_after);
	put_u64(w, a->files);
	put_u64(w, a->bytes);
	put_raw(w, a->leaf, sizeof(a->leaf));
	put_u8(w, a->have_conn);
	put_raw(w, a->conn, sizeof(a->conn));
	put_str(w, a->reason);
}

int
answer_get(struct rbuf *r, struct answer *a)
{
	a->end = get_u8(r);
	a->status = get_u16(r);
	a->content = get_u8(r);
	a->retry_after = get_u32(r);
	a->files = get_u64(r);
	a->bytes = get_u64(r);
	get_raw(r, a->leaf, sizeof(a->leaf));
	a->have_conn = get_u8(r);
	get_raw(r, a->conn, sizeof(a->conn));
	get_str(r, a->reason, sizeof(a->reason));
	return msg_end(r) == -1 || a->end >= FETCH_MAX ||
	    a->content >= CONTENT_MAX || a->have_conn > 1 ? -1 : 0;
}
