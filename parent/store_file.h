#ifndef PARENT_STORE_FILE_H
#define PARENT_STORE_FILE_H

#include <sys/types.h>

/*
 * A file that appears whole or not at all: "PATH.new" is made with O_EXCL and
 * its final mode, lent to the process that fills it, synced, and renamed.
 * One that an interrupted run left behind is removed first.
 */

/* A descriptor of PATH.new, or -1 with a line in the log. */
int	store_file_new(const char *path, mode_t mode);
/* Sync PATH.new and its directory and give it its name. 0 or -1 with a line in the log. */
int	store_file_keep(const char *path);

/* 1 when nobody can change it any more, whoever holds it, and it is no longer than max. */
int	fd_is_sealed(int fd, off_t max);

#endif
