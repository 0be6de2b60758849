#ifndef PARENT_VOLUME_H
#define PARENT_VOLUME_H

#include <sys/types.h>

/* A directory, 0700, if it is not there. 0 or -1 with a line in the log. */
int	dir_make(const char *path);

/* 1 when the file system at DIR is on a volume that cryptsetup made and that encrypts. */
int	volume_is_encrypted(const char *dir);

/*
 * May a volume be mounted at DIR? 1: a directory, or nothing; 0: it is a mount
 * point already, has something in it that would be hidden, or is no directory
 * (a line in the log says which).
 */
int	volume_fits(const char *dir);

#endif
