#include "cli/limits.h"
#include "cli/msg_pieces.h"
#include "cli/permit.h"
#include "cli/roles.h"
#include "evidence/collateral_facts.h"
#include "privsep/child.h"
#include "privsep/wire.h"

#define F	CLIENT_FETCH
#define A	CLIENT_APPRAISE
#define STR(n)	(2 + (n) - 1)

#define ANSWER_MIN	91	/* struct answer with an empty reason */
#define ANSWER_MAX	(ANSWER_MIN - 2 + STR(REASON_MAX))

/* struct platform and struct challenge: empty, and as long as they get */
#define PLATFORM_MIN	(4 + 3 * 2 + 2 + FMSPC_LEN)
#define PLATFORM_MAX	(PLATFORM_MIN + PRODUCT_MAX - 1 + HWID_LEN + SPL_MAX)
#define CHALLENGE_MIN	(1 + 32 + 3 * 2)
#define CHALLENGE_MAX	(CHALLENGE_MIN + CREDENTIAL_MAX + SEED_MAX + REASON_MAX - 1)

/* struct pieces_end with empty strings, and with all as long as they get */
#define PIECES_MIN	(3 + REPORT_LEN + QUALIFYING_LEN + 2 + 2 + PLATFORM_MIN + 2)
#define PIECES_MAX	(PIECES_MIN + PRODUCT_MAX - 1 + PCR_VALUE_MAX +	\
    PLATFORM_MAX - PLATFORM_MIN + REASON_MAX - 1)

/* PROGRESS may come while any transfer runs; CHECK only before the verdict. */
const struct client_permit client_permits[] = {
	/* from	type		   while waiting for	payload				fds */
	{ F,	CL_HELLO_REQ,	   0,			6, 6,				0 },
	{ A,	CL_HELLO_REQ,	   0,			6, 6,				0 },

	{ F,	CL_TARGET_ANS,	   CL_TARGET_REQ,	ANSWER_MIN, ANSWER_MAX,		0 },
	{ F,	CL_ATTEST_ANS,	   CL_ATTEST_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_IMA_ANS,	   CL_IMA_REQ,		ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_SNAPSHOT_ANS,   CL_SNAPSHOT_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_DELETE_ANS,	   CL_DELETE_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_QUOTE_TPM_ANS,  CL_QUOTE_TPM_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_QUOTE_TEE_ANS,  CL_QUOTE_TEE_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_VERSION_ANS,	   CL_VERSION_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_LEAF_ANS,	   CL_LEAF_REQ,		ANSWER_MIN, ANSWER_MAX,		0 },
	{ F,	CL_EVENTLOG_ANS,   CL_EVENTLOG_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_COLLATERAL_ANS, CL_COLLATERAL_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_CERTS_ANS,	   CL_CERTS_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_ACTIVATE_ANS,   CL_ACTIVATE_REQ,	ANSWER_MIN, ANSWER_MAX,		1 },
	{ F,	CL_PROGRESS,	   CL_CERTS_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_ACTIVATE_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_EVENTLOG_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_COLLATERAL_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_ATTEST_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_IMA_REQ,		8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_SNAPSHOT_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_QUOTE_TPM_REQ,	8, 8,				0 },
	{ F,	CL_PROGRESS,	   CL_QUOTE_TEE_REQ,	8, 8,				0 },

	{ A,	CL_PLAN_ANS,	   CL_PLAN_REQ,		18, 14 + STR(KIND_MAX) + STR(REASON_MAX), 0 },
	{ A,	CL_PLATFORM_ANS,   CL_PLATFORM_REQ,	PLATFORM_MIN, PLATFORM_MAX,	0 },
	{ A,	CL_CHALLENGE_ANS,  CL_CHALLENGE_REQ,	CHALLENGE_MIN, CHALLENGE_MAX,	0 },
	{ A,	CL_CHECK,	   CL_JUDGE_REQ,	5, 1 + STR(CHECK_NAME_MAX) + STR(CHECK_DETAIL_MAX), 0 },
	{ A,	CL_CHECK,	   CL_CASE_REQ,		5, 1 + STR(CHECK_NAME_MAX) + STR(CHECK_DETAIL_MAX), 0 },
	{ A,	CL_CASE_ANS,	   CL_CASE_REQ,		11, 9 + STR(CHECK_DETAIL_MAX),	1 },
	{ A,	CL_PIECE,	   CL_PIECES_REQ,	1, 1,				1 },
	{ A,	CL_PIECES_ANS,	   CL_PIECES_REQ,	PIECES_MIN, PIECES_MAX,		0 },
	{ A,	CL_FACTS_ANS,	   CL_FACTS_REQ,	20, 20 + COLLATERAL_NUMBER_MAX,	0 },
	{ A,	CL_JUDGE_ANS,	   CL_JUDGE_REQ,	56, 50 + 2 * STR(ROOT_NAME_MAX) + STR(REASON_MAX), 1 },
};

const size_t nclient_permits =
    sizeof(client_permits) / sizeof(client_permits[0]);

const char *
client_permit_refuses(unsigned int from, unsigned int type,
    unsigned int awaited, size_t len, int nfds)
{
	const struct client_permit *p;
	int known = 0;
	size_t i;

	for (i = 0; i < nclient_permits; i++) {
		p = &client_permits[i];
		if (p->from != from || p->type != type)
			continue;
		known = 1;
		if (p->awaited != awaited)
			continue;
		if (len < p->min_len || len > p->max_len)
			return "wrong length";
		if (nfds < 0 || nfds > p->max_fds)
			return "wrong number of descriptors";
		return NULL;
	}
	return known ? "not asked for" : "not permitted to this process";
}

/* Not root, and landlock alone may be missing. */
const struct peer_program client_program = {
	.prefix = "client",
	.roles = client_roles,
	.version = CL_VERSION,
	.hello = CL_HELLO_REQ,
	.flags = CHILD_UNPRIVILEGED,
	.msg_name = cl_name,
	.refuses = client_permit_refuses
};
