#ifndef WORKERS_TPM_ACTIVATE_H
#define WORKERS_TPM_ACTIVATE_H

#include "agentd/tpm_msg.h"
#include "workers/tpm_keys.h"

/*
 * Let the TPM open the credential of j with the EK, for the AK, and make the
 * proof of PROTOCOL.md; the secret goes no further than this call.
 * ANSWER_OK; ANSWER_REFUSED: not a credential for these keys; ANSWER_FAILED
 * (logged).
 */
enum answer credential_activate(ESYS_CONTEXT *, const struct tpm_key *ek,
	    const struct tpm_key *ak, const struct activate_job *j,
	    uint8_t ret_proof[32]);

/*
 * Flush loaded policy sessions. A predecessor that was killed, or an answer
 * that was no handle, leaves one behind, and there is room for three. Through
 * the kernel's resource manager only ours are loaded while it looks.
 */
void	activate_sessions_flush(ESYS_CONTEXT *);

#endif
