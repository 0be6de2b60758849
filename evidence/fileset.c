/*
 * Pairs lie in one arena: u16 path length, u8 digest length, path, digest.
 * The index holds, per pair, a hash of the key and the pair's offset, sorted
 * by hash and then by the key itself: the hash makes comparisons cheap, the
 * key makes the order total, so equal hashes cost an attacker's victim only
 * a logarithm.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/fileset.h"
#include "evidence/limits.h"

struct slot {
	uint64_t	 hash;
	uint32_t	 off;
};

struct fileset {
	struct buf	 arena;
	uint32_t	*off;		/* in the order of addition */
	struct slot	*index;		/* sorted by (path, digest) */
	struct slot	*paths;		/* sorted by path alone */
	size_t		 n, cap;
	int		 sealed;
};

struct fileset *
fileset_new(void)
{
	struct fileset *fs = calloc(1, sizeof(*fs));

	if (fs != NULL)
		buf_init(&fs->arena, MAX_FILE_ARENA);
	return fs;
}

void
fileset_free(struct fileset *fs)
{
	if (fs == NULL)
		return;
	buf_free(&fs->arena);
	free(fs->off);
	free(fs->index);
	free(fs->paths);
	free(fs);
}

int
fileset_add(struct fileset *fs, struct span path, struct span digest)
{
	uint8_t head[3];
	size_t at = fs->arena.n, cap;
	uint32_t *off;

	if (fs->sealed || path.n == 0 || digest.n == 0) {
		errno = EINVAL;
		return -1;
	}
	if (path.n > MAX_FILE_PATH || digest.n > 64 || fs->n >= MAX_FILES) {
		errno = E2BIG;
		return -1;
	}
	if (fs->n == fs->cap) {
		cap = fs->cap == 0 ? 256 : fs->cap * 2;
		if ((off = reallocarray(fs->off, cap, sizeof(*off))) == NULL)
			return -1;
		fs->off = off;
		fs->cap = cap;
	}
	head[0] = path.n >> 8;
	head[1] = path.n & 0xff;
	head[2] = digest.n;
	buf_add(&fs->arena, head, sizeof(head));
	buf_add(&fs->arena, path.p, path.n);
	buf_add(&fs->arena, digest.p, digest.n);
	if (fs->arena.failed) {
		errno = E2BIG;
		return -1;
	}
	fs->off[fs->n++] = at;
	return 0;
}

static void
pair_at(const struct fileset *fs, uint32_t off, struct span *ret_path,
    struct span *ret_digest)
{
	const uint8_t *p = fs->arena.p + off;
	size_t n = (size_t)p[0] << 8 | p[1];

	*ret_path = span_make(p + 3, n);
	*ret_digest = span_make(p + 3 + n, p[2]);
}

static uint8_t
mangle(uint8_t c)
{
	return c == ' ' ? '_' : c;
}

/* FNV-1a over the path as the kernel writes it, then the digest. */
static uint64_t
key_hash(struct span path, struct span digest)
{
	uint64_t h = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < path.n; i++)
		h = (h ^ mangle(path.p[i])) * 0x100000001b3u;
	for (i = 0; i < digest.n; i++)
		h = (h ^ digest.p[i]) * 0x100000001b3u;
	return h;
}

static int
path_cmp(struct span a, struct span b)
{
	size_t i;

	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	for (i = 0; i < a.n; i++)
		if (mangle(a.p[i]) != mangle(b.p[i]))
			return mangle(a.p[i]) < mangle(b.p[i]) ? -1 : 1;
	return 0;
}

static int
slot_cmp(const void *va, const void *vb, void *arg)
{
	const struct slot *a = va, *b = vb;
	struct span pa, da, pb, db;
	int c;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	pair_at(arg, a->off, &pa, &da);
	pair_at(arg, b->off, &pb, &db);
	if ((c = path_cmp(pa, pb)) != 0)
		return c;
	return span_cmp(da, db);
}

static struct slot *
index_make(struct fileset *fs, int with_digest)
{
	struct slot *v = calloc(fs->n + 1, sizeof(*v));
	struct span path, digest;
	size_t i;

	if (v == NULL)
		return NULL;
	for (i = 0; i < fs->n; i++) {
		pair_at(fs, fs->off[i], &path, &digest);
		if (!with_digest)
			digest.n = 0;
		v[i].hash = key_hash(path, digest);
		v[i].off = fs->off[i];
	}
	qsort_r(v, fs->n, sizeof(*v), slot_cmp, fs);
	return v;
}

int
fileset_seal(struct fileset *fs)
{
	if (fs->sealed)
		return 0;
	if ((fs->index = index_make(fs, 1)) == NULL ||
	    (fs->paths = index_make(fs, 0)) == NULL)
		return -1;
	fs->sealed = 1;
	return 0;
}

/* Binary search; digest.p NULL: any digest. */
static int
lookup(const struct fileset *fs, const struct slot *v, struct span path,
    struct span digest)
{
	uint64_t hash = key_hash(path, digest);
	size_t lo = 0, hi = fs->n, mid;
	struct span p, d;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (v[mid].hash != hash)
			c = v[mid].hash < hash ? -1 : 1;
		else {
			pair_at(fs, v[mid].off, &p, &d);
			if ((c = path_cmp(p, path)) == 0 && digest.p != NULL)
				c = span_cmp(d, digest);
		}
		if (c == 0)
			return 1;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

int
fileset_has(const struct fileset *fs, struct span path, struct span digest)
{
	if (!fs->sealed || digest.n == 0)
		return 0;
	return lookup(fs, fs->index, path, digest);
}

int
fileset_has_path(const struct fileset *fs, struct span path)
{
	if (!fs->sealed)
		return 0;
	return lookup(fs, fs->paths, path, span_make(NULL, 0));
}

size_t
fileset_count(const struct fileset *fs)
{
	return fs->n;
}

void
fileset_get(const struct fileset *fs, size_t i, struct span *ret_path,
    struct span *ret_digest)
{
	pair_at(fs, fs->off[i], ret_path, ret_digest);
}
