#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdint.h>

/* The user's files, touched by the front only. */

/*
 * A sealed copy of at most max bytes, so that what is judged cannot change
 * meanwhile. The descriptor, or -1 and errno (EFBIG).
 */
int	file_load(const char *path, uint64_t max);
/* The same; what is no regular file is EINVAL, a directory EISDIR. */
int	file_load_regular(const char *path, uint64_t max);

/* From from's position to to. 0, or -1 and errno (EFBIG beyond max). */
int	file_copy(int from, int to, uint64_t max);
/* fsync of the directory that path is in. 0, or -1 and errno. */
int	directory_sync(const char *path);

/*
 * Replace path by the bytes of fd: a temporary file beside it, fsync, rename,
 * fsync of the directory. Whatever goes wrong, or when SIGINT, SIGTERM or
 * SIGHUP comes, an existing file stays as it is and the temporary one is
 * removed. 0, or -1 and errno.
 */
int	file_save(const char *path, int fd);

#endif
