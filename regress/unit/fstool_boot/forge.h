/* Boot logs and PE images of choice. */
#ifndef REGRESS_UNIT_FSTOOL_BOOT_FORGE_H
#define REGRESS_UNIT_FSTOOL_BOOT_FORGE_H

#include "evidence/bytes.h"

#define FORGE_MAX	65536u

struct forge {
	uint8_t	b[FORGE_MAX];
	size_t	n;
};

/* A crypto-agile log of the banks sha256 and sha384, its header written. */
void	forge_log(struct forge *);
/* An event of what was measured. */
void	forge_event(struct forge *, uint32_t pcr, uint32_t type,
	    struct span measured, struct span data);
/* The same with a digest of sha256; that of sha384 is of no use then. */
void	forge_digest(struct forge *, uint32_t pcr, uint32_t type,
	    const uint8_t *sha256, struct span data);

struct forge_part {
	const char	*name;
	struct span	 bytes;
	uint32_t	 more;	/* bytes in memory that the file lacks */
};

/* PE32+ with these sections (name NULL ends), and certificates of so many bytes. */
void	forge_pe(struct forge *, const struct forge_part *, uint32_t cert);
/* Its digest by the short rule: all but checksum, entry and certificates. */
void	forge_authenticode(const struct forge *, uint8_t ret[32]);

/* Where things lie in it. */
#define FORGE_PE	0x40u
#define FORGE_OPT	(FORGE_PE + 24u)
#define FORGE_CSUM	(FORGE_OPT + 64u)
#define FORGE_CERT	(FORGE_OPT + 144u)
#define FORGE_TABLE	(FORGE_OPT + 240u)
#define FORGE_HEADERS	0x400u

#endif
