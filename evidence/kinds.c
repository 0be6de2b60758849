#include "evidence/kind_azure.h"
#include "evidence/kind_cert.h"
#include "evidence/kind_eventlog.h"
#include "evidence/kind_ima.h"
#include "evidence/kind_ratls.h"
#include "evidence/kind_snapshot.h"
#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"
#include "evidence/kind_tpm.h"
#include "evidence/kinds.h"

const struct kind evidence_kinds[] = {
	{ "ak-cert", kind_ak_cert },
	{ "azure-ak-cert", kind_azure_ak_cert },
	{ "azure-hcl", kind_azure_hcl },
	{ "azure-snp-pem", kind_azure_snp_pem },
	{ "boot-aggregate", kind_boot_aggregate },
	{ "ccel", kind_ccel },
	{ "ccel-acpi-table", kind_ccel_acpi_table },
	{ "ek-cert", kind_ek_cert },
	{ "ima-ascii", kind_ima_ascii },
	{ "ima-binary", kind_ima_binary },
	{ "ima-binary-perbank", kind_ima_perbank },
	{ "ratls", kind_ratls },
	{ "sev-quote-blob", kind_sev_blob },
	{ "sev-quote-blob-bincode", kind_sev_bincode },
	{ "snapshot", kind_snapshot },
	{ "snapshot-bundle", kind_snapshot_bundle },
	{ "snp-cert", kind_snp_cert },
	{ "snp-report", kind_snp_report },
	{ "tcg-eventlog", kind_tcg_eventlog },
	{ "tdx-quote", kind_tdx_quote },
	{ "tdx-quote+collateral", kind_tdx_quote_collateral },
	{ "tdx-tdreport", kind_tdx_tdreport },
	{ "tpm-attest", kind_tpm_attest },
	{ "tpm-quote", kind_tpm_quote },
	{ "tpm-quote-response", kind_tpm_quote_response },
	{ NULL, NULL },
};

const size_t evidence_nkinds =
    sizeof(evidence_kinds) / sizeof(evidence_kinds[0]) - 1;
