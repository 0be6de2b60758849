/* Keys and signatures by libcrypto, for tpm_verify.c and snp_verify.c. */
#ifndef EVIDENCE_TPM_KEY_H
#define EVIDENCE_TPM_KEY_H

#include <openssl/evp.h>

#include "evidence/tpm.h"

/* New key, or NULL: not a point of the curve, RSA below 2048 bits. */
EVP_PKEY	*tpm_public_pkey(const struct tpm_public *);
/* Big-endian r and s to DER; length or -1.  Free with OPENSSL_free(). */
int		 ecdsa_der(struct span, struct span, uint8_t **);
/* 1 if the signature (DER for ECDSA) over the message holds, else 0. */
int		 pkey_verify(EVP_PKEY *, enum digest_alg, int, struct span,
		    struct span);
/* The signature by a key of any origin: the scheme must be one for it. */
int		 tpm_signature_by(EVP_PKEY *, const struct tpm_signature *,
		    struct span);
int		 tpm_signature_verify(const struct tpm_public *,
		    const struct tpm_signature *, struct span);

#endif
