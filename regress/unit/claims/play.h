/* One exchange with a forged machine, for tests of the whole appraisal. */
#ifndef REGRESS_UNIT_CLAIMS_PLAY_H
#define REGRESS_UNIT_CLAIMS_PLAY_H

#include "evidence/appraise.h"
#include "regress/unit/claims/forge.h"

/* One exchange: what the verifier knows, what the agent used. */
struct play {
	struct forge		 f;
	uint8_t			 nonce[32], cert[32], conn[32];
	uint8_t			 subject[32];
	struct bound_values	 agent;		/* what it bound */
	struct bound_values	 says;		/* what it says it bound */
	struct config_claim	 config;
	uint8_t			 config_sum[32];
	uint8_t			 name[TPM_NAME_MAX];
	int			 no_tee;
	struct span		 data, extra;	/* n != 0: report and quote are
						 * over these instead */
	/* Evidence of another kind than sev-snp, over these 64 bytes. */
	const char		*tee_kind;
	void			(*tee_make)(struct play *, const uint8_t [64],
				    struct buf *quote, struct buf *extra);
	struct buf		 json, records, snapshot, root, crl;
	struct appraise_input	 in;
	struct appraise_result	 res;
};

extern struct checks ck;	/* of the last appraisal */

/* The FAIL of this name, or NULL. */
const char *failed(const char *);
void	 show(void);
/* Things that follow from others: call after changing key or config. */
void	 play_bind(struct play *);
/* The answer of POST /attest over what the agent bound. */
void	 play_answer(struct play *);
void	 play_record(struct play *, const char *, uint8_t);
void	 play_init(struct play *);
void	 play_free(struct play *);
/* The list of revoked certificates that is given. */
void	 play_crl(struct play *, X509 *, int, int);
/* A fresh machine with a snapshot of it. */
void	 play_made(struct play *);
#define play_ready(p, subject)	(test_begin(subject), play_made(p))
int	 snapshot(struct play *);
int	 verify(struct play *);
/* 1 if verify() refuses with this check; the play ends. */
int	 play_refused(struct play *, const char *);
#define refused(p, name)	CHECK(play_refused(p, name))
/* The compatible form: report over this data, quote of PCR 10. */
void	 play_compat(struct play *, const uint8_t [64], struct buf *,
	    struct buf *);

#endif
