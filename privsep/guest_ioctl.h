#ifndef PRIVSEP_GUEST_IOCTL_H
#define PRIVSEP_GUEST_IOCTL_H

#include <linux/sev-guest.h>
#include <stdint.h>
#include <sys/ioctl.h>

/*
 * The calls to the kernel's guest devices: tee makes them, and the system call
 * filter lets these pass and no other. /dev/sev-guest is in the headers of
 * Debian 12; what follows is linux/tdx-guest.h, which is not.
 */

struct tdx_report_req {
	uint8_t	reportdata[64];
	uint8_t	tdreport[1024];
};

#define TDX_CMD_GET_REPORT0	_IOWR('T', 1, struct tdx_report_req)

#endif
