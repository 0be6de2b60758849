/*
 * The agent's answers: POST /attest (strong form) and the bodies of the
 * compatible endpoints.  Decoded strictly, nothing verified.
 */
#ifndef EVIDENCE_ATTEST_H
#define EVIDENCE_ATTEST_H

#include "evidence/claims.h"
#include "evidence/bytes.h"
#include "evidence/tpm.h"

enum tee_quote {
	TEE_QUOTE_NONE,
	TEE_QUOTE_SNP,
	TEE_QUOTE_TDX,
	TEE_QUOTE_AZURE_SNP,	/* HCL report; extra: PEM of VCEK and chain */
	TEE_QUOTE_AZURE_TDX	/* HCL report; extra: the TDX quote */
};

/* "sev-snp" ...; NULL for none. */
const char	*tee_quote_name(enum tee_quote);
enum tee_quote	 tee_quote_by_name(struct span);

/* "bound": what the agent says it used.  Only for explanations. */
struct attest_bound {
	uint8_t		 nonce[32];
	uint8_t		 cert[32];
	uint8_t		 conn[32];
	uint8_t		 config[32];
	uint8_t		 ak_name[TPM_NAME_MAX];
	size_t		 ak_name_len;		/* 0: no TPM */
	int		 has_seal_pk;
	uint8_t		 seal_pk[32];
	enum digest_alg	 bank;
	uint32_t	 pcr_mask;
	int		 has_subject;
	uint8_t		 subject[32];
};

struct attest {
	struct attest_bound	 bound;
	struct config_claim	 config;
	struct tpm_pcrs		 pcrs;
	int			 has_tpm;
	uint8_t			*quote;		/* owned, TPMS_ATTEST */
	size_t			 quote_len;
	uint8_t			*signature;	/* owned, TPMT_SIGNATURE */
	size_t			 signature_len;
	uint8_t			*public_key;	/* owned, TPMT_PUBLIC */
	size_t			 public_key_len;
	enum tee_quote		 tee;
	uint8_t			*tee_quote;	/* owned */
	size_t			 tee_quote_len;
	uint8_t			*tee_extra;	/* owned; Azure only; NULL: no certificates */
	size_t			 tee_extra_len;
};

/* Free with attest_free(), also after a failure.  -1: ret_err (static text)
 * says what is wrong. */
int	 attest_decode(struct span, struct attest *, const char **);
void	 attest_free(struct attest *);

/* /quote/tpm: fills quote, signature, public_key and pcrs.bank (named by the
 * agent: policy decides, not this). */
int	 quote_tpm_decode(struct span, struct attest *, const char **);
/* [5,0,...]: a JSON array of bytes, at most max.  Appends to the buffer. */
int	 byte_array_decode(struct span, size_t, struct buf *);

#endif
