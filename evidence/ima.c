/* Reading of binary_runtime_measurements. */
#include <string.h>

#include "evidence/ima.h"
#include "evidence/limits.h"

/* What the template data of one template holds, in order. */
enum field { F_END, F_DIGEST_NG, F_NAME_NG, F_SIG };

static const struct template {
	const char	*name;
	enum field	 field[6];
} templates[] = {
	{ "ima-ng",  { F_DIGEST_NG, F_NAME_NG, F_END } },
	{ "ima-sig", { F_DIGEST_NG, F_NAME_NG, F_SIG, F_END } },
};

/* "sha256:" NUL digest */
static int
field_digest_ng(struct span f, struct ima_entry *e)
{
	const uint8_t *nul = f.n == 0 ? NULL : memchr(f.p, '\0', f.n);
	size_t n;

	if (nul == NULL || nul - f.p < 2 || nul[-1] != ':')
		return -1;
	n = nul - f.p;
	e->alg_name = span_make(f.p, n - 1);
	e->alg = digest_by_name(e->alg_name);
	e->digest = span_make(nul + 1, f.n - n - 1);
	if (e->digest.n == 0 || e->digest.n > DIGEST_MAX)
		return -1;
	if (e->alg != DIGEST_NONE && e->digest.n != digest_size(e->alg))
		return -1;
	return 0;
}

/* A name and its NUL, which is counted; no other NUL. */
static int
field_name_ng(struct span f, struct ima_entry *e)
{
	if (f.n < 2 || f.n > MAX_FILE_PATH ||
	    memchr(f.p, '\0', f.n) != f.p + f.n - 1)
		return -1;
	e->path = span_make(f.p, f.n - 1);
	return 0;
}

static int
field_decode(enum field kind, struct span f, struct ima_entry *e)
{
	switch (kind) {
	case F_DIGEST_NG:
		return field_digest_ng(f, e);
	case F_NAME_NG:
		return field_name_ng(f, e);
	case F_SIG:
		e->sig = f;
		return 0;
	default:
		return -1;
	}
}

/* 1 if the data is exactly the fields of its template. */
static int
fields_decode(const struct template *t, struct ima_entry *e)
{
	struct cursor c;
	struct span f;
	uint32_t n;
	size_t i;

	cursor_init(&c, e->data);
	for (i = 0; t->field[i] != F_END; i++) {
		if (cursor_le32(&c, &n) == -1 || cursor_take(&c, n, &f) == -1)
			return 0;
		if (field_decode(t->field[i], f, e) == -1)
			return 0;
	}
	return cursor_left(&c) == 0;
}

/* Template `ima` has no length of its data: digest, u32 length, name. */
static enum ima_status
body_ima(struct cursor *c, struct ima_entry *e)
{
	uint32_t n;

	e->is_ima = 1;
	e->alg = DIGEST_SHA1;
	if (cursor_take(c, digest_size(DIGEST_SHA1), &e->digest) == -1 ||
	    cursor_le32(c, &n) == -1)
		return IMA_SHORT;
	if (n > IMA_EVENT_NAME_LEN)
		return IMA_BAD;
	if (cursor_take(c, n, &e->path) == -1)
		return IMA_SHORT;
	e->decoded = n > 0 && memchr(e->path.p, '\0', n) == NULL;
	return IMA_ENTRY;
}

static enum ima_status
body_other(struct cursor *c, struct ima_entry *e)
{
	struct ima_entry fields;
	uint32_t n;
	size_t i;

	if (cursor_le32(c, &n) == -1)
		return IMA_SHORT;
	if (n > MAX_IMA_DATA)
		return IMA_BAD;
	if (cursor_take(c, n, &e->data) == -1)
		return IMA_SHORT;
	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++) {
		if (!span_eq_str(e->name, templates[i].name))
			continue;
		/* Half-decoded fields must not look like an entry. */
		fields = *e;
		if (fields_decode(&templates[i], &fields)) {
			*e = fields;
			e->decoded = 1;
		}
	}
	return IMA_ENTRY;
}

enum ima_status
ima_next(struct cursor *c, struct ima_entry *ret)
{
	struct cursor t = *c;
	struct ima_entry e;
	enum ima_status st;
	uint32_t n;

	if (cursor_left(c) == 0)
		return IMA_END;
	memset(&e, 0, sizeof(e));
	e.offset = t.off;
	if (cursor_le32(&t, &e.pcr) == -1 ||
	    cursor_take(&t, IMA_TEMPLATE_DIGEST, &e.template_digest) == -1 ||
	    cursor_le32(&t, &n) == -1)
		return IMA_SHORT;
	if (n == 0 || n > MAX_IMA_NAME)
		return IMA_BAD;
	if (cursor_take(&t, n, &e.name) == -1)
		return IMA_SHORT;
	e.violation = span_is_zero(e.template_digest);
	st = span_eq_str(e.name, "ima") ? body_ima(&t, &e) :
	    body_other(&t, &e);
	if (st != IMA_ENTRY)
		return st;
	*c = t;
	*ret = e;
	return IMA_ENTRY;
}

int
ima_is_boot_aggregate(const struct ima_entry *e)
{
	return e->decoded && span_eq_str(e->path, "boot_aggregate");
}
