#ifndef PRIVSEP_SECRET_H
#define PRIVSEP_SECRET_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that must not be seen by anybody else: memfd_secret where the kernel
 * gives it, else locked memory between guard pages; in both cases out of core
 * dumps, gone in a fork, wiped when freed.
 */
struct secret {
	uint8_t	*p;
	size_t	 n;		/* usable bytes */
	size_t	 mapped;	/* what free unmaps */
	uint8_t	*base;
};

/* n bytes of zero. 0, or -1 with errno. */
int	secret_alloc(struct secret *ret_s, size_t n);
/* Wipes; a second call or a zeroed struct does nothing. */
void	secret_free(struct secret *);
/* 1 when equal; the time does not depend on where they differ. */
int	secret_equal(const void *, const void *, size_t);

#endif
