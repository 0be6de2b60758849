/* A chain from a certificate to a root that is pinned or given (libcrypto). */
#ifndef EVIDENCE_X509_CHAIN_H
#define EVIDENCE_X509_CHAIN_H

#include <stdint.h>
#include <openssl/x509.h>

#include "evidence/bytes.h"

struct x509_chain {
	STACK_OF(X509)	*others;	/* may stand between */
	STACK_OF(X509)	*anchors;	/* trusted */
};

/* Name of a pinned root by the SHA-256 of its DER, or NULL. */
typedef const char *x509_pin_fn(const uint8_t [32]);

/* -1: no memory.  Free in both cases. */
int	 x509_chain_init(struct x509_chain *);
void	 x509_chain_free(struct x509_chain *);
/* Certificates of a file, PEM (any number) or DER: trusted. */
int	 x509_chain_anchor(struct x509_chain *, struct span);
/* The same, not trusted, except those that are pinned. */
int	 x509_chain_other(struct x509_chain *, struct span, x509_pin_fn *);
/*
 * NULL if the leaf leads to an anchor and every certificate is good at that
 * time (signatures of 112 bits and more, CA constraints, key usage, critical
 * extensions); else why not.  In both cases *ret_at is the certificate that
 * was looked at last, referenced (free it), or NULL.
 */
const char *x509_chain_verify(const struct x509_chain *, X509 *, int64_t,
	    X509 **ret_at);
/* 1 if that reason says that the chain ends nowhere that is trusted or is out
 * of its dates: it vouches for nothing.  0: something in it is forged. */
int	 x509_chain_unproven(const char *);

#endif
