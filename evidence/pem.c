/* Certificates in PEM, without libcrypto. */
#include <string.h>

#include "evidence/pem.h"

#define BEGIN	"-----BEGIN CERTIFICATE-----"
#define END	"-----END CERTIFICATE-----"

static void
space_skip(struct cursor *c)
{
	while (c->off < c->n && strchr(" \t\r\n", c->p[c->off]) != NULL &&
	    c->p[c->off] != '\0')
		c->off++;
}

static int
word_take(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if (cursor_left(c) < n || memcmp(c->p + c->off, word, n) != 0)
		return -1;
	c->off += n;
	return 0;
}

/* base64 with its line ends; the padding of the last line is cut off, and
 * must be what the length asks for. */
static int
body_decode(struct cursor *c, uint8_t *dst, size_t *ret_len)
{
	char text[MAX_PEM_CERT / 3 * 4 + 4];
	size_t n = 0, pad = 0;
	uint8_t b;

	while (cursor_u8(c, &b) == 0 && b != '-') {
		if (b == '\r' || b == '\n')
			continue;
		if (b == '=')
			pad++;
		else if (pad > 0 || n == sizeof(text))
			return -1;
		else
			text[n++] = (char)b;
	}
	if (c->off == 0 || c->p[c->off - 1] != '-' || n == 0 ||
	    pad != (4 - n % 4) % 4)
		return -1;
	c->off--;
	return base64_decode(span_make(text, n), dst, MAX_PEM_CERT, ret_len);
}

int
pem_cert_next(struct cursor *c, uint8_t *dst, size_t *ret_len)
{
	size_t n;

	space_skip(c);
	if (cursor_left(c) == 0)
		return 0;
	if (word_take(c, BEGIN) == -1 || body_decode(c, dst, &n) == -1 ||
	    word_take(c, END) == -1)
		return -1;
	*ret_len = n;
	return 1;
}
