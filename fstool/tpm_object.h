#ifndef FSTOOL_TPM_OBJECT_H
#define FSTOOL_TPM_OBJECT_H

#include "fstool/tpm_pcr.h"

/* A secret sealed under PCRs: made, judged, loaded and unsealed. */

struct object {
	TPM2B_PRIVATE	priv;
	TPM2B_PUBLIC	pub;
};

int	object_make(struct tpm_job *, const struct tpm_parent *,
	    const uint8_t secret[SECRET_LEN], const uint8_t policy[32],
	    struct object *ret_o);

/* Both parts, one after the other, and nothing more. -1 when they are not that. */
int	object_parse(const uint8_t *, size_t n, struct object *ret_o);
int	object_bytes(const struct object *, uint8_t *dst, size_t cap,
	    size_t *ret_len);

/*
 * Why nothing is unsealed from it, NULL when it is what it should be: it
 * never left its TPM and opens by this policy only.
 */
const char *object_refuses(const struct object *, const uint8_t policy[32]);

/*
 * Load and unseal, as often as PCRs change meanwhile.  The secret is
 * the caller's to wipe and Esys_Free.  What the TPM said, and at which of the
 * two: *ret_loaded.
 */
TSS2_RC	object_open(struct tpm_job *, const struct tpm_parent *,
	    const struct object *, uint16_t bank, uint32_t mask,
	    int *ret_loaded, TPM2B_SENSITIVE_DATA **ret_secret);

#endif
