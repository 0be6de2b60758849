#include <string.h>

#include "privsep/text.h"

/* Length of the sequence at p, or 0 when it is none or not to be shown. */
static size_t
utf8_len(const unsigned char *p)
{
	unsigned int v;
	size_t n, i;

	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != 0x7f;
	n = p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 :
	    p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 0;
	if (n == 0)
		return 0;
	v = p[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3fU);
	}
	if ((n == 3 && v < 0x800) || (n == 4 && (v < 0x10000 || v > 0x10ffff)) ||
	    (v >= 0xd800 && v < 0xe000))
		return 0;
	/* C1 controls, and what turns the direction of writing */
	if (v < 0xa0 || (v >= 0x200e && v <= 0x200f) ||
	    (v >= 0x2028 && v <= 0x202e) || (v >= 0x2066 && v <= 0x2069))
		return 0;
	return n;
}

void
text_clean(char *s)
{
	size_t n;

	while (*s != '\0') {
		if ((n = utf8_len((const unsigned char *)s)) == 0) {
			*s = '?';
			n = 1;
		}
		s += n;
	}
}

void
text_json(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(f, "\\u%04x", (unsigned int)*s);
		else
			putc(*s, f);
	}
	putc('"', f);
}
