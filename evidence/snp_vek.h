/* What a VEK certificate says about the chip and its firmware. */
#ifndef EVIDENCE_SNP_VEK_H
#define EVIDENCE_SNP_VEK_H

#include <openssl/x509.h>

#include "evidence/snp_report.h"

struct snp_vek {
	unsigned	 seen;		/* VEK_* */
	struct snp_tcb	 tcb;		/* raw unused */
	struct span	 hwid;		/* points into the certificate */
	char		 product[32];	/* "Milan-B0" */
	char		 csp_id[128];	/* of a VLEK: who it was given to */
};

#define VEK_BOOT_LOADER	0x01u
#define VEK_TEE		0x02u
#define VEK_SNP		0x04u
#define VEK_MICROCODE	0x08u
#define VEK_FMC		0x10u
#define VEK_HWID	0x20u
#define VEK_CSP_ID	0x40u

/* -1: a malformed extension, or one that occurs twice. */
int		 snp_vek_decode(X509 *, struct snp_vek *);
/* By the names of issuer ("SEV-VLEK-Milan") and product extension. */
enum snp_product snp_vek_product(X509 *, const struct snp_vek *);

#endif
