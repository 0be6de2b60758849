/* Claims of a TPMS_ATTEST. */
#ifndef EVIDENCE_TPM_CLAIMS_H
#define EVIDENCE_TPM_CLAIMS_H

#include "evidence/kind.h"
#include "evidence/tpm.h"

/* Every field, by the names of kind tpm-quote. */
void	 tpm_attest_claims(struct evout *, const struct tpm_attest *);
/* Claim `ak`: type, attributes, scheme and name of the quoting key; of which
 * hierarchy it is a primary key, if the quote's signer says that. */
void	 tpm_ak_claim(struct evout *, const struct tpm_public *,
	    const struct tpm_attest *);

#endif
