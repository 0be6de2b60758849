/* Evidence of our own, so that the test needs no foreign data. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/tdx_quote.h"
#include "regress/mutate/mutate.h"
#include "regress/sim/forge_tdx.h"
#include "regress/unit/claims/forge.h"
#include "regress/unit/kind_snp/snpforge.h"

static uint8_t nonce[32] = "a nonce that nobody used before";

/* Kept until the process ends. */
static struct span
keep(struct span s)
{
	uint8_t *p = malloc(s.n != 0 ? s.n : 1);

	if (p == NULL)
		err(1, NULL);
	memcpy(p, s.p, s.n);
	return span_make(p, s.n);
}

static void
file_add(struct evcase *c, const char *role, struct span s)
{
	c->file[c->nfiles].role = role;
	c->file[c->nfiles++].data = keep(s);
}

static void
root_add(struct evcase *c, struct span s)
{
	c->root[c->nroots++] = keep(s);
}

static void
cert_add(struct evcase *c, const char *role, X509 *x)
{
	struct buf b;

	file_add(c, role, snpforge_der(x, &b));
	buf_free(&b);
}

static void
snp_make(struct evcase *c, enum snp_product product, int vlek, int is_blob)
{
	struct snpforge f;
	struct buf b;

	snpforge_init(&f, product, vlek);
	c->kind = is_blob ? "sev-quote-blob" : "snp-report";
	c->at = FORGED_AT;
	root_add(c, snpforge_der(f.ark, &b));
	buf_free(&b);
	if (is_blob) {
		snpforge_blob(&f, &b);
		file_add(c, "quote", buf_span(&b));
		buf_free(&b);
	} else {
		file_add(c, "report", span_make(f.report, SNP_REPORT_SIZE));
		cert_add(c, "vek", f.vek);
		cert_add(c, "issuer", f.ask);
		cert_add(c, "ark", f.ark);
	}
	snpforge_free(&f);
}

static void
tdx_make(struct evcase *c, int version, int body_type)
{
	struct forge_tdx f;

	forge_tdx_init(&f);
	f.version = version;
	f.body_type = body_type;
	forge_tdx_make(&f);
	c->kind = "tdx-quote+collateral";
	c->at = FORGE_TDX_NOW;
	file_add(c, "quote", buf_span(&f.quote));
	file_add(c, "tcb_info", buf_span(&f.tcb_info));
	file_add(c, "tcb_signing", buf_span(&f.tcb_signing));
	file_add(c, "qe_identity", buf_span(&f.qe_identity));
	file_add(c, "pck_crl", buf_span(&f.pck_crl_der));
	file_add(c, "root_ca_crl", buf_span(&f.root_crl_der));
	file_add(c, "root", buf_span(&f.root_der));
	root_add(c, buf_span(&f.root_der));
	forge_tdx_free(&f);
}

static void
quote_make(struct evcase *c)
{
	struct forge_quote q;
	struct forge f;

	forge_init(&f);
	forge_quote(&f, span_make(nonce, sizeof(nonce)), f.pcrs.mask, &q);
	c->kind = "tpm-quote";
	c->at = FORGE_NOW;
	c->has_nonce = 1;
	c->nonce = span_make(nonce, sizeof(nonce));
	file_add(c, "attest", span_make(q.attest, q.attest_len));
	file_add(c, "signature", span_make(q.sig, q.sig_len));
	file_add(c, "ak_public", span_make(f.pub, f.pub_len));
	forge_free(&f);
}

static void
list_make(struct evcase *c)
{
	struct forge f;

	forge_init(&f);
	forge_measure(&f, "/var/log/open", "sha256", NULL, 32);
	c->kind = "ima-binary";
	c->at = FORGE_NOW;
	file_add(c, "log", buf_span(&f.log));
	forge_free(&f);
}

static void
log_make(struct evcase *c)
{
	static const char path[] = "regress/corpus/eventlog/good.bin";
	uint8_t p[4096];
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		err(1, "%s", path);
	c->kind = "tcg-eventlog";
	file_add(c, "log", span_make(p, fread(p, 1, sizeof(p), f)));
	fclose(f);
}

static const char *const names[] = {
	"forged-snp-milan-vcek", "forged-snp-milan-vlek",
	"forged-snp-genoa-vcek", "forged-snp-turin-vcek", "forged-sev-blob",
	"forged-tdx-v4", "forged-tdx-v5", "forged-tdx-v5-1.5",
	"forged-tpm-quote", "forged-ima-list", "forged-boot-log"
};

unsigned
forged_count(void)
{
	return sizeof(names) / sizeof(names[0]);
}

void
forged_case(unsigned n, struct evcase *c, const char **ret_id)
{
	memset(c, 0, sizeof(*c));
	*ret_id = names[n];
	switch (n) {
	case 0:
	case 1:
		snp_make(c, SNP_MILAN, n == 1, 0);
		break;
	case 2:
	case 3:
		snp_make(c, n == 2 ? SNP_GENOA : SNP_TURIN, 0, 0);
		break;
	case 4:
		snp_make(c, SNP_GENOA, 0, 1);
		break;
	case 5:
		tdx_make(c, 4, TDX_BODY_10);
		break;
	case 6:
	case 7:
		tdx_make(c, 5, n == 6 ? TDX_BODY_10 : TDX_BODY_15);
		break;
	case 8:
		quote_make(c);
		break;
	case 9:
		list_make(c);
		break;
	default:
		log_make(c);
	}
}
