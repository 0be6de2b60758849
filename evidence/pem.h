/* Certificates in PEM (RFC 7468), without libcrypto: for confined workers. */
#ifndef EVIDENCE_PEM_H
#define EVIDENCE_PEM_H

#include "evidence/bytes.h"

/* Bytes of one certificate; ARKs are 1.6 KiB. */
#define MAX_PEM_CERT	(16u * 1024)

/*
 * The next certificate, decoded: 1, 0 when only white space is left, -1 when
 * the text is anything else.  dst has MAX_PEM_CERT bytes.  Strict: nothing
 * between two of them, no header fields.
 */
int	 pem_cert_next(struct cursor *, uint8_t *dst, size_t *ret_len);

#endif
