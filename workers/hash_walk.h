#ifndef WORKERS_HASH_WALK_H
#define WORKERS_HASH_WALK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The snapshot: every regular file of some trees, hashed by all cores, as
 * records in canonical order, then the entries of the IMA log that are not
 * among them.
 *
 * Canonical order: tree by tree as given; the names of a directory sorted
 * bytewise; a directory's content where its name sorts. It does not depend on
 * the number of threads, nor on the order in which the kernel lists names.
 *
 * Left out: what is no regular file (a symbolic link is not followed); in the
 * tree "/" the top-level names of hash_walk.c; a mount of a pseudo file
 * system or of FUSE (its daemon may never answer); a directory that is the
 * root of another tree of the list, which is walked as that tree. A file that
 * changes while it is read is hashed as read; one that vanishes is no file.
 *
 * Memory is bounded by hash_limits.h whatever the trees are: a directory's
 * names are never held all at once, but the smallest of those not yet done,
 * in a window that is filled again by reading the directory once more.
 */

struct hash_root {
	int		 fd;	/* of the directory; stays the caller's */
	const char	*label;	/* absolute path without a slash at its end, or "/" */
};

/* May be read by another thread while hash_tree() runs. Zeroed by the caller. */
struct hash_stats {
	_Atomic uint64_t	files;		/* hashed and recorded */
	_Atomic uint64_t	bytes;		/* read so far */
	_Atomic uint64_t	unreadable;	/* and not recorded */
	_Atomic uint64_t	mounts;		/* left out for their file system */
	_Atomic uint64_t	ima;		/* entries added from the log */
};

struct hash_params {
	const struct hash_root	*roots;
	size_t			 nroots;
	int			 out;		/* written from its offset on; the caller's */
	int			 ima;		/* binary log, or -1; the caller's, seekable */
	unsigned int		 threads;	/* 0 is 1; HASH_THREADS at most */
	size_t			 window;	/* bytes for the names of one directory; 0: what there is */
	/*
	 * Called in record order for the first HASH_REPORT_MAX files that could
	 * not be read, and for mounts left out (EXDEV), by any one thread at a
	 * time, while the pool is locked: be short. May be NULL.
	 */
	void			(*report)(void *arg, const char *path, int error);
	void			*arg;
	struct hash_stats	*stats;
};

/*
 * Write the snapshot. 0, or -1 with errno when the output, the log or memory
 * failed; what is in the output then is no snapshot. An unreadable file is no
 * failure. Makes threads; opens nothing but below the roots.
 */
int	hash_tree(const struct hash_params *);

#endif
