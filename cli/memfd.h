#ifndef CLI_MEMFD_H
#define CLI_MEMFD_H

#include <stddef.h>
#include <stdint.h>

/* How bodies travel: written once, sealed, then read by whoever gets it. */

/* An empty one; -1 and errno on failure. */
int	memfd_make(const char *name);
/* All n bytes; -1 and errno on failure. */
int	memfd_write(int fd, const void *, size_t n);
/* No change any more, to nobody. -1 and errno on failure. */
int	memfd_seal(int fd);
/*
 * The bytes, read-only, for as long as the process lives (the file offset moves);
 * *ret_n may be 0 and
 * *ret_p NULL then. -1 and errno when it is not sealed (EPERM), larger than
 * max (EFBIG) or cannot be mapped.
 */
int	memfd_map(int fd, uint64_t max, const uint8_t **ret_p, size_t *ret_n);

#endif
