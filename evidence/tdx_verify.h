/* A TDX quote up to Intel's root, without collateral (libcrypto). */
#ifndef EVIDENCE_TDX_VERIFY_H
#define EVIDENCE_TDX_VERIFY_H

#include "evidence/checks.h"
#include "evidence/intel_chain.h"
#include "evidence/rules.h"
#include "evidence/sgx_ext.h"
#include "evidence/tdx_quote.h"

struct tdx_policy {
	int64_t			 at;		/* seconds since 1970 */
	struct span		 root;		/* to complete a chain; not
						 * trusted for standing here */
	const struct span	*trust_root;	/* named by the user */
	size_t			 ntrust_roots;
	struct span		 report_data;	/* 64 bytes; empty: not
						 * compared */
	int			 has_qe_identity; /* tdx_collateral_check()
						 * will look at the enclave */
	int			 allow_debug;	/* then it is a warning */
	int			 allow_sgx;	/* an enclave's quote as well */
	const struct policy_rules *rules;	/* not NULL */
};

enum tdx_root { TDX_ROOT_NONE, TDX_ROOT_INTEL, TDX_ROOT_NAMED };

/* What was found, good or not, for claims and the collateral.  root is NONE
 * unless all of it holds. */
struct tdx_result {
	enum tdx_root		 root;
	int			 root_is_intel;
	uint8_t			 root_sha256[32];
	struct intel_chain	 chain;
	int			 has_ext;
	struct sgx_ext		 ext;		/* points into the leaf */
	int			 quote_sig_ok, att_key_bound;
	int			 qe_report_sig_ok, chain_ok;
	int64_t			 valid_from, valid_to;	/* of the chain */
};

/*
 * Adds tdx.kind, tdx.root, tdx.chain, tdx.dates, tdx.pck, tdx.qe-signature,
 * tdx.key, tdx.signature, tdx.vendor, tdx.qe, tdx.debug, tdx.attributes, tdx.xfam,
 * tdx.seam, (if given) tdx.report-data, and policy.* where the rules refuse.
 * *ret_result is always written and must be freed.  -1 if refused.
 */
int	 tdx_verify(const struct tdx_quote *, const struct tdx_policy *,
	    struct checks *, struct tdx_result *);
void	 tdx_result_free(struct tdx_result *);

/* Cosmian's rule for the bits that are fixed, as a fact. */
int	 tdx_fixed_bits_ok(const struct tdx_body *);

#endif
