/* Roots of certificates of TPMs that are trusted without being named. */
#ifndef EVIDENCE_ROOTS_TPM_H
#define EVIDENCE_ROOTS_TPM_H

#include <stdint.h>

/* Name of the root with this SHA-256 (of the whole DER), or NULL. */
const char	*tpm_root_name(const uint8_t [32]);

#endif
