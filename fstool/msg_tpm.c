#include <string.h>

#include "fstool/answers.h"

/* The values of a mask's PCRs have this length in bank sha256 or sha384; 0: no such bank. */
static size_t
values_len(uint16_t bank, uint32_t mask)
{
	size_t n = (size_t)__builtin_popcount(mask);

	return bank == 0x000b ? n * 32 : bank == 0x000c ? n * 48 : 0;
}

static int
is_bool(uint8_t v)
{
	return v <= 1;
}

void
simple_ans_put(struct wbuf *w, const struct simple_ans *a)
{
	put_u8(w, a->ok);
	put_str(w, a->why);
}

int
simple_ans_get(struct rbuf *r, struct simple_ans *a)
{
	a->ok = get_u8(r);
	get_str(r, a->why, sizeof(a->why));
	return is_bool(a->ok) ? msg_end(r) : -1;
}

void
pcrs_ans_put(struct wbuf *w, const struct pcrs_ans *a)
{
	put_u8(w, a->ok);
	put_str(w, a->why);
	put_blob(w, a->values, a->values_len);
}

int
pcrs_ans_get(struct rbuf *r, struct pcrs_ans *a)
{
	a->ok = get_u8(r);
	get_str(r, a->why, sizeof(a->why));
	a->values_len = get_blob(r, a->values, sizeof(a->values));
	return is_bool(a->ok) && (a->values_len != 0) == a->ok ? msg_end(r) :
	    -1;
}

void
seal_ask_put(struct wbuf *w, const struct seal_ask *q)
{
	put_raw(w, q->secret, sizeof(q->secret));
	put_u16(w, q->bank);
	put_u32(w, q->mask);
	put_blob(w, q->values, q->values_len);
}

int
seal_ask_get(struct rbuf *r, struct seal_ask *q)
{
	get_raw(r, q->secret, sizeof(q->secret));
	q->bank = get_u16(r);
	q->mask = get_u32(r);
	q->values_len = get_blob(r, q->values, sizeof(q->values));
	return q->mask != 0 && q->mask >> PCR_COUNT == 0 &&
	    q->values_len != 0 &&
	    q->values_len == values_len(q->bank, q->mask) ? msg_end(r) : -1;
}

void
seal_ans_put(struct wbuf *w, const struct seal_ans *a)
{
	put_u8(w, a->ok);
	put_str(w, a->why);
	put_u8(w, a->proof);
	put_u8(w, a->primary_ecc);
	put_raw(w, a->policy, sizeof(a->policy));
	put_blob(w, a->blob, a->blob_len);
}

int
seal_ans_get(struct rbuf *r, struct seal_ans *a)
{
	a->ok = get_u8(r);
	get_str(r, a->why, sizeof(a->why));
	a->proof = get_u8(r);
	a->primary_ecc = get_u8(r);
	get_raw(r, a->policy, sizeof(a->policy));
	a->blob_len = get_blob(r, a->blob, sizeof(a->blob));
	if (!is_bool(a->ok) || !is_bool(a->primary_ecc) ||
	    a->proof > SEAL_TWIN || (a->proof != 0) != a->ok ||
	    (a->blob_len != 0) != a->ok)
		return -1;
	return msg_end(r);
}

void
unseal_ans_put(struct wbuf *w, const struct unseal_ans *a)
{
	put_u8(w, a->status);
	put_str(w, a->why);
	put_blob(w, a->secret, a->secret_len);
}

int
unseal_ans_get(struct rbuf *r, struct unseal_ans *a)
{
	a->status = get_u8(r);
	get_str(r, a->why, sizeof(a->why));
	a->secret_len = get_blob(r, a->secret, sizeof(a->secret));
	return a->status < UNSEAL_STATUS_MAX &&
	    (a->secret_len != 0) == (a->status == UNSEAL_OK) ? msg_end(r) : -1;
}

void
nv_ask_put(struct wbuf *w, const struct nv_ask *q)
{
	put_u32(w, q->index);
	put_raw(w, q->auth, sizeof(q->auth));
	put_raw(w, q->proof, sizeof(q->proof));
}

int
nv_ask_get(struct rbuf *r, struct nv_ask *q)
{
	q->index = get_u32(r);
	get_raw(r, q->auth, sizeof(q->auth));
	get_raw(r, q->proof, sizeof(q->proof));
	return msg_end(r);
}

void
nv_ans_put(struct wbuf *w, const struct nv_ans *a)
{
	put_u8(w, a->ok);
	put_str(w, a->why);
	put_u8(w, a->there);
	put_raw(w, a->name, sizeof(a->name));
	put_u64(w, a->value);
}

int
nv_ans_get(struct rbuf *r, struct nv_ans *a)
{
	a->ok = get_u8(r);
	get_str(r, a->why, sizeof(a->why));
	a->there = get_u8(r);
	get_raw(r, a->name, sizeof(a->name));
	a->value = get_u64(r);
	return is_bool(a->ok) && is_bool(a->there) ? msg_end(r) : -1;
}
