/*
 * Replay of an IMA list to every PCR and every bank at once, in both ways in
 * which kernels have extended banks other than SHA-1: with the bank's own hash
 * of the template data (5.8 and later), and with the SHA-1 template digest
 * padded with zeros (before).  libcrypto.
 */
#ifndef EVIDENCE_IMA_BANKS_H
#define EVIDENCE_IMA_BANKS_H

#include "evidence/hash.h"
#include "evidence/limits.h"
#include "evidence/tpm.h"

#define MAX_IMA_WANTS	64u

/* A value that some beginning of the list must replay to. */
struct ima_want {
	enum digest_alg	 bank;
	unsigned	 pcr;
	struct span	 value;
	size_t		 reached;	/* entries of the longest beginning
					 * that does; 0: none */
	int		 padded;	/* in the way of older kernels */
};

struct ima_banks {
	enum digest_alg	 header;	/* of the list's template digests */
	struct hash	 h[DIGEST_ALG_MAX];
	uint8_t		 pcr[DIGEST_ALG_MAX][TPM_PCRS][DIGEST_MAX];
	uint8_t		 padded[DIGEST_ALG_MAX][TPM_PCRS][DIGEST_MAX];
	uint32_t	 mask;		/* PCRs that have entries */
	size_t		 entries;
	size_t		 violations;
	size_t		 wrong;		/* template digest not H(data) */
	size_t		 first_wrong;
	size_t		 nwants;
	struct ima_want	 want[MAX_IMA_WANTS];
};

/* -1 when libcrypto fails; free in both cases. */
int	 ima_banks_init(struct ima_banks *, enum digest_alg);
void	 ima_banks_free(struct ima_banks *);
/* One entry: PCR (below TPM_PCRS), its template digest as logged, and the
 * bytes that are hashed. */
int	 ima_banks_add(struct ima_banks *, unsigned, struct span,
	    struct span);

#endif
