/* The log that firmware and boot loader leave of what they extended. */
#ifndef SIM_BOOTLOG_H
#define SIM_BOOTLOG_H

#include "regress/sim/swtpm.h"

/*
 * Append an event with the digests of the TPM's active banks, behind a header
 * if the file is new.  GRUB's PCRs, 8 and 9, get its type.  Exits on failure.
 */
void	bootlog_add(const char *path, const struct tpm *t, uint32_t pcr,
	    uint8_t digests[][TPM_DIGEST_MAX], const char *text);

#endif
