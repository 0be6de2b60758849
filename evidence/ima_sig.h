/* Signatures of measured files (security.ima), against keys that are given. */
#ifndef EVIDENCE_IMA_SIG_H
#define EVIDENCE_IMA_SIG_H

#include <openssl/evp.h>

#include "evidence/ima_fields.h"

struct ima_keys {
	size_t		 n;
	EVP_PKEY	*key[MAX_IMA_KEYS];
};

enum ima_sig_result {
	IMA_SIG_NONE,		/* the entry has none */
	IMA_SIG_GOOD,
	IMA_SIG_BAD,		/* of none of the keys, or of another file */
	IMA_SIG_UNKNOWN		/* a form or hash that is not supported */
};

/* Public keys and certificates, PEM (any number) or one in DER.  -1 if there
 * is none or one cannot be read; free in both cases. */
int	 ima_keys_load(struct ima_keys *, struct span);
void	 ima_keys_free(struct ima_keys *);
/* The signature in sig over the digest of these fields. */
enum ima_sig_result ima_sig_verify(const struct ima_keys *,
	    const struct ima_fields *);

#endif
