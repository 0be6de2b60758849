/* A policy's rules about an SNP report; worth something once it is signed. */
#include <string.h>

#include "evidence/rules.h"
#include "evidence/snp_chain.h"

#define PLATFORM_ALIAS_CHECK	(1ull << 5)

static const struct {
	uint64_t	 bit;
	const char	*name;
} bits[] = {
	{ 1ull << 16, "SMT" },
	{ 1ull << 17, "reserved, always 1" },
	{ SNP_POLICY_MIGRATE, "migration agent" },
	{ 1ull << 20, "single socket" },
	{ 1ull << 21, "CXL memory" },
	{ 1ull << 22, "AES-256-XTS" },
	{ 1ull << 23, "no RAPL" },
	{ 1ull << 24, "ciphertext hiding" },
	{ 1ull << 25, "no page swap" },
};

/* "bit 21 (CXL memory), ..." */
static void
bits_name(uint64_t v, char *dst, size_t size)
{
	size_t i, n = 0;
	unsigned b;

	dst[0] = '\0';
	for (b = 0; b < 64 && n < size; b++) {
		const char *name = "reserved";

		if ((v >> b & 1) == 0)
			continue;
		for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
			if (bits[i].bit == 1ull << b)
				name = bits[i].name;
		n += (size_t)snprintf(dst + n, size - n, "%sbit %u (%s)",
		    n == 0 ? "" : ", ", b, name);
	}
}

static int
mask_check(struct checks *ck, enum rule r, uint64_t v, const char *what)
{
	char text[400];

	if (v == 0)
		return 0;
	bits_name(v, text, sizeof(text));
	return rule_check(ck, r, "snp.bits", "guest policy with %s %s", text,
	    what);
}

static int
policy_check(const struct snp_report *r, const struct snp_policy *po,
    struct checks *ck)
{
	const struct policy_rules *p = po->rules;
	uint64_t clear = p->snp_must_clear, v = r->policy;
	int rc = 0;

	/* Debug is judged apart. */
	clear &= ~SNP_POLICY_DEBUG;
	if (mask_check(ck, RULE_REFUSE, p->snp_must_set & ~v,
	    "clear, which must be set") == -1 ||
	    mask_check(ck, RULE_REFUSE, clear & v,
	    "set, which must be clear") == -1)
		rc = -1;
	mask_check(ck, RULE_WARN, p->snp_warn_set & ~p->snp_must_set & ~v,
	    "clear");
	mask_check(ck, RULE_WARN, p->snp_warn_clear & ~clear & v, "set");
	if (p->snp_vmpl >= 0 && po->vmpl < 0 && checks_test(ck,
	    r->vmpl == (uint32_t)p->snp_vmpl, "snp.vmpl-rule",
	    "report asked from VMPL %u, the policy wants %d", r->vmpl,
	    p->snp_vmpl) == -1)
		rc = -1;
	return rc;
}

/* What the floor asks for and the report has not, or NULL. */
static const char *
floor_short(const struct snp_floor *f, const struct snp_report *r,
    const struct snp_tcb *t)
{
	if (t->fmc < f->fmc)
		return "FMC";
	if (t->boot_loader < f->boot_loader)
		return "boot loader";
	if (t->tee < f->tee)
		return "TEE";
	if (t->snp < f->snp)
		return "SNP";
	if (t->microcode < f->microcode)
		return "microcode";
	/* Reports hold the version of the firmware that may be gone back
	 * to: that one counts. */
	return r->committed_fw < f->firmware ? "firmware" : NULL;
}

static int
floors_check(const struct snp_report *r, const struct snp_policy *po,
    const struct snp_result *res, struct checks *ck)
{
	const struct policy_rules *p = po->rules;
	const struct snp_floor *f;
	const char *what;
	size_t i;
	int rc = 0;

	for (i = 0; i < p->nfloors; i++) {
		f = &p->floor[i];
		if (f->product != res->product || (f->has_stepping &&
		    (!r->has_cpuid || f->model != r->cpuid_model ||
		    f->stepping != r->cpuid_stepping)) ||
		    (what = floor_short(f, r, &res->reported)) == NULL)
			continue;
		if (rule_check(ck, p->snp_tcb, "snp.floor", "%s of the "
		    "reported TCB is below the minimum of %s (%s): update the "
		    "firmware of the host", what, f->why, f->date) == -1)
			rc = -1;
	}
	return rc;
}

static int
platform_check(const struct snp_report *r, const struct snp_policy *po,
    const struct snp_result *res, struct checks *ck)
{
	const struct policy_rules *p = po->rules;
	enum rule product = res->root == SNP_ROOT_AMD ?
	    p->snp_product[res->product] : RULE_ALLOW;
	int rc = 0;

	/* A named chip is one that its owner vouches for. */
	if (p->nchips != 0)
		product = RULE_ALLOW;
	if (rule_check(ck, product, "snp.platform", "%s%s",
	    snp_product_name(res->product), res->product == SNP_MILAN ?
	    ": keys of such chips can be extracted by software (arXiv "
	    "2605.12990)" : ": not a product that the policy takes") == -1)
		rc = -1;
	if ((r->platform_info & PLATFORM_ALIAS_CHECK) == 0 &&
	    rule_check(ck, p->snp_alias, "snp.alias",
	    "the firmware has not looked for memory aliases "
	    "(ALIAS_CHECK_COMPLETE, AMD-SB-3015)") == -1)
		rc = -1;
	if (rule_check(ck, r->signing_key == SNP_VLEK ? p->snp_vlek :
	    p->snp_vcek, "snp.key-rule", "the report is signed by a %s",
	    r->signing_key == SNP_VLEK ? "VLEK" : "VCEK") == -1)
		rc = -1;
	if (r->signing_key == SNP_VCEK && span_is_zero(r->chip_id) &&
	    rule_check(ck, p->snp_chip_masked, "snp.chip-rule",
	    "the chip's identity is masked") == -1)
		rc = -1;
	return rc;
}

static int
allowed_check(const struct snp_report *r, const struct policy_rules *p,
    struct checks *ck)
{
	size_t i;
	int rc = 0;

	if (p->nchips != 0) {
		for (i = 0; i < p->nchips; i++)
			if (memcmp(p->chip[i], r->chip_id.p, 64) == 0)
				break;
		rc = checks_test(ck, i < p->nchips, "snp.allowed",
		    "chip of the report among the %zu of the policy",
		    p->nchips);
	}
	if (p->snp_measurement.n != 0 && checks_test(ck, rule_values_have(
	    &p->snp_measurement, r->measurement), "snp.measurement",
	    "measurement of the guest among the %zu of the policy",
	    p->snp_measurement.n) == -1)
		rc = -1;
	return rc;
}

int
snp_rules_check(const struct snp_report *r, const struct snp_policy *po,
    const struct snp_result *res, struct checks *ck)
{
	const struct policy_rules *p = po->rules;
	int rc = 0;

	if ((r->policy & SNP_POLICY_DEBUG) == 0)
		checks_add(ck, RESULT_OK, "snp.debug",
		    "the guest's policy forbids debugging");
	else if (rule_check(ck, po->allow_debug ? RULE_WARN : p->debug,
	    "snp.debug",
	    "the host may read the guest: debugging is allowed") == -1)
		rc = -1;
	if (policy_check(r, po, ck) == -1)
		rc = -1;
	if (floors_check(r, po, res, ck) == -1)
		rc = -1;
	if (platform_check(r, po, res, ck) == -1)
		rc = -1;
	if (allowed_check(r, p, ck) == -1)
		rc = -1;
	return rc;
}
