/* Hex, base64 and UTF-8, strict in reading. */
#include <string.h>

#include "evidence/bytes.h"

static const char b64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
hex_encode(struct span s, char *dst, size_t size)
{
	static const char digit[] = "0123456789abcdef";
	size_t i;

	if (size == 0 || s.n > (size - 1) / 2)
		return -1;
	for (i = 0; i < s.n; i++) {
		dst[2 * i] = digit[s.p[i] >> 4];
		dst[2 * i + 1] = digit[s.p[i] & 15];
	}
	dst[2 * s.n] = '\0';
	return 0;
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(struct span s, uint8_t *dst, size_t cap, size_t *ret_len)
{
	size_t i;
	int h, l;

	if (s.n % 2 != 0 || s.n / 2 > cap)
		return -1;
	for (i = 0; i < s.n / 2; i++) {
		h = hex_value(s.p[2 * i]);
		l = hex_value(s.p[2 * i + 1]);
		if (h == -1 || l == -1)
			return -1;
		dst[i] = h << 4 | l;
	}
	*ret_len = s.n / 2;
	return 0;
}

int
hex_decode_exact(struct span s, uint8_t *dst, size_t n)
{
	size_t len;

	if (s.n != 2 * n)
		return -1;
	return hex_decode(s, dst, n, &len);
}

size_t
base64_size(size_t n)
{
	return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1) + 1;
}

int
base64_encode(struct span s, char *dst, size_t size)
{
	size_t i, k, o = 0, m;
	uint32_t v;

	if (s.n > SIZE_MAX / 2 || size < base64_size(s.n))
		return -1;
	for (i = 0; i < s.n; i += 3) {
		m = s.n - i < 3 ? s.n - i : 3;
		v = 0;
		for (k = 0; k < 3; k++)
			v = v << 8 | (k < m ? s.p[i + k] : 0);
		for (k = 0; k < m + 1; k++)
			dst[o++] = b64[v >> (18 - 6 * k) & 63];
	}
	dst[o] = '\0';
	return 0;
}

static int
base64_value(uint8_t c)
{
	const char *p = c == '\0' ? NULL : strchr(b64, c);

	return p == NULL ? -1 : (int)(p - b64);
}

int
base64_decode(struct span s, uint8_t *dst, size_t cap, size_t *ret_len)
{
	size_t i, n = s.n / 4 * 3 + (s.n % 4 == 0 ? 0 : s.n % 4 - 1), o = 0;
	uint32_t v = 0;
	int bits = 0, x;

	if (s.n % 4 == 1 || n > cap)
		return -1;
	for (i = 0; i < s.n; i++) {
		if ((x = base64_value(s.p[i])) == -1)
			return -1;
		v = (v << 6 | x) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			dst[o++] = v >> bits & 0xff;
		}
	}
	/* Unused bits must be zero: one text for each value. */
	if ((v & ((1u << bits) - 1)) != 0)
		return -1;
	*ret_len = o;
	return 0;
}

size_t
utf8_sequence(struct span s, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t v;
	size_t n, i;

	*ret = s.p[0];
	if (s.p[0] < 0x80)
		return 1;
	if (s.p[0] < 0xc2 || s.p[0] > 0xf4)
		return 0;
	n = s.p[0] < 0xe0 ? 2 : s.p[0] < 0xf0 ? 3 : 4;
	if (n > s.n)
		return 0;
	v = s.p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s.p[i] & 0x3f);
	}
	if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*ret = v;
	return n;
}

int
utf8_valid(struct span s)
{
	uint32_t v;
	size_t i, n;

	for (i = 0; i < s.n; i += n)
		if ((n = utf8_sequence(span_make(s.p + i, s.n - i), &v)) == 0)
			return 0;
	return 1;
}
