#include <stdlib.h>
#include <string.h>

#include "workers/netbuf.h"

uint8_t *
netbuf_room(struct netbuf *b, size_t n)
{
	uint8_t *p;

	if (b->off > 0 && b->off + b->len + n > b->cap) {
		memmove(b->p, b->p + b->off, b->len);
		b->off = 0;
	}
	if (b->len + n > b->cap) {
		if ((p = realloc(b->p, b->len + n)) == NULL)
			return NULL;
		b->p = p;
		b->cap = b->len + n;
	}
	return b->p + b->off + b->len;
}

void
netbuf_commit(struct netbuf *b, size_t n)
{
	b->len += n;
	if (b->len == 0)
		netbuf_free(b);
}

int
netbuf_add(struct netbuf *b, const void *p, size_t n)
{
	uint8_t *dst;

	if (n == 0)
		return 0;
	if ((dst = netbuf_room(b, n)) == NULL)
		return -1;
	memcpy(dst, p, n);
	b->len += n;
	return 0;
}

void
netbuf_drop(struct netbuf *b, size_t n)
{
	b->off += n;
	b->len -= n;
	if (b->len == 0)
		netbuf_free(b);
}

size_t
netbuf_take(struct netbuf *b, void *dst, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return 0;
	memcpy(dst, b->p + b->off, n);
	netbuf_drop(b, n);
	return n;
}

/* Plaintext may have been in it. */
void
netbuf_free(struct netbuf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	memset(b, 0, sizeof(*b));
}
