/*
 * What a verifier wants besides authenticity: the policy of `--policy`.  Two
 * are built in, others are JSON files (cosmian_vm-policy(5)).  Each member is
 * one accept or deny; checks ask rule_check() for it.
 */
#ifndef EVIDENCE_RULES_H
#define EVIDENCE_RULES_H

#include "evidence/checks.h"
#include "evidence/snp_report.h"

/* What a finding means. */
enum rule { RULE_ALLOW, RULE_WARN, RULE_REFUSE, RULE_MAX };

/* TCB status of Intel's collateral; NOT_FOUND: no level is met. */
enum tcb_status {
	TCB_UP_TO_DATE,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_REVOKED,
	TCB_NOT_FOUND,
	TCB_STATUS_MAX
};

#define MAX_RULE_CHIPS		256u	/* machines that one policy names */
#define MAX_RULE_VALUES		64u	/* measurements, advisories of a list */
#define MAX_RULE_FLOORS		32u	/* TCB minima */
#define MAX_POLICY_FILE		(256u * 1024)	/* all of these as hex */
#define RULE_ADVISORY_LEN	20u	/* "INTEL-SA-00837" */
#define RULE_WHY_LEN		64u

/* The least TCB of a product, and since when who asks for it. */
struct snp_floor {
	enum snp_product product;
	int		 has_stepping;	/* only this model and stepping */
	uint8_t		 model, stepping;
	uint8_t		 fmc, boot_loader, tee, snp, microcode;
	uint32_t	 firmware;	/* major << 16 | minor << 8 | build */
	char		 why[RULE_WHY_LEN];	/* "AMD-SB-3019" */
	char		 date[11];	/* "2025-02-03" */
};

/* Measurements, one of which must be there; none: any. */
struct rule_values {
	size_t		 n;
	uint8_t		 v[MAX_RULE_VALUES][48];
};

struct policy_rules {
	/* All kinds. */
	enum rule	 debug;		/* the host may look in */
	enum rule	 no_revocation;	/* could not be checked */
	enum rule	 sha1_bank;
	enum rule	 ima_violation;
	enum rule	 no_nonce;	/* freshness is not proven */
	enum rule	 volume_changed; /* PCR 15 is not the snapshot's */

	/* SEV-SNP: bits of the guest policy, refused or warned about when
	 * not so. */
	uint64_t	 snp_must_set, snp_must_clear;
	uint64_t	 snp_warn_set, snp_warn_clear;
	int		 snp_vmpl;	/* exact, or -1: any */
	enum rule	 snp_product[SNP_PRODUCT_MAX];
	enum rule	 snp_alias;	/* ALIAS_CHECK_COMPLETE clear */
	enum rule	 snp_vcek, snp_vlek;	/* signed by this key */
	enum rule	 snp_chip_masked;
	enum rule	 snp_tcb;	/* below a floor */
	size_t		 nfloors;
	struct snp_floor floor[MAX_RULE_FLOORS];
	size_t		 nchips;	/* when not 0, only these */
	uint8_t		 chip[MAX_RULE_CHIPS][64];
	struct rule_values snp_measurement;
	struct rule_values hcl_measurement;	/* Azure's paravisor */

	/* TDX */
	enum rule	 tdx_status[TCB_STATUS_MAX];
	/* Advisories that do not count: a status whose advisories are all
	 * named here is as good as UpToDate. */
	size_t		 nadvisories;
	char		 advisory[MAX_RULE_VALUES][RULE_ADVISORY_LEN];
	uint64_t	 tdx_must_set, tdx_must_clear;	/* TD attributes */
	struct rule_values tdx_mrtd;
	struct rule_values tdx_rtmr[4];
	struct rule_values tdx_mrseam;
};

extern const struct policy_rules rules_authenticity;	/* no --policy */
extern const struct policy_rules rules_default;
extern const struct policy_rules rules_strict;

/* "default", "strict"; NULL: no such name. */
const struct policy_rules *rules_named(const char *);
/* A policy file.  It starts from "base" ("default" unless given) and sets
 * members.  -1: *ret_err says what is wrong, in a buffer of that size. */
int		 rules_read(struct span, struct policy_rules *, char *, size_t);
/* The same as JSON that rules_read() takes, for people or on one line; look at
 * buf->failed. */
void		 rules_write(const struct policy_rules *, struct buf *);
void		 rules_write_line(const struct policy_rules *, struct buf *);

/* A finding under a rule: OK and nothing added for RULE_ALLOW. */
int		 rule_check(struct checks *, enum rule, const char *,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
/* 1 if the list is empty or has the value of n bytes at most 48. */
int		 rule_values_have(const struct rule_values *, struct span);
/* "UpToDate" ...; TCB_NOT_FOUND for what is unknown. */
const char	*tcb_status_name(enum tcb_status);
enum tcb_status	 tcb_status_by_name(struct span);

#endif
