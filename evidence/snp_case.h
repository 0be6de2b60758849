/* An SNP report as a case of a kind: claims, and judging with the roles that
 * all kinds with such a report share. */
#ifndef EVIDENCE_SNP_CASE_H
#define EVIDENCE_SNP_CASE_H

#include "evidence/kind.h"
#include "evidence/snp_verify.h"

/* What the report says, and what was found about it, as claims. */
void	 snp_report_claims(const struct snp_report *, json_t *);
void	 snp_result_claims(const struct snp_report *,
	    const struct snp_result *, json_t *);
json_t	*snp_vek_claims(const struct snp_result *);

/* What differs from kind to kind. */
struct snp_ask {
	int		 vmpl;		/* exact, or -1 */
	struct span	 report_data;	/* 64 bytes; empty: not compared */
	const char	*bound;		/* what it stands for */
	/* NULL: not wanted; written when there was enough to judge, but for
	 * info.hwid. */
	struct snp_result *ret_result;
};

/*
 * Judges a report with these certificates; what is missing comes from the
 * roles vek, ark, issuer, crl or from --collateral (vcek.der; amd_chain.pem:
 * issuer and ARK; amd_crl.der).  The claims go into the object given.  Without a VEK the
 * verdict is PARSED (the report is shown), without issuer or ARK UNJUDGED.
 * -1 if anything is refused.
 */
int	 snp_case_judge(const struct evcase *, struct evout *,
	    const struct snp_report *, struct snp_certs *,
	    const struct snp_ask *, json_t *);
/*
 * For forms in which a report comes with its certificate: who takes it away,
 * or names the other key, must not get the report merely shown.  PARSED
 * without a refusal becomes UNJUDGED.
 */
void	 snp_case_certified(struct evout *, const struct snp_report *);
/* A VEK certificate (role vek) alone: kind snp-cert. */
int	 snp_case_cert(const struct evcase *, struct evout *, int vlek);
/* The policy in force. */
const struct policy_rules *evcase_rules(const struct evcase *);

/* Members of claims. */
void	 member_hex(json_t *, const char *, struct span);
void	 member_int(json_t *, const char *, int64_t);
void	 member_str(json_t *, const char *, const char *);
void	 member_bool(json_t *, const char *, int);

#endif
