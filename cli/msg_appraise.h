#ifndef CLI_MSG_APPRAISE_H
#define CLI_MSG_APPRAISE_H

#include "cli/limits.h"
#include "cli/msg.h"
#include "cli/msg_fetch.h"
#include "privsep/wire.h"

/* Payloads between the front and appraise. Each decode is 0, or -1 when malformed. */

enum verb { VERB_SNAPSHOT, VERB_VERIFY, VERB_FETCH, VERB_MAX };

/* Which descriptors come with PLAN_REQ, in this order. */
#define PLAN_FD_SNAPSHOT	0x01
#define PLAN_FD_WHITELIST	0x02
#define PLAN_FD_POLICY		0x04

/* What the user wants, said before the first byte of the network. */
struct plan_ask {
	uint8_t		verb;		/* enum verb */
	uint8_t		compat;
	uint8_t		legacy;		/* --accept-legacy */
	uint8_t		same_boot;
	uint8_t		no_revocation;
	uint8_t		nroots;		/* of --trust-root: that many COLLATERAL frames */
	uint8_t		fds;		/* PLAN_FD_* */
	char		policy[KIND_MAX];	/* a name; empty: PLAN_FD_POLICY or none */
	char		without[NAMES_MAX];	/* names, commas between */
	char		accept_root[NAMES_MAX];
};

enum plan_end {
	PLAN_OK,
	PLAN_USAGE,		/* an option that makes no sense: exit 2 */
	PLAN_UNREADABLE,	/* not a snapshot, not a whitelist: exit 1 */
	PLAN_REFUSED,		/* weaker than the snapshot asks for: exit 3 */
	PLAN_MAX
};

/* What has to be fetched. */
struct plan {
	uint8_t		end;		/* enum plan_end */
	uint8_t		bank;		/* digest size */
	uint32_t	pcrs;
	uint8_t		tee;
	uint8_t		tpm;		/* a quote */
	uint8_t		ima;		/* the list */
	uint8_t		pinned;		/* the snapshot names the instance */
	uint8_t		eventlog;
	uint8_t		certs;		/* of the TPM, and a challenge by them */
	uint8_t		collateral;	/* of whoever made the processor */
	uint8_t		file;		/* PLAN_UNREADABLE: which, PLAN_FD_* */
	char		policy[KIND_MAX];	/* in force: a name, "file" or "snapshot" */
	char		reason[REASON_MAX];
};

enum part {
	PART_ATTEST,
	PART_QUOTE_TPM,
	PART_QUOTE_TEE,
	PART_IMA,
	PART_RECORDS,		/* or the JSON of the compatible form */
	PART_EVENTLOG,
	PART_TPM_CERTS,
	PART_ACTIVATION,
	PART_MAX
};

/* What the verifier chose or saw itself. */
struct own {
	uint64_t	now;		/* seconds since 1970 */
	uint8_t		nonce[NONCE_LEN];
	uint8_t		tpm_nonce[NONCE_LEN];	/* compatible form */
	uint8_t		leaf[DIGEST_LEN];
	uint8_t		have_conn;
	uint8_t		conn[DIGEST_LEN];
};

/* In the order of evidence/checks.h. */
enum line_result { LINE_OK, LINE_WARN, LINE_SKIP, LINE_FAIL, LINE_RESULT_MAX };

struct check_line {
	uint8_t		result;
	char		name[CHECK_NAME_MAX];
	char		detail[CHECK_DETAIL_MAX];
};

enum run_verdict { VERDICT_VERIFIED, VERDICT_REFUSED, VERDICT_ERROR, VERDICT_FETCHED, VERDICT_MAX };

struct judgement {
	uint8_t		verdict;
	uint8_t		retry;		/* the list moved: fetch quote and list again */
	uint64_t	ima_entries, ima_attested, ima_tail;
	uint64_t	files, unknown_files;
	uint64_t	dropped;	/* check lines that did not fit */
	char		tee_root[ROOT_NAME_MAX];
	char		tpm_root[ROOT_NAME_MAX];
	char		reason[REASON_MAX];
};

void	plan_ask_put(struct wbuf *, const struct plan_ask *);
int	plan_ask_get(struct rbuf *, struct plan_ask *ret_p);
void	plan_put(struct wbuf *, const struct plan *);
int	plan_get(struct rbuf *, struct plan *ret_p);
void	own_put(struct wbuf *, const struct own *);
int	own_get(struct rbuf *, struct own *ret_o);
void	check_line_put(struct wbuf *, const struct check_line *);
int	check_line_get(struct rbuf *, struct check_line *ret_c);
void	judgement_put(struct wbuf *, const struct judgement *);
int	judgement_get(struct rbuf *, struct judgement *ret_j);

#endif
