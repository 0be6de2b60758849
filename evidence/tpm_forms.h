/* A TPM's public key in the forms in which tools write it (libcrypto). */
#ifndef EVIDENCE_TPM_FORMS_H
#define EVIDENCE_TPM_FORMS_H

#include <openssl/evp.h>

#include "evidence/tpm.h"

struct tpm_anykey {
	EVP_PKEY		*pkey;
	int			 has_public;	/* attributes are known */
	struct tpm_public	 pub;
};

/* TPMT_PUBLIC, TPM2B_PUBLIC, or SubjectPublicKeyInfo as PEM or DER: RSA from
 * 2048 bits, P-256, P-384.  -1: none of these.  Free in both cases.  A
 * TPMT_PUBLIC points into the span. */
int	 tpm_anykey_load(struct span, struct tpm_anykey *);
void	 tpm_anykey_free(struct tpm_anykey *);
/* The qualified name of a key under a parent: its nameAlg || H(parent's
 * qualified name || its name).  -1 on failure of libcrypto. */
int	 tpm_qualified_name(const struct tpm_public *, struct span, uint8_t *,
	    size_t *);
/* Hierarchy of which this is a primary key according to its qualified name,
 * "owner", "endorsement", "platform", "null"; NULL if it is of none. */
const char *tpm_primary_of(const struct tpm_public *, struct span);

#endif
