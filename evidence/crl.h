/* Certificate revocation lists, Intel's (ECDSA) and AMD's (RSASSA-PSS). */
#ifndef EVIDENCE_CRL_H
#define EVIDENCE_CRL_H

#include <openssl/x509.h>

#include "evidence/checks.h"
#include "evidence/intel_chain.h"

/* What was found, for claims. */
struct crl_facts {
	int	 signature_ok;
	int64_t	 last_update, next_update;	/* -1: none */
	size_t	 revoked;			/* entries */
};

/* One list, DER without a tail or PEM; NULL: it is not. */
X509_CRL *crl_decode(struct span);
/*
 * One check of this name: issued and signed by issuer, within its dates at
 * the time (a list without nextUpdate never ages and is refused), complete
 * (no delta, no part).  *ret_facts (may be NULL) is always written.  -1 if
 * refused: then it says nothing about any certificate.
 */
int	 crl_check(X509_CRL *, X509 *issuer, int64_t at, const char *name,
	    struct checks *, struct crl_facts *);
/* 1 if the list has the certificate's serial number. */
int	 crl_revokes(X509_CRL *, X509 *);

#endif
