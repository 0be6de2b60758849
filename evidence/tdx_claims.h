/* Claims of the TDX kinds, in the manifest's names and forms. */
#ifndef EVIDENCE_TDX_CLAIMS_H
#define EVIDENCE_TDX_CLAIMS_H

#include "evidence/kind.h"
#include "evidence/tdx_collateral.h"

void	 tdx_claim_quote(struct evout *, const struct tdx_quote *);
void	 tdx_claim_result(struct evout *, const struct tdx_quote *,
	    const struct tdx_result *);
void	 tdx_claim_tcb(struct evout *, const struct tdx_quote *,
	    const struct tdx_tcb *);
void	 tdx_claim_report(struct evout *, const struct tdreport *);

#endif
