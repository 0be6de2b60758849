/* Kinds of Azure's confidential machines: see kinds.c. */
#ifndef EVIDENCE_KIND_AZURE_H
#define EVIDENCE_KIND_AZURE_H

#include "evidence/hcl.h"
#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"

kind_fn	 kind_azure_hcl;	/* hcl_report; ak_pub; vek, ark, issuer, crl;
				 * td_quote, root, ...; tpm_quote, tpm_sig,
				 * pcrs */
kind_fn	 kind_azure_snp_pem;	/* report; ark, issuer, crl */
kind_fn	 kind_azure_ak_cert;	/* cert; issuer, root, cert_nv_padded,
				 * hcl_report */

/* What a report of the paravisor holds; spans point into what was judged. */
struct hcl_found {
	uint32_t		 type;		/* HCL_SNP, HCL_TDX; 0: no such
						 * report */
	int			 vars_ok;	/* bound, and an AK is named */
	struct hcl_vars		 vars;
	struct snp_report	 report;	/* HCL_SNP */
	struct snp_result	 snp;
	struct tdx_quote	 quote;		/* HCL_TDX */
	struct tdx_found	 tdx;
};

/* A report inside another kind, with the roles that kind_azure_hcl has for
 * certificates and the TD quote; --report-data is the user data.  -1 if it is
 * refused. */
int	 azure_hcl_judge(const struct evcase *, struct evout *, struct span,
	    struct hcl_found *);
/* The DER of the certificates in a PEM text, VEK first, at most three.  -1:
 * it is none.  The caller initialises and frees the buffers. */
int	 azure_pem_certs(struct span, struct buf [3], size_t *);

#endif
