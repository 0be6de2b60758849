/* Kinds tpm-quote, tpm-attest and tpm-quote-response. */
#ifndef EVIDENCE_KIND_TPM_H
#define EVIDENCE_KIND_TPM_H

#include "evidence/kind.h"

kind_fn	 kind_tpm_quote, kind_tpm_attest, kind_tpm_quote_response;

#endif
