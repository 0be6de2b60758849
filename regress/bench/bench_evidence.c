/*
 * bench_evidence snp|tdx|tdx-collateral SECONDS: verifications a second of
 * CPU time, of one forged piece of evidence from bytes to verdict; keys are
 * of the sizes that AMD and Intel have.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "regress/sim/forge_tdx.h"
#include "regress/unit/kind_snp/snpforge.h"

static struct snpforge	 snp;
static struct forge_tdx	 tdx;
static struct buf	 der[3];

static double
cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
file_add(struct evcase *c, const char *role, struct span s)
{
	c->file[c->nfiles++] = (struct case_file){ role, s };
}

static void
snp_make(struct evcase *c)
{
	EVP_PKEY *ark, *ask;

	snpforge_init(&snp, SNP_GENOA, 0);
	if ((ark = EVP_RSA_gen(4096)) == NULL ||
	    (ask = EVP_RSA_gen(4096)) == NULL)
		errx(1, "RSA keys");
	snp.ark_key = ark;
	snp.ask_key = ask;
	snpforge_certs(&snp, ask);
	snpforge_sign(&snp);
	c->kind = "snp-report";
	c->at = FORGED_AT;
	file_add(c, "report", span_make(snp.report, SNP_REPORT_SIZE));
	file_add(c, "vek", snpforge_der(snp.vek, &der[0]));
	file_add(c, "issuer", snpforge_der(snp.ask, &der[1]));
	file_add(c, "ark", snpforge_der(snp.ark, &der[2]));
	c->root[c->nroots++] = buf_span(&der[2]);
}

static void
tdx_make(struct evcase *c, int collateral)
{
	forge_tdx_init(&tdx);
	forge_tdx_make(&tdx);
	c->kind = collateral ? "tdx-quote+collateral" : "tdx-quote";
	c->at = FORGE_TDX_NOW;
	file_add(c, "quote", buf_span(&tdx.quote));
	if (collateral) {
		file_add(c, "tcb_info", buf_span(&tdx.tcb_info));
		file_add(c, "tcb_signing", buf_span(&tdx.tcb_signing));
		file_add(c, "qe_identity", buf_span(&tdx.qe_identity));
		file_add(c, "pck_crl", buf_span(&tdx.pck_crl_der));
		file_add(c, "root_ca_crl", buf_span(&tdx.root_crl_der));
	}
	c->root[c->nroots++] = buf_span(&tdx.root_der);
}

int
main(int argc, char *argv[])
{
	struct evcase c;
	struct evout out;
	double start, spent, seconds;
	size_t n = 0;

	if (argc != 3 || (seconds = atof(argv[2])) <= 0) {
		fprintf(stderr, "usage: bench_evidence "
		    "snp|tdx|tdx-collateral seconds\n");
		return 2;
	}
	memset(&c, 0, sizeof(c));
	if (strcmp(argv[1], "snp") == 0)
		snp_make(&c);
	else
		tdx_make(&c, strcmp(argv[1], "tdx") != 0);
	start = cpu();
	do {
		if (evcase_judge(&c, &out) == -1 ||
		    out.verdict != VERDICT_ACCEPT)
			errx(1, "not accepted: %s", out.reason);
		evout_free(&out);
		n++;
	} while ((spent = cpu() - start) < seconds);
	printf("%.1f\n", (double)n / spent);
	return 0;
}
