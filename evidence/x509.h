/* X.509 certificates of strangers: reading, dates, who signed whom. */
#ifndef EVIDENCE_X509_H
#define EVIDENCE_X509_H

#include <stdint.h>
#include <openssl/x509.h>

#include "evidence/bytes.h"

/* One DER certificate of at most max bytes and nothing behind it; NULL: it is
 * not. */
X509	*x509_der(struct span, size_t max);
/* As it comes in files: DER, DER with zero bytes behind it (a TPM's NV index),
 * or a PEM text of exactly one certificate. */
X509	*x509_file(struct span, size_t max);
/*
 * The next certificate of a PEM text at the cursor.  1 and the certificate, 0
 * at the end, -1 on anything that is not a PEM certificate or white space
 * between two: nothing in such a text is passed over.
 */
int	 x509_pem_next(struct cursor *, size_t max, X509 **);
/* 1 if the file holds this certificate, in any of these forms. */
int	 x509_is(X509 *, struct span, size_t max);
/* 1 if the bytes have the frame of one DER certificate: reading them is left
 * to whoever needs what is inside, for it costs as much as a signature. */
int	 x509_is_framed(struct span);
/* SHA-256 of the DER. */
int	 x509_sha256(X509 *, uint8_t [32]);

enum x509_date { X509_DATE_VALID, X509_DATE_EARLY, X509_DATE_EXPIRED, X509_DATE_UNDATED };
enum x509_date	 x509_date(X509 *, int64_t);
/* "within its dates", "not yet valid", ... */
const char	*x509_date_text(enum x509_date);
/* 1 if the issuer's name and key fit and the signature holds; any algorithm
 * of RSA from 2048 bits or EC. */
int		 x509_signed_by(X509 *, X509 *);
/* The same, and by RSASSA-PSS with SHA-384, as AMD signs. */
int		 x509_signed_pss384(X509 *, X509 *);
/* "CN=...,O=..." as RFC 4514 has it, the last first; cut when too long. */
void		 x509_name(const X509_NAME *, char *, size_t);
/* Extension by dotted OID: 1 and its content, 0 none, -1 more than one. */
int		 x509_extension(X509 *, const char *, struct span *);

#endif
