/* header.mac: encode, decode, and what its MACs are over. */
#include <stdio.h>
#include <string.h>

#include "fstool/record.h"
#include "privsep/wire.h"

#define MAGIC	"CVMFSMAC"	/* in the file, without its NUL */
#define MACED	"CVM-FS-MAC-1"	/* under the MAC, with it */
#define VERSION	1u
#define NAME_ALG 0x000bu	/* SHA-256: what a Name of ours begins with */

static const char *
counter_wrong(const struct record *r)
{
	struct span name = span_make(r->nv_name, sizeof(r->nv_name));

	if (r->nv_index == 0)
		return span_is_zero(name) ? NULL :
		    "a name of a counter, and no counter";
	if (r->nv_index < NV_FIRST || r->nv_index > NV_LAST)
		return "the counter is none of ours";
	return r->nv_name[0] == NAME_ALG >> 8 &&
	    r->nv_name[1] == (NAME_ALG & 0xff) ? NULL :
	    "the name of the counter is none";
}

/* The rule that is broken, or NULL: the same for both ways. */
static const char *
record_wrong(const struct record *r)
{
	uint32_t seen = 0;
	size_t i;

	if (!header_uuid_valid(r->uuid, strlen(r->uuid)))
		return "the UUID is none";
	if (r->nwraps > RECORD_WRAPS_MAX)
		return "more wrapped keys than a header has tokens";
	for (i = 0; i < r->nwraps; i++) {
		if (r->wrap[i].token >= HEADER_NUMBERS)
			return "a token's number that cannot be";
		if ((seen >> r->wrap[i].token & 1) != 0)
			return "a token twice";
		seen |= 1u << r->wrap[i].token;
	}
	if (r->nentries < 1 || r->nentries > 2)
		return "not one entry or two";
	for (i = 0; i < r->nentries; i++)
		if (r->entry[i].len == 0 || r->entry[i].len > HEADER_MAX)
			return "a length that no header has";
	return counter_wrong(r);
}

/* What file and MAC have in common, behind the number of entries. */
static void
body_put(struct wbuf *w, const struct record *r)
{
	size_t i;

	put_raw(w, r->uuid, HEADER_UUID_LEN);
	put_u32(w, r->nv_index);
	put_raw(w, r->nv_name, sizeof(r->nv_name));
	put_u8(w, (uint8_t)r->nwraps);
	for (i = 0; i < r->nwraps; i++) {
		put_u8(w, r->wrap[i].token);
		put_raw(w, r->wrap[i].key, sizeof(r->wrap[i].key));
	}
}

static void
entry_put(struct wbuf *w, const struct record_entry *e)
{
	put_u64(w, e->epoch);
	put_u64(w, e->len);
	put_raw(w, e->digest, sizeof(e->digest));
}

static int
give(struct wbuf *w, uint8_t *dst, size_t cap, size_t *ret_len)
{
	if (w->bad || w->n > cap)
		return -1;
	memcpy(dst, w->b, w->n);
	*ret_len = w->n;
	return 0;
}

int
record_encode(const struct record *r, uint8_t *dst, size_t cap,
    size_t *ret_len)
{
	struct wbuf w;
	size_t i;

	if (record_wrong(r) != NULL)
		return -1;
	wbuf_init(&w);
	put_raw(&w, MAGIC, strlen(MAGIC));
	put_u16(&w, VERSION);
	put_u8(&w, (uint8_t)r->nentries);
	body_put(&w, r);
	for (i = 0; i < r->nentries; i++) {
		entry_put(&w, &r->entry[i]);
		put_raw(&w, r->entry[i].mac, sizeof(r->entry[i].mac));
	}
	return give(&w, dst, cap, ret_len);
}

static void
body_get(struct rbuf *b, struct record *r)
{
	size_t i;

	get_raw(b, r->uuid, HEADER_UUID_LEN);
	r->nv_index = get_u32(b);
	get_raw(b, r->nv_name, sizeof(r->nv_name));
	r->nwraps = get_u8(b);
	for (i = 0; i < r->nwraps && i < RECORD_WRAPS_MAX; i++) {
		r->wrap[i].token = get_u8(b);
		get_raw(b, r->wrap[i].key, sizeof(r->wrap[i].key));
	}
}

static const char *
record_read(struct rbuf *b, struct record *r)
{
	char magic[sizeof(MAGIC) - 1];
	struct record_entry *e;
	size_t i;

	get_raw(b, magic, sizeof(magic));
	if (b->bad || memcmp(magic, MAGIC, sizeof(magic)) != 0)
		return "it does not begin as one of ours";
	if (get_u16(b) != VERSION)
		return "a version that is not known here";
	r->nentries = get_u8(b);
	body_get(b, r);
	if (b->bad)
		return "it is cut off";
	if (r->nwraps > RECORD_WRAPS_MAX || r->nentries > 2)
		return NULL;	/* the rules say why */
	for (i = 0; i < r->nentries; i++) {
		e = &r->entry[i];
		e->epoch = get_u64(b);
		e->len = get_u64(b);
		get_raw(b, e->digest, sizeof(e->digest));
		get_raw(b, e->mac, sizeof(e->mac));
	}
	return b->bad ? "it is cut off" : NULL;
}

int
record_decode(struct span s, struct record *ret, char *ret_why)
{
	const char *why;
	struct record r;
	struct rbuf b;

	memset(&r, 0, sizeof(r));
	rbuf_init(&b, s.p, s.n);
	why = s.n > RECORD_MAX ? "it is too long" : record_read(&b, &r);
	if (why == NULL)
		why = record_wrong(&r);
	if (why == NULL && msg_end(&b) == -1)
		why = "bytes follow it";
	if (why != NULL) {
		snprintf(ret_why, REASON_MAX, "the record of the header: %s",
		    why);
		return -1;
	}
	*ret = r;
	return 0;
}

int
record_maced(const struct record *r, const struct record_entry *e,
    uint8_t *dst, size_t cap, size_t *ret_len)
{
	struct wbuf w;

	if (record_wrong(r) != NULL)
		return -1;
	wbuf_init(&w);
	put_raw(&w, MACED, sizeof(MACED));
	put_u16(&w, VERSION);
	body_put(&w, r);
	entry_put(&w, e);
	return give(&w, dst, cap, ret_len);
}
