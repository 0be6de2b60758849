/*
 * The whole appraisal, in the order of DESIGN 6, as a function of its input:
 * no I/O, no clock.  What is required is fixed by this input before any byte
 * of evidence is looked at; a required check that cannot be made is a FAIL.
 */
#ifndef EVIDENCE_APPRAISE_H
#define EVIDENCE_APPRAISE_H

#include "evidence/checks.h"
#include "evidence/credential.h"
#include "evidence/kind.h"
#include "evidence/snapshot.h"
#include "evidence/snp_verify.h"

struct appraise_input {
	enum form	 form;
	int64_t		 now;		/* seconds since 1970 */
	/* The verifier's own values. */
	struct span	 nonce;		/* 32 */
	struct span	 cert;		/* 32, SHA-256 of the leaf's DER */
	struct span	 conn;		/* 32; empty in the compatible form */
	enum digest_alg	 bank;		/* asked for; strong: sha256 */
	uint32_t	 pcr_mask;	/* asked for; must hold 0-10 */
	/* Evidence. */
	struct span	 attest;	/* strong: body of POST /attest */
	struct span	 quote_tpm;	/* compatible: body of /quote/tpm */
	struct span	 quote_tee;	/* compatible: body of /quote/tee */
	struct span	 tpm_nonce;	/* compatible: as sent to /quote/tpm */
	struct span	 ima;		/* the binary list, raw bytes */
	/* snapshot: records (strong), or the JSON of GET /snapshot. */
	struct span	 records;
	/* verify: the snapshot file; empty for appraise_snapshot(). */
	struct span	 snapshot;
	struct span	 whitelist;
	/* Strong form; each may be empty. */
	struct span	 eventlog;	/* the firmware's log */
	struct span	 tpm_certs;	/* body of GET /tpm/certs */
	const struct credential *credential;	/* our challenge, or NULL */
	struct span	 activation;	/* body of POST /activate */
	/* By name, as evidence verify --collateral: amd_crl.der ... */
	size_t		 ncollateral;
	struct case_file collateral[MAX_COLLATERAL];
	size_t		 nroots;
	struct span	 root[MAX_CASE_ROOTS];	/* DER or PEM, of --trust-root */
	const struct policy_rules *policy;	/* --policy; NULL: that of the
					 * snapshot, else the default */
	uint32_t	 without;	/* --without */
	uint32_t	 accept;	/* --accept-root, --accept-legacy,
					 * --no-revocation */
	int		 same_boot;	/* --same-boot: a reboot is refused */
};

/* Facts for the output besides the checks. */
struct appraise_result {
	char		 tee_root[SNAPSHOT_ROOT_MAX];	/* "amd", "simulated:..." */
	char		 tpm_root[SNAPSHOT_ROOT_MAX];	/* "provider-vtpm" ... */
	size_t		 ima_entries;
	size_t		 ima_attested;
	size_t		 ima_tail;	/* not yet attested */
	size_t		 files;		/* in the snapshot */
	size_t		 unknown_files;
	/* The list did not replay to the quote: it may have been read before
	 * an entry that the quote covers; fetch quote and list again. */
	int		 retry;
};

/*
 * What to send to POST /activate, from the bodies of POST /attest and GET
 * /tpm/certs.  -1: ret_err (static text) says why this TPM cannot be asked;
 * the appraisal goes on without.  Clear with credential_clear().
 */
int	 appraise_challenge(struct span attest, struct span tpm_certs,
	    struct credential *, const char **ret_err);
/* 0: every required check holds (exit 0).  -1: refused (exit 3); the checks
 * say why. */
int	 appraise_verify(const struct appraise_input *, struct checks *,
	    struct appraise_result *);
/* As above, and on success the new snapshot's JSON in ret_json (the caller's
 * initialised buffer; untouched on refusal). */
int	 appraise_snapshot(const struct appraise_input *, struct checks *,
	    struct appraise_result *, struct buf *);

#endif
