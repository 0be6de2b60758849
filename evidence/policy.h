/* Policies of a snapshot against evidence. */
#ifndef EVIDENCE_POLICY_H
#define EVIDENCE_POLICY_H

#include "evidence/checks.h"
#include "evidence/snapshot.h"
#include "evidence/snp_report.h"

/*
 * Every field of the policy that is not null, one check each (policy.*).
 * report_data is the verifier's own business and report_id changes at each
 * launch: neither is compared.  -1 if refused.
 */
int	 sev_policy_check(const struct sev_policy *, const struct snp_report *,
	    struct checks *);
struct tdx_quote;

/* The same for a TDX guest; SVNs are minima. */
int	 tdx_snapshot_check(const struct tdx_policy *, const struct tdx_quote *,
	    struct checks *);
/* The policy that this report fulfils; report_data all zero, as the existing
 * agent writes it. */
void	 sev_policy_make(const struct snp_report *, struct sev_policy *);
/* The same of a quote.  The TDX module is not named: it may become newer, and
 * its SVN is a minimum. */
void	 tdx_policy_make(const struct tdx_quote *, struct tdx_policy *);

#endif
