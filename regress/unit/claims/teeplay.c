#include <err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <string.h>

#include "evidence/hcl.h"
#include "regress/unit/claims/teeplay.h"
#include "regress/unit/kind_azure/azforge.h"
#include "regress/unit/kind_azure/aztdx.h"

struct forge_tdx	tee_td;
struct snpforge		tee_snp;
EVP_PKEY		*tee_ak;
struct tee_fault	tee_fault;

static struct buf	amd_crl, amd_vcek, amd_chain;

static void
collateral(struct play *p, const char *name, const struct buf *b)
{
	p->in.collateral[p->in.ncollateral].role = name;
	p->in.collateral[p->in.ncollateral++].data = buf_span(b);
}

void
play_tdx_collateral(struct play *p)
{
	p->in.ncollateral = 0;
	collateral(p, "tcb_info.json", &tee_td.tcb_info);
	collateral(p, "qe_identity.json", &tee_td.qe_identity);
	collateral(p, "tcb_signing.der", &tee_td.tcb_signing);
	collateral(p, "pck_crl.der", &tee_td.pck_crl_der);
	collateral(p, "root_ca_crl.der", &tee_td.root_crl_der);
	p->in.root[0] = buf_span(&tee_td.root_der);
	p->in.nroots = 1;
}

static void
pem_add(struct buf *b, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	if (bio == NULL || PEM_write_bio_X509(bio, x) != 1 ||
	    (n = BIO_get_mem_data(bio, &p)) <= 0)
		errx(1, "teeplay: PEM");
	buf_add(b, p, (size_t)n);
	BIO_free(bio);
}

void
play_amd_collateral(struct play *p)
{
	X509_CRL *crl = snpforge_crl(tee_snp.ark, tee_snp.ark_key, -1, -1, 1);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);

	if (n <= 0)
		errx(1, "teeplay: CRL");
	buf_free(&amd_crl);
	buf_free(&amd_vcek);
	buf_free(&amd_chain);
	buf_add(&amd_crl, der, (size_t)n);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	snpforge_der(tee_snp.vek, &amd_vcek);
	pem_add(&amd_chain, tee_snp.ask);
	pem_add(&amd_chain, tee_snp.ark);
	p->in.ncollateral = 0;
	collateral(p, "amd_crl.der", &amd_crl);
	collateral(p, "vcek.der", &amd_vcek);
	collateral(p, "amd_chain.pem", &amd_chain);
}

static void
hcl_tdx_make(struct span vars, struct buf *hcl, struct buf *quote)
{
	uint8_t data[64] = { 0 }, r[SNP_REPORT_SIZE];
	struct span q;

	SHA256(vars.p, vars.n, data);
	data[0] ^= tee_fault.binding;
	az_tdreport(&tee_td, data, r);
	az_frame(hcl, r, HCL_TDX, vars);
	data[63] ^= tee_fault.td_other;
	q = az_td_quote(&tee_td, data);
	buf_add(quote, q.p, q.n);
}

static void
hcl_snp_make(struct span vars, struct buf *hcl, struct buf *pem)
{
	uint8_t other[64] = { 9 };
	struct buf b;

	az_hcl(&tee_snp, &b, vars, tee_fault.binding ?
	    span_make(other, 64) : span_make(NULL, 0));
	buf_add(hcl, b.p, b.n);
	buf_free(&b);
	if (tee_fault.no_certs)
		return;
	pem_add(pem, tee_snp.vek);
	pem_add(pem, tee_snp.ask);
	pem_add(pem, tee_snp.ark);
}

void
tee_evidence(struct play *p, const uint8_t rd[64], struct buf *quote,
    struct buf *extra)
{
	uint8_t data[64];
	struct buf vars;
	struct span q;

	memcpy(data, rd, 64);
	data[63] ^= tee_fault.report_data;
	if (strcmp(p->tee_kind, "tdx") == 0) {
		q = az_td_quote(&tee_td, data);
		buf_add(quote, q.p, q.n);
		return;
	}
	data[63] ^= tee_fault.user_data;
	az_vars(&vars, tee_fault.ak != NULL ? tee_fault.ak : tee_ak,
	    span_make(data, sizeof(data)));
	if (strcmp(p->tee_kind, "azure-tdx") == 0)
		hcl_tdx_make(buf_span(&vars), quote, extra);
	else
		hcl_snp_make(buf_span(&vars), quote, extra);
	buf_free(&vars);
}

void
play_init_tdx(struct play *p)
{
	play_init(p);
	memset(&tee_fault, 0, sizeof(tee_fault));
	if (tee_td.quote.n != 0)
		forge_tdx_free(&tee_td);
	forge_tdx_init(&tee_td);
	forge_tdx_make(&tee_td);
	p->tee_kind = "tdx";
	p->tee_make = tee_evidence;
	play_tdx_collateral(p);
}

void
play_init_azure(struct play *p, const char *kind)
{
	play_init_tdx(p);
	p->tee_kind = kind;
	if (tee_ak == NULL)
		tee_ak = snpforge_rsa(2);
	forge_ak_rsa(&p->f, tee_ak);
	play_bind(p);
	if (strcmp(kind, "azure-tdx") == 0)
		return;
	snpforge_free(&tee_snp);
	snpforge_init(&tee_snp, SNP_GENOA, 0);
	play_amd_collateral(p);
	buf_free(&p->root);
	p->in.root[0] = snpforge_der(tee_snp.ark, &p->root);
}
