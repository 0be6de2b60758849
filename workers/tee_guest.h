#ifndef WORKERS_TEE_GUEST_H
#define WORKERS_TEE_GUEST_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/msg.h"
#include "evidence/snp_report.h"

/*
 * A report from a guest device, where the kernel has no configfs-tsm: the
 * structures of linux/sev-guest.h and linux/tdx-guest.h, by ioctl(2) or, to a
 * simulated device, over a stream socket:
 *
 *	request	u32 ioctl number, the structure, and what its addresses lead to:
 *		S,0  snp_guest_request_ioctl, snp_report_req
 *		S,2  snp_guest_request_ioctl, snp_ext_report_req
 *		T,1  tdx_report_req
 *	answer	u32 ioctl number, u32 errno or 0, the same again, and for S,0 and
 *		S,2 snp_report_resp, for S,2 then certs_len bytes (as asked for)
 *
 * all of them at their full size, whatever the errno; addresses are zero.
 */

#define GUEST_CERTS_MAX	0x4000	/* SEV_FW_BLOB_MAX_SIZE of the kernel */
#define GUEST_REASON_MAX 192

struct guest_report {
	uint8_t	report[SNP_REPORT_SIZE];
	uint8_t	certs[GUEST_CERTS_MAX];
	size_t	certs_len;	/* 0: the host has none, or too many */
	char	reason[GUEST_REASON_MAX];
};

/*
 * An SNP report over data by the device fd, with the certificates that the
 * host gives. -1 with a reason: a TDX device always, since it makes no quotes.
 */
int	guest_report(int fd, enum tee_source, const uint8_t data[64],
	    struct guest_report *ret_r);

#endif
