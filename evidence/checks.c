/* The list of checks, and text that is safe to show. */
#include <stdio.h>
#include <string.h>

#include "evidence/checks.h"

const char *
result_name(enum result r)
{
	static const char *const name[] = { "OK", "WARN", "SKIP", "FAIL" };

	return (unsigned)r < RESULT_MAX ? name[r] : "FAIL";
}

void
checks_init(struct checks *ck)
{
	memset(ck, 0, sizeof(*ck));
}

/* Length of the sequence at s if it may be shown as it is, else 0.  C1
 * controls move the cursor of some terminals; marks that reorder text could
 * make one path look like another. */
static size_t
plain_len(struct span s)
{
	uint32_t v;
	size_t n = utf8_sequence(s, &v);

	if (n == 0 || v < 0x20 || v == 0x7f || v == '\\' ||
	    (v >= 0x80 && v < 0xa0))
		return 0;
	if ((v >= 0x202a && v <= 0x202e) || (v >= 0x2066 && v <= 0x2069) ||
	    v == 0x200e || v == 0x200f || v == 0x2028 || v == 0x2029)
		return 0;
	return n;
}

void
text_escape(struct span s, char *dst, size_t size)
{
	size_t i = 0, o = 0, n;
	char one[5];

	if (size == 0)
		return;
	while (i < s.n) {
		n = plain_len(span_make(s.p + i, s.n - i));
		if (n == 0) {
			snprintf(one, sizeof(one), "\\x%02x", s.p[i]);
			n = 1;
		} else {
			memcpy(one, s.p + i, n);
			one[n] = '\0';
		}
		/* Room for this, for "..." and for the NUL. */
		if (o + strlen(one) + 4 > size) {
			for (n = 0; n < 3 && o + 1 < size; n++)
				dst[o++] = '.';
			break;
		}
		memcpy(dst + o, one, strlen(one));
		o += strlen(one);
		i += n;
	}
	dst[o] = '\0';
}

static void checks_vadd(struct checks *, enum result, const char *,
    const char *, va_list) __attribute__((__format__(printf, 4, 0)));

static void
checks_vadd(struct checks *ck, enum result r, const char *name,
    const char *fmt, va_list ap)
{
	char text[MAX_CHECK_DETAIL];
	struct check *c;
	int n;

	ck->count[r]++;
	if (ck->n == MAX_CHECKS) {
		ck->dropped++;
		return;
	}
	c = &ck->v[ck->n++];
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->result = r;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	if (n < 0)
		text[0] = '\0';
	text_escape(span_str(text), c->detail, sizeof(c->detail));
}

int
checks_add(struct checks *ck, enum result r, const char *name,
    const char *fmt, ...)
{
	va_list ap;

	if ((unsigned)r >= RESULT_MAX)
		r = RESULT_FAIL;
	va_start(ap, fmt);
	checks_vadd(ck, r, name, fmt, ap);
	va_end(ap);
	return r == RESULT_FAIL ? -1 : 0;
}

int
checks_take(struct checks *ck, const struct check *c)
{
	ck->count[c->result]++;
	if (ck->n == MAX_CHECKS)
		ck->dropped++;
	else
		ck->v[ck->n++] = *c;
	return c->result == RESULT_FAIL ? -1 : 0;
}

int
checks_test(struct checks *ck, int ok, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	checks_vadd(ck, ok ? RESULT_OK : RESULT_FAIL, name, fmt, ap);
	va_end(ap);
	return ok ? 0 : -1;
}

enum result
checks_verdict(const struct checks *ck)
{
	if (ck->count[RESULT_FAIL] > 0 || ck->n == 0)
		return RESULT_FAIL;
	if (ck->count[RESULT_SKIP] > 0)
		return RESULT_SKIP;
	return ck->count[RESULT_WARN] > 0 ? RESULT_WARN : RESULT_OK;
}

const struct check *
checks_find(const struct checks *ck, const char *name)
{
	size_t i;

	for (i = 0; i < ck->n; i++)
		if (strcmp(ck->v[i].name, name) == 0)
			return &ck->v[i];
	return NULL;
}
