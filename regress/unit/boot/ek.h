/* Endorsement keys and their certificates, made in this process. */
#ifndef REGRESS_UNIT_BOOT_EK_H
#define REGRESS_UNIT_BOOT_EK_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/bytes.h"

#define EK_ATTRIBUTES	0x000300b2u	/* of TCG's template L-1 */
#define EK_NOW		1790000000

/* What may be wrong with a key. */
struct ek_want {
	uint32_t	 attributes;
	uint16_t	 name_alg;	/* TPM_ALG_ID */
	uint16_t	 sym, bits, mode;
	uint16_t	 scheme;
};
extern const struct ek_want ek_good;	/* SHA-256, AES-128-CFB */

EVP_PKEY	*ek_key(const char *);	/* "P-256" ..., "RSA" */
/* TPMT_PUBLIC; ret is initialised here. */
void		 ek_public(const struct ek_want *, EVP_PKEY *, struct buf *);

struct ek_cert_want {
	const char	*subject, *issuer;
	EVP_PKEY	*key, *by;
	const char	*basic, *usage, *purpose;
	long		 until;		/* seconds after EK_NOW */
	int		 oaep;		/* the key's algorithm is RSAES-OAEP */
	const char	*policy;	/* value of an extension of our own */
};
/* DER; ret is initialised here. */
void		 ek_cert(const struct ek_cert_want *, struct buf *);

#endif
