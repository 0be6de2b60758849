/*
 * A platform against Intel's TCB info, by the rules of Intel's own library
 * (SGX DCAP QuoteVerification, TcbLevelCheck and TdxModuleCheck).  Pure.
 */
#ifndef EVIDENCE_TCB_MATCH_H
#define EVIDENCE_TCB_MATCH_H

#include "evidence/tcb_info.h"
#include "evidence/tdx_quote.h"

/* The first level, newest first, that PCK and quote meet in every component;
 * NULL: none.  With a module of a major version of its own the first two TDX
 * components are that module's and count there, not here. */
const struct tcb_level *tcb_platform_level(const struct tcb_info *,
			    const struct sgx_ext *, const struct tdx_body *);
/* Why the platform is not at the newest level: each component that is short,
 * its name, and the date of the newest level.  "" if none is. */
void			 tcb_platform_short(const struct tcb_info *,
			    const struct sgx_ext *, const struct tdx_body *,
			    char *, size_t);
/* 1 if the module has a version of its own, so is one of the identities. */
int			 tdx_module_is_named(const struct tdx_body *);
/* "TDX_01" */
void			 tdx_module_id(const struct tdx_body *, char [16]);
/* The module of the TCB info that the quote's must be; NULL: not listed. */
const struct tcb_module	*tdx_module_find(const struct tcb_info *,
			    const struct tdx_body *);
int			 tdx_module_signer_ok(const struct tcb_module *,
			    const struct tdx_body *);
int			 tdx_module_attributes_ok(const struct tcb_module *,
			    const struct tdx_body *);
/* First level whose ISVSVN is not above this one; NULL: none. */
const struct tcb_level	*tcb_isvsvn_level(const struct tcb_levels *,
			    unsigned);
/* What does not fit of the quoting enclave, a constant text; NULL: it is the
 * enclave that the identity describes. */
const char		*qe_identity_fault(const struct qe_identity *,
			    const struct sgx_report *);
/* The worse of a platform's status and of one part of it (module or quoting
 * enclave), as Intel converges them. */
enum tcb_status		 tcb_converge(enum tcb_status, enum tcb_status);

#endif
