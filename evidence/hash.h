/* A digest context that is reused: fetching an algorithm costs more than
 * hashing an IMA entry with it. */
#ifndef EVIDENCE_HASH_H
#define EVIDENCE_HASH_H

#include <openssl/evp.h>

#include "evidence/alg.h"

struct hash {
	EVP_MD		*md;
	EVP_MD_CTX	*ctx;
	size_t		 size;
};

/* -1 if the algorithm cannot be had.  hash_free() also after a failure. */
int	 hash_init(struct hash *, enum digest_alg);
void	 hash_free(struct hash *);
int	 hash_start(struct hash *);
int	 hash_add(struct hash *, const void *, size_t);
int	 hash_end(struct hash *, uint8_t *);
/* Digest of two spans, one after the other. */
int	 hash_two(struct hash *, struct span, struct span, uint8_t *);

#endif
