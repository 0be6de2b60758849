/* A TPM quote by the key that an HCL report names. */
#ifndef EVIDENCE_HCL_QUOTE_H
#define EVIDENCE_HCL_QUOTE_H

#include "evidence/hcl.h"
#include "evidence/kind.h"

/* Roles tpm_quote, tpm_sig and pcrs, and what was asked with --nonce and
 * --pcr.  Adds tpm.*; claims are the member tpm_quote.  -1 if refused. */
int	 hcl_quote_judge(const struct evcase *, struct evout *,
	    const struct tpm_public *);

#endif
