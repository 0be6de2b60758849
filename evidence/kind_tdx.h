/* Judges of the TDX kinds (kinds.c). */
#ifndef EVIDENCE_KIND_TDX_H
#define EVIDENCE_KIND_TDX_H

#include "evidence/kind.h"
#include "evidence/tdx_quote.h"

kind_fn	 kind_tdx_quote;		/* quote; root */
kind_fn	 kind_tdx_quote_collateral;	/* and tcb_info, tcb_signing,
					 * qe_identity, pck_crl, root_ca_crl */
kind_fn	 kind_tdx_tdreport;		/* report */

/* What a quote's chain ends in. */
struct tdx_found {
	int	 holds;		/* all of the quote itself does */
	int	 is_intel;	/* else a root that was named */
	uint8_t	 root_sha256[32];
};

/* A quote inside another kind, with the roles of both kinds above: checks and
 * claims, but not what was asked for (nonce, report data, RTMRs).  -1 if it
 * is refused; the quote is filled if it decodes, and what was found, which may
 * be NULL. */
int	 tdx_case_judge(const struct evcase *, struct evout *, struct span,
	    int allow_sgx, struct tdx_quote *, struct tdx_found *);

#endif
