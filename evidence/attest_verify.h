/* Digests of the binding, on the client's side (libcrypto). */
#ifndef EVIDENCE_ATTEST_VERIFY_H
#define EVIDENCE_ATTEST_VERIFY_H

#include "evidence/attest.h"

/* Values of the verifier, or of "bound" when a mismatch is explained. */
struct bound_values {
	struct span	 nonce, cert, conn, seal_pk, config, ak_name, subject;
	enum digest_alg	 bank;
	uint32_t	 pcr_mask;
};

/* Item 5 of the binding, 32 bytes.  -1 on failure of libcrypto. */
int	 config_digest(const struct config_claim *, uint8_t [32]);
/* 64 bytes of report data, 34 bytes of qualifying data. */
int	 bound_tee_data(const struct bound_values *, uint8_t [64]);
int	 bound_tpm_data(const struct bound_values *, uint8_t [34]);
/* One-shot digest into ret (digest_size(alg) bytes). */
int	 digest_bytes(enum digest_alg, struct span, uint8_t *);

#endif
