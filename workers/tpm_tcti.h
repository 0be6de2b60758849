#ifndef WORKERS_TPM_TCTI_H
#define WORKERS_TPM_TCTI_H

#include <tss2/tss2_esys.h>

/*
 * ESYS over the program's link (tpm_link.h), in the agent by way of the
 * parent. No device, no socket, no plug-in is opened here.
 */

/* Before confinement: what the libraries would read from files or environment. */
void	tpm_prepare(void);

/* A fresh context; fatal when there is none. Needed after every failed command. */
ESYS_CONTEXT *tpm_open(void);
void	tpm_close(ESYS_CONTEXT *);

/* Unload what this process did not load and ESYS has no object for. Failure is no matter. */
void	tpm_flush_handle(TPM2_HANDLE);

/* Overwrite the last response: it had a secret. */
void	tpm_forget(void);

/*
 * Log what failed and with which code of the TPM, in words. Returns -1.
 */
int	tpm_fail(const char *what, TSS2_RC);

/* The code without the number of the parameter, handle or session it is about. */
TSS2_RC	tpm_base_rc(TSS2_RC);

#endif
