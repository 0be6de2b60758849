/* An SNP report up to a root: signature, TCB, chip, and what it says. */
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/limits.h"
#include "evidence/roots.h"
#include "evidence/snp_chain.h"
#include "evidence/tpm_key.h"
#include "evidence/x509.h"

#define POLICY_MUST_BE_ONE	(1ull << 17)
#define PLATFORM_ALIAS_CHECK	(1ull << 5)

static void
reversed(struct span s, uint8_t *ret)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		ret[i] = s.p[s.n - 1 - i];
}

static int
is_p384(EVP_PKEY *pkey)
{
	char group[16] = "";

	return pkey != NULL && EVP_PKEY_get_group_name(pkey, group,
	    sizeof(group), NULL) == 1 && strcmp(group, "secp384r1") == 0;
}

static int
signature_check(const struct snp_report *r, const struct snp_chain *ch,
    struct snp_result *res, struct checks *ck)
{
	EVP_PKEY *pkey = X509_get0_pubkey(ch->vek);
	uint8_t be_r[72], be_s[72], *der = NULL;
	int n;

	/* 72 bytes each, little endian; the upper 24 are zero for P-384, as
	 * is what follows in the signature's field. */
	if (r->sig_alg == 1 && is_p384(pkey) && span_is_zero(r->sig_rest)) {
		reversed(r->sig_r, be_r);
		reversed(r->sig_s, be_s);
		n = ecdsa_der(span_make(be_r, 72), span_make(be_s, 72), &der);
		if (n > 0)
			res->signature_ok = pkey_verify(pkey, DIGEST_SHA384,
			    0, r->body, span_make(der, n));
		OPENSSL_free(der);
	}
	return checks_test(ck, res->signature_ok, "snp.signature",
	    res->signature_ok ? "by the %s" :
	    "the report is not signed by its %s: it was changed, or another "
	    "chip made it", ch->vlek ? "VLEK" : "VCEK");
}

static int
tcb_check(const struct snp_tcb *t, const struct snp_vek *v,
    struct snp_result *res, struct checks *ck)
{
	unsigned need = VEK_BOOT_LOADER | VEK_TEE | VEK_SNP | VEK_MICROCODE;

	if (res->product == SNP_TURIN)
		need |= VEK_FMC;
	if ((v->seen & need) != need)
		return checks_add(ck, RESULT_FAIL, "snp.tcb",
		    "the signing key's certificate names no TCB");
	res->tcb_ok = t->boot_loader == v->tcb.boot_loader &&
	    t->tee == v->tcb.tee && t->snp == v->tcb.snp &&
	    t->microcode == v->tcb.microcode && t->fmc == v->tcb.fmc;
	if (res->tcb_ok)
		return checks_add(ck, RESULT_OK, "snp.tcb", "boot loader %u, "
		    "TEE %u, SNP %u, microcode %u, as in the certificate",
		    t->boot_loader, t->tee, t->snp, t->microcode);
	return checks_add(ck, RESULT_FAIL, "snp.tcb", "the report names "
	    "another firmware (boot loader %u, TEE %u, SNP %u, microcode %u) "
	    "than the signing key's certificate (%u, %u, %u, %u)",
	    t->boot_loader, t->tee, t->snp, t->microcode, v->tcb.boot_loader,
	    v->tcb.tee, v->tcb.snp, v->tcb.microcode);
}

static int
chip_check(const struct snp_report *r, const struct snp_chain *ch,
    struct snp_result *res, struct checks *ck)
{
	size_t n = res->product == SNP_TURIN ? 8 : 64;
	int ok;

	res->chip_ok = -1;
	if (ch->vlek) {
		ok = (ch->info.seen & VEK_CSP_ID) != 0 &&
		    (ch->info.seen & VEK_HWID) == 0;
		return checks_test(ck, ok, "snp.chip", ok ?
		    "VLEK: a key of the provider, not bound to one chip" :
		    "the certificate is not that of a provider's VLEK");
	}
	if ((ch->info.seen & VEK_CSP_ID) != 0)
		return checks_add(ck, RESULT_FAIL, "snp.chip",
		    "the certificate is a VLEK's, the report names a VCEK");
	if ((ch->info.seen & VEK_HWID) == 0 || ch->info.hwid.n != n)
		return checks_add(ck, RESULT_FAIL, "snp.chip",
		    "the VCEK names no chip");
	if (span_is_zero(r->chip_id))
		return checks_add(ck, RESULT_WARN, "snp.chip",
		    "the chip's identity is masked");
	res->chip_ok = memcmp(ch->info.hwid.p, r->chip_id.p, n) == 0;
	res->chip_id_stable = 1;
	return checks_test(ck, res->chip_ok, "snp.chip", res->chip_ok ?
	    "that of the VCEK" :
	    "the report names another chip than the VCEK's certificate");
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

static int
debug_check(const struct snp_report *r, const struct snp_policy *po,
    struct checks *ck)
{
	int ok = (r->policy & SNP_POLICY_DEBUG) == 0;

	if (!ok && po->allow_debug)
		return checks_add(ck, RESULT_WARN, "snp.debug",
		    "the host may read the guest: debugging is allowed");
	return checks_test(ck, ok, "snp.debug", ok ? "forbidden" :
	    "the guest's policy allows debugging: the host may read its "
	    "memory");
}

/* What the report says of itself; worth something once it is signed. */
static int
report_check(const struct snp_report *r, const struct snp_policy *po,
    struct checks *ck)
{
	int ok, rc = 0;

	if (po->rules == NULL && debug_check(r, po, ck) == -1)
		rc = -1;
	ok = (r->policy & POLICY_MUST_BE_ONE) != 0;
	if (checks_test(ck, ok, "snp.policy", "guest policy 0x%llx%s",
	    (unsigned long long)r->policy, ok ? "" :
	    ": bit 17 must be one") == -1)
		rc = -1;
	if (po->vmpl >= 0) {
		if (checks_test(ck, r->vmpl == (uint32_t)po->vmpl, "snp.vmpl",
		    "report asked from VMPL %u, required %d", r->vmpl,
		    po->vmpl) == -1)
			rc = -1;
	} else
		checks_add(ck, r->vmpl == 0 ? RESULT_OK : RESULT_WARN,
		    "snp.vmpl", "report asked from VMPL %u", r->vmpl);
	ok = tcb_le(&r->reported, &r->committed) &&
	    tcb_le(&r->committed, &r->current);
	if (checks_test(ck, ok, "snp.tcb-order", ok ?
	    "reported <= committed <= current" :
	    "not reported <= committed <= current: the firmware may be "
	    "rolled back to one with known holes") == -1)
		rc = -1;
	if (po->report_data.n == 0)
		return rc;
	ok = span_eq(r->report_data, po->report_data);
	if (checks_test(ck, ok, "snp.report-data", "%smade for this %s",
	    ok ? "" : "not ", po->bound == NULL ? "request" : po->bound) == -1)
		rc = -1;
	return rc;
}

/* Known weaknesses of platforms: warnings where no policy judges them. */
static void
platform_warn(const struct snp_report *r, const struct snp_result *res,
    struct checks *ck)
{
	if (res->root != SNP_ROOT_AMD)
		return;
	if (res->product == SNP_MILAN)
		checks_add(ck, RESULT_WARN, "snp.platform", "Milan: keys of "
		    "such chips can be extracted by software (arXiv "
		    "2605.12990)");
	if ((r->platform_info & PLATFORM_ALIAS_CHECK) == 0)
		checks_add(ck, RESULT_WARN, "snp.platform",
		    "no check for memory aliases (AMD-SB-3015)");
}

/* The facts outlive the certificate. */
static void
vek_keep(const struct snp_chain *ch, struct snp_result *res)
{
	res->have_vek = 1;
	res->info = ch->info;
	res->info.hwid = span_make(res->hwid,
	    ch->info.hwid.n < sizeof(res->hwid) ? ch->info.hwid.n :
	    sizeof(res->hwid));
	if (res->info.hwid.n != 0)
		memcpy(res->hwid, ch->info.hwid.p, res->info.hwid.n);
}

static int
signer_check(const struct snp_report *r, const struct snp_chain *ch,
    const struct snp_policy *po, struct checks *ck, struct snp_result *res)
{
	int rc;

	/* Version 2 has no CPUID: the chain, once it holds, names it. */
	res->product = r->has_cpuid ? r->product :
	    snp_vek_product(ch->vek, &ch->info);
	snp_tcb_decode(span_make(r->reported.raw, 8), res->product,
	    &res->reported);
	rc = snp_chain_check(ch, po, res->product, ck, res);
	if (signature_check(r, ch, res, ck) == -1)
		rc = -1;
	if (tcb_check(&res->reported, &ch->info, res, ck) == -1)
		rc = -1;
	if (chip_check(r, ch, res, ck) == -1)
		rc = -1;
	if (po->rules == NULL)
		platform_warn(r, res, ck);
	return rc;
}

int
snp_verify(const struct snp_report *r, const struct snp_certs *c,
    const struct snp_policy *po, struct checks *ck, struct snp_result *ret)
{
	struct snp_chain ch;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	memset(&ch, 0, sizeof(ch));
	ret->chip_ok = -1;
	if (r->signing_key != SNP_VCEK && r->signing_key != SNP_VLEK)
		checks_add(ck, RESULT_FAIL, "snp.key",
		    "the report is not signed by VCEK or VLEK (key %u)",
		    r->signing_key);
	else if (snp_chain_load(c, po, r->signing_key == SNP_VLEK, &ch,
	    ck) == 0) {
		vek_keep(&ch, ret);
		rc = signer_check(r, &ch, po, ck, ret);
	}
	if (report_check(r, po, ck) == -1)
		rc = -1;
	if (po->rules != NULL && snp_rules_check(r, po, ret, ck) == -1)
		rc = -1;
	if (rc == -1) {
		ret->root = SNP_ROOT_NONE;
		ret->chip_id_stable = 0;
	}
	snp_chain_free(&ch);
	return rc;
}

int
snp_cert_verify(const struct snp_certs *c, const struct snp_policy *po,
    struct checks *ck, struct snp_result *ret)
{
	unsigned need = VEK_BOOT_LOADER | VEK_TEE | VEK_SNP | VEK_MICROCODE;
	struct snp_chain ch;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	memset(&ch, 0, sizeof(ch));
	ret->chip_ok = -1;
	if (snp_chain_load(c, po, c->vlek.n != 0, &ch, ck) == 0) {
		vek_keep(&ch, ret);
		ret->product = snp_vek_product(ch.vek, &ch.info);
		rc = snp_chain_check(&ch, po, ret->product, ck, ret);
		if (ret->product == SNP_TURIN)
			need |= VEK_FMC;
		if (checks_test(ck, (ch.info.seen & need) == need &&
		    is_p384(X509_get0_pubkey(ch.vek)), "snp.tcb",
		    "P-384 key whose certificate names a TCB") == -1)
			rc = -1;
		if (checks_test(ck, ch.vlek ? (ch.info.seen & VEK_HWID) == 0 :
		    (ch.info.seen & VEK_HWID) != 0 && ch.info.hwid.n ==
		    (ret->product == SNP_TURIN ? 8u : 64u), "snp.chip",
		    "%s", ch.vlek ? "a key of the provider" :
		    "key of one chip") == -1)
			rc = -1;
	}
	if (rc == -1)
		ret->root = SNP_ROOT_NONE;
	snp_chain_free(&ch);
	return rc;
}
