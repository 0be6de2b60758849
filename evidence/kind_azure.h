/* Kinds of Azure's confidential machines: see kinds.c. */
#ifndef EVIDENCE_KIND_AZURE_H
#define EVIDENCE_KIND_AZURE_H

#include "evidence/kind.h"

kind_fn	 kind_azure_hcl;	/* hcl_report; ak_pub; vek, ark, issuer, crl;
				 * td_quote, root, ...; tpm_quote, tpm_sig,
				 * pcrs */
kind_fn	 kind_azure_snp_pem;	/* report; ark, issuer, crl */
kind_fn	 kind_azure_ak_cert;	/* cert; issuer, root, cert_nv_padded,
				 * hcl_report */

#endif
