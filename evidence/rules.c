/* Built-in policies, and the rules that checks ask. */
#include <stdio.h>
#include <string.h>

#include "evidence/rules.h"

#define FW(major, minor, build)	((major) << 16 | (minor) << 8 | (build))

/* Guest policy of SEV-SNP (AMD 56860, GUEST_POLICY). */
#define SNP_RESERVED_ONE	(1ull << 17)
#define SNP_CXL_ALLOW		(1ull << 21)
#define SNP_MEM_AES_256		(1ull << 22)
#define SNP_RAPL_DIS		(1ull << 23)
#define SNP_CIPHERTEXT_HIDING	(1ull << 24)
#define SNP_PAGE_SWAP_DISABLE	(1ull << 25)
#define SNP_WANTED		(SNP_MEM_AES_256 | SNP_RAPL_DIS |	\
    SNP_CIPHERTEXT_HIDING | SNP_PAGE_SWAP_DISABLE)

/*
 * The least that AMD's bulletins ask for, with the day of the bulletin:
 * firmware that looks for memory aliases (AMD-SB-3015), and the SNP component
 * that no longer takes microcode by a broken signature (AMD-SB-3019).
 */
#define AMD_FLOORS							\
	.nfloors = 4,							\
	.floor = {							\
		{ .product = SNP_MILAN, .firmware = FW(1, 55, 22),	\
		    .why = "AMD-SB-3015", .date = "2024-12-10" },	\
		{ .product = SNP_GENOA, .firmware = FW(1, 55, 38),	\
		    .why = "AMD-SB-3015", .date = "2024-12-10" },	\
		{ .product = SNP_MILAN, .snp = 0x18,			\
		    .why = "AMD-SB-3019", .date = "2025-02-03" },	\
		{ .product = SNP_GENOA, .snp = 0x17,			\
		    .why = "AMD-SB-3019", .date = "2025-02-03" },	\
	}

/* Without --policy: what is authentic passes, what is weak is said. */
const struct policy_rules rules_authenticity = {
	.debug = RULE_WARN, .no_revocation = RULE_WARN,
	.sha1_bank = RULE_WARN, .ima_violation = RULE_WARN,
	.no_nonce = RULE_WARN, .volume_changed = RULE_REFUSE,
	.snp_must_set = SNP_RESERVED_ONE,
	.snp_vmpl = -1,
	.snp_product = { RULE_REFUSE, RULE_WARN },
	.snp_alias = RULE_WARN,
	.snp_chip_masked = RULE_WARN,
	.snp_tcb = RULE_WARN,
	.snp_warn_clear = SNP_POLICY_MIGRATE | SNP_CXL_ALLOW,
	AMD_FLOORS,
	.tdx_status = {
		[TCB_SW_HARDENING_NEEDED] = RULE_ALLOW,
		[TCB_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = RULE_REFUSE,
		[TCB_OUT_OF_DATE] = RULE_REFUSE,
		[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_REVOKED] = RULE_REFUSE,
		[TCB_NOT_FOUND] = RULE_REFUSE,
	},
};

const struct policy_rules rules_default = {
	.debug = RULE_REFUSE, .no_revocation = RULE_REFUSE,
	.sha1_bank = RULE_REFUSE, .ima_violation = RULE_REFUSE,
	.no_nonce = RULE_WARN, .volume_changed = RULE_REFUSE,
	.snp_must_set = SNP_RESERVED_ONE,
	.snp_must_clear = SNP_POLICY_MIGRATE,
	.snp_warn_set = SNP_WANTED,
	.snp_warn_clear = SNP_CXL_ALLOW,
	.snp_vmpl = -1,
	.snp_product = { RULE_REFUSE, RULE_WARN },
	.snp_alias = RULE_WARN,
	.snp_chip_masked = RULE_WARN,
	.snp_tcb = RULE_REFUSE,
	AMD_FLOORS,
	.tdx_status = {
		[TCB_SW_HARDENING_NEEDED] = RULE_WARN,
		[TCB_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = RULE_REFUSE,
		[TCB_OUT_OF_DATE] = RULE_REFUSE,
		[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_REVOKED] = RULE_REFUSE,
		[TCB_NOT_FOUND] = RULE_REFUSE,
	},
};

const struct policy_rules rules_strict = {
	.debug = RULE_REFUSE, .no_revocation = RULE_REFUSE,
	.sha1_bank = RULE_REFUSE, .ima_violation = RULE_REFUSE,
	.no_nonce = RULE_REFUSE, .volume_changed = RULE_REFUSE,
	.snp_must_set = SNP_RESERVED_ONE | SNP_WANTED,
	.snp_must_clear = SNP_POLICY_MIGRATE | SNP_CXL_ALLOW,
	.snp_vmpl = 0,
	.snp_product = { RULE_REFUSE, RULE_REFUSE },
	.snp_alias = RULE_REFUSE,
	.snp_chip_masked = RULE_REFUSE,
	.snp_tcb = RULE_REFUSE,
	AMD_FLOORS,
	.tdx_status = {
		[TCB_SW_HARDENING_NEEDED] = RULE_REFUSE,
		[TCB_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = RULE_REFUSE,
		[TCB_OUT_OF_DATE] = RULE_REFUSE,
		[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = RULE_REFUSE,
		[TCB_REVOKED] = RULE_REFUSE,
		[TCB_NOT_FOUND] = RULE_REFUSE,
	},
};

const struct policy_rules *
rules_named(const char *name)
{
	if (strcmp(name, "default") == 0)
		return &rules_default;
	return strcmp(name, "strict") == 0 ? &rules_strict : NULL;
}

int
rule_check(struct checks *ck, enum rule r, const char *name, const char *fmt,
    ...)
{
	char text[MAX_CHECK_DETAIL];
	va_list ap;

	if (r == RULE_ALLOW)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return checks_add(ck, r == RULE_WARN ? RESULT_WARN : RESULT_FAIL, name,
	    "%s", text);
}

int
rule_values_have(const struct rule_values *v, struct span s)
{
	size_t i;

	if (v->n == 0)
		return 1;
	for (i = 0; i < v->n; i++)
		if (s.n == 48 && memcmp(v->v[i], s.p, 48) == 0)
			return 1;
	return 0;
}

static const char *const status_names[TCB_STATUS_MAX] = {
	"UpToDate", "SWHardeningNeeded", "ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded", "OutOfDate",
	"OutOfDateConfigurationNeeded", "Revoked", "NOT_FOUND"
};

const char *
tcb_status_name(enum tcb_status s)
{
	return (unsigned)s < TCB_STATUS_MAX ? status_names[s] :
	    status_names[TCB_NOT_FOUND];
}

enum tcb_status
tcb_status_by_name(struct span s)
{
	int i;

	for (i = 0; i < TCB_STATUS_MAX; i++)
		if (span_eq_str(s, status_names[i]))
			return i;
	return TCB_NOT_FOUND;
}
