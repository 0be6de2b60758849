#ifndef WORKERS_TPM_HCL_H
#define WORKERS_TPM_HCL_H

#include <tss2/tss2_esys.h>

#include "agentd/msg.h"

/*
 * The report of Azure's paravisor, which lies in its vTPM: what is written to
 * one NV index comes back, signed by the processor, in the other one.
 */

#define TPM_HCL_AK_HANDLE	0x81000003	/* the paravisor's key, which the report names */

#define HCL_DATA_LEN		64

/* TEE_AZURE_*, TEE_NONE when this TPM is not such a one. */
enum tee_kind	hcl_find(ESYS_CONTEXT *);

/*
 * Write data and read the report that holds it. 0, -1 (logged) when it does
 * not come in time. dst has HCL_MAX bytes.
 */
int	hcl_make(ESYS_CONTEXT *, const uint8_t data[HCL_DATA_LEN], uint8_t *dst,
	    size_t *ret_len);

#endif
