/* What a PCK certificate says of the platform: Intel's extension
 * 1.2.840.113741.1.13.1 (WIRE 2).  No libcrypto. */
#ifndef EVIDENCE_SGX_EXT_H
#define EVIDENCE_SGX_EXT_H

#include "evidence/bytes.h"

#define SGX_EXT_OID	"1.2.840.113741.1.13.1"
#define SGX_COMPONENTS	16u

struct sgx_ext {
	uint8_t		 svn[SGX_COMPONENTS];
	uint16_t	 pcesvn;
	struct span	 ppid;		/* 16 bytes, into the extension */
	struct span	 cpusvn;	/* 16 */
	struct span	 pceid;		/* 2 */
	struct span	 fmspc;		/* 6 */
	int		 sgx_type;	/* 0 standard, 1 scalable, ... */
};

/* The content of extnValue.  -1: not strict DER, a member of another form,
 * twice or missing; members that are unknown are passed over. */
int	 sgx_ext_decode(struct span, struct sgx_ext *);

#endif
