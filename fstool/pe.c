/* PE/COFF (Microsoft, "PE Format"); offsets are of that document. */
#include <string.h>

#include "evidence/hash.h"
#include "fstool/pe.h"

#define LFANEW		0x3cu	/* where the PE signature's offset lies */
#define FILE_HEADER	20u
#define OPT_HEADERS	60u	/* SizeOfHeaders, in the optional header */
#define OPT_CSUM	64u
#define OPT_DIRS_32	92u	/* NumberOfRvaAndSizes */
#define OPT_DIRS_64	108u
#define MAGIC_32	0x10bu
#define MAGIC_64	0x20bu
#define DIR_LEN		8u
#define DIR_CERT	4u
#define DIRS_MAX	16u
#define SECTION_LEN	40u

struct layout {
	size_t		opt, opt_len;	/* the optional header */
	size_t		dirs;		/* number of directories, in it */
	uint16_t	nsections;
};

static int
le16_at(struct span s, size_t at, uint16_t *ret)
{
	struct cursor c;

	if (at > s.n)
		return -1;
	cursor_init(&c, s);
	c.off = at;
	return cursor_le16(&c, ret);
}

static int
le32_at(struct span s, size_t at, uint32_t *ret)
{
	struct cursor c;

	if (at > s.n)
		return -1;
	cursor_init(&c, s);
	c.off = at;
	return cursor_le32(&c, ret);
}

static int
layout_read(struct span all, struct layout *l, const char **why)
{
	uint16_t n, magic;
	uint32_t at;

	*why = "no PE image";
	if (all.n < 2 || memcmp(all.p, "MZ", 2) != 0 ||
	    le32_at(all, LFANEW, &at) == -1 || at > all.n ||
	    all.n - at < 4 + FILE_HEADER ||
	    memcmp(all.p + at, "PE\0\0", 4) != 0)
		return -1;
	*why = "the headers of the image are cut off";
	if (le16_at(all, (size_t)at + 4 + 2, &l->nsections) == -1 ||
	    le16_at(all, (size_t)at + 4 + 16, &n) == -1)
		return -1;
	l->opt = (size_t)at + 4 + FILE_HEADER;
	l->opt_len = n;
	if (l->opt_len > all.n - l->opt ||
	    le16_at(all, l->opt, &magic) == -1)
		return -1;
	*why = "an image that is neither PE32 nor PE32+";
	if (magic != MAGIC_32 && magic != MAGIC_64)
		return -1;
	l->dirs = magic == MAGIC_32 ? OPT_DIRS_32 : OPT_DIRS_64;
	*why = "the optional header of the image is too short";
	return l->opt_len < l->dirs + 4 ? -1 : 0;
}

/* Checksum, headers, certificates. */
static int
optional_read(const struct layout *l, struct pe *pe, const char **why)
{
	uint32_t ndirs, headers, off, len;
	size_t entry;

	if (le32_at(pe->all, l->opt + l->dirs, &ndirs) == -1 ||
	    le32_at(pe->all, l->opt + OPT_HEADERS, &headers) == -1)
		return -1;
	*why = "the data directories of the image do not fit";
	if (ndirs > DIRS_MAX ||
	    l->dirs + 4 + ndirs * DIR_LEN > l->opt_len)
		return -1;
	pe->csum = l->opt + OPT_CSUM;
	*why = "the headers of the image have a wrong length";
	if (headers > pe->all.n || headers < l->opt + l->opt_len +
	    (size_t)l->nsections * SECTION_LEN)
		return -1;
	pe->headers = headers;
	if (ndirs <= DIR_CERT)
		return 0;
	entry = l->opt + l->dirs + 4 + DIR_CERT * DIR_LEN;
	pe->cert_entry = entry;
	*why = "the certificates of the image are not at its end";
	if (le32_at(pe->all, entry, &off) == -1 ||
	    le32_at(pe->all, entry + 4, &len) == -1 ||
	    (len != 0 && (off < headers || len > pe->all.n ||
	    off != pe->all.n - len)))
		return -1;
	pe->cert_len = len;
	return 0;
}

static int
section_read(struct pe *pe, size_t at, struct pe_section *s, const char **why)
{
	uint32_t size, len, off;

	if (le32_at(pe->all, at + 8, &size) == -1 ||
	    le32_at(pe->all, at + 16, &len) == -1 ||
	    le32_at(pe->all, at + 20, &off) == -1)
		return -1;
	memcpy(s->name, pe->all.p + at, sizeof(s->name));
	s->size = size;
	if (len == 0)
		return 0;
	*why = "a section of the image lies outside of it";
	if (off < pe->headers || off > pe->all.n - pe->cert_len ||
	    len > pe->all.n - pe->cert_len - off)
		return -1;
	s->raw = span_make(pe->all.p + off, len);
	return 0;
}

/* By their place; two that overlap are read by none in the same way. */
static int
order_make(struct pe *pe, const char **why)
{
	const struct pe_section *a, *b;
	size_t i, j, t;

	for (i = 0; i < pe->nsections; i++) {
		pe->order[i] = i;
		for (j = i; j > 0 && pe->section[pe->order[j - 1]].raw.p >
		    pe->section[pe->order[j]].raw.p; j--) {
			t = pe->order[j];
			pe->order[j] = pe->order[j - 1];
			pe->order[j - 1] = t;
		}
	}
	*why = "two sections of the image overlap";
	for (i = 1; i < pe->nsections; i++) {
		a = &pe->section[pe->order[i - 1]];
		b = &pe->section[pe->order[i]];
		if (a->raw.n != 0 && b->raw.n != 0 && b->raw.p < a->raw.p + a->raw.n)
			return -1;
	}
	return 0;
}

int
pe_open(struct span all, struct pe *pe, const char **ret_why)
{
	struct layout l;
	size_t i;

	memset(pe, 0, sizeof(*pe));
	pe->all = all;
	if (layout_read(all, &l, ret_why) == -1 ||
	    optional_read(&l, pe, ret_why) == -1)
		return -1;
	*ret_why = "more sections than an image can have";
	if (l.nsections > PE_SECTIONS_MAX)
		return -1;
	pe->nsections = l.nsections;
	for (i = 0; i < pe->nsections; i++)
		if (section_read(pe, l.opt + l.opt_len + i * SECTION_LEN,
		    &pe->section[i], ret_why) == -1)
			return -1;
	return order_make(pe, ret_why);
}

static int
add(struct hash *h, const struct pe *pe, size_t from, size_t to)
{
	return hash_add(h, pe->all.p + from, to - from);
}

int
pe_authenticode(const struct pe *pe, enum digest_alg alg, uint8_t *ret)
{
	size_t i, at = pe->csum + 4, sum = pe->headers;
	struct hash h;
	int rc = -1;

	if (hash_init(&h, alg) == -1 || hash_start(&h) == -1 ||
	    add(&h, pe, 0, pe->csum) == -1)
		goto out;
	if (pe->cert_entry != 0) {
		if (add(&h, pe, at, pe->cert_entry) == -1)
			goto out;
		at = pe->cert_entry + DIR_LEN;
	}
	if (add(&h, pe, at, pe->headers) == -1)
		goto out;
	for (i = 0; i < pe->nsections; i++) {
		const struct span raw = pe->section[pe->order[i]].raw;

		if (raw.n != 0 && hash_add(&h, raw.p, raw.n) == -1)
			goto out;
		sum += raw.n;
	}
	/* sections do not overlap, so that their sum is no more than the file */
	if (pe->all.n > sum + pe->cert_len &&
	    add(&h, pe, sum, pe->all.n - pe->cert_len) == -1)
		goto out;
	rc = hash_end(&h, ret);
out:
	hash_free(&h);
	return rc;
}

enum pe_found
pe_find(const struct pe *pe, const char *name, const struct pe_section **ret_s)
{
	const struct pe_section *found = NULL;
	uint8_t whole[sizeof(found->name)] = { 0 };
	size_t i, n = strlen(name);

	memcpy(whole, name, n < sizeof(whole) ? n : sizeof(whole));
	for (i = 0; i < pe->nsections; i++) {
		if (memcmp(pe->section[i].name, name, n) != 0)
			continue;
		if (found != NULL || memcmp(pe->section[i].name, whole,
		    sizeof(whole)) != 0)
			return PE_DOUBTFUL;
		found = &pe->section[i];
	}
	if (found == NULL || found->size == 0)
		return PE_NONE;
	*ret_s = found;
	return PE_ONE;
}
