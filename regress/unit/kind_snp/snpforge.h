/*
 * AMD-shaped machines of any generation, with a VCEK or a VLEK, and what is
 * built around their reports.  Keys live in this process only.
 */
#ifndef REGRESS_UNIT_KIND_SNP_SNPFORGE_H
#define REGRESS_UNIT_KIND_SNP_SNPFORGE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/kind.h"
#include "evidence/snp_report.h"

#define FORGED_AT	1790000000	/* within the certificates' dates */
#define DAY		86400

struct snpforge {
	/* Set before snpforge_certs(); snpforge_init() has good values. */
	enum snp_product product;
	int		 vlek;
	uint8_t		 vek_tcb[8];	/* as the report has it */
	uint8_t		 hwid[64];
	size_t		 hwid_len;	/* 0: no extension */
	int		 csp;		/* has csp_id */
	uint8_t		 report[SNP_REPORT_SIZE];
	EVP_PKEY	*ark_key, *ask_key, *vek_key;
	X509		*ark, *ask, *vek;
};

/* A machine of this product whose evidence is good. */
void	 snpforge_init(struct snpforge *, enum snp_product, int vlek);
void	 snpforge_free(struct snpforge *);
/* Makes the certificates anew, the VEK signed by this key. */
void	 snpforge_certs(struct snpforge *, EVP_PKEY *);
/* Offset in the report, value; call before the next. */
void	 snpforge_sign(struct snpforge *);
/* A list by this issuer and key with one serial number (-1: none), from day
 * to day of FORGED_AT. */
X509_CRL *snpforge_crl(X509 *, EVP_PKEY *, long, int, int);
struct span snpforge_der(X509 *, struct buf *);
void	 snpforge_blob(struct snpforge *, struct buf *);
EVP_PKEY *snpforge_rsa(int);		/* 0-2, made once a process */

#endif
