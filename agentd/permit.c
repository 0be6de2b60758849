#include "agentd/limits.h"
#include "agentd/permit.h"
#include "privsep/wire.h"

#define CONN	CONNECTIONS_MAX
#define P	ROLE_PARENT
#define STR(n)	(2 + (n))
#define ACTIVATE_LEN_MAX	(32 + STR(CREDENTIAL_MAX) + STR(ENC_SECRET_MAX))
#define ACTIVATE_JOB_MAX	(ACTIVATE_LEN_MAX + 64 + STR(EK_TICKET_MAX))

/* Who may say what to whom. `in flight` counts requests without their answer. */
const struct permit permits[] = {
	/* from		 to	type		   state    in flight	payload			fds */
	{ ROLE_CONF,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_KEYS,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_NET,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_WEB,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_TPM,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_TPMINIT,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_TEE,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_HASHER,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },
	{ ROLE_META,	 P, MSG_HELLO_REQ,	   ST_STARTED, 1,	5, 5,			0, 0 },

	{ ROLE_CONF,	 P, MSG_CONF_ITEM,	   ST_READY, 0,		5, FRAME_MAX,		0, 0 },
	{ ROLE_CONF,	 P, MSG_CONF_ERROR,	   ST_READY, 0,		3, FRAME_MAX,		0, 0 },
	{ ROLE_CONF,	 P, MSG_CONF_LOAD_ANS,	   ST_READY, 1,		1, 1,			0, 0 },
	{ ROLE_CONF,	 P, MSG_CONF_CERT_ANS,	   ST_READY, 1,		75, FRAME_MAX,		0, 1 },

	{ ROLE_KEYS,	 P, MSG_KEYS_LOAD_ANS,	   ST_READY, 1,		3, FRAME_MAX,		0, 0 },
	{ ROLE_KEYS,	 P, MSG_KEYS_MAKE_ANS,	   ST_READY, 1,		3, FRAME_MAX,		0, 0 },

	{ ROLE_NET,	 P, MSG_NET_TLS_REQ,	   ST_READY, CONN,	36, 36,			0, 0 },
	{ ROLE_NET,	 P, MSG_NET_END,	   ST_READY, 0,		1, 1,			0, 0 },
	{ ROLE_NET, ROLE_KEYS, MSG_SIGN_REQ,	   ST_READY, 1,		STR(32), STR(48),	0, 0 },
	{ ROLE_KEYS, ROLE_NET, MSG_SIGN_ANS,	   ST_READY, 1,		2, 2 + 128,		0, 0 },

	{ ROLE_WEB,	 P, MSG_ATTEST_REQ,	   ST_READY, CONN,	10, 10 + NONCE_MAX,	0, 0 },
	{ ROLE_WEB,	 P, MSG_LOG_REQ,	   ST_READY, CONN,	1, 1,			0, 0 },
	{ ROLE_WEB,	 P, MSG_SNAPSHOT_REQ,	   ST_READY, CONN,	0, 0,			0, 0 },
	{ ROLE_WEB,	 P, MSG_SNAPSHOT_DEL_REQ,  ST_READY, CONN,	0, 0,			0, 0 },
	{ ROLE_WEB,	 P, MSG_TPM_CERTS_REQ,	   ST_READY, CONN,	0, 0,			0, 0 },
	{ ROLE_WEB,	 P, MSG_ACTIVATE_REQ,	   ST_READY, CONN,	38, ACTIVATE_LEN_MAX,	0, 0 },

	{ ROLE_TPM,	 P, MSG_TPM_CMD_REQ,	   ST_READY, 1,		10, TPM_CMD_MAX,	0, 0 },
	{ ROLE_TPM,	 P, MSG_AK_ANS,		   ST_READY, 1,		4, 128,			0, 0 },
	{ ROLE_TPM,	 P, MSG_HCL_ANS,	   ST_READY, 1,		1, 1,			0, 1 },
	{ ROLE_TPM,	 P, MSG_QUOTE_ANS,	   ST_READY, 1,		1, FRAME_MAX,		0, 0 },
	{ ROLE_TPM,	 P, MSG_TPM_CERTS_ANS,	   ST_READY, 1,		1, 1,			0, 1 },
	{ ROLE_TPM,	 P, MSG_ACTIVATE_ANS,	   ST_READY, 1,		33, 33,			0, 0 },
	{ ROLE_TPMINIT,	 P, MSG_TPM_CMD_REQ,	   ST_READY, 1,		10, TPM_CMD_MAX,	0, 0 },
	{ ROLE_TPMINIT,	 P, MSG_TPMINIT_SAVED_REQ, ST_READY, 1,		0, 0,			0, 0 },
	{ ROLE_TPMINIT,	 P, MSG_TPMINIT_ANS,	   ST_READY, 1,		5, FRAME_MAX,		0, 0 },

	{ ROLE_TEE,	 P, MSG_REPORT_ANS,	   ST_READY, 1,		4, 1024,		0, 1 },

	{ ROLE_META,	 P, MSG_META_ANS,	   ST_READY, 1,		3, 512,			0, 1 },

	{ ROLE_HASHER,	 P, MSG_HASH_PROGRESS,	   ST_READY, 0,		24, 24,			0, 0 },
	{ ROLE_HASHER,	 P, MSG_HASH_ANS,	   ST_READY, 1,		27, FRAME_MAX,		0, 0 },

	{ P, ROLE_CONF,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_KEYS,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_NET,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_WEB,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_TPM,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_TPMINIT,  MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_TEE,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_HASHER,   MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_META,	    MSG_HELLO_ANS,	   ST_READY, 0,		8, 8,			0, 0 },
	{ P, ROLE_CONF,	    MSG_CONF_LOAD_REQ,	   ST_READY, 1,		2, FRAME_MAX,		1, 1 },
	{ P, ROLE_CONF,	    MSG_CONF_CERT_REQ,	   ST_READY, 1,		2, FRAME_MAX,		1, 1 },
	{ P, ROLE_KEYS,	    MSG_KEYS_LOAD_REQ,	   ST_READY, 1,		32, 32,			1, 1 },
	{ P, ROLE_KEYS,	    MSG_KEYS_MAKE_REQ,	   ST_READY, 1,		4, FRAME_MAX,		2, 2 },
	{ P, ROLE_KEYS,	    MSG_KEYS_PEER,	   ST_READY, 0,		0, 0,			1, 1 },
	{ P, ROLE_KEYS,	    MSG_KEYS_FORGET,	   ST_READY, 0,		0, 0,			0, 0 },
	{ P, ROLE_NET,	    MSG_NET_CERT,	   ST_READY, 0,		0, 0,			1, 1 },
	{ P, ROLE_NET,	    MSG_NET_KEYS,	   ST_READY, 0,		0, 0,			1, 1 },
	{ P, ROLE_NET,	    MSG_NET_CONN,	   ST_READY, 0,		0, 0,			2, 2 },
	{ P, ROLE_NET,	    MSG_NET_TLS_ANS,	   ST_READY, 0,		0, 0,			0, 0 },
	{ P, ROLE_NET,	    MSG_LIMITS,		   ST_READY, 0,		17, 17,			0, 0 },
	{ P, ROLE_WEB,	    MSG_LIMITS,		   ST_READY, 0,		17, 17,			0, 0 },
	{ P, ROLE_WEB,	    MSG_CONFIG,		   ST_READY, 0,		101, FRAME_MAX,		0, 0 },
	{ P, ROLE_NET,	    MSG_DRAIN,		   ST_READY, 0,		0, 0,			0, 0 },
	{ P, ROLE_WEB,	    MSG_WEB_CONN,	   ST_READY, 0,		2, 128,			1, 1 },
	{ P, ROLE_WEB,	    MSG_ATTEST_ANS,	   ST_READY, 0,		1, FRAME_MAX,		0, 2 },
	{ P, ROLE_WEB,	    MSG_LOG_ANS,	   ST_READY, 0,		1, 1,			0, 1 },
	{ P, ROLE_WEB,	    MSG_SNAPSHOT_ANS,	   ST_READY, 0,		25, 25,			0, 1 },
	{ P, ROLE_WEB,	    MSG_SNAPSHOT_DEL_ANS,  ST_READY, 0,		1, 1,			0, 0 },
	{ P, ROLE_WEB,	    MSG_TPM_CERTS_ANS,	   ST_READY, 0,		1, 1,			0, 1 },
	{ P, ROLE_WEB,	    MSG_ACTIVATE_ANS,	   ST_READY, 0,		33, 33,			0, 0 },
	{ P, ROLE_WEB,	    MSG_DRAIN,		   ST_READY, 0,		0, 0,			0, 0 },
	{ P, ROLE_TPM,	    MSG_TPM_CMD_ANS,	   ST_READY, 0,		0, TPM_CMD_MAX,		0, 0 },
	{ P, ROLE_TPM,	    MSG_AK_REQ,		   ST_READY, 1,		1, 1,			0, 0 },
	{ P, ROLE_TPM,	    MSG_HCL_REQ,	   ST_READY, 1,		64, 64,			0, 0 },
	{ P, ROLE_TPM,	    MSG_QUOTE_REQ,	   ST_READY, 1,		7, 7 + NONCE_MAX,	0, 0 },
	{ P, ROLE_TPM,	    MSG_TPM_CERTS_REQ,	   ST_READY, 1,		0, 0,			0, 0 },
	{ P, ROLE_TPM,	    MSG_ACTIVATE_REQ,	   ST_READY, 1,		104, ACTIVATE_JOB_MAX,	0, 0 },
	{ P, ROLE_TPMINIT,  MSG_TPM_CMD_ANS,	   ST_READY, 0,		0, TPM_CMD_MAX,		0, 0 },
	{ P, ROLE_TPMINIT,  MSG_TPMINIT_REQ,	   ST_READY, 1,		1, 1,			1, 1 },
	{ P, ROLE_TPMINIT,  MSG_TPMINIT_SAVED_ANS, ST_READY, 0,		1, 1,			0, 0 },
	{ P, ROLE_TEE,	    MSG_REPORT_REQ,	   ST_READY, 1,		65, 65,			0, 0 },
	{ P, ROLE_META,	    MSG_META_REQ,	   ST_READY, 1,		1, 1,			0, 1 },
	{ P, ROLE_HASHER,   MSG_HASH_REQ,	   ST_READY, 1,		2, FRAME_MAX,		0, 0 },
};

const size_t npermits = sizeof(permits) / sizeof(permits[0]);

const struct permit *
permit_find(unsigned int from, unsigned int to, unsigned int type)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].from == from && permits[i].to == to &&
		    permits[i].type == type)
			return &permits[i];
	return NULL;
}

const char *
permit_refuses(const struct permit *p, enum proc_state state, size_t len,
    int nfds, unsigned int in_flight)
{
	if (p == NULL)
		return "no such message from there";
	if (state != p->state)
		return "not in this state";
	if (len < p->min_len || len > p->max_len)
		return "length out of range";
	if (nfds < p->min_fds || nfds > p->max_fds)
		return "wrong number of descriptors";
	if (p->max != 0 && in_flight >= p->max)
		return "too many in flight";
	return NULL;
}
