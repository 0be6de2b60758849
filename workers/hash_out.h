#ifndef WORKERS_HASH_OUT_H
#define WORKERS_HASH_OUT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The records of a snapshot (PROTOCOL.md): "CVMSNAP1", then for each file
 * u16 BE path length, u8 digest length, path, digest. Not thread-safe.
 */

struct hash_out {
	int	 fd;		/* the caller's */
	int	 error;		/* errno of the first failure, sticky */
	size_t	 len;
	uint8_t	*buf;
};

/* Start at the position of fd. -1 with errno when there is no memory. */
int	hash_out_open(struct hash_out *ret_o, int fd);

/*
 * Add a record. After a failure of an earlier write this does nothing;
 * hash_out_close() tells.
 */
void	hash_out_record(struct hash_out *, const char *path, size_t path_len,
	    const uint8_t *digest, size_t digest_len);

/* Write what is left and free. -1 with the errno of the first failure. */
int	hash_out_close(struct hash_out *);

#endif
