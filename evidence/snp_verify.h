/* Verification of an SEV-SNP report up to a root (libcrypto). */
#ifndef EVIDENCE_SNP_VERIFY_H
#define EVIDENCE_SNP_VERIFY_H

#include "evidence/checks.h"
#include "evidence/snp_report.h"
#include "evidence/snp_vek.h"

struct policy_rules;

struct snp_policy {
	struct span	 report_data;	/* 64 bytes; empty: not compared */
	const char	*bound;		/* what it stands for, in words */
	struct span	 trust_root;	/* one certificate, DER or PEM; empty:
					 * AMD's roots only */
	int64_t		 now;		/* seconds since 1970 */
	int		 vmpl;		/* exact, or -1: any */
	int		 allow_debug;
	/* Besides: a policy, and AMD's CRL for it.  With rules, debug is
	 * theirs to judge unless allow_debug, and snp.revocation is added. */
	const struct policy_rules *rules;
	struct span	 crl;		/* DER or PEM; empty: none */
};

enum snp_root { SNP_ROOT_NONE, SNP_ROOT_AMD, SNP_ROOT_SIMULATED };

struct snp_result {
	enum snp_root	 root;
	uint8_t		 root_sha256[32];	/* of the ARK's DER */
	enum snp_product product;
	int		 chip_id_stable;	/* VCEK, not masked, not zero */
	/* Facts for claims, whatever the verdict. */
	int		 have_vek;	/* info is there; hwid is copied below */
	int		 signature_ok, chain_ok, tcb_ok;
	int		 chip_ok;	/* -1: not bound to a chip */
	struct snp_vek	 info;
	uint8_t		 hwid[80];	/* room for malformed ones */
	struct snp_tcb	 reported;	/* by the layout of the product */
};

/*
 * Adds snp.root, snp.chain, snp.dates, snp.key, snp.signature, snp.tcb,
 * snp.chip, snp.debug, snp.policy, snp.vmpl, snp.tcb-order and (if given)
 * snp.report-data.  A certificate missing from certs is a FAIL.  *ret_result
 * is always written; root stays NONE unless the chain holds.  -1 if refused.
 */
int	 snp_verify(const struct snp_report *, const struct snp_certs *,
	    const struct snp_policy *, struct checks *, struct snp_result *);
/* A VEK certificate alone up to its root: the checks of the chain. */
int	 snp_cert_verify(const struct snp_certs *, const struct snp_policy *,
	    struct checks *, struct snp_result *);

#endif
