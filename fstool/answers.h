#ifndef FSTOOL_ANSWERS_H
#define FSTOOL_ANSWERS_H

#include "fstool/header.h"
#include "fstool/limits.h"
#include "fstool/record.h"
#include "privsep/wire.h"

/*
 * The payloads of msg.h.  Each _put writes what its _get reads; a _get
 * returns -1 when anything is out of its range or left over.  Texts are for
 * people and hold no byte of what was parsed.
 */

/* msg_parse.c */

struct header_ans {
	uint8_t			ok;
	char			why[REASON_MAX];	/* not ok */
	struct header_facts	facts;	/* without the tokens' contents: TOKEN_REQ */
};

struct record_ans {
	uint8_t		ok;
	char		why[REASON_MAX];
	struct record	record;
};

/* What the PCRs are now, of PCR 0 to 15, one after the other. */
struct boot_ask {
	uint16_t	bank;		/* TPM_ALG_ID */
	size_t		values_len;	/* LOG_PCRS digests */
	uint8_t		values[LOG_PCRS * PCR_DIGEST_MAX];
};

/* What they are when mount_luks.service runs: at this boot, or the next. */
struct boot_ans {
	uint8_t		ok;
	char		why[REASON_MAX];
	uint32_t	carries;	/* bits: PCRs that the log measures something into */
	uint32_t	unsure;		/* bits: the log does not explain the value; PCR 11: nor do boot phases */
	uint8_t		root_measured;	/* a dm-verity hash of the root (or /usr) is in the command line */
	size_t		values_len;
	uint8_t		values[LOG_PCRS * PCR_DIGEST_MAX];
};

void	header_ans_put(struct wbuf *, const struct header_ans *);
int	header_ans_get(struct rbuf *, struct header_ans *);
void	header_token_put(struct wbuf *, const struct header_token *);
int	header_token_get(struct rbuf *, struct header_token *);
void	record_ans_put(struct wbuf *, const struct record_ans *);
int	record_ans_get(struct rbuf *, struct record_ans *);
void	boot_ask_put(struct wbuf *, const struct boot_ask *);
int	boot_ask_get(struct rbuf *, struct boot_ask *);
void	boot_ans_put(struct wbuf *, const struct boot_ans *);
int	boot_ans_get(struct rbuf *, struct boot_ans *);

/* msg_tpm.c */

struct simple_ans {
	uint8_t	ok;
	char	why[REASON_MAX];
};

struct pcrs_ans {
	uint8_t	ok;
	char	why[REASON_MAX];
	size_t	values_len;	/* digests in ascending order of the mask asked for */
	uint8_t	values[PCR_COUNT * PCR_DIGEST_MAX];
};

struct seal_ask {
	uint8_t		secret[SECRET_LEN];
	uint16_t	bank;
	uint32_t	mask;
	size_t		values_len;	/* the PCRs as they shall be when it is unsealed */
	uint8_t		values[PCR_COUNT * PCR_DIGEST_MAX];
};

/* How it was seen that what was sealed can be unsealed. */
enum seal_proof {
	SEAL_UNSEALED = 1,	/* it was, the PCRs are as they shall be */
	SEAL_TWIN		/* another with the same secret, bound to the PCRs as they are now; the
				 * policy digest was computed by the TPM (trial session) and here, and is equal */
};

struct seal_ans {
	uint8_t	ok;
	char	why[REASON_MAX];
	uint8_t	proof;
	uint8_t	primary_ecc;		/* as in a token: its parent */
	uint8_t	policy[32];
	size_t	blob_len;	/* TPM2B_PRIVATE and TPM2B_PUBLIC */
	uint8_t	blob[TOKEN_BLOB_MAX];
};

enum unseal_status {
	UNSEAL_OK,
	UNSEAL_PCRS,		/* the policy is not fulfilled: a PCR has another value */
	UNSEAL_FOREIGN,		/* sealed by another TPM, or damaged */
	UNSEAL_LOCKOUT,		/* the TPM answers nobody for now */
	UNSEAL_FAILED,		/* the TPM, or the way to it */
	UNSEAL_STATUS_MAX
};

struct unseal_ans {
	uint8_t	status;
	char	why[REASON_MAX];
	size_t	secret_len;
	uint8_t	secret[UNSEALED_MAX];
};

struct nv_ask {
	uint32_t	index;
	uint8_t		auth[SECRET_LEN];	/* zero where none is needed */
	/* Its digest is the index's policy, which authorises nothing: who
	 * shows it has made the index. DEFINE, UNDEFINE; else zero. */
	uint8_t		proof[SECRET_LEN];
};

struct nv_ans {
	uint8_t		ok;
	char		why[REASON_MAX];
	uint8_t		there;		/* the index exists (DEFINE: it did before, nothing was done;
					 * UNDEFINE: this is not its proof, nothing was done) */
	uint8_t		name[NV_NAME_LEN];	/* computed from the public area, attributes checked;
						 * READ: zero when it is not a counter of ours that was used,
						 * or does not take the authorisation, if one was given */
	uint64_t	value;
};

void	simple_ans_put(struct wbuf *, const struct simple_ans *);
int	simple_ans_get(struct rbuf *, struct simple_ans *);
void	pcrs_ans_put(struct wbuf *, const struct pcrs_ans *);
int	pcrs_ans_get(struct rbuf *, struct pcrs_ans *);
void	seal_ask_put(struct wbuf *, const struct seal_ask *);
int	seal_ask_get(struct rbuf *, struct seal_ask *);
void	seal_ans_put(struct wbuf *, const struct seal_ans *);
int	seal_ans_get(struct rbuf *, struct seal_ans *);
void	unseal_ans_put(struct wbuf *, const struct unseal_ans *);
int	unseal_ans_get(struct rbuf *, struct unseal_ans *);
void	nv_ask_put(struct wbuf *, const struct nv_ask *);
int	nv_ask_get(struct rbuf *, struct nv_ask *);
void	nv_ans_put(struct wbuf *, const struct nv_ans *);
int	nv_ans_get(struct rbuf *, struct nv_ans *);

#endif
