#ifndef VM_SNP_KEY_H
#define VM_SNP_KEY_H

#include <stdint.h>

#include <linux/sev-guest.h>

#define SNP_KEY_SIZE	32

/*
 * The key that the simulated secure processor derives from its own, for the
 * chip and the guest whose values are files of dir (regress/sim/snp.h): the
 * same for the same request and the same values of the fields it selects.
 * 0, or -1 for a request that firmware refuses.
 */
int	snp_key_derive(const char *dir, const struct snp_derived_key_req *q,
	    uint8_t ret_key[SNP_KEY_SIZE]);

#endif
