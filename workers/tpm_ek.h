#ifndef WORKERS_TPM_EK_H
#define WORKERS_TPM_EK_H

#include <stdint.h>

#include "workers/tpm_keys.h"

/*
 * The endorsement key is not made but derived: the same template gives the
 * same key as long as the TPM lives, and the maker's certificate in the TPM
 * is for the key of one template of the TCG's profile.
 */

/*
 * Make the EK that the certificate in this TPM is for, P-256 when there is
 * none, and keep it at TPM_EK_HANDLE. The endorsement authorisation is set in
 * the context. *ret_what: which one it is, for the log. 0 or -1 (logged).
 */
int	ek_make(ESYS_CONTEXT *, const char **ret_what);

/*
 * The certificate at an NV index. 1, 0 when there is none, -1 (logged), -2 when
 * the context is of no use any more. The bytes may go on behind it.
 */
int	cert_read(ESYS_CONTEXT *, TPM2_HANDLE index, uint8_t *dst, size_t cap,
	    size_t *ret_len);

/* 1 when the certificate is for this key; its signature is the client's to check. */
int	cert_is_for(const uint8_t *der, size_t len, const TPMT_PUBLIC *);

#endif
