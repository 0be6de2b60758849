#ifndef CLI_MSG_H
#define CLI_MSG_H

#include <stdint.h>

/*
 * The protocol between the client's three processes. The front asks, fetch and
 * appraise answer; those two never speak with each other. Requests are even
 * and their answer is request + 1; a frame that wants no answer is even too.
 * Who may send what, and when, is cli/permit.c. Payloads are encoded and
 * decoded in the file named in the last column. The frame's id is 0.
 *
 * Evidence travels as sealed memfds: from fetch through the front, which never
 * reads them, to appraise.
 */

#define CL_VERSION	5	/* changes with this list; checked in HELLO */

#define CL_LIST(X) \
	/* every child */ \
	X(HELLO_REQ,	2)	/* child -> front	u32 version, u8 role, u8 degraded: confined, ready	child.c */ \
	X(HELLO_ANS,	3)	/* front -> child	u32 version: go on				child.c */ \
	/* fetch: the network */ \
	X(TARGET_REQ,	10)	/* front -> fetch	struct target; [fd CA bundle]			msg_fetch.c */ \
	X(TARGET_ANS,	11)	/* fetch -> front	struct answer					msg_fetch.c */ \
	X(PROGRESS,	12)	/* fetch -> front	u64 bytes of the body so far			msg_fetch.c */ \
	X(ATTEST_REQ,	14)	/* front -> fetch	struct attest_ask: POST /attest			msg_fetch.c */ \
	X(ATTEST_ANS,	15)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(IMA_REQ,	16)	/* front -> fetch	u8 raw: GET /ima/binary				msg_fetch.c */ \
	X(IMA_ANS,	17)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(SNAPSHOT_REQ,	18)	/* front -> fetch	u8 raw: GET /snapshot				msg_fetch.c */ \
	X(SNAPSHOT_ANS,	19)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(DELETE_REQ,	20)	/* front -> fetch	empty: DELETE /snapshot				msg_fetch.c */ \
	X(DELETE_ANS,	21)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(QUOTE_TPM_REQ, 22)	/* front -> fetch	nonce[32]: GET /quote/tpm			msg_fetch.c */ \
	X(QUOTE_TPM_ANS, 23)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(QUOTE_TEE_REQ, 24)	/* front -> fetch	nonce[32]: GET /quote/tee			msg_fetch.c */ \
	X(QUOTE_TEE_ANS, 25)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(VERSION_REQ,	26)	/* front -> fetch	empty: GET /version				msg_fetch.c */ \
	X(VERSION_ANS,	27)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(LEAF_REQ,	28)	/* front -> fetch	str host, u16 port: a handshake, no request	msg_fetch.c */ \
	X(LEAF_ANS,	29)	/* fetch -> front	struct answer					msg_fetch.c */ \
	X(EVENTLOG_REQ,	30)	/* front -> fetch	empty: GET /eventlog				msg_fetch.c */ \
	X(EVENTLOG_ANS,	31)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(COLLATERAL_REQ, 32)	/* front -> fetch	struct collateral_ask: another server		msg_pieces.c */ \
	X(COLLATERAL_ANS, 33)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(CERTS_REQ,	34)	/* front -> fetch	empty: GET /tpm/certs				msg_fetch.c */ \
	X(CERTS_ANS,	35)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	X(ACTIVATE_REQ,	36)	/* front -> fetch	struct challenge: POST /activate		msg_pieces.c */ \
	X(ACTIVATE_ANS,	37)	/* fetch -> front	struct answer; [fd body]			msg_fetch.c */ \
	/* appraise: all parsing of evidence */ \
	X(PLAN_REQ,	40)	/* front -> appraise	struct plan_ask; fds as its bits say		msg_appraise.c */ \
	X(PLAN_ANS,	41)	/* appraise -> front	struct plan					msg_appraise.c */ \
	X(PART,		42)	/* front -> appraise	u8 enum part, u8 enum content; fd evidence	msg_appraise.c */ \
	X(JUDGE_REQ,	44)	/* front -> appraise	struct own: what the verifier knows itself	msg_appraise.c */ \
	X(CHECK,	46)	/* appraise -> front	struct check_line				msg_appraise.c */ \
	X(JUDGE_ANS,	45)	/* appraise -> front	struct judgement; [fd new snapshot]		msg_appraise.c */ \
	/* appraise: evidence by itself; such a process judges one case and nothing else */ \
	X(CASE_FILE,	48)	/* front -> appraise	u8 enum case_place, str role; fd the file	msg_case.c */ \
	X(CASE_REGISTER, 50)	/* front -> appraise	struct case_register: --pcr, --rtmr		msg_case.c */ \
	X(CASE_REQ,	52)	/* front -> appraise	struct case_ask					msg_case.c */ \
	X(CASE_ANS,	53)	/* appraise -> front	struct case_end; [fd claims, JSON]		msg_case.c */ \
	/* appraise: evidence fetch, an answer taken apart */ \
	X(PIECES_REQ,	54)	/* front -> appraise	struct own					msg_appraise.c */ \
	X(PIECE,	56)	/* appraise -> front	u8 enum piece; fd				msg_pieces.c */ \
	X(PIECES_ANS,	55)	/* appraise -> front	struct pieces_end				msg_pieces.c */ \
	/* appraise: what collateral says of itself, for the cache; at any time */ \
	X(FACTS_REQ,	58)	/* front -> appraise	str name; fd the piece				collateral.c */ \
	X(FACTS_ANS,	59)	/* appraise -> front	struct collateral_facts				msg_facts.c */ \
	/* appraise: what a run needs besides, after the plan */ \
	X(COLLATERAL,	60)	/* front -> appraise	struct case_place_of: a root, or collateral; fd	msg_case.c */ \
	X(PLATFORM_REQ,	62)	/* front -> appraise	empty: whose collateral?			msg_pieces.c */ \
	X(PLATFORM_ANS,	63)	/* appraise -> front	struct platform					msg_pieces.c */ \
	X(CHALLENGE_REQ, 64)	/* front -> appraise	empty: by the attestation and the certificates	msg_pieces.c */ \
	X(CHALLENGE_ANS, 65)	/* appraise -> front	struct challenge				msg_pieces.c */

#define CL_ENUM(name, value)	CL_##name = value,
enum cl_type { CL_LIST(CL_ENUM) CL_MAX = 66 };
#undef CL_ENUM

/* The name of a type for messages; "UNKNOWN" if there is none. */
const char	*cl_name(unsigned int type);

/* The order is that of cli/roles.c. */
#define CLIENT_LIST(X) \
	X(FRONT,    "front") \
	X(FETCH,    "fetch") \
	X(APPRAISE, "appraise")

#define CLIENT_ENUM(name, text)	CLIENT_##name,
enum client_role { CLIENT_LIST(CLIENT_ENUM) CLIENT_MAX };
#undef CLIENT_ENUM

const char	*client_name(unsigned int role);

/* What a body is, by its Content-Type; the one who asked knows what it must be. */
enum content {
	CONTENT_NONE,
	CONTENT_RAW,
	CONTENT_JSON,
	CONTENT_MAX
};

#endif
