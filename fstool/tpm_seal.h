#ifndef FSTOOL_TPM_SEAL_H
#define FSTOOL_TPM_SEAL_H

#include "fstool/answers.h"
#include "fstool/tpm_job.h"

/* SEAL and UNSEAL. The answer is complete, its text included, whatever happens. */
void	tpm_seal(struct tpm_job *, const struct seal_ask *, struct seal_ans *);
void	tpm_unseal(struct tpm_job *, const struct header_token *,
	    struct unseal_ans *);

#endif
