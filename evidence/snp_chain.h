/* AMD's certificates: ARK, ASK or ASVK, VCEK or VLEK.  For snp_*.c only. */
#ifndef EVIDENCE_SNP_CHAIN_H
#define EVIDENCE_SNP_CHAIN_H

#include <openssl/x509.h>

#include "evidence/snp_verify.h"

struct snp_chain {
	X509		*ark, *ask, *vek;
	struct snp_vek	 info;		/* hwid points into vek */
	int		 vlek;
};

/* Reads what is there; adds snp.chain when it is not enough.  Free always. */
int	 snp_chain_load(const struct snp_certs *, const struct snp_policy *,
	    int vlek, struct snp_chain *, struct checks *);
void	 snp_chain_free(struct snp_chain *);
/* snp.root, snp.chain, snp.dates and, with rules, snp.revocation; -1 if one
 * of them fails.  The product is that of the report. */
int	 snp_chain_check(const struct snp_chain *, const struct snp_policy *,
	    enum snp_product, struct checks *, struct snp_result *);
/* Rules about report and platform: snp.debug (unless allow_debug), snp.bits,
 * snp.vmpl, snp.platform, snp.floor, snp.allowed. */
int	 snp_rules_check(const struct snp_report *, const struct snp_policy *,
	    const struct snp_result *, struct checks *);

#endif
