#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"
#include "evidence/kinds.h"

const struct kind evidence_kinds[] = {
	{ "sev-quote-blob", kind_sev_blob },
	{ "sev-quote-blob-bincode", kind_sev_bincode },
	{ "snp-cert", kind_snp_cert },
	{ "snp-report", kind_snp_report },
	{ "tdx-quote", kind_tdx_quote },
	{ "tdx-quote+collateral", kind_tdx_quote_collateral },
	{ "tdx-tdreport", kind_tdx_tdreport },
	{ NULL, NULL },
};

const size_t evidence_nkinds =
    sizeof(evidence_kinds) / sizeof(evidence_kinds[0]) - 1;
