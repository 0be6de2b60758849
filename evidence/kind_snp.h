/* Kinds of SEV-SNP evidence: see kinds.c and cosmian_vm(1). */
#ifndef EVIDENCE_KIND_SNP_H
#define EVIDENCE_KIND_SNP_H

#include "evidence/kind.h"
#include "evidence/snp_case.h"

kind_fn	 kind_snp_report;	/* report, vek, ark, issuer, crl */
kind_fn	 kind_sev_blob;		/* quote, and the same for what it lacks */
kind_fn	 kind_sev_bincode;	/* quote: shown only */
kind_fn	 kind_snp_cert;		/* vek, ark, issuer, crl */

/* A blob as part of another kind: claims into the object, cert_entries
 * beside them into the last.  -1 if refused. */
int	 sev_blob_judge(const struct evcase *, struct evout *, struct span,
	    const struct snp_ask *, json_t *, json_t *);
/* --nonce: report data begins with it, as in the form of the existing agent
 * (nonce, then certificate); if nothing at all was asked, freshness is not
 * proven and the policy says what that means.  -1 if refused. */
int	 case_nonce(const struct evcase *, struct evout *, struct span);
/* The 64 bytes of --report-data, or with a check when it is not 64. */
int	 case_report_data(const struct evcase *, struct evout *,
	    struct span *);

#endif
