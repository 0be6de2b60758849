/*
 * An SNP report up to a root.  The certificates come with the report, from
 * the host: only the pinned digest of the ARK, or the one that the user named,
 * makes the chain worth anything.
 */
#include <string.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "evidence/attest_verify.h"
#include "evidence/limits.h"
#include "evidence/roots.h"
#include "evidence/snp_vek.h"
#include "evidence/snp_verify.h"
#include "evidence/tpm_key.h"

#define POLICY_MUST_BE_ONE	(1ull << 17)
#define PLATFORM_ALIAS_CHECK	(1ull << 5)

struct chain {
	X509		*ark, *ask, *vek;
	struct snp_vek	 info;
	int		 vlek;
};

/* One DER certificate and nothing behind it. */
static X509 *
x509_der(struct span s)
{
	const unsigned char *p = s.p;
	X509 *x;

	if (s.n == 0 || s.n > MAX_SNP_CERT ||
	    (x = d2i_X509(NULL, &p, (long)s.n)) == NULL)
		return NULL;
	if (p != s.p + s.n) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* The user's root: DER, or the first certificate of a PEM text. */
static X509 *
x509_root(struct span s)
{
	X509 *x = NULL;
	BIO *bio;

	if (s.n == 0 || s.n > MAX_TRUST_ROOT)
		return NULL;
	if ((x = x509_der(s)) != NULL)
		return x;
	if ((bio = BIO_new_mem_buf(s.p, (int)s.n)) != NULL)
		x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return x;
}

static int
x509_sha256(X509 *x, uint8_t *ret)
{
	unsigned n;

	return X509_digest(x, EVP_sha256(), ret, &n) == 1 && n == 32 ? 0 : -1;
}

/* 1 if issuer signed x with RSASSA-PSS and SHA-384, as AMD does. */
static int
signed_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *pkey = X509_get0_pubkey(issuer);
	int md, pk;

	if (pkey == NULL || EVP_PKEY_get_bits(pkey) < 2048 ||
	    X509_get_signature_info(x, &md, &pk, NULL, NULL) != 1 ||
	    md != NID_sha384 || pk != NID_rsassaPss)
		return 0;
	return X509_NAME_cmp(X509_get_issuer_name(x),
	    X509_get_subject_name(issuer)) == 0 && X509_verify(x, pkey) == 1;
}

static int
chain_load(const struct snp_report *r, const struct snp_certs *c,
    const struct snp_policy *po, struct chain *ch, struct checks *ck)
{
	struct span vek;

	if (r->signing_key != SNP_VCEK && r->signing_key != SNP_VLEK)
		return checks_add(ck, RESULT_FAIL, "snp.key",
		    "the report is not signed by VCEK or VLEK (key %u)",
		    r->signing_key);
	ch->vlek = r->signing_key == SNP_VLEK;
	vek = ch->vlek ? c->vlek : c->vcek;
	if (vek.n == 0 || c->ask.n == 0 ||
	    (c->ark.n == 0 && po->trust_root.n == 0))
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "no certificate of the %s", vek.n == 0 ?
		    (ch->vlek ? "VLEK" : "VCEK") : c->ask.n == 0 ?
		    (ch->vlek ? "ASVK" : "ASK") : "ARK");
	ch->vek = x509_der(vek);
	ch->ask = x509_der(c->ask);
	ch->ark = c->ark.n != 0 ? x509_der(c->ark) : x509_root(po->trust_root);
	if (ch->vek == NULL || ch->ask == NULL || ch->ark == NULL)
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "a certificate is malformed");
	if (snp_vek_decode(ch->vek, &ch->info) == -1)
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "the %s has malformed extensions",
		    ch->vlek ? "VLEK" : "VCEK");
	return 0;
}

static void
chain_free(struct chain *ch)
{
	X509_free(ch->ark);
	X509_free(ch->ask);
	X509_free(ch->vek);
}

static int
root_check(const struct chain *ch, const struct snp_policy *po,
    enum snp_product product, struct snp_result *res, struct checks *ck)
{
	enum snp_product amd;
	X509 *root;
	char hex[65];
	int same = 0;

	if (x509_sha256(ch->ark, res->root_sha256) == -1)
		return checks_add(ck, RESULT_FAIL, "snp.root", "no memory");
	hex_encode(span_make(res->root_sha256, 32), hex, sizeof(hex));
	if ((amd = amd_root_find(res->root_sha256)) != SNP_UNKNOWN) {
		res->root = SNP_ROOT_AMD;
		return checks_test(ck, amd == product, "snp.root",
		    "AMD's root for %s, the report is from %s",
		    snp_product_name(amd), snp_product_name(product));
	}
	if ((root = x509_root(po->trust_root)) != NULL)
		same = X509_cmp(root, ch->ark) == 0;
	X509_free(root);
	if (!same)
		return checks_add(ck, RESULT_FAIL, "snp.root",
		    "the root %s is neither AMD's nor the one named", hex);
	res->root = SNP_ROOT_SIMULATED;
	return checks_add(ck, RESULT_WARN, "snp.root",
	    "simulated: root %s, named by the user", hex);
}

static int
dates_check(const struct chain *ch, int64_t now, struct checks *ck)
{
	const struct {
		const char	*name;
		X509		*x;
	} v[] = {
		{ "ARK", ch->ark },
		{ ch->vlek ? "ASVK" : "ASK", ch->ask },
		{ ch->vlek ? "VLEK" : "VCEK", ch->vek },
	};
	size_t i;
	int from, to;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(v[i].x), now);
		to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(v[i].x), now);
		if (from == -2 || to == -2 || from > 0 || to < 0)
			return checks_add(ck, RESULT_FAIL, "snp.dates",
			    "the %s certificate is %s", v[i].name,
			    from == -2 || to == -2 ? "undated" : from > 0 ?
			    "not yet valid" : "expired");
	}
	return checks_add(ck, RESULT_OK, "snp.dates",
	    "all certificates are within their dates");
}

static void
reversed(struct span s, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		ret[i] = s.p[s.n - 1 - i];
}

static int
signature_check(const struct snp_report *r, const struct chain *ch,
    struct checks *ck)
{
	EVP_PKEY *pkey = X509_get0_pubkey(ch->vek);
	uint8_t be_r[72], be_s[72], *der = NULL;
	char group[16] = "";
	int n, ok = 0;

	/* 72 bytes each, little endian; the upper 24 are zero for P-384. */
	if (r->sig_alg == 1 && pkey != NULL &&
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, "secp384r1") == 0) {
		reversed(r->sig_r, be_r);
		reversed(r->sig_s, be_s);
		n = ecdsa_der(span_make(be_r, 72), span_make(be_s, 72), &der);
		if (n > 0)
			ok = pkey_verify(pkey, DIGEST_SHA384, 0, r->body,
			    span_make(der, n));
		OPENSSL_free(der);
	}
	return checks_test(ck, ok, "snp.signature",
	    "signature of the report by the %s (ECDSA P-384)",
	    ch->vlek ? "VLEK" : "VCEK");
}

static int
tcb_check(const struct snp_tcb *t, const struct snp_vek *v,
    enum snp_product product, struct checks *ck)
{
	unsigned need = VEK_BOOT_LOADER | VEK_TEE | VEK_SNP | VEK_MICROCODE;

	if (product == SNP_TURIN)
		need |= VEK_FMC;
	if ((v->seen & need) != need)
		return checks_add(ck, RESULT_FAIL, "snp.tcb",
		    "the signing key's certificate names no TCB");
	return checks_test(ck, t->boot_loader == v->tcb.boot_loader &&
	    t->tee == v->tcb.tee && t->snp == v->tcb.snp &&
	    t->microcode == v->tcb.microcode && t->fmc == v->tcb.fmc,
	    "snp.tcb", "reported TCB (boot loader %u, TEE %u, SNP %u, "
	    "microcode %u) against that of the signing key", t->boot_loader,
	    t->tee, t->snp, t->microcode);
}

static int
chip_check(const struct snp_report *r, const struct chain *ch,
    enum snp_product product, struct snp_result *res, struct checks *ck)
{
	size_t n = product == SNP_TURIN ? 8 : 64;

	if (ch->vlek)
		return checks_test(ck, (ch->info.seen & VEK_CSP_ID) != 0 &&
		    (ch->info.seen & VEK_HWID) == 0, "snp.chip",
		    "VLEK: a key of the provider, not bound to one chip");
	if ((ch->info.seen & VEK_HWID) == 0 || ch->info.hwid.n != n)
		return checks_add(ck, RESULT_FAIL, "snp.chip",
		    "the VCEK names no chip");
	if (r->mask_chip_key && span_is_zero(r->chip_id))
		return checks_add(ck, RESULT_WARN, "snp.chip",
		    "the chip's identity is masked");
	res->chip_id_stable = 1;
	return checks_test(ck, memcmp(ch->info.hwid.p, r->chip_id.p, n) == 0 &&
	    span_is_zero(span_make(r->chip_id.p + n, 64 - n)), "snp.chip",
	    "chip of the report against that of the VCEK");
}

/* a <= b in every part */
static int
tcb_le(const struct snp_tcb *a, const struct snp_tcb *b)
{
	size_t i;

	for (i = 0; i < sizeof(a->raw); i++)
		if (a->raw[i] > b->raw[i])
			return 0;
	return 1;
}

/* What the report says of itself; worth something once it is signed. */
static int
report_check(const struct snp_report *r, const struct snp_policy *po,
    struct checks *ck)
{
	int rc = 0;

	if ((r->policy & SNP_POLICY_DEBUG) != 0 && po->allow_debug)
		checks_add(ck, RESULT_WARN, "snp.debug",
		    "the host may read the guest: debugging is allowed");
	else if (checks_test(ck, (r->policy & SNP_POLICY_DEBUG) == 0,
	    "snp.debug", "the guest's policy forbids debugging") == -1)
		rc = -1;
	if (checks_test(ck, (r->policy & POLICY_MUST_BE_ONE) != 0,
	    "snp.policy", "guest policy 0x%llx",
	    (unsigned long long)r->policy) == -1)
		rc = -1;
	if (po->vmpl >= 0) {
		if (checks_test(ck, r->vmpl == (uint32_t)po->vmpl, "snp.vmpl",
		    "report asked from VMPL %u, required %d", r->vmpl,
		    po->vmpl) == -1)
			rc = -1;
	} else
		checks_add(ck, r->vmpl == 0 ? RESULT_OK : RESULT_WARN,
		    "snp.vmpl", "report asked from VMPL %u", r->vmpl);
	if (checks_test(ck, tcb_le(&r->reported, &r->committed) &&
	    tcb_le(&r->committed, &r->current), "snp.tcb-order",
	    "reported TCB <= committed <= current") == -1)
		rc = -1;
	if (po->report_data.n != 0 && checks_test(ck,
	    span_eq(r->report_data, po->report_data), "snp.report-data",
	    "report data, all 64 bytes") == -1)
		rc = -1;
	return rc;
}

/* Known weaknesses of platforms: warnings, refused by a strict policy only. */
static void
platform_warn(const struct snp_report *r, enum snp_product product,
    const struct snp_result *res, struct checks *ck)
{
	if (res->root != SNP_ROOT_AMD)
		return;
	if (product == SNP_MILAN)
		checks_add(ck, RESULT_WARN, "snp.platform", "Milan: keys of "
		    "such chips can be extracted by software (arXiv "
		    "2605.12990)");
	if ((r->platform_info & PLATFORM_ALIAS_CHECK) == 0)
		checks_add(ck, RESULT_WARN, "snp.platform",
		    "no check for memory aliases (AMD-SB-3015)");
}

static int
chain_check(const struct snp_report *r, const struct chain *ch,
    const struct snp_policy *po, struct checks *ck, struct snp_result *res)
{
	struct snp_tcb reported;
	int rc;

	/* Version 2 has no CPUID: the chain, once it holds, names it. */
	res->product = r->has_cpuid ? r->product :
	    snp_vek_product(ch->vek, &ch->info);
	snp_tcb_decode(span_make(r->reported.raw, 8), res->product, &reported);
	rc = root_check(ch, po, res->product, res, ck);
	if (checks_test(ck, signed_by(ch->ark, ch->ark) &&
	    signed_by(ch->ask, ch->ark) && signed_by(ch->vek, ch->ask),
	    "snp.chain", "%s signed by %s, that by the ARK",
	    ch->vlek ? "VLEK" : "VCEK", ch->vlek ? "ASVK" : "ASK") == -1)
		rc = -1;
	if (dates_check(ch, po->now, ck) == -1)
		rc = -1;
	if (signature_check(r, ch, ck) == -1)
		rc = -1;
	if (tcb_check(&reported, &ch->info, res->product, ck) == -1)
		rc = -1;
	if (chip_check(r, ch, res->product, res, ck) == -1)
		rc = -1;
	platform_warn(r, res->product, res, ck);
	return rc;
}

int
snp_verify(const struct snp_report *r, const struct snp_certs *c,
    const struct snp_policy *po, struct checks *ck, struct snp_result *ret)
{
	struct snp_result res;
	struct chain ch;
	int rc = -1;

	memset(&res, 0, sizeof(res));
	memset(&ch, 0, sizeof(ch));
	if (chain_load(r, c, po, &ch, ck) == 0)
		rc = chain_check(r, &ch, po, ck, &res);
	if (report_check(r, po, ck) == -1)
		rc = -1;
	if (rc == -1) {
		res.root = SNP_ROOT_NONE;
		res.chip_id_stable = 0;
	}
	chain_free(&ch);
	*ret = res;
	return rc;
}
