#ifndef FSTOOL_FILES_H
#define FSTOOL_FILES_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "evidence/bytes.h"

/*
 * The front's files.  They are read once, into sealed memory, by
 * open_unmeasured(): their content differs on every machine, so an entry in
 * the IMA log would say nothing.  What fails is said.
 */

/* A sealed copy; it stays mapped while the process lives. */
struct loaded {
	int		fd;	/* -1: not loaded */
	struct span	bytes;
};

/* 1; 0 when there is no such file; -1. */
int	file_take(const char *path, uint64_t max, struct loaded *ret_l);
/* The same of a file of the kernel, whose size is not known before; 0 when it is not there. */
int	file_take_kernel(const char *path, uint64_t max, struct loaded *ret_l);
/* The same of a descriptor, from its start; name: for messages. 1; -1. */
int	file_take_fd(int fd, uint64_t max, const char *name,
	    struct loaded *ret_l);
void	file_drop(struct loaded *);

/* 1 there (whatever it is), 0 not, -1. */
int	file_there(const char *path);
/* A new file, 0600, n bytes long with room for them on the disk; it must not exist. */
int	file_new(const char *path, uint64_t n);
/* path gets these bytes, 0600, whole or not at all (PATH.tmp, fsync, rename, fsync of the directory). */
int	file_put(const char *path, const void *, size_t n);
/* fsync of the file. */
int	file_sync(const char *path);
/* Rename, then fsync of the directory. */
int	file_move(const char *from, const char *to);
/* Gone, and the directory synced; 0 also when it was not there. */
int	file_remove(const char *path);
/* path + suffix; -1 when it does not fit. */
int	file_beside(const char *path, const char *suffix, char ret[PATH_MAX]);
/*
 * .NAME.lock beside path, opened and locked for us alone until close(2);
 * another run is waited for, a minute.  A directory itself can be locked by
 * whoever may read it: this file is ours only, and so must its folder be to
 * write into.  -1 said.
 */
int	file_lock_beside(const char *path);

#endif
