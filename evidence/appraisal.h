/* State of one appraisal, shared by the appraise_*.c files only. */
#ifndef EVIDENCE_APPRAISAL_H
#define EVIDENCE_APPRAISAL_H

#include "evidence/appraise.h"
#include "evidence/attest.h"
#include "evidence/attest_verify.h"
#include "evidence/ima_verify.h"
#include "evidence/roots_tpm.h"
#include "evidence/tpm_certs.h"
#include "evidence/rules.h"
#include "evidence/tdx_quote.h"

struct appraisal {
	const struct appraise_input	*in;
	struct checks			*ck;
	struct appraise_result		*res;
	/* Policy. */
	int				 have_snap;
	struct snapshot			 snap;
	struct fileset			*whitelist;
	uint32_t			 without;	/* may be skipped */
	uint32_t			 accept;
	/* snapshot: what the agent hashed, and its digest. */
	struct snapshot			 made;
	uint8_t				 subject[32];
	/* Evidence, decoded. */
	struct attest			 att;
	struct buf			 tee_blob;	/* compatible form */
	uint8_t				 config[32];
	uint8_t				 ak_name[TPM_NAME_MAX];
	struct bound_values		 own;
	struct tpm_attest		 quote;
	struct tpm_public		 ak;
	int				 tpm_ok;
	/* Whose the TPM is.  ek_ca says who vouches for the EK shown, which
	 * means nothing for the AK unless ek_proven. */
	struct tpm_certs		 certs;
	enum tpm_ca			 ek_ca;
	const char			*ek_ca_name;
	const char			*ak_ca_name;	/* of the cloud */
	int				 ek_proven;	/* by activation */
	uint8_t				 ek_sha256[32];	/* then */
	/* Names and events of a boot log that replays (owned), or NULL. */
	struct json_t			*boot;
	int				 boot_same;	/* PCRs of snapshot */
	struct ima_replay		 replay;
	/* The TEE.  Spans point into att and tee_blob. */
	struct policy_rules		*rules;		/* in force; owned */
	struct snp_report		 report;
	int				 have_report;
	struct snp_result		 snp;
	struct tdx_quote		 td;		/* or behind HCL */
	int				 have_td;
	struct span			 hcl_measurement;
	int				 tee_held;	/* up to tee_root */
	int				 tee_simulated;	/* a root of --trust-root */
	int				 ak_in_tee;	/* HCL names the AK */
	int				 revocation_waived;
	int				 tee_ok;
};

/* Firmware, settings, boot loader, kernel, initrd, command line ... */
#define BOOT_PCRS	0x3ffu
/* ... and what systemd-stub starts; user space extends it further. */
#define IMAGE_PCR	11u
/* What evidence of the strong form is made for, in words. */
#define BOUND_STRONG	"nonce, certificate and connection"
/* A check that cannot be made: SKIP if the bit is in without, else FAIL. */
int	 appraise_skip(struct appraisal *, uint32_t, const char *,
	    const char *);
/* Why evidence is not over the verifier's values: binding.*, FAIL each.  What
 * it is, the bytes in it, and the function that computes them from values. */
void	 appraise_explain(struct appraisal *, const char *, struct span,
	    int (*)(const struct bound_values *, uint8_t *));
/* The rules in force; after the snapshot is read. */
int	 appraise_policy(struct appraisal *);
/* Decodes the answer, fills own. */
int	 appraise_claims(struct appraisal *);
int	 appraise_tpm(struct appraisal *);
int	 appraise_ima(struct appraisal *, const struct fileset *);
int	 appraise_tee(struct appraisal *);
/* The TEE's evidence against the snapshot, and as a new one's policy. */
int	 appraise_tee_compare(struct appraisal *);
void	 appraise_tee_keep(struct appraisal *);
/* Certificates and activation of the TPM's keys; after the TPM. */
int	 appraise_ek(struct appraisal *);
/* The boot log; after the TPM. */
int	 appraise_boot(struct appraisal *);
/* What changed in these PCRs since the snapshot, as warnings. */
void	 appraise_boot_changes(struct appraisal *, uint32_t);
/* What the TPM's claims rest on; after TPM and TEE. */
int	 appraise_roots(struct appraisal *);
/* The sealed volume; after the TPM. */
int	 appraise_volume(struct appraisal *);
/* Machine and configuration against the snapshot. */
int	 appraise_compare(struct appraisal *);

#endif
