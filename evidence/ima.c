/* Reading of binary_runtime_measurements. */
#include <string.h>

#include "evidence/ima.h"
#include "evidence/ima_fields.h"
#include "evidence/limits.h"

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

/* Only what is a file, or a buffer, by its digest.  A digest of type verity
 * is not the hash of the content and must not be taken for it. */
static void
fields_take(struct ima_entry *e)
{
	struct ima_fields f;

	if (ima_fields_decode(e->name, e->data, &f) == -1 ||
	    f.digest.n == 0 || f.path.n == 0 ||
	    (f.type.n != 0 && !span_eq_str(f.type, "ima")))
		return;
	e->alg = f.alg;
	e->alg_name = f.alg_name;
	e->digest = f.digest;
	e->path = f.path;
	e->sig = f.sig;
	e->is_buf = f.has_buf;
	e->decoded = 1;
}

static enum ima_status
body_other(struct cursor *c, struct ima_entry *e)
{
	uint32_t n;

	if (cursor_le32(c, &n) == -1)
		return IMA_SHORT;
	if (n > MAX_IMA_DATA)
		return IMA_BAD;
	if (cursor_take(c, n, &e->data) == -1)
		return IMA_SHORT;
	fields_take(e);
	return IMA_ENTRY;
}

enum ima_status
ima_next_sized(struct cursor *c, size_t size, struct ima_entry *ret)
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
	    cursor_take(&t, size, &e.template_digest) == -1 ||
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

enum ima_status
ima_next(struct cursor *c, struct ima_entry *ret)
{
	return ima_next_sized(c, IMA_TEMPLATE_DIGEST, ret);
}

int
ima_is_boot_aggregate(const struct ima_entry *e)
{
	return e->decoded && !e->is_buf &&
	    span_eq_str(e->path, "boot_aggregate");
}
