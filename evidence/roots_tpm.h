/* Roots of certificates of TPMs that are trusted without being named. */
#ifndef EVIDENCE_ROOTS_TPM_H
#define EVIDENCE_ROOTS_TPM_H

#include <stdint.h>

/* Who vouches for a TPM. */
enum tpm_ca {
	TPM_CA_NONE,
	TPM_CA_GIVEN,		/* a root that the user named */
	TPM_CA_PROVIDER,	/* a cloud, for the virtual TPM that it runs */
	TPM_CA_MAKER		/* who makes the chip */
};

/* Name of the root with this SHA-256 (of the whole DER), or NULL. */
const char	*tpm_root_name(const uint8_t [32]);
/* PROVIDER or MAKER, NONE if it is not pinned. */
enum tpm_ca	 tpm_root_kind(const uint8_t [32]);

#endif
