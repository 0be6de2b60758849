/* Whose collateral a run needs: what AMD's or Intel's service is asked for. */
#include <stdio.h>
#include <string.h>

#include "cli/appraise_pieces.h"
#include "evidence/hcl.h"
#include "evidence/intel_chain.h"
#include "evidence/limits.h"
#include "evidence/roots.h"
#include "evidence/sgx_ext.h"
#include "evidence/snp_report.h"
#include "evidence/snp_vek.h"
#include "evidence/tdx_quote.h"
#include "evidence/x509.h"

/* Evidence that brings another root than the manufacturer's is not from one. */
static int
pinned(X509 *root)
{
	uint8_t d[32];

	return x509_sha256(root, d) == 0 &&
	    (amd_root_find(d) != SNP_UNKNOWN || intel_root_find(d));
}

/* vek, root: NULL where the evidence has none. */
static void
report_platform(const struct snp_report *r, X509 *vek, X509 *root,
    struct platform *p)
{
	enum snp_product product = r->product;
	struct snp_vek v;
	struct snp_tcb t;

	p->snp = 1;
	p->vlek = r->signing_key == SNP_VLEK;
	p->has_vek = vek != NULL;
	if (root != NULL && !pinned(root))
		p->simulated = 1;
	if (product == SNP_UNKNOWN && vek != NULL &&
	    snp_vek_decode(vek, &v) == 0)
		product = snp_vek_product(vek, &v);
	if (product == SNP_UNKNOWN)
		return;
	snprintf(p->product, sizeof(p->product), "%s",
	    snp_product_name(product));
	snp_tcb_decode(span_make(r->reported.raw, sizeof(r->reported.raw)),
	    product, &t);
	p->hwid_len = product == SNP_TURIN ? 8 : HWID_LEN;
	memcpy(p->hwid, r->chip_id.p, p->hwid_len);
	p->nspl = product == SNP_TURIN ? 5 : 4;
	p->spl[0] = t.boot_loader;
	p->spl[1] = t.tee;
	p->spl[2] = t.snp;
	p->spl[3] = t.microcode;
	p->spl[4] = t.fmc;
}

static void
snp_platform(struct span quote, struct platform *p)
{
	struct snp_certs certs;
	struct snp_report r;
	struct span report;
	X509 *root, *vek;

	if (snp_blob_decode(quote, &report, &certs) == -1 ||
	    snp_report_decode(report, &r) == -1)
		return;
	root = x509_der(certs.ark, MAX_SNP_CERT);
	vek = x509_der(r.signing_key == SNP_VLEK ? certs.vlek : certs.vcek,
	    MAX_SNP_CERT);
	report_platform(&r, vek, root, p);
	X509_free(vek);
	X509_free(root);
}

/* The certificates come beside Azure's report: VCEK, ASK, ARK. */
static void
hcl_platform(struct span hcl, struct span pem, struct platform *p)
{
	struct cursor c;
	X509 *x, *first = NULL, *last = NULL;
	struct snp_report r;
	struct hcl h;
	const char *why;

	if (hcl_decode(hcl, &h, &why) == -1 ||
	    snp_report_decode(h.hardware, &r) == -1)
		return;
	cursor_init(&c, pem);
	while (x509_pem_next(&c, MAX_SNP_CERT, &x) == 1) {
		if (first == NULL)
			first = x;
		else {
			X509_free(last);
			last = x;
		}
	}
	report_platform(&r, first, last, p);
	X509_free(first);
	X509_free(last);
}

/* What Intel's service is asked for: the platform that the PCK certificate names. */
static void
tdx_platform(struct span quote, struct platform *p)
{
	struct intel_chain chain = { NULL, NULL, NULL };
	struct tdx_quote q;
	struct sgx_ext ext;
	struct span s;
	const char *why;

	if (tdx_quote_decode(quote, &q, &why) == -1 ||
	    intel_chain_decode(q.cert_data, span_make(NULL, 0), &chain) == -1)
		return;
	if (chain.ca != NULL &&
	    x509_extension(chain.leaf, SGX_EXT_OID, &s) == 1 &&
	    sgx_ext_decode(s, &ext) == 0 && ext.fmspc.n == FMSPC_LEN) {
		p->tdx = 1;
		p->processor_ca = cert_is_named(chain.ca,
		    "Intel SGX PCK Processor CA") == 1;
		memcpy(p->fmspc, ext.fmspc.p, FMSPC_LEN);
		p->simulated |= chain.root != NULL &&
		    !pinned(chain.root);
	}
	intel_chain_free(&chain);
}

static void
platform_strong(struct span answer, struct platform *p)
{
	struct span quote, extra;
	const char *why;
	struct attest a;

	if (attest_decode(answer, &a, &why) == 0) {
		p->simulated = (a.config.flags & CONFIG_SIMULATED) != 0;
		quote = span_make(a.tee_quote, a.tee_quote_len);
		extra = span_make(a.tee_extra, a.tee_extra_len);
		if (a.tee == TEE_QUOTE_SNP)
			snp_platform(quote, p);
		else if (a.tee == TEE_QUOTE_TDX)
			tdx_platform(quote, p);
		else if (a.tee == TEE_QUOTE_AZURE_TDX)
			tdx_platform(extra, p);
		else if (a.tee == TEE_QUOTE_AZURE_SNP)
			hcl_platform(quote, extra, p);
	}
	attest_free(&a);
}

/* The compatible form does not say which of the two it is. */
static void
platform_compat(struct span answer, struct platform *p)
{
	struct buf blob;

	buf_init(&blob, MAX_TEE_QUOTE);
	if (byte_array_decode(answer, MAX_TEE_QUOTE, &blob) == 0 &&
	    !blob.failed) {
		snp_platform(buf_span(&blob), p);
		if (!p->snp)
			tdx_platform(buf_span(&blob), p);
	}
	buf_free(&blob);
}

void
platform_take(struct span attest, struct span quote_tee, struct platform *p)
{
	memset(p, 0, sizeof(*p));
	if (attest.n != 0)
		platform_strong(attest, p);
	else if (quote_tee.n != 0)
		platform_compat(quote_tee, p);
}
