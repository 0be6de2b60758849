/* Claims of a TPMS_ATTEST. */
#ifndef EVIDENCE_TPM_CLAIMS_H
#define EVIDENCE_TPM_CLAIMS_H

#include "evidence/kind.h"
#include "evidence/tpm.h"

/* Every field, by the names of kind tpm-quote. */
void	 tpm_attest_claims(struct evout *, const struct tpm_attest *);

#endif
