#ifndef CLI_APPRAISE_CASE_H
#define CLI_APPRAISE_CASE_H

#include "cli/msg_appraise.h"
#include "cli/msg_case.h"
#include "cli/msg_pieces.h"
#include "evidence/appraise.h"
#include "evidence/attest.h"
#include "evidence/rules.h"

/* One case: what was asked, what evidence came, and the verdict over it. */
struct appraise_case {
	struct plan_ask	 ask;
	int		 planned;
	uint32_t	 without;
	uint32_t	 accept;
	enum digest_alg	 bank;
	uint32_t	 pcrs;
	struct span	 snapshot;	/* files of the user */
	struct span	 whitelist;
	struct span	 policy_file;
	struct policy_rules rules;	/* of the file */
	const struct policy_rules *policy;
	size_t		 nroots;
	struct span	 root[MAX_CASE_ROOTS];
	size_t		 ncollateral;
	struct case_file collateral[MAX_COLLATERAL];
	char		 name[MAX_COLLATERAL][ROLE_MAX];
	int		 challenged;
	struct credential credential;	/* the secret of it stays here */
	struct span	 part[PART_MAX];
	struct buf	 ima;		/* decoded, when it came as JSON */
};

/* Fix what is required, before any evidence is there; ret_plan says what to fetch. */
void	case_plan(struct appraise_case *, const struct plan_ask *,
	    struct plan *ret_plan);

/* A trust root or a file of collateral; -1 if there is no room or no such place. */
int	case_add(struct appraise_case *, const struct case_place_of *,
	    struct span);

/* By the attestation and the certificates that came; once in a run. */
void	case_challenge(struct appraise_case *, struct challenge *ret_c);

/*
 * Judge all that came. ret_json is filled for a snapshot that verifies. The
 * checks, the numbers and the verdict are in the last two.
 */
void	case_judge(struct appraise_case *, const struct own *,
	    struct buf *ret_json, struct checks *ret_checks,
	    struct judgement *ret_j);

#endif
