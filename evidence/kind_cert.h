/* Certificates of TPM keys: kinds ek-cert and ak-cert. */
#ifndef EVIDENCE_KIND_CERT_H
#define EVIDENCE_KIND_CERT_H

#include <openssl/x509.h>

#include "evidence/kind.h"

/* The chain of a certificate by the roles issuer, chain and root, collateral
 * is not used: checks cert.chain, cert.revocation.  -1 refused. */
int	 cert_chain_judge(const struct evcase *, struct evout *, X509 *);

/* That it is a leaf, for a key that encrypts (EK) or signs (AK): checks
 * cert.leaf, cert.usage, cert.purpose. */
void	 cert_use_check(struct evout *, X509 *, int ek);

kind_fn	 kind_ek_cert, kind_ak_cert;

#endif
