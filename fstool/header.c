/* The binary part of a LUKS2 header; header_json.c judges the rest. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "evidence/hash.h"
#include "fstool/header_json.h"

#define BINARY_SIZE	4096u	/* of one copy, before its JSON */
#define CSUM_OFFSET	448u
#define CSUM_SIZE	64u

/* Specification, 2.1, figure 3. */
struct copy {
	struct span	 all;		/* binary part and JSON area */
	uint64_t	 hdr_size, seqid, offset;
	struct span	 label, csum_alg, uuid, subsystem;
	struct span	 json;		/* up to the first NUL */
};

int
header_refuse(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, HEADER_REASON_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

/* A text field: its bytes up to a NUL, after which all are zero. */
static int
text_field(struct cursor *c, size_t n, struct span *ret)
{
	const uint8_t *end;
	struct span s;

	if (cursor_take(c, n, &s) == -1 ||
	    (end = memchr(s.p, '\0', s.n)) == NULL ||
	    !span_is_zero(span_make(end, (size_t)(s.p + s.n - end))))
		return -1;
	*ret = span_make(s.p, (size_t)(end - s.p));
	return 0;
}

static int
copy_decode(struct span area, size_t at, const char *magic, struct copy *ret,
    char *why)
{
	struct span m, salt, pad, csum;
	struct cursor c;
	uint16_t version;

	memset(ret, 0, sizeof(*ret));
	if (at > area.n || area.n - at < BINARY_SIZE)
		return header_refuse(why, "the header is cut off");
	cursor_init(&c, span_make(area.p + at, BINARY_SIZE));
	if (cursor_take(&c, 6, &m) == -1 || memcmp(m.p, magic, 6) != 0)
		return header_refuse(why, "no LUKS header%s", at == 0 ? "" :
		    ": the second copy is damaged");
	if (cursor_be16(&c, &version) == -1 || version != 2)
		return header_refuse(why, "not version 2 of LUKS");
	if (cursor_be64(&c, &ret->hdr_size) == -1 ||
	    cursor_be64(&c, &ret->seqid) == -1 ||
	    text_field(&c, 48, &ret->label) == -1 ||
	    text_field(&c, 32, &ret->csum_alg) == -1 ||
	    cursor_take(&c, 64, &salt) == -1 ||
	    text_field(&c, 40, &ret->uuid) == -1 ||
	    text_field(&c, 48, &ret->subsystem) == -1 ||
	    cursor_be64(&c, &ret->offset) == -1 ||
	    cursor_take(&c, 184, &pad) == -1 ||
	    cursor_take(&c, CSUM_SIZE, &csum) == -1)
		return header_refuse(why, "a text of the binary header does "
		    "not end");
	if (!span_is_zero(pad) || !span_is_zero(span_make(area.p + at + c.off,
	    BINARY_SIZE - c.off)))
		return header_refuse(why, "padding of the binary header is "
		    "not zero");
	return 0;
}

/* A power of two from 16 KiB to 4 MiB (specification, 2.1, table 1). */
static int
size_check(struct copy *k, struct span area, size_t at, char *why)
{
	uint64_t n = k->hdr_size;

	if (n < HEADER_COPY_MIN || n > HEADER_COPY_MAX || (n & (n - 1)) != 0)
		return header_refuse(why, "hdr_size is none that exists");
	if (n > area.n - at)
		return header_refuse(why, "the header is cut off");
	if (k->offset != at)
		return header_refuse(why, "hdr_offset is not where the header "
		    "lies");
	if (!span_eq_str(k->csum_alg, "sha256"))
		return header_refuse(why, "checksum algorithm other than "
		    "sha256");
	k->all = span_make(area.p + at, (size_t)n);
	return 0;
}

/* Over the whole copy with the checksum itself zero. */
static int
csum_check(const struct copy *k, char *why)
{
	static const uint8_t zero[CSUM_SIZE];
	const uint8_t *csum = k->all.p + CSUM_OFFSET;
	uint8_t md[64];
	struct hash h;
	int rc;

	rc = hash_init(&h, DIGEST_SHA256) == -1 || hash_start(&h) == -1 ||
	    hash_add(&h, k->all.p, CSUM_OFFSET) == -1 ||
	    hash_add(&h, zero, CSUM_SIZE) == -1 ||
	    hash_add(&h, csum + CSUM_SIZE, k->all.n - CSUM_OFFSET -
	    CSUM_SIZE) == -1 || hash_end(&h, md) == -1;
	hash_free(&h);
	if (rc)
		return header_refuse(why, "no memory");
	if (memcmp(md, csum, 32) != 0 ||
	    !span_is_zero(span_make(csum + 32, CSUM_SIZE - 32)))
		return header_refuse(why, "a copy of the header is damaged: "
		    "its checksum is wrong");
	return 0;
}

/* The JSON text ends with a NUL and nothing follows it. */
static int
json_find(struct copy *k, char *why)
{
	struct span area = span_make(k->all.p + BINARY_SIZE,
	    k->all.n - BINARY_SIZE);
	const uint8_t *end = memchr(area.p, '\0', area.n);

	if (end == NULL || !span_is_zero(span_make(end,
	    (size_t)(area.p + area.n - end))))
		return header_refuse(why, "bytes follow the JSON text");
	k->json = span_make(area.p, (size_t)(end - area.p));
	return 0;
}

static int
copy_read(struct span area, size_t at, const char *magic, struct copy *k,
    char *why)
{
	if (copy_decode(area, at, magic, k, why) == -1 ||
	    size_check(k, area, at, why) == -1 || csum_check(k, why) == -1)
		return -1;
	return json_find(k, why);
}

/* After a whole write both say the same; what they do not share is magic,
 * offset, salt and checksum. */
static int
copies_agree(const struct copy *a, const struct copy *b, char *why)
{
	if (a->seqid != b->seqid)
		return header_refuse(why, "the two copies are of different "
		    "ages: a write was cut off, or one was put back");
	if (a->hdr_size != b->hdr_size || !span_eq(a->uuid, b->uuid) ||
	    !span_eq(a->label, b->label) ||
	    !span_eq(a->subsystem, b->subsystem) ||
	    !span_eq(a->json, b->json))
		return header_refuse(why, "the two copies differ");
	return 0;
}

int
header_check(struct span area, struct header_facts *ret, char *why)
{
	struct copy first, second;

	memset(ret, 0, sizeof(*ret));
	if (area.n > HEADER_MAX)
		return header_refuse(why, "longer than any header of ours");
	if (copy_read(area, 0, "LUKS\xba\xbe", &first, why) == -1 ||
	    copy_read(area, (size_t)first.hdr_size, "SKUL\xba\xbe", &second,
	    why) == -1 || copies_agree(&first, &second, why) == -1)
		return -1;
	if (!header_uuid_valid(first.uuid.p, first.uuid.n))
		return header_refuse(why, "the UUID is none");
	memcpy(ret->uuid, first.uuid.p, first.uuid.n);
	if (first.subsystem.n != 0)
		return header_refuse(why, "a subsystem is named");
	ret->seqid = first.seqid;
	return header_json_check(first.json, first.hdr_size, area.n, ret, why);
}
