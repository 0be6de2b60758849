/*
 * Certificates of Intel's provisioning hierarchy: root, PCK CA, PCK; root,
 * TCB signing.  Signatures, constraints and names are checked here; whether
 * the root is one to trust is the caller's question.
 */
#ifndef EVIDENCE_INTEL_CHAIN_H
#define EVIDENCE_INTEL_CHAIN_H

#include <openssl/x509.h>

#include "evidence/bytes.h"
#include "evidence/limits.h"

struct intel_chain {
	X509	*leaf, *ca, *root;	/* owned; ca NULL under the root */
};

/* 1 if the certificate is one of the spans (DER or PEM). */
int	 cert_among(X509 *, const struct span *, size_t);
/* Seconds since 1970; -1 when undated. */
int	 asn1_seconds(const ASN1_TIME *, int64_t *);
/* 1 if the subject has exactly this common name. */
int	 cert_is_named(X509 *, const char *);

/* PEM leaf, CA, root of a quote; the candidate (may be empty) is taken as
 * the root when the text has none.  -1: not such a list. */
int	 intel_chain_decode(struct span, struct span, struct intel_chain *);
void	 intel_chain_free(struct intel_chain *);
/* NULL if every signature, constraint and name is as it must be, else what
 * is not, a constant text. */
const char *pck_chain_fault(const struct intel_chain *);
const char *tcb_signing_fault(X509 *, X509 *);
/* 1: r||s over the bytes by this key, ECDSA P-256 with SHA-256. */
int	 p256_verify(EVP_PKEY *, struct span, struct span);
/* From x||y; NULL: not a point of the curve. */
EVP_PKEY *p256_pkey(struct span);

#endif
