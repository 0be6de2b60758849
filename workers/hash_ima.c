#include <sys/random.h>
#include <sys/types.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence/ima.h"
#include "evidence/limits.h"
#include "workers/hash_ima.h"
#include "workers/hash_limits.h"
#include "workers/hash_out.h"

struct fingerprint {
	uint64_t	 w[2];		/* both 0: the slot is free */
};

struct hash_ima {
	int			 fd;
	uint64_t		 log_len;	/* of the first reading */
	uint64_t		 key[4];
	size_t			 slots;		/* a power of two */
	size_t			 used;
	struct fingerprint	*set;
	uint8_t			*marked;
};

/* The log in pieces: pread into a buffer that holds at least one entry. */
struct ima_reader {
	int		 fd;
	uint64_t	 off;		/* in the log, of buf[0] */
	uint64_t	 limit;		/* do not read beyond */
	int		 eof;
	uint8_t		*buf;
	size_t		 cap, n;
	struct cursor	 cur;
};

/* SipHash-2-4 with 128 bits of result. */

#define ROTL(x, b)	(((x) << (b)) | ((x) >> (64 - (b))))
#define SIPROUND(v) do {						\
	v[0] += v[1]; v[1] = ROTL(v[1], 13); v[1] ^= v[0];		\
	v[0] = ROTL(v[0], 32);						\
	v[2] += v[3]; v[3] = ROTL(v[3], 16); v[3] ^= v[2];		\
	v[0] += v[3]; v[3] = ROTL(v[3], 21); v[3] ^= v[0];		\
	v[2] += v[1]; v[1] = ROTL(v[1], 17); v[1] ^= v[2];		\
	v[2] = ROTL(v[2], 32);						\
} while (0)

static void
sip_word(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	SIPROUND(v);
	SIPROUND(v);
	v[0] ^= m;
}

static struct fingerprint
sip_hash(const uint64_t key[2], const void *data, size_t len)
{
	const uint8_t		*p = data;
	struct fingerprint	 f;
	uint64_t		 m, v[4];
	size_t			 left;
	int			 i;

	v[0] = key[0] ^ 0x736f6d6570736575ULL;
	v[1] = key[1] ^ 0x646f72616e646f6dULL ^ 0xee;
	v[2] = key[0] ^ 0x6c7967656e657261ULL;
	v[3] = key[1] ^ 0x7465646279746573ULL;
	for (left = len; left >= 8; left -= 8, p += 8) {
		memcpy(&m, p, 8);
		sip_word(v, m);
	}
	m = 0;
	memcpy(&m, p, left);
	sip_word(v, m | (uint64_t)(len & 0xff) << 56);
	v[2] ^= 0xee;
	for (i = 0; i < 4; i++)
		SIPROUND(v);
	f.w[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	for (i = 0; i < 4; i++)
		SIPROUND(v);
	f.w[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
	return f;
}

/* Of the path, then of that and the digest: two keys, so no ambiguity. */
static struct fingerprint
ima_fingerprint(const struct hash_ima *h, const void *path, size_t path_len,
    const uint8_t *digest, size_t digest_len)
{
	struct fingerprint	 f;
	uint8_t			 both[sizeof(f) + DIGEST_MAX];

	f = sip_hash(h->key, path, path_len);
	memcpy(both, &f, sizeof(f));
	memcpy(both + sizeof(f), digest, digest_len);
	f = sip_hash(h->key + 2, both, sizeof(f) + digest_len);
	f.w[0] |= 1;
	return f;
}

/* The slot that holds f, or the free one where it belongs. */
static size_t
set_slot(const struct fingerprint *set, size_t slots, struct fingerprint f)
{
	size_t	 i;

	for (i = (size_t)f.w[1] & (slots - 1); set[i].w[0] != 0;
	    i = (i + 1) & (slots - 1)) {
		if (set[i].w[0] == f.w[0] && set[i].w[1] == f.w[1])
			break;
	}
	return i;
}

static int
set_grow(struct hash_ima *h, size_t slots)
{
	struct fingerprint	*set;
	size_t			 i;

	if (slots > HASH_IMA_SET_MAX) {
		errno = EFBIG;
		return -1;
	}
	if ((set = calloc(slots, sizeof(*set))) == NULL)
		return -1;
	for (i = 0; i < h->slots; i++) {
		if (h->set[i].w[0] != 0)
			set[set_slot(set, slots, h->set[i])] = h->set[i];
	}
	free(h->set);
	h->set = set;
	h->slots = slots;
	return 0;
}

static int
set_insert(struct hash_ima *h, struct fingerprint f)
{
	size_t	 i;

	i = set_slot(h->set, h->slots, f);
	if (h->set[i].w[0] != 0)
		return 0;
	h->set[i] = f;
	if (++h->used <= h->slots / 4 * 3)
		return 0;
	return set_grow(h, h->slots * 2);
}

static int
reader_open(struct ima_reader *r, int fd, uint64_t limit)
{
	memset(r, 0, sizeof(*r));
	r->fd = fd;
	r->limit = limit;
	r->cap = HASH_IMA_BUF_MIN;
	cursor_init(&r->cur, span_make(NULL, 0));
	return (r->buf = malloc(r->cap)) == NULL ? -1 : 0;
}

/* Drop what was taken, make room if there is none, read on. */
static int
reader_fill(struct ima_reader *r)
{
	uint8_t		*buf;
	uint64_t	 want;
	ssize_t		 got;
	size_t		 off = r->cur.off;

	memmove(r->buf, r->buf + off, r->n - off);
	r->n -= off;
	r->off += off;
	if (r->n == r->cap) {
		if (r->cap > 2 * MAX_IMA_DATA) {
			errno = EBADMSG;
			return -1;
		}
		if ((buf = realloc(r->buf, r->cap * 2)) == NULL)
			return -1;
		r->buf = buf;
		r->cap *= 2;
	}
	want = r->limit - (r->off + r->n);
	if (want > r->cap - r->n)
		want = r->cap - r->n;
	got = 0;
	if (want > 0) {
		do
			got = pread(r->fd, r->buf + r->n, (size_t)want,
			    (off_t)(r->off + r->n));
		while (got == -1 && errno == EINTR);
		if (got == -1)
			return -1;
	}
	r->eof = got == 0;
	r->n += (size_t)got;
	cursor_init(&r->cur, span_make(r->buf, r->n));
	return 0;
}

/*
 * 1 with the next entry, 0 at the end, -1 with errno. An incomplete entry at
 * the end is one that is being added: the log ends before it.
 */
static int
reader_next(struct ima_reader *r, struct ima_entry *ret_e)
{
	for (;;) {
		switch (ima_next(&r->cur, ret_e)) {
		case IMA_ENTRY:
			return 1;
		case IMA_BAD:
			errno = EBADMSG;
			return -1;
		case IMA_END:
		case IMA_SHORT:
			if (r->eof)
				return 0;
			if (reader_fill(r) == -1)
				return -1;
			break;
		}
	}
}

static int
entry_wanted(const struct ima_entry *e)
{
	return e->decoded && !e->violation && e->alg != DIGEST_NONE &&
	    e->digest.n == digest_size(e->alg) &&
	    e->path.n > 0 && e->path.n <= UINT16_MAX;
}

static int
ima_load(struct hash_ima *h, size_t *ret_digest_len)
{
	struct ima_entry	 e;
	struct ima_reader	 r;
	size_t			 digest_len = 0;
	int			 more, rc = -1;

	if (reader_open(&r, h->fd, (uint64_t)MAX_IMA_LIST + 1) == -1)
		return -1;
	while ((more = reader_next(&r, &e)) == 1) {
		if (digest_len == 0)
			digest_len = entry_wanted(&e) ? e.digest.n :
			    digest_size(DIGEST_SHA256);
		if (entry_wanted(&e) && set_insert(h, ima_fingerprint(h,
		    e.path.p, e.path.n, e.digest.p, e.digest.n)) == -1)
			goto out;
	}
	if (more == -1)
		goto out;
	h->log_len = r.off + r.cur.off;
	if (r.off + r.n > MAX_IMA_LIST) {
		errno = EFBIG;
		goto out;
	}
	*ret_digest_len = digest_len != 0 ? digest_len :
	    digest_size(DIGEST_SHA256);
	rc = 0;
out:
	free(r.buf);
	return rc;
}

struct hash_ima *
hash_ima_open(int fd, size_t *ret_digest_len)
{
	struct hash_ima	*h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->fd = fd;
	if (getrandom(h->key, sizeof(h->key), 0) != sizeof(h->key) ||
	    set_grow(h, HASH_IMA_SET_MIN) == -1 ||
	    ima_load(h, ret_digest_len) == -1 ||
	    (h->marked = calloc(h->slots, 1)) == NULL) {
		hash_ima_close(h);
		return NULL;
	}
	return h;
}

void
hash_ima_close(struct hash_ima *h)
{
	if (h == NULL)
		return;
	free(h->set);
	free(h->marked);
	free(h);
}

long
hash_ima_find(const struct hash_ima *h, const char *path, size_t path_len,
    const uint8_t *digest, size_t digest_len)
{
	size_t	 i;

	i = set_slot(h->set, h->slots,
	    ima_fingerprint(h, path, path_len, digest, digest_len));
	return h->set[i].w[0] != 0 ? (long)i : -1;
}

void
hash_ima_mark(struct hash_ima *h, long slot)
{
	h->marked[slot] = 1;
}

int
hash_ima_append(struct hash_ima *h, struct hash_out *o, uint64_t *ret_count)
{
	struct ima_entry	 e;
	struct ima_reader	 r;
	uint64_t		 count = 0;
	long			 slot;
	int			 more, rc = -1;

	if (reader_open(&r, h->fd, h->log_len) == -1)
		return -1;
	while ((more = reader_next(&r, &e)) == 1) {
		if (!entry_wanted(&e))
			continue;
		slot = hash_ima_find(h, (const char *)e.path.p, e.path.n,
		    e.digest.p, e.digest.n);
		if (slot == -1 || h->marked[slot])
			continue;
		h->marked[slot] = 1;
		hash_out_record(o, (const char *)e.path.p, e.path.n,
		    e.digest.p, e.digest.n);
		count++;
	}
	if (more == -1)
		goto out;
	*ret_count = count;
	rc = 0;
out:
	free(r.buf);
	return rc;
}
