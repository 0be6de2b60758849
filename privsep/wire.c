#include <string.h>

#include "privsep/wire.h"

void
wbuf_init(struct wbuf *w)
{
	w->n = 0;
	w->bad = 0;
}

void
put_raw(struct wbuf *w, const void *p, size_t n)
{
	if (w->bad || n > sizeof(w->b) - w->n) {
		w->bad = 1;
		return;
	}
	if (n > 0)
		memcpy(w->b + w->n, p, n);
	w->n += n;
}

static void
put_be(struct wbuf *w, uint64_t v, size_t n)
{
	uint8_t b[8];
	size_t i;

	for (i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	put_raw(w, b, n);
}

void
put_u8(struct wbuf *w, uint8_t v)
{
	put_be(w, v, 1);
}

void
put_u16(struct wbuf *w, uint16_t v)
{
	put_be(w, v, 2);
}

void
put_u32(struct wbuf *w, uint32_t v)
{
	put_be(w, v, 4);
}

void
put_u64(struct wbuf *w, uint64_t v)
{
	put_be(w, v, 8);
}

void
put_blob(struct wbuf *w, const void *p, size_t n)
{
	if (n > UINT16_MAX) {
		w->bad = 1;
		return;
	}
	put_u16(w, (uint16_t)n);
	put_raw(w, p, n);
}

void
put_str(struct wbuf *w, const char *s)
{
	put_blob(w, s, strlen(s));
}

void
rbuf_init(struct rbuf *r, const void *p, size_t n)
{
	r->p = p;
	r->n = n;
	r->bad = 0;
}

static const uint8_t *
take(struct rbuf *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > r->n) {
		r->bad = 1;
		return NULL;
	}
	r->p += n;
	r->n -= n;
	return p;
}

static uint64_t
get_be(struct rbuf *r, size_t n)
{
	const uint8_t *p;
	uint64_t v = 0;

	if ((p = take(r, n)) == NULL)
		return 0;
	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

uint8_t
get_u8(struct rbuf *r)
{
	return (uint8_t)get_be(r, 1);
}

uint16_t
get_u16(struct rbuf *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t
get_u32(struct rbuf *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t
get_u64(struct rbuf *r)
{
	return get_be(r, 8);
}

void
get_raw(struct rbuf *r, void *dst, size_t n)
{
	const uint8_t *p;

	if ((p = take(r, n)) == NULL)
		memset(dst, 0, n);
	else if (n > 0)
		memcpy(dst, p, n);
}

size_t
get_blob_ref(struct rbuf *r, const uint8_t **ret_p, size_t cap)
{
	const uint8_t *p;
	size_t n;

	n = get_u16(r);
	if (n > cap)
		r->bad = 1;
	if ((p = take(r, n)) == NULL) {
		*ret_p = NULL;
		return 0;
	}
	*ret_p = p;
	return n;
}

size_t
get_blob(struct rbuf *r, void *dst, size_t cap)
{
	const uint8_t *p;
	size_t n;

	n = get_blob_ref(r, &p, cap);
	if (n > 0)
		memcpy(dst, p, n);
	return n;
}

void
get_str(struct rbuf *r, char *dst, size_t cap)
{
	const uint8_t *p;
	size_t n;

	n = get_blob_ref(r, &p, cap - 1);
	if (n > 0 && memchr(p, '\0', n) != NULL) {
		r->bad = 1;
		n = 0;
	}
	if (n > 0)
		memcpy(dst, p, n);
	dst[n] = '\0';
}

int
msg_end(const struct rbuf *r)
{
	return r->bad || r->n != 0 ? -1 : 0;
}
