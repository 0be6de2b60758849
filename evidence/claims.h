/*
 * The config item of the binding: what the agent runs, as data.  No hash
 * here; attest_verify.h recomputes the digest.
 */
#ifndef EVIDENCE_CLAIMS_H
#define EVIDENCE_CLAIMS_H

#include <stdint.h>

#include "evidence/alg.h"
#include "evidence/limits.h"

#define CONFIG_SIMULATED	0x1u	/* device paths not the kernel's */
#define CONFIG_DEGRADED		0x2u	/* degraded allowed and in force */
#define CONFIG_DEBUG		0x4u	/* debug build */
#define CONFIG_NO_SECCOMP	0x8u	/* sanitizer build */
#define CONFIG_FLAGS		0xfu	/* all that are known */

struct config_exe {
	char	 name[MAX_EXECUTABLE_NAME + 1];
	uint8_t	 digest[32];
};

struct config_claim {
	uint8_t			 toml[32];
	uint8_t			 keys[32];	/* of nothing: SHA-256 of "" */
	uint32_t		 flags;
	size_t			 nexe;
	struct config_exe	 exe[MAX_EXECUTABLES];
};

#endif
