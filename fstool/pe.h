/*
 * A PE/COFF image, as firmware measures it into PCR 4 and as systemd's stub
 * finds the parts of a unified kernel image in it.  Pure: no I/O.
 */
#ifndef FSTOOL_PE_H
#define FSTOOL_PE_H

#include "evidence/alg.h"
#include "evidence/bytes.h"

#define PE_SECTIONS_MAX	96u	/* the format's own limit */

struct pe_section {
	uint8_t		 name[8];	/* padded with NUL */
	struct span	 raw;		/* in the file */
	uint32_t	 size;		/* in memory: what raw lacks is zero */
};

struct pe {
	struct span	 all;
	size_t		 csum;		/* where the checksum lies */
	size_t		 cert_entry;	/* the entry of the certificate table, 0: none */
	size_t		 headers;	/* their length */
	size_t		 cert_len;	/* certificates, at the end */
	size_t		 nsections;
	struct pe_section section[PE_SECTIONS_MAX];	/* as the table has them */
	size_t		 order[PE_SECTIONS_MAX];	/* by their place in the file */
};

/* 0, or -1 and ret_why, a constant. */
int	pe_open(struct span, struct pe *, const char **ret_why);
/*
 * The digest of Authenticode: without checksum, the entry of the certificate
 * table, and certificates; as EDK II reckons it (sections in the order of
 * their places, then what follows the sum of their lengths).  -1: libcrypto.
 */
int	pe_authenticode(const struct pe *, enum digest_alg, uint8_t *ret_digest);

enum pe_found { PE_NONE, PE_ONE, PE_DOUBTFUL };

/*
 * A section by name.  Stubs differ in which of two they take, and in whether a
 * longer name will do: both are doubtful.  Empty ones are none.
 */
enum pe_found pe_find(const struct pe *, const char *name,
	    const struct pe_section **ret_s);

#endif
