/* Lines of the ASCII list. */
#include <stdlib.h>
#include <string.h>

#include "evidence/ima_ascii.h"

void
ima_line_init(struct ima_line *l)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->data, MAX_IMA_DATA);
}

void
ima_line_free(struct ima_line *l)
{
	buf_free(&l->data);
}

static void
put_le32(struct buf *b, uint32_t v)
{
	uint8_t p[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 };

	buf_add(b, p, sizeof(p));
}

/* The word up to the next blank; the blank is taken too.  An empty field is
 * an empty word: two blanks, or one at the end. */
static int
word_take(struct span *line, struct span *ret)
{
	const uint8_t *sp;

	if (line->p == NULL)
		return -1;
	sp = line->n == 0 ? NULL : memchr(line->p, ' ', line->n);
	if (sp == NULL) {
		*ret = *line;
		*line = span_make(NULL, 0);
		return 0;
	}
	*ret = span_make(line->p, sp - line->p);
	*line = span_make(sp + 1, line->n - ret->n - 1);
	return 0;
}

/* Decimal, no sign, no leading zero. */
static int
number(struct span s, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;
	size_t i;

	if (s.n == 0 || s.n > 10 || (s.n > 1 && s.p[0] == '0'))
		return -1;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = 10 * v + (s.p[i] - '0');
	}
	if (v > max)
		return -1;
	*ret = v;
	return 0;
}

/* The kernel writes small letters only. */
static int
has_capital(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'F')
			return 1;
	return 0;
}

static int
put_hex(struct buf *b, struct span hex)
{
	uint8_t *p;
	size_t n;
	int rc = -1;

	if (hex.n / 2 > MAX_IMA_DATA || has_capital(hex) || (p = malloc(hex.n / 2 + 1)) == NULL)
		return -1;
	if (hex_decode(hex, p, hex.n / 2, &n) == 0) {
		buf_add(b, p, n);
		rc = 0;
	}
	free(p);
	return rc;
}

/* "sha256:hex" or "ima:sha256:hex" to the bytes before the colon of the
 * digest, the colon, NUL, digest. */
static int
put_digest(struct buf *b, struct span s)
{
	size_t i;

	for (i = s.n; i > 0 && s.p[i - 1] != ':'; i--)
		continue;
	if (i < 2)
		return -1;
	put_le32(b, i + 1 + (s.n - i) / 2);
	buf_add(b, s.p, i);
	buf_add(b, "", 1);
	return put_hex(b, span_make(s.p + i, s.n - i));
}

static int
put_number(struct buf *b, struct span s, size_t size)
{
	uint8_t p[4];
	uint32_t v;

	if (number(s, size == 2 ? 0xffff : 0xffffffff, &v) == -1)
		return -1;
	put_le32(b, size);
	p[0] = v & 0xff;
	p[1] = v >> 8 & 0xff;
	p[2] = v >> 16 & 0xff;
	p[3] = v >> 24;
	buf_add(b, p, size);
	return 0;
}

static int
put_field(struct buf *b, enum ima_field kind, struct span w)
{
	switch (kind) {
	case IMA_F_D:
		if (w.n != 40)
			return -1;
		put_le32(b, 20);
		return put_hex(b, w);
	case IMA_F_D_NG:
	case IMA_F_D_NGV2:
		return put_digest(b, w);
	case IMA_F_D_MODSIG:
		if (w.n != 0)
			return put_digest(b, w);
		put_le32(b, 0);
		return 0;
	case IMA_F_N:
	case IMA_F_N_NG:
	case IMA_F_XATTR_NAMES:
		if (memchr(w.p, '\0', w.n) != NULL)
			return -1;
		/* without attributes the field is empty, without its NUL */
		if (kind == IMA_F_XATTR_NAMES && w.n == 0) {
			put_le32(b, 0);
			return 0;
		}
		put_le32(b, w.n + 1);
		buf_add(b, w.p, w.n);
		buf_add(b, "", 1);
		return 0;
	case IMA_F_UID:
	case IMA_F_GID:
		return put_number(b, w, 4);
	case IMA_F_MODE:
		return put_number(b, w, 2);
	default:
		if (w.n % 2 != 0)
			return -1;
		put_le32(b, w.n / 2);
		return put_hex(b, w);
	}
}

/* Template `ima` is hashed without lengths, its name filled up to 256. */
static int
line_ima(struct span rest, struct ima_line *l)
{
	static const uint8_t zero[IMA_EVENT_NAME_LEN + 1];
	struct span d, name = { NULL, 0 };

	if (word_take(&rest, &d) == -1 || rest.p == NULL || d.n != 40)
		return -1;
	name = rest;
	if (name.n == 0 || name.n > IMA_EVENT_NAME_LEN ||
	    put_hex(&l->data, d) == -1)
		return -1;
	buf_add(&l->data, name.p, name.n);
	buf_add(&l->data, zero, sizeof(zero) - name.n);
	if (l->data.failed)
		return -1;
	memset(&l->fields, 0, sizeof(l->fields));
	l->fields.alg = DIGEST_SHA1;
	l->fields.alg_name = span_str("sha1");
	l->fields.digest = span_make(l->data.p, 20);
	l->fields.path = span_make(l->data.p + 20, name.n);
	l->has_fields = 1;
	return 0;
}

static int
line_fields(struct span rest, struct ima_line *l)
{
	enum ima_field kind[MAX_IMA_FIELDS];
	struct span w;
	int i, n;

	if ((n = ima_template_fields(l->name, kind)) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (word_take(&rest, &w) == -1 ||
		    put_field(&l->data, kind[i], w) == -1)
			return -1;
	if (rest.p != NULL || l->data.failed)
		return -1;
	l->has_fields = ima_fields_decode(l->name, buf_span(&l->data),
	    &l->fields) == 0;
	return l->has_fields ? 0 : -1;
}

static int
line_parse(struct span rest, struct ima_line *l)
{
	struct span w;

	l->data.n = 0;
	l->has_fields = 0;
	/* two columns, right-aligned */
	if (rest.n > 0 && rest.p[0] == ' ')
		rest = span_make(rest.p + 1, rest.n - 1);
	if (word_take(&rest, &w) == -1 || number(w, 0xffff, &l->pcr) == -1 ||
	    word_take(&rest, &w) == -1 || has_capital(w) ||
	    hex_decode(w, l->digest, sizeof(l->digest),
	    &l->digest_len) == -1 ||
	    digest_by_size(l->digest_len) == DIGEST_NONE ||
	    word_take(&rest, &l->name) == -1 || l->name.n == 0 ||
	    l->name.n > MAX_IMA_NAME || rest.p == NULL)
		return -1;
	return span_eq_str(l->name, "ima") ? line_ima(rest, l) :
	    line_fields(rest, l);
}

enum ima_status
ima_ascii_next(struct cursor *c, struct ima_line *l)
{
	const uint8_t *p = c->p + c->off, *nl;
	size_t left = cursor_left(c), n;

	if (left == 0)
		return IMA_END;
	nl = memchr(p, '\n', left);
	n = nl == NULL ? left : (size_t)(nl - p);
	if (n > MAX_IMA_LINE || line_parse(span_make(p, n), l) == -1)
		return IMA_BAD;
	c->off += n + (nl != NULL);
	return IMA_ENTRY;
}

int
ima_is_ascii(struct span s)
{
	size_t i = 0, digits = 0, hex = 0;

	while (i < s.n && s.p[i] == ' ')
		i++;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (digits == 0 || i == s.n || s.p[i++] != ' ')
		return 0;
	for (; i < s.n && hex < 40; i++, hex++)
		if (strchr("0123456789abcdefABCDEF", s.p[i]) == NULL ||
		    s.p[i] == '\0')
			return 0;
	return hex == 40;
}

struct span
ima_hashed_data(const struct ima_entry *e, uint8_t pad[276])
{
	if (!e->is_ima)
		return e->data;
	memset(pad, 0, 276);
	memcpy(pad, e->digest.p, 20);
	if (e->path.n > 0)	/* an empty span has no pointer */
		memcpy(pad + 20, e->path.p, e->path.n);
	return span_make(pad, 276);
}

static int
first_take(struct ima_first *f, uint32_t pcr, enum digest_alg alg,
    struct span digest, int boot)
{
	if (digest.n > sizeof(f->digest))
		return -1;
	f->pcr = pcr;
	f->alg = alg;
	f->is_boot_aggregate = boot;
	f->digest_len = digest.n;
	memcpy(f->digest, digest.p, digest.n);
	return 0;
}

int
ima_first_entry(struct span list, struct ima_first *ret)
{
	struct ima_line l;
	struct ima_entry e;
	struct cursor c;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	cursor_init(&c, list);
	if (!ima_is_ascii(list)) {
		if (ima_next(&c, &e) != IMA_ENTRY || !e.decoded)
			return -1;
		return first_take(ret, e.pcr, e.alg, e.digest,
		    !e.violation && ima_is_boot_aggregate(&e));
	}
	ima_line_init(&l);
	if (ima_ascii_next(&c, &l) == IMA_ENTRY && l.has_fields)
		rc = first_take(ret, l.pcr, l.fields.alg, l.fields.digest,
		    !l.fields.has_buf && !span_is_zero(span_make(l.digest,
		    l.digest_len)) && span_eq_str(l.fields.path,
		    "boot_aggregate"));
	ima_line_free(&l);
	return rc;
}
