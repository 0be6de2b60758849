/*
 * The snapshot file: what a machine looked like when it was trusted.  JSON
 * as the existing client reads and writes it, our additions under "cvm".
 */
#ifndef EVIDENCE_SNAPSHOT_H
#define EVIDENCE_SNAPSHOT_H

#include "evidence/claims.h"
#include "evidence/fileset.h"
#include "evidence/snp_report.h"
#include "evidence/tpm.h"

enum cloud { CLOUD_NONE, CLOUD_AWS, CLOUD_AZURE, CLOUD_GCP, CLOUD_MAX };
enum tee_kind { TEE_SEV, TEE_TDX, TEE_SGX, TEE_KIND_MAX };
enum form { FORM_STRONG, FORM_COMPAT };

/* A byte field: present in the JSON always, set unless null. */
struct opt_bytes {
	int		 set;
	size_t		 n;
	uint8_t		 b[64];
};
struct opt_num {
	int		 set;
	uint64_t	 v;
};

struct sev_policy {
	struct opt_bytes measurement, report_data, family_id, image_id;
	struct opt_num	 guest_svn;
	struct opt_bytes id_key_digest, author_key_digest;
	struct opt_num	 policy;
	struct opt_bytes report_id, report_id_ma;
};

struct tdx_policy {
	struct opt_num	 minimum_qe_svn, minimum_pce_svn;
	struct opt_bytes qe_vendor_id, minimum_tee_tcb_svn, mr_seam,
			 td_attributes;
	struct opt_num	 xfam;
	struct opt_bytes mr_td, mr_config_id, mr_owner, mr_owner_config,
			 report_data;
};

struct sgx_policy {
	struct opt_num	 minimum_qe_svn, minimum_pce_svn;
	struct opt_bytes qe_vendor_id, mr_enclave, mr_signer, report_data;
};

struct tee_policy {
	enum tee_kind		 kind;
	struct sev_policy	 sev;
	struct tdx_policy	 tdx;
	struct sgx_policy	 sgx;
};

/* What a snapshot may do without, or had to accept; names in appraise.h. */
#define SNAPSHOT_ROOT_MAX	80

struct policy_rules;

/* What the TEE's evidence was: of another kind it proves other things. */
struct tee_pin {
	unsigned		 kind;	/* enum tee_quote; 0: not known */
	/* SEV-SNP, also behind Azure's paravisor. */
	int			 has_snp;
	uint32_t		 vmpl;
	enum snp_product	 product;
	uint8_t			 tcb[8];	/* reported; never less */
	/* TDX */
	int			 has_rtmrs;
	uint8_t			 rtmr[4][48];
};

/* Our additions. */
struct snapshot_cvm {
	enum form		 form;
	uint8_t			 ak_name[TPM_NAME_MAX];
	size_t			 ak_name_len;	/* 0: null */
	struct opt_bytes	 chip_id;
	struct opt_bytes	 ek;		/* SHA-256 of the EK's public */
	char			 root[SNAPSHOT_ROOT_MAX];
	char			 tpm_root[SNAPSHOT_ROOT_MAX];	/* "": older */
	int			 has_config;
	struct config_claim	 config;
	int			 has_pcrs;
	struct tpm_pcrs		 pcrs;
	struct opt_num		 reset_count, restart_count;
	uint32_t		 without;	/* WITHOUT_* */
	uint32_t		 accepted;	/* ACCEPT_* */
	/* The policy that was asked for: a built-in one by name, or the rules
	 * of a file (owned); neither: nobody asked. */
	char			 policy_name[16];
	struct policy_rules	*policy;
	struct tee_pin		 tee;
	/* Names and events of the boot log (owned); NULL: none replayed. */
	struct json_t		*boot;
};

struct snapshot {
	enum cloud		 cloud;
	struct tee_policy	 tee;
	int			 has_tpm;
	struct opt_num		 reset_count, restart_count;
	struct fileset		*files;		/* owned; NULL: null */
	/* A name that is not there, not even with null, so that nothing can
	 * be held against it (static text, or NULL); verifiers refuse. */
	const char		*missing;
	int			 has_cvm;
	struct snapshot_cvm	 cvm;
};

/* Reads and checks; the file set is sealed.  Free with snapshot_free(), also
 * after a failure.  -1: ret_err (static text) says what is wrong. */
int	 snapshot_read(struct span, struct snapshot *, const char **);
void	 snapshot_free(struct snapshot *);
/* One line, no blanks, keys in the order of the existing writer, then "cvm".
 * Look at buf->failed afterwards. */
void	 snapshot_write(const struct snapshot *, struct buf *);

/* The policy of a snapshot, NULL if it names none. */
const struct policy_rules *cvm_policy(const struct snapshot_cvm *);

/* Names of the bits of without and accepted, in order, NULL at the end. */
extern const char *const without_names[];
extern const char *const accept_names[];
#define WITHOUT_TEE		0x01u	/* no TEE report */
#define WITHOUT_TPM		0x02u	/* no TPM quote, hence no IMA */
#define WITHOUT_IMA		0x04u	/* no IMA list */
#define WITHOUT_BOOT_AGGREGATE	0x08u	/* entry 0 not tied to PCRs 0-9 */
#define WITHOUT_PCRS		0x10u	/* boot PCRs may change */
#define WITHOUT_CONFIG		0x20u	/* agent's configuration may change */
#define WITHOUT_INSTANCE	0x40u	/* another machine is fine */
#define ACCEPT_PROVIDER_VTPM	0x01u	/* the cloud runs the TPM */
#define ACCEPT_LEGACY		0x02u	/* a snapshot without "cvm" */
#define ACCEPT_NO_REVOCATION	0x04u	/* it could not be checked */
/* The bit of a name, 0 if there is none. */
uint32_t without_by_name(struct span);
uint32_t accept_by_name(struct span);

#endif
