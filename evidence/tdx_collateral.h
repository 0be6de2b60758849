/* A verified TDX quote against collateral: TCB info, identity of the quoting
 * enclave, revocation lists.  Whoever brings them, Intel signed them. */
#ifndef EVIDENCE_TDX_COLLATERAL_H
#define EVIDENCE_TDX_COLLATERAL_H

#include "evidence/crl.h"
#include "evidence/tcb_match.h"
#include "evidence/tdx_verify.h"

/* n 0: not given. */
struct tdx_collateral {
	struct span	 tcb_info;	/* {"tcbInfo":..,"signature":..} */
	struct span	 qe_identity;	/* {"enclaveIdentity":..,..} */
	struct span	 tcb_signing;	/* DER, or PEM with its root behind */
	struct span	 pck_crl, root_ca_crl;
};

/* What was found, good or not, for claims.  Statuses count only when the
 * signature holds, which a check says. */
struct tdx_tcb {
	struct tcb_info		*info;		/* owned, NULL: none */
	struct qe_identity	*qe;		/* owned, NULL: none */
	int			 info_signature_ok, qe_signature_ok;
	int			 has_module, signer_ok, attributes_ok;
	const struct tcb_level	*platform_level, *module_level, *qe_level;
	const char		*qe_fault;	/* NULL: its fields match */
	enum tcb_status		 status;	/* of all parts */
	struct tcb_advisories	 advisories;	/* of all parts */
	int			 has_pck_crl, has_root_crl;
	struct crl_facts	 pck_crl, root_crl;
	int			 pck_revoked;	/* -1: not known */
};

/*
 * Adds tcb.signer, tcb.info, tcb.dates, tcb.fmspc, tcb.module, tcb.status,
 * qe.identity, qe.dates, qe.fields, pck.crl, pck.revoked, root.crl,
 * ca.revoked, and "revocation" or tcb.status where nothing is known.  *ret_tcb is always
 * written and must be freed.  -1 if refused.
 */
int	 tdx_collateral_check(const struct tdx_quote *,
	    const struct tdx_result *, const struct tdx_policy *,
	    const struct tdx_collateral *, struct checks *, struct tdx_tcb *);
void	 tdx_tcb_free(struct tdx_tcb *);

#endif
