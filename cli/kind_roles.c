#include <string.h>

#include "cli/kind_roles.h"

#define SNP	"vek issuer ark crl"
#define TDX	"quote root tcb_info qe_identity tcb_signing pck_crl root_ca_crl"

static const struct {
	const char	*kind;
	const char	*roles;
} kinds[] = {
	{ "ak-cert",		"cert issuer chain root" },
	{ "azure-ak-cert",	"cert issuer root hcl_report cert_nv_padded" },
	{ "azure-hcl",		"hcl_report td_quote tpm_quote tpm_sig pcrs "
				"ak_pub root tcb_info qe_identity tcb_signing "
				"pck_crl root_ca_crl " SNP },
	{ "azure-snp-pem",	"report " SNP },
	{ "boot-aggregate",	"log ima pcrs" },
	{ "ccel",		"log td_quote" },
	{ "ccel-acpi-table",	"table" },
	{ "ek-cert",		"cert issuer chain root" },
	{ "ima-ascii",		"log keys" },
	{ "ima-binary",		"log keys" },
	{ "ima-binary-perbank",	"log ascii keys" },
	{ "ratls",		"cert quote root tcb_info qe_identity "
				"tcb_signing pck_crl root_ca_crl " SNP },
	{ "sev-quote-blob",	"quote " SNP },
	{ "sev-quote-blob-bincode", "quote " SNP },
	{ "snapshot",		"snapshot" },
	{ "snapshot-bundle",	"snapshot tee_quote_json tpm_quote_json "
				"ima_binary_json ima_ascii_json root " SNP },
	{ "snp-cert",		SNP },
	{ "snp-report",		"report " SNP },
	{ "tcg-eventlog",	"log" },
	{ "tdx-quote",		TDX },
	{ "tdx-quote+collateral", TDX },
	{ "tdx-tdreport",	"report" },
	{ "tpm-attest",		"attest" },
	{ "tpm-quote",		"attest signature ak ak_pem ak_public ak_tpm2b "
				"ak_cert ek_public issuer chain root pcrs "
				"pcr_file_tpm2tools eventlog" },
	{ "tpm-quote-response",	"tpm_quote_json" },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

const char *
kind_roles(const char *kind)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].roles;
	return NULL;
}

int
role_known(const char *roles, const char *role, size_t n)
{
	size_t len;

	while (*roles != '\0') {
		len = strcspn(roles, " ");
		if (len == n && memcmp(roles, role, n) == 0)
			return 1;
		roles += len;
		roles += *roles == ' ';
	}
	return 0;
}

const char *
kind_name(size_t i)
{
	return i < NKINDS ? kinds[i].kind : NULL;
}
