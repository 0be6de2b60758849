/* Spans, the cursor and the growable buffer; text forms are in bytes_text.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/bytes.h"

struct span
span_make(const void *p, size_t n)
{
	struct span s = { p, n };

	return s;
}

struct span
span_str(const char *s)
{
	return span_make(s, strlen(s));
}

int
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int
span_eq_str(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return (a.n > b.n) - (a.n < b.n);
}

int
span_is_zero(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return 0;
	return 1;
}

void
cursor_init(struct cursor *c, struct span s)
{
	c->p = s.p;
	c->n = s.n;
	c->off = 0;
}

size_t
cursor_left(const struct cursor *c)
{
	return c->n - c->off;
}

int
cursor_take(struct cursor *c, size_t n, struct span *ret)
{
	if (n > cursor_left(c))
		return -1;
	*ret = span_make(n == 0 ? NULL : c->p + c->off, n);
	c->off += n;
	return 0;
}

int
cursor_skip(struct cursor *c, size_t n)
{
	struct span s;

	return cursor_take(c, n, &s);
}

int
cursor_u8(struct cursor *c, uint8_t *ret)
{
	struct span s;

	if (cursor_take(c, 1, &s) == -1)
		return -1;
	*ret = s.p[0];
	return 0;
}

static int
cursor_int(struct cursor *c, size_t n, int big, uint64_t *ret)
{
	struct span s;
	uint64_t v = 0;
	size_t i;

	if (cursor_take(c, n, &s) == -1)
		return -1;
	for (i = 0; i < n; i++)
		v = v << 8 | s.p[big ? i : n - 1 - i];
	*ret = v;
	return 0;
}

#define CURSOR_GETTER(name, type, big)					\
int									\
name(struct cursor *c, type *ret)					\
{									\
	uint64_t v;							\
									\
	if (cursor_int(c, sizeof(type), big, &v) == -1)			\
		return -1;						\
	*ret = (type)v;							\
	return 0;							\
}

CURSOR_GETTER(cursor_le16, uint16_t, 0)
CURSOR_GETTER(cursor_le32, uint32_t, 0)
CURSOR_GETTER(cursor_le64, uint64_t, 0)
CURSOR_GETTER(cursor_be16, uint16_t, 1)
CURSOR_GETTER(cursor_be32, uint32_t, 1)
CURSOR_GETTER(cursor_be64, uint64_t, 1)

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->cap = 0;
}

static int
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;
	uint8_t *p;

	if (b->failed || n > SIZE_MAX / 4 - b->n ||
	    (b->max != 0 && n > b->max - b->n)) {
		b->failed = 1;
		return -1;
	}
	if (b->n + n <= b->cap)
		return 0;
	while (cap < b->n + n)
		cap *= 2;
	if ((p = realloc(b->p, cap)) == NULL) {
		b->failed = 1;
		return -1;
	}
	b->p = p;
	b->cap = cap;
	return 0;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || buf_grow(b, n) == -1)
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_hex(struct buf *b, struct span s)
{
	if (s.n > SIZE_MAX / 4 || buf_grow(b, 2 * s.n + 1) == -1) {
		b->failed = 1;
		return;
	}
	if (hex_encode(s, (char *)b->p + b->n, b->cap - b->n) == 0)
		b->n += 2 * s.n;
}

void
buf_add_be16(struct buf *b, uint16_t v)
{
	uint8_t x[2] = { v >> 8, v & 0xff };

	buf_add(b, x, sizeof(x));
}

void
buf_add_be32(struct buf *b, uint32_t v)
{
	buf_add_be16(b, v >> 16);
	buf_add_be16(b, v & 0xffff);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		b->failed = 1;
	else
		buf_add(b, text, n);
}

struct span
buf_span(const struct buf *b)
{
	return span_make(b->p, b->n);
}
