#ifndef FSTOOL_TPM_PCR_H
#define FSTOOL_TPM_PCR_H

#include "fstool/answers.h"
#include "fstool/tpm_job.h"

/* The PCRs that something is bound to, and the values they have or shall have. */
struct pcrs {
	uint16_t	bank;		/* sha256 or sha384 */
	uint32_t	mask;
	size_t		values_len;
	uint8_t		values[PCR_COUNT * PCR_DIGEST_MAX];
};

/* Read the values of p's bank and mask, in as many steps as the TPM needs. */
int	pcrs_read(struct tpm_job *, struct pcrs *p);

/* The same values. */
int	pcrs_equal(const struct pcrs *, const struct pcrs *);

void	pcrs_selection(uint16_t bank, uint32_t mask, TPML_PCR_SELECTION *ret);

/* "4, 7 and 11", for messages. */
void	pcrs_text(uint32_t mask, char *dst, size_t cap);

/*
 * The digest of the policy that is fulfilled when the PCRs have these values,
 * as computed here; it is an error if the TPM, which is asked by means of a
 * trial session, says another.
 */
int	pcrs_policy(struct tpm_job *, const struct tpm_parent *,
	    const struct pcrs *, uint8_t ret_digest[32]);

/* Extend PCR_CAP in all banks and see that it is zero in none. */
int	pcr_cap(struct tpm_job *, const void *data, size_t n);

#endif
