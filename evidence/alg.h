/* The hash algorithms that evidence uses: names, sizes, TPM numbers. */
#ifndef EVIDENCE_ALG_H
#define EVIDENCE_ALG_H

#include <stddef.h>
#include <stdint.h>

#include "evidence/bytes.h"

#define DIGEST_MAX	64

enum digest_alg {
	DIGEST_NONE,
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_ALG_MAX
};

/* "sha256"; "none" for DIGEST_NONE and what is out of range. */
const char	*digest_name(enum digest_alg);
size_t		 digest_size(enum digest_alg);
uint16_t	 digest_tpm_id(enum digest_alg);
/* DIGEST_NONE if unknown. */
enum digest_alg	 digest_by_name(struct span);
enum digest_alg	 digest_by_tpm_id(uint16_t);
enum digest_alg	 digest_by_size(size_t);
/* 1 if it is the digest of the empty string. */
int		 digest_is_empty(enum digest_alg, struct span);

#endif
