/* HCL reports and RA-TLS certificates around a forged SNP report. */
#ifndef REGRESS_UNIT_KIND_AZURE_AZFORGE_H
#define REGRESS_UNIT_KIND_AZURE_AZFORGE_H

#include "regress/unit/kind_snp/snpforge.h"

/* Variable data that names this key (RSA 2048) and has this user data. */
void	 az_vars(struct buf *, EVP_PKEY *, struct span);
/* The report is signed over the digest of the variable data, or over these
 * 64 bytes. */
void	 az_hcl(struct snpforge *, struct buf *, struct span, struct span);
/* A certificate for the key, signed by the second one, with this quote under
 * these OIDs (the second may be NULL). */
X509	*az_ratls(EVP_PKEY *, EVP_PKEY *, struct span, const char *,
	    const char *);
/* A quote for this key, with extra bytes behind its digest. */
void	 az_ratls_quote(struct snpforge *, EVP_PKEY *, uint8_t, struct buf *);

#endif
