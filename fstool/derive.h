#ifndef FSTOOL_DERIVE_H
#define FSTOOL_DERIVE_H

#include <stdint.h>

/*
 * A key that the SNP firmware derives for this guest (AMD 56860, 7.2,
 * MSG_KEY_REQ): from the VCEK, with guest policy, measurement and (TCB not:
 * an update of the firmware must not lock the tenant out) mixed in, VMPL 0.
 * Only /dev/sev-guest can, or what --tee-device names.
 */

#define DERIVED_LEN	32u

/* 1 when there is such a device, 0 when not. Nothing is asked of it. */
int	derive_possible(const char *device);
/* 0, or -1 (said). The bytes are a secret. */
int	derive_key(const char *device, uint8_t ret_key[DERIVED_LEN]);

#endif
