#ifndef CLI_LIMITS_H
#define CLI_LIMITS_H

/* Every number of the client that bounds something, and why it is that number. */

/* what the agent may send; evidence/limits.h bounds what is made of it */
#define ATTEST_MAX	(UINT64_C(1) << 20)	/* quote, report, PCRs: below 100 KiB */
#define QUOTE_MAX	(UINT64_C(1) << 20)	/* compatible quotes: as JSON numbers, below 100 KiB */
#define IMA_MAX		(UINT64_C(128) << 20)	/* raw list: twice what the verifier reads */
#define IMA_JSON_MAX	(UINT64_C(512) << 20)	/* the same as JSON numbers, four characters a byte */
#define RECORDS_MAX	(UINT64_C(256) << 20)	/* a snapshot of a million files; the verifier reads no more */
#define CERTS_MAX	(UINT64_C(1) << 20)	/* 24 certificates of 16 KiB as base64 */
#define EVENTLOG_MAX	(UINT64_C(8) << 20)	/* as much as the verifier reads */
#define SMALL_MAX	(UINT64_C(4) << 10)	/* version, null, progress, error texts */
#define HEADERS_MAX	(64 << 10)		/* of one answer: ours sends below 1 KiB */

/* the network */
#define CONNECT_TIMEOUT_S	30	/* names, TCP, TLS over a slow link */
#define STALL_TIMEOUT_S		180	/* no byte for so long: a TPM may need 120 s for a queue of quotes */
#define BUSY_RETRIES		5	/* answers 503 that are waited for */
#define BUSY_WAIT_MAX_S		30	/* whatever Retry-After says */
#define POLL_S			2	/* between two looks at a snapshot: far below any idle timeout */
#define COMPAT_TRIES		3	/* quote and list again when the list moved in between, WIRE 8 */
#define PROGRESS_MS		200	/* between two progress frames of one transfer */
#define BODY_CHUNK	(256 << 10)	/* read at once: fewer writes into the memfd */

/* the cache of collateral */
#define CACHE_FRESH_S	(24 * 3600)	/* a list older than this is asked for anew: AMD's are good for a year */
#define CACHE_TEMP_S	3600	/* a temporary file so old is nobody's */

/* what the user gives */
#define TIMEOUT_MAX_S	(7 * 24 * 3600)	/* a snapshot of the largest disk takes hours */
#define URL_MAX		1024
#define HOST_MAX	256		/* a DNS name has 253 characters */
#define PROXY_MAX	1024
#define APPLICATIONS_MAX 64
#define NAMES_MAX	256		/* a list of --without or --accept-root */
#define CA_FILE_MAX	(UINT64_C(8) << 20)	/* a CA bundle is 250 KiB */
#define ROOTS_MAX	4		/* --trust-root, as many as an appraisal takes */
#define USER_FILE_MAX	(UINT64_C(256) << 20)	/* a snapshot, as long as the verifier reads */

/* evidence verify and show */
#define EVIDENCE_FILE_MAX IMA_MAX	/* the longest role is an IMA list */
#define COLLATERAL_FILE_MAX (UINT64_C(8) << 20)	/* a CRL of 4 MiB is the longest that is read */
#define CLAIMS_MAX	(UINT64_C(64) << 20)	/* claims as JSON; those of a boot log of 8 MiB are below */
#define CASE_VALUE_MAX	128		/* --nonce, --report-data: 66 bytes are the longest of any form */
#define ROLE_MAX	64		/* a role, or the name of a file of --collateral */
#define KIND_MAX	64

/* texts in frames */
#define REASON_MAX	512
#define CHECK_NAME_MAX	64
#define CHECK_DETAIL_MAX 1024
#define ROOT_NAME_MAX	128
#define CHECKS_MAX	512		/* check lines of one appraisal that are shown */


#endif
