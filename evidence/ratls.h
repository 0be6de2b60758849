/* RA-TLS certificates (WIRE 6): a quote in a self-signed certificate. */
#ifndef EVIDENCE_RATLS_H
#define EVIDENCE_RATLS_H

#include <openssl/x509.h>

#include "evidence/bytes.h"

#define RATLS_OID_SGX	"1.2.840.113741.1337.6"
#define RATLS_OID_SEV	"1.2.840.113741.1337.7"
#define RATLS_OID_TDX	"1.2.840.113741.1337.8"

enum ratls_tee { RATLS_SGX, RATLS_SEV, RATLS_TDX, RATLS_TEE_MAX };

struct ratls {
	X509		*x;		/* owned */
	uint8_t		 point[65];	/* of the key, uncompressed */
	enum ratls_tee	 tee;		/* by the extension */
	const char	*oid;
	struct span	 quote;		/* points into the certificate */
};

/*
 * A certificate (PEM or DER) with a P-256 key and exactly one extension with a
 * quote.  Free with ratls_free() always.  -1: *ret_why, a constant text, says
 * what is wrong; x may be there all the same.
 */
int	 ratls_decode(struct span, struct ratls *, const char **ret_why);
void	 ratls_free(struct ratls *);
/* 1 if the certificate is signed by its own key, ECDSA with SHA-256. */
int	 ratls_self_signed(const struct ratls *);
/* Report data that binds the key: SHA-256 of the point, then the extra 32
 * bytes (empty: zeros). */
int	 ratls_report_data(const struct ratls *, struct span, uint8_t [64]);

#endif
