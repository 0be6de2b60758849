/* Verification of a TPM quote (libcrypto). */
#ifndef EVIDENCE_TPM_VERIFY_H
#define EVIDENCE_TPM_VERIFY_H

#include "evidence/checks.h"
#include "evidence/tpm.h"

struct tpm_quote_policy {
	struct span		 extra;	/* exact qualifying data */
	enum digest_alg		 bank;	/* exact bank ... */
	uint32_t		 mask;	/* ... and PCRs of the selection */
	const struct tpm_pcrs	*pcrs;	/* values, or NULL: digest not checked */
	const char		*bound;	/* what extra stands for, in words */
};

/* PCRs of a bitmap in words: "0-7,9". */
#define PCR_TEXT_MAX	100	/* 32 numbers and commas at most */
void	 pcr_mask_text(uint32_t, char [PCR_TEXT_MAX]);
/* Fixed part of every name check: nameAlg || H(TPMT_PUBLIC).  -1 on error. */
int	 tpm_name(const struct tpm_public *, uint8_t *, size_t *);
/* The attributes of a quoting key: tpm.ak.  -1 if refused. */
int	 tpm_ak_check(const struct tpm_public *, struct checks *);
/*
 * All checks of a quote: tpm.format, tpm.magic, tpm.ak, tpm.signature,
 * tpm.nonce, tpm.selection, tpm.digest.  ret_attest is filled whenever
 * the three structures decode, even if a check fails (to explain why).
 * -1 if anything is refused.
 */
int	 tpm_quote_verify(struct span, struct span, struct span,
	    const struct tpm_quote_policy *, struct checks *,
	    struct tpm_attest *, struct tpm_public *);

#endif
