#include <sys/stat.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workers/hash_ima.h"
#include "workers/hash_limits.h"
#include "workers/hash_out.h"
#include "workers/hash_pool.h"
#include "workers/hash_walk.h"

/*
 * Depth first, one level of `levels` for each directory between the root and
 * where we are. A level's names lie in the arena above those of its parents:
 * first the entries (u8 type, name, NUL), then, after sorting, a table of
 * their offsets. When a level has passed all its names and there are more in
 * the directory, it is read again for those above the last one.
 */
struct level {
	struct hash_dir	*dir;
	size_t		 base;		/* of its part of the arena */
	uint32_t	*table;		/* offsets of entries from base, sorted */
	size_t		 count, next;
	size_t		 path_len;	/* of its own path in walk.path, with the slash */
	int		 more;		/* names above `last` are not in the window */
	char		 last[HASH_NAME_MAX + 1];	/* name passed last, or "" */
};

struct walk {
	const struct hash_params *params;
	const struct hash_root	*root;		/* of this tree */
	struct hash_pool	*pool;
	size_t			 depth;		/* levels in use */
	struct level		*levels;
	uint8_t			*arena;
	char			*dents;
	char			 path[HASH_PATH_MAX + HASH_NAME_MAX + 2];
};

/* Names in a directory while it is read. */
struct window {
	uint8_t		*base;
	size_t		 size;		/* entries grow from the start, offsets from the end */
	size_t		 used;
	size_t		 count;
	int		 cut;		/* names above `upper` were dropped */
	char		 upper[HASH_NAME_MAX + 1];
};

struct dent64 {
	uint64_t	 ino;
	int64_t		 off;
	uint16_t	 reclen;
	uint8_t		 type;
	char		 name[];
};

#define ENTRY_TYPE(e)	((e)[0])
#define ENTRY_NAME(e)	((const char *)(e) + 1)
#define ENTRY_SIZE(len)	((len) + 2)

/*
 * Top-level names of "/" which the existing implementation leaves out too:
 * made up by the kernel, other machines' media, or written to all the time.
 */
static const char *const	 top_skipped[] = {
	"proc", "sys", "run", "dev", "media", "lost+found", "var", "tmp", NULL
};

static int
offset_compare(const void *a, const void *b, void *base)
{
	return strcmp(ENTRY_NAME((uint8_t *)base + *(const uint32_t *)a),
	    ENTRY_NAME((uint8_t *)base + *(const uint32_t *)b));
}

static uint32_t *
window_table(const struct window *w)
{
	return (uint32_t *)(void *)(w->base + w->size) - w->count;
}

static void
window_sort(struct window *w)
{
	qsort_r(window_table(w), w->count, sizeof(uint32_t), offset_compare,
	    w->base);
}

/*
 * The window is full: keep the lower half of its names. What is dropped here
 * and what is refused later lies above `upper`, which only sinks, so in the
 * end the window has every name between the last one passed and `upper`.
 */
static void
window_cut(struct window *w)
{
	uint32_t	*table;
	size_t		 at, keep, len, used = 0, count = 0;

	window_sort(w);
	keep = (w->count + 1) / 2;
	table = window_table(w);
	strcpy(w->upper, ENTRY_NAME(w->base + table[keep - 1]));
	w->cut = 1;
	/* move them together in the order in which they lie in memory */
	for (at = 0; at < w->used; at += len) {
		len = ENTRY_SIZE(strlen(ENTRY_NAME(w->base + at)));
		if (strcmp(ENTRY_NAME(w->base + at), w->upper) > 0)
			continue;
		memmove(w->base + used, w->base + at, len);
		count++;
		*((uint32_t *)(void *)(w->base + w->size) - count) =
		    (uint32_t)used;
		used += len;
	}
	w->used = used;
	w->count = count;
}

/* Room for two longest names, so that a cut always makes some. */
static void
window_add(struct window *w, const char *name, uint8_t type)
{
	size_t	 len = strlen(name);

	if (w->cut && strcmp(name, w->upper) > 0)
		return;
	while (w->used + ENTRY_SIZE(len) + (w->count + 1) * sizeof(uint32_t) >
	    w->size) {
		window_cut(w);
		if (strcmp(name, w->upper) > 0)
			return;
	}
	w->count++;
	*window_table(w) = (uint32_t)w->used;
	w->base[w->used] = type;
	memcpy(w->base + w->used + 1, name, len + 1);
	w->used += ENTRY_SIZE(len);
}

static int
name_wanted(const struct walk *w, const struct level *l, const char *name,
    uint8_t type)
{
	size_t	 i;

	if (type != DT_REG && type != DT_DIR && type != DT_UNKNOWN)
		return 0;
	if (strcmp(name, l->last) <= 0 || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strlen(name) > HASH_NAME_MAX)
		return 0;
	if (w->depth > 1 || strcmp(w->root->label, "/") != 0)
		return 1;
	for (i = 0; top_skipped[i] != NULL; i++) {
		if (strcmp(name, top_skipped[i]) == 0)
			return 0;
	}
	return 1;
}

/*
 * How much of the arena the uppermost level may take: half of what is left
 * after the least is set aside for each level that can still come.
 */
static size_t
level_budget(const struct walk *w, const struct level *l)
{
	size_t	 left, reserve, size;

	left = HASH_ARENA_SIZE - l->base;
	reserve = (HASH_DEPTH_MAX - w->depth + 1) * HASH_LEVEL_MIN;
	size = left > reserve ? (left - reserve) / 2 : 0;
	if (w->params->window != 0 && size > w->params->window)
		size = w->params->window;
	if (size < HASH_LEVEL_MIN)
		size = HASH_LEVEL_MIN;
	return size & ~(sizeof(uint32_t) - 1);
}

/*
 * Fill the window of the uppermost level with names above its last one.
 * 0 or -1 with errno.
 */
static int
level_fill(struct walk *w, struct level *l)
{
	struct dent64	*d;
	struct window	 win = { .base = w->arena + l->base };
	ssize_t		 at, n;
	int		 fd = hash_dir_fd(l->dir);

	win.size = level_budget(w, l);
	l->count = l->next = 0;
	l->more = 0;
	if (lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	while ((n = getdents64(fd, w->dents, HASH_DENTS_SIZE)) > 0) {
		for (at = 0; at < n; at += d->reclen) {
			d = (struct dent64 *)(void *)(w->dents + at);
			if (name_wanted(w, l, d->name, d->type))
				window_add(&win, d->name, d->type);
		}
	}
	if (n == -1)
		return -1;
	window_sort(&win);
	/* the table moves down to the entries: what is between is free again */
	l->table = (uint32_t *)(void *)(win.base +
	    ((win.used + sizeof(uint32_t) - 1) & ~(sizeof(uint32_t) - 1)));
	memmove(l->table, window_table(&win), win.count * sizeof(uint32_t));
	l->count = win.count;
	l->more = win.cut;
	return 0;
}

/* Where the next level's part of the arena begins. */
static size_t
level_top(const struct walk *w, const struct level *l)
{
	return (size_t)((uint8_t *)(l->table + l->count) - w->arena);
}

/* A directory's own path in a record or report: without the last slash. */
static int
walk_note(struct walk *w, size_t path_len, int error)
{
	if (path_len > 1 && w->path[path_len - 1] == '/')
		path_len--;
	if (path_len > HASH_PATH_MAX)
		path_len = HASH_PATH_MAX;
	return hash_pool_note(w->pool, w->path, path_len, error);
}

/*
 * Go down into fd, which is the directory at path[0, path_len) and ours from
 * now on.
 */
static void
level_enter(struct walk *w, int fd, dev_t dev, size_t path_len)
{
	struct level	*l = &w->levels[w->depth];

	memset(l, 0, sizeof(*l));
	l->base = w->depth == 0 ? 0 : level_top(w, l - 1);
	l->dir = hash_dir_get(w->pool, fd, dev);
	if (path_len == 0 || w->path[path_len - 1] != '/')
		w->path[path_len++] = '/';
	l->path_len = path_len;
	l->more = 1;
	w->depth++;
}

static void
level_leave(struct walk *w)
{
	w->depth--;
	hash_dir_put(w->pool, w->levels[w->depth].dir);
}

/* Is this directory walked as a tree of its own? */
static int
is_other_root(const struct walk *w, size_t path_len)
{
	const struct hash_params	*a = w->params;
	size_t				 i;

	for (i = 0; i < a->nroots; i++) {
		if (strlen(a->roots[i].label) == path_len &&
		    memcmp(a->roots[i].label, w->path, path_len) == 0)
			return 1;
	}
	return 0;
}

/*
 * Open the directory `name` of l. A file system is looked at before it is
 * opened, by O_PATH, which asks nothing of the one who serves it. The
 * descriptor, or -1 with errno: EXDEV when it is to be left out.
 */
static int
dir_open(const struct level *l, const char *name, dev_t dev)
{
	const int	 flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct statfs	 sfs;
	int		 at = hash_dir_fd(l->dir), error, fd, path_fd;

	if (dev == hash_dir_dev(l->dir))
		return openat(at, name, flags | O_RDONLY | O_NONBLOCK);
	if ((path_fd = openat(at, name, flags | O_PATH)) == -1)
		return -1;
	fd = -1;
	error = EXDEV;
	if (fstatfs(path_fd, &sfs) == -1)
		error = errno;
	else if (!hash_fs_skip((long)sfs.f_type)) {
		fd = openat(path_fd, ".", flags | O_RDONLY | O_NONBLOCK);
		error = errno;
	}
	close(path_fd);
	errno = error;
	return fd;
}

/* name is a directory of l: enter it, or note why not. */
static int
walk_dir(struct walk *w, const struct level *l, const char *name, dev_t dev,
    size_t path_len)
{
	int	 fd;

	if (is_other_root(w, path_len))
		return 0;
	if (path_len + 1 > HASH_PATH_MAX)
		return walk_note(w, path_len, ENAMETOOLONG);
	if (w->depth == HASH_DEPTH_MAX)
		return walk_note(w, path_len, ELOOP);
	if ((fd = dir_open(l, name, dev)) != -1) {
		level_enter(w, fd, dev, path_len);
		return 0;
	}
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		return 0;	/* gone, or something else by now */
	return walk_note(w, path_len, errno);
}

/* One name of the uppermost level. 0, or -1 with errno to give up. */
static int
walk_entry(struct walk *w, struct level *l, const uint8_t *entry)
{
	struct stat	 st;
	const char	*name = l->last;
	size_t		 path_len;
	uint8_t		 type = ENTRY_TYPE(entry);

	if (strcmp(ENTRY_NAME(entry), l->last) == 0)
		return 0;	/* listed twice while the directory changed */
	strcpy(l->last, ENTRY_NAME(entry));
	path_len = l->path_len + strlen(name);
	strcpy(w->path + l->path_len, name);
	if (type != DT_REG) {
		/* DONT_SYNC: no question to a server, this may be its mount */
		if (fstatat(hash_dir_fd(l->dir), name, &st,
		    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
		    AT_STATX_DONT_SYNC) == -1)
			return errno == ENOENT ? 0 :
			    walk_note(w, path_len, errno);
		if (S_ISDIR(st.st_mode))
			return walk_dir(w, l, name, st.st_dev, path_len);
		if (S_ISREG(st.st_mode))
			type = DT_REG;
	}
	if (type != DT_REG)
		return 0;
	if (path_len > HASH_PATH_MAX)
		return walk_note(w, path_len, ENAMETOOLONG);
	return hash_pool_file(w->pool, l->dir, w->path, path_len, l->path_len);
}

static int
walk_levels(struct walk *w)
{
	struct level	*l;
	int		 rc = 0;

	while (rc == 0 && w->depth > 0) {
		l = &w->levels[w->depth - 1];
		if (l->next < l->count)
			rc = walk_entry(w, l, w->arena + l->base +
			    l->table[l->next++]);
		else if (!l->more)
			level_leave(w);
		else if (level_fill(w, l) == -1) {
			rc = walk_note(w, l->path_len, errno);
			level_leave(w);
		}
	}
	while (w->depth > 0)
		level_leave(w);
	return rc;
}

static int
walk_root(struct walk *w, const struct hash_root *root)
{
	struct stat	 st;
	size_t		 len = strlen(root->label);
	int		 fd;

	if (len == 0 || len > HASH_PATH_MAX || root->label[0] != '/' ||
	    (len > 1 && root->label[len - 1] == '/')) {
		errno = EINVAL;
		return -1;
	}
	w->root = root;
	memcpy(w->path, root->label, len);
	fd = openat(root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return walk_note(w, len, errno);
	if (fstat(fd, &st) == -1) {
		close(fd);
		return walk_note(w, len, errno);
	}
	level_enter(w, fd, st.st_dev, len);
	return walk_levels(w);
}

/* Is roots[i] named before in the list? */
static int
root_again(const struct hash_params *a, size_t i)
{
	size_t	 j;

	for (j = 0; j < i; j++) {
		if (strcmp(a->roots[i].label, a->roots[j].label) == 0)
			return 1;
	}
	return 0;
}

static int
walk_all(const struct hash_params *a, struct hash_pool *pool)
{
	struct walk	*w;
	size_t		 i;
	int		 rc = -1;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	w->params = a;
	w->pool = pool;
	w->levels = calloc(HASH_DEPTH_MAX, sizeof(*w->levels));
	w->arena = malloc(HASH_ARENA_SIZE);
	w->dents = malloc(HASH_DENTS_SIZE);
	if (w->levels == NULL || w->arena == NULL || w->dents == NULL)
		goto out;
	for (rc = 0, i = 0; rc == 0 && i < a->nroots; i++) {
		if (!root_again(a, i))
			rc = walk_root(w, &a->roots[i]);
	}
out:
	free(w->dents);
	free(w->arena);
	free(w->levels);
	free(w);
	return rc;
}

int
hash_tree(const struct hash_params *a)
{
	struct hash_ima		*ima = NULL;
	struct hash_out		 out;
	struct hash_pool	*pool;
	size_t			 digest_len = 32;	/* SHA-256 where no log says other */
	uint64_t		 added = 0;
	int			 error = 0, rc = -1;

	if (a->ima != -1 &&
	    (ima = hash_ima_open(a->ima, &digest_len)) == NULL)
		return -1;
	if (hash_out_open(&out, a->out) == -1)
		goto out;
	if ((pool = hash_pool_open(a, digest_len, &out, ima)) == NULL)
		error = errno;
	else {
		if (walk_all(a, pool) == -1)
			error = errno;
		hash_pool_close(pool);
	}
	if (error == 0 && ima != NULL &&
	    hash_ima_append(ima, &out, &added) == -1)
		error = errno;
	atomic_fetch_add(&a->stats->ima, added);
	if (hash_out_close(&out) == -1 && error == 0)
		error = errno;
	if (error == 0)
		rc = 0;
	else
		errno = error;
out:
	hash_ima_close(ima);
	return rc;
}
