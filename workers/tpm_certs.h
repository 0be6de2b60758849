#ifndef WORKERS_TPM_CERTS_H
#define WORKERS_TPM_CERTS_H

#include "agentd/tpm_msg.h"
#include "workers/tpm_keys.h"

/*
 * What a client needs to know whose TPM this is: the EK's public area, and
 * the certificates in NV memory, as the rows of agentd/tpm_msg.h. ek is NULL
 * when there is none. What the TPM does not let us read, or is no certificate,
 * is left out. -1: it did not answer as a TPM does. Both logged.
 */
int	certs_collect(ESYS_CONTEXT *, const struct tpm_key *ek, uint8_t *dst,
	    size_t cap, size_t *ret_len);

#endif
