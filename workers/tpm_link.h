#ifndef WORKERS_TPM_LINK_H
#define WORKERS_TPM_LINK_H

#include "privsep/chan.h"

/*
 * The way of a command to the TPM and of its answer back. Each program that
 * has ESYS brings its own; tpm_tcti.c calls the two in turns.
 */

void	tpm_link_send(const struct wbuf *);
/* data and len; a len of 0 when there is no answer. Waits as long as a TPM may need. */
void	tpm_link_receive(struct frame *ret_rsp);

#endif
