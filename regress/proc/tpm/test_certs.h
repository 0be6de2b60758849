#ifndef REGRESS_TPM_TEST_CERTS_H
#define REGRESS_TPM_TEST_CERTS_H

#include "regress/proc/tpm/rig.h"

/* The rows that the worker answers with, in a buffer of TPM_CERTS_MAX. The status. */
int	certs_ask(struct rig *, uint8_t *dst, size_t *ret_n);

/* What swtpm_setup put into it, then chains and AK certificates of all shapes. */
void	test_certs(struct rig *);

#endif
