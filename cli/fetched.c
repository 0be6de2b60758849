#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fetched.h"

const char *const fetched_names[GOT_MAX] = {
	[PIECE_TPM_ATTEST] = "tpm-attest.bin",
	[PIECE_TPM_SIGNATURE] = "tpm-signature.bin",
	[PIECE_TPM_KEY] = "tpm-ak.bin",
	[PIECE_PCRS] = "pcrs.json",
	[PIECE_SNP_QUOTE] = "sev-quote.bin",
	[PIECE_TDX_QUOTE] = "tdx-quote.bin",
	[PIECE_HCL] = "hcl-report.bin",
	[PIECE_HCL_PCRS] = "azure-pcrs.json",
	[PIECE_VEK] = "azure-vek.der",
	[PIECE_ISSUER] = "azure-issuer.der",
	[PIECE_ARK] = "azure-ark.der",
	[PIECE_EK] = "tpm-ek.der",
	[PIECE_EK_CHAIN] = "tpm-ek-chain.pem",
	[PIECE_AK] = "tpm-ak-cert.der",
	[GOT_IMA] = "ima.bin",
	[GOT_EVENTLOG] = "eventlog.bin",
	[GOT_ATTEST] = "attest.json",
	[GOT_CERTS] = "tpm-certs.json",
	[GOT_CHAIN] = "collateral/amd_chain.pem",
	[GOT_CRL] = "collateral/amd_crl.der",
	[GOT_VCEK] = "collateral/vcek.der",
	[GOT_TCB] = "collateral/tcb_info.json",
	[GOT_SIGNING] = "collateral/tcb_signing.pem",
	[GOT_QE] = "collateral/qe_identity.json",
	[GOT_PCK_CRL] = "collateral/pck_crl.der",
	[GOT_ROOT_CRL] = "collateral/root_ca_crl.der",
};

#define ROLES_MAX	14

/* Which files make a case of which kind; the first one must be there. */
static const struct {
	const char	*kind;
	struct {
		const char	*role;
		int		 file;
	} role[ROLES_MAX];
} cases[] = {
	{ "sev-quote-blob", { { "quote", PIECE_SNP_QUOTE },
	    { "vek", GOT_VCEK } } },
	{ "tdx-quote", { { "quote", PIECE_TDX_QUOTE } } },
	{ "tdx-quote+collateral", { { "tcb_info", GOT_TCB },
	    { "quote", PIECE_TDX_QUOTE }, { "tcb_signing", GOT_SIGNING },
	    { "qe_identity", GOT_QE }, { "pck_crl", GOT_PCK_CRL },
	    { "root_ca_crl", GOT_ROOT_CRL } } },
	{ "tpm-quote", { { "attest", PIECE_TPM_ATTEST },
	    { "signature", PIECE_TPM_SIGNATURE },
	    { "ak_public", PIECE_TPM_KEY }, { "pcrs", PIECE_PCRS },
	    { "eventlog", GOT_EVENTLOG } } },
	{ "ima-binary", { { "log", GOT_IMA } } },
	{ "boot-aggregate", { { "log", GOT_EVENTLOG }, { "ima", GOT_IMA },
	    { "pcrs", PIECE_PCRS } } },
	{ "ek-cert", { { "cert", PIECE_EK }, { "chain", PIECE_EK_CHAIN } } },
	{ "ak-cert", { { "cert", PIECE_AK } } },
	{ "azure-ak-cert", { { "cert", PIECE_AK },
	    { "hcl_report", PIECE_HCL } } },
	{ "azure-hcl", { { "hcl_report", PIECE_HCL }, { "vek", PIECE_VEK },
	    { "issuer", PIECE_ISSUER }, { "ark", PIECE_ARK },
	    { "td_quote", PIECE_TDX_QUOTE }, { "tpm_quote", PIECE_TPM_ATTEST },
	    { "tpm_sig", PIECE_TPM_SIGNATURE },
	    { "pcrs", PIECE_HCL_PCRS },
	    { "tcb_info", GOT_TCB }, { "tcb_signing", GOT_SIGNING },
	    { "qe_identity", GOT_QE }, { "pck_crl", GOT_PCK_CRL },
	    { "root_ca_crl", GOT_ROOT_CRL } } },
};

#define NCASES	(sizeof(cases) / sizeof(cases[0]))

static int
case_there(const struct fetched *g, size_t i)
{
	const int first = cases[i].role[0].file;
	const int azure = g->fd[PIECE_HCL] != -1;

	if (g->fd[first] == -1)
		return 0;
	switch (first) {
	case PIECE_TDX_QUOTE:
		/* Azure's is bound to the report of the paravisor */
		return !azure && g->fd[GOT_TCB] == -1;
	case GOT_TCB:
		return !azure;
	case PIECE_AK:
		return azure == (cases[i].role[1].role != NULL);
	case GOT_EVENTLOG:
		return g->fd[GOT_IMA] != -1 && g->fd[PIECE_PCRS] != -1;
	default:
		return 1;
	}
}

static void
print_kinds(FILE *f, const struct fetched *g)
{
	int first = 1, j;
	size_t i;

	fprintf(f, "{\"version\":1,\"evidence\":[");
	for (i = 0; i < NCASES; i++) {
		if (!case_there(g, i))
			continue;
		fprintf(f, "%s\n {\"kind\":\"%s\",\"files\":{",
		    first ? "" : ",", cases[i].kind);
		first = 0;
		for (j = 0; j < ROLES_MAX && cases[i].role[j].role != NULL;
		    j++)
			if (g->fd[cases[i].role[j].file] != -1)
				fprintf(f, "%s\"%s\":\"%s\"", j == 0 ? "" :
				    ",", cases[i].role[j].role,
				    fetched_names[cases[i].role[j].file]);
		fprintf(f, "}}");
	}
	fprintf(f, "]}\n");
}

/* A word for sh(1). */
static void
print_word(FILE *f, const char *s)
{
	if (*s != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._/:=")] == '\0') {
		fputs(s, f);
		return;
	}
	putc('\'', f);
	for (; *s != '\0'; s++)
		if (*s == '\'')
			fputs("'\\''", f);
		else
			putc(*s, f);
	putc('\'', f);
}

static void
print_hex(FILE *f, const char *before, const uint8_t *p, size_t n)
{
	fputs(before, f);
	while (n-- > 0)
		fprintf(f, "%02x", (unsigned int)*p++);
}

/* What the verifier chose, or computed from it: not to be had from DIR. */
static void
print_asked(FILE *f, const struct fetched *g, int first)
{
	const struct pieces_end *e = &g->end;
	char pcr[PRODUCT_MAX + 16];

	switch (first) {
	case PIECE_SNP_QUOTE:
	case PIECE_TDX_QUOTE:
	case GOT_TCB:
		print_hex(f, " --report-data ", e->report_data, REPORT_LEN);
		break;
	case PIECE_HCL:
		print_hex(f, " --report-data ", e->report_data, REPORT_LEN);
		print_hex(f, " --nonce ", e->qualifying, QUALIFYING_LEN);
		break;
	case PIECE_TPM_ATTEST:
		print_hex(f, " --nonce ", e->qualifying, QUALIFYING_LEN);
		break;
	case GOT_IMA:
		snprintf(pcr, sizeof(pcr), " --pcr %s:10=", e->bank);
		if (e->pcr_len != 0)
			print_hex(f, pcr, e->pcr, e->pcr_len);
		break;
	}
}

static void
print_commands(FILE *f, const struct fetched *g, const char *dir)
{
	char path[PATH_MAX + 64], at[32];
	struct tm tm;
	size_t i;
	int j, file;

	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&g->at, &tm));
	fprintf(f, "Saved in %s. Nothing was verified yet; these do it, with "
	    "what was asked for\nin this run (keep them elsewhere than the "
	    "files):\n", dir);
	for (i = 0; i < NCASES; i++) {
		if (!case_there(g, i))
			continue;
		fprintf(f, "cosmian_vm evidence verify --kind %s --at %s",
		    cases[i].kind, at);
		print_asked(f, g, cases[i].role[0].file);
		for (j = 0; j < ROLES_MAX && cases[i].role[j].role != NULL;
		    j++) {
			file = cases[i].role[j].file;
			if (g->fd[file] == -1)
				continue;
			fprintf(f, " --file ");
			snprintf(path, sizeof(path), "%s=%s/%s",
			    cases[i].role[j].role, dir, fetched_names[file]);
			print_word(f, path);
		}
		if (g->fd[GOT_CHAIN] != -1 &&
		    cases[i].role[0].file == PIECE_SNP_QUOTE) {
			fprintf(f, " --collateral ");
			snprintf(path, sizeof(path), "%s/collateral", dir);
			print_word(f, path);
		}
		putc('\n', f);
	}
}

char *
fetched_text(const struct fetched *g, const char *dir)
{
	char *text = NULL;
	size_t n;
	FILE *f;

	if ((f = open_memstream(&text, &n)) == NULL)
		return NULL;
	if (dir == NULL)
		print_kinds(f, g);
	else
		print_commands(f, g, dir);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
