/* Roots that are trusted without being named by the user. */
#ifndef EVIDENCE_ROOTS_H
#define EVIDENCE_ROOTS_H

#include "evidence/snp_report.h"

/* The product whose ARK has this SHA-256 (of the whole DER certificate), or
 * SNP_UNKNOWN. */
enum snp_product amd_root_find(const uint8_t [32]);
/* 1 if it is the SHA-256 of the DER of the Intel SGX Root CA. */
int		 intel_root_find(const uint8_t [32]);
/* The name of the vTPM root of a cloud with this SHA-256 of the DER, or NULL.
 * It says that the provider's TPM holds a key: a root of kind provider-vtpm. */
const char	*vtpm_root_find(const uint8_t [32]);

#endif
