/* Judges of the TDX kinds (kinds.c). */
#ifndef EVIDENCE_KIND_TDX_H
#define EVIDENCE_KIND_TDX_H

#include "evidence/kind.h"

kind_fn	 kind_tdx_quote;		/* quote; root */
kind_fn	 kind_tdx_quote_collateral;	/* and tcb_info, tcb_signing,
					 * qe_identity, pck_crl, root_ca_crl */
kind_fn	 kind_tdx_tdreport;		/* report */

#endif
