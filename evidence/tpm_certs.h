/*
 * The answer to GET /tpm/certs: the endorsement key and the certificates that
 * the TPM holds.  Decoded strictly, nothing verified, no certificate read.
 */
#ifndef EVIDENCE_TPM_CERTS_H
#define EVIDENCE_TPM_CERTS_H

#include "evidence/bytes.h"
#include "evidence/limits.h"

struct tpm_cert {
	uint8_t		*p;		/* owned; content of an NV index */
	size_t		 n;
};

struct tpm_cert_list {
	size_t		 n;
	struct tpm_cert	 v[MAX_TPM_CERTS];
};

struct tpm_certs {
	uint8_t			*ek_public;	/* owned, TPMT_PUBLIC; or NULL */
	size_t			 ek_public_len;
	struct tpm_cert_list	 ek;		/* of endorsement keys */
	struct tpm_cert_list	 ek_chain;	/* their issuers */
	struct tpm_cert_list	 ak;		/* of the cloud, for the AK */
};

/* Free with tpm_certs_free(), also after a failure.  -1: ret_err (static
 * text) says what is wrong. */
int	 tpm_certs_decode(struct span, struct tpm_certs *, const char **);
void	 tpm_certs_free(struct tpm_certs *);

#endif
