#include <string.h>

#include "agentd/limits.h"
#include "parent/tpm_filter.h"

/* TCG TPM 2.0 part 2; the parent has no TSS header. */
#define ST_NO_SESSIONS		0x8001		/* 6.9 TPM_ST */
#define ST_SESSIONS		0x8002
#define ALG_NULL		0x0010		/* 6.3 TPM_ALG_ID */
#define CC_EVICT_CONTROL	0x00000120	/* 6.5.2 TPM_CC */
#define CC_HIERARCHY_CHANGE_AUTH 0x00000129
#define CC_NV_DEFINE_SPACE	0x0000012a
#define CC_CREATE_PRIMARY	0x00000131
#define CC_NV_WRITE		0x00000137
#define CC_ACTIVATE_CREDENTIAL	0x00000147
#define CC_NV_READ		0x0000014e
#define CC_POLICY_SECRET	0x00000151
#define CC_CREATE		0x00000153
#define CC_LOAD			0x00000157
#define CC_QUOTE		0x00000158
#define CC_FLUSH_CONTEXT	0x00000165
#define CC_NV_READ_PUBLIC	0x00000169
#define CC_POLICY_TICKET	0x00000172
#define CC_READ_PUBLIC		0x00000173
#define CC_START_AUTH_SESSION	0x00000176
#define CC_GET_CAPABILITY	0x0000017a
#define CC_PCR_READ		0x0000017e
#define HT_HMAC_SESSION		0x02		/* 7.2 TPM_HT, the top byte of a handle */
#define HT_POLICY_SESSION	0x03
#define HT_TRANSIENT		0x80
#define RH_OWNER		0x40000001	/* 7.4 TPM_RH */
#define RH_NULL			0x40000007
#define RS_PW			0x40000009
#define RH_LOCKOUT		0x4000000a
#define RH_ENDORSEMENT		0x4000000b
#define SE_POLICY		0x01		/* 6.11 TPM_SE */
#define CAP_LAST		0x00000009	/* 6.12 TPM_CAP_AUTH_POLICIES; above are the vendor's */

#define HANDLE_EK		0x81000050
#define HANDLE_AK		0x81000051
#define HANDLE_HCL_AK		0x81000003	/* Azure: made by the paravisor */
#define NV_HCL_REPORT		0x01400001	/* and its report, */
#define NV_HCL_DATA		0x01400002	/* with what is written here */
#define HCL_DATA_LEN		64

#define HEADER_LEN		10		/* tag, commandSize, commandCode */
#define HANDLES_MAX		2
#define QUOTE_FIXED_LEN		41		/* a Quote without its qualifying data */

struct command {
	enum tpm_table	 table;
	int		 sessions;
	uint32_t	 handle[HANDLES_MAX];
	const uint8_t	*rest;		/* what follows the handles */
	size_t		 rest_len;
	const struct tpm_expect *expect;	/* of the job in hand, or NULL */
};

/*
 * Certificates: of EKs (TCG EK credential profile 2.5, 2.2.1.4 and 2.2.1.5), of
 * AKs on Google's and Azure's vTPMs, and the EKs' chains.
 */
static const uint32_t cert_indices[] = {
	0x01c00002, 0x01c0000a, 0x01c00012, 0x01c00014, 0x01c00016, 0x01c00018,
	0x01c0001c, 0x01c0001e, 0x01c10000, 0x01c10002, 0x01c101d0
};
#define CHAIN_FIRST	0x01c00100
#define CHAIN_LAST	0x01c001ff

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int
is_transient(uint32_t h)
{
	return h >> 24 == HT_TRANSIENT;
}

static int
is_session(uint32_t h)
{
	return h >> 24 == HT_HMAC_SESSION || h >> 24 == HT_POLICY_SESSION;
}

static int
is_cert_index(uint32_t h)
{
	size_t i;

	for (i = 0; i < sizeof(cert_indices) / sizeof(cert_indices[0]); i++)
		if (cert_indices[i] == h)
			return 1;
	return h >= CHAIN_FIRST && h <= CHAIN_LAST;
}

static uint32_t
ak_handle(const struct command *c)
{
	return c->table == TPM_AZURE ? HANDLE_HCL_AK : HANDLE_AK;
}

static int
may_read(const struct command *c, uint32_t index)
{
	return is_cert_index(index) || (c->table == TPM_AZURE &&
	    index == NV_HCL_REPORT);
}

static const char *
check_nothing(const struct command *c)
{
	return c->sessions ? "sessions where none are needed" : NULL;
}

static const char *
check_capability(const struct command *c)
{
	if (c->sessions || c->rest_len != 12)
		return "malformed";
	return be32(c->rest) > CAP_LAST ? "capability of the vendor" : NULL;
}

static const char *
check_read_public(const struct command *c)
{
	if (c->sessions)
		return "sessions where none are needed";
	return c->handle[0] == HANDLE_EK || c->handle[0] == HANDLE_AK ||
	    c->handle[0] == ak_handle(c) ? NULL : "another key's handle";
}

static const char *
check_nv_public(const struct command *c)
{
	if (c->sessions)
		return "sessions where none are needed";
	return may_read(c, c->handle[0]) || (c->table == TPM_AZURE &&
	    c->handle[0] == NV_HCL_DATA) ? NULL : "another NV index";
}

/*
 * With the empty password only: wrong ones would lead to the lockout of the
 * whole TPM, and of the disk keys that hang on it.
 */
static const char *
check_nv_read(const struct command *c)
{
	static const uint8_t auth[] = {
		0, 0, 0, 9,			/* authorizationSize */
		0x40, 0, 0, 9, 0, 0, 0, 0, 0	/* RS_PW and nothing else */
	};

	if (!may_read(c, c->handle[1]))
		return "another NV index";
	if (c->handle[0] != c->handle[1] && c->handle[0] != RH_OWNER)
		return "another authorisation";
	return c->sessions && c->rest_len == sizeof(auth) + 4 &&
	    memcmp(c->rest, auth, sizeof(auth)) == 0 ?
	    NULL : "authorisation that is not empty";
}

/* Its handle stands among the parameters (part 3, 28.4), which is the same place. */
static const char *
check_flush(const struct command *c)
{
	if (c->sessions || c->rest_len != 0)
		return "malformed";
	return is_transient(c->handle[0]) || is_session(c->handle[0]) ?
	    NULL : "handle that does not pass away";
}

static const char *
check_create_primary(const struct command *c)
{
	return c->handle[0] == RH_ENDORSEMENT ? NULL : "another hierarchy";
}

static const char *
check_parent(const struct command *c)
{
	return c->handle[0] == HANDLE_EK || is_transient(c->handle[0]) ?
	    NULL : "another parent";
}

/*
 * Only to keep a loaded key at one of our two handles. A persistent object as
 * the second handle would remove it, and with it the identity of the machine.
 */
static const char *
check_evict(const struct command *c)
{
	uint32_t at;

	if (c->handle[0] != RH_OWNER)
		return "another hierarchy";
	if (!is_transient(c->handle[1]))
		return "removes a persistent key";
	if (!c->sessions || c->rest_len < 8 ||
	    be32(c->rest) != c->rest_len - 8)
		return "malformed";
	at = be32(c->rest + c->rest_len - 4);
	return at == HANDLE_EK || at == HANDLE_AK ?
	    NULL : "another persistent handle";
}

static const char *
check_start_session(const struct command *c)
{
	if (c->handle[0] != RH_NULL && c->handle[0] != HANDLE_EK)
		return "salted to another key";
	return c->handle[1] == RH_NULL ? NULL : "bound session";
}

/*
 * Serving: only for the activation in hand, and a session that can do nothing
 * but hold a policy.
 */
static const char *
check_policy_session(const struct command *c)
{
	const uint8_t *end = c->rest + c->rest_len;

	if (c->expect == NULL || c->expect->what != TPM_EXPECT_ACTIVATE ||
	    !c->expect->policy)
		return "no activation that needs one was asked for";
	if (c->handle[0] != RH_NULL || c->handle[1] != RH_NULL)
		return "salted or bound session";
	/* ends in u8 sessionType, u16 symmetric, u16 authHash */
	if (c->sessions || c->rest_len < 2 + 2 + 5 || end[-5] != SE_POLICY ||
	    end[-4] != ALG_NULL >> 8 || end[-3] != (ALG_NULL & 0xff))
		return "not a policy session";
	return NULL;
}

/* The ticket is tpminit's proof of the endorsement authorisation, which tpm never sees. */
static const char *
check_policy_ticket(const struct command *c)
{
	if (c->expect == NULL || c->expect->what != TPM_EXPECT_ACTIVATE ||
	    !c->expect->policy)
		return "no activation that needs one was asked for";
	return !c->sessions && c->handle[0] >> 24 == HT_POLICY_SESSION ?
	    NULL : "not a policy session";
}

/* One of two authorisations at p; what it is long, 0 when it may not be there. */
static size_t
auth_length(const uint8_t *p, size_t n, int policy)
{
	static const uint8_t empty[] = { 0x40, 0, 0, 9, 0, 0, 0, 0, 0 };
	size_t nonce, hmac;

	if (!policy)
		return n >= sizeof(empty) && memcmp(p, empty, sizeof(empty)) ==
		    0 ? sizeof(empty) : 0;
	if (n < sizeof(empty) || p[0] != HT_POLICY_SESSION)
		return 0;
	nonce = (size_t)p[4] << 8 | p[5];
	if (nonce > n - sizeof(empty) || p[6 + nonce] > 1) /* continueSession, no encryption */
		return 0;
	hmac = (size_t)p[7 + nonce] << 8 | p[8 + nonce];
	return hmac <= n - sizeof(empty) - nonce ? sizeof(empty) + nonce +
	    hmac : 0;
}

/*
 * The AK by its empty password, the EK by that or by a policy session: neither
 * can be wrong in a way that counts towards the lockout (part 1, 19.8.2). Not
 * encrypted: whoever runs a vTPM knows the secret anyway, and so the
 * parameters can be compared.
 */
static const char *
check_activate(const struct command *c)
{
	const struct tpm_expect *e = c->expect;
	const uint8_t *p = c->rest;
	size_t n, m, area;

	if (e == NULL || e->what != TPM_EXPECT_ACTIVATE)
		return "no activation was asked for";
	if (c->handle[0] != ak_handle(c) || c->handle[1] != HANDLE_EK)
		return "another key's handle";
	if (!c->sessions || c->rest_len < 4 ||
	    (area = be32(p)) > c->rest_len - 4)
		return "malformed";
	p += 4;
	if ((n = auth_length(p, area, 0)) == 0)
		return "another authorisation of the AK";
	if ((m = auth_length(p + n, area - n, e->policy)) == 0 ||
	    m != area - n)
		return "another authorisation of the EK";
	return c->rest_len - 4 - area == e->len &&
	    memcmp(p + area, e->cmd, e->len) == 0 ?
	    NULL : "not the credential that was asked for";
}

static const char *
check_policy_secret(const struct command *c)
{
	if (c->handle[0] != RH_ENDORSEMENT)
		return "another hierarchy";
	return is_session(c->handle[1]) ? NULL : "not a session";
}

static const char *
check_change_auth(const struct command *c)
{
	return c->handle[0] == RH_ENDORSEMENT || c->handle[0] == RH_LOCKOUT ?
	    NULL : "another hierarchy";
}

/* Exactly what tpm_hcl.c asks for where the index is not there yet. */
static const char *
check_nv_define(const struct command *c)
{
	static const uint8_t want[] = {
		0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,	/* empty password */
		0, 0,				/* the index has an empty one too */
		0, 14, 0x01, 0x40, 0, 0x02,	/* publicInfo of NV_HCL_DATA */
		0, 0x0b, 0, 0x02, 0, 0x02,	/* SHA-256; the owner reads and writes */
		0, 0, 0, HCL_DATA_LEN
	};

	return c->handle[0] == RH_OWNER && c->sessions &&
	    c->rest_len == sizeof(want) &&
	    memcmp(c->rest, want, sizeof(want)) == 0 ?
	    NULL : "not the index for the paravisor";
}

/* As a quote: what is written there is signed by the processor. */
static const char *
check_nv_write(const struct command *c)
{
	const struct tpm_expect *e = c->expect;

	if (e == NULL || e->what != TPM_EXPECT_HCL)
		return "no report of the paravisor was asked for";
	return c->handle[0] == RH_OWNER && c->handle[1] == NV_HCL_DATA &&
	    c->sessions && c->rest_len == e->len &&
	    memcmp(c->rest, e->cmd, e->len) == 0 ?
	    NULL : "not the report data that was asked for";
}

#define S	(1u << TPM_SERVE | 1u << TPM_AZURE)
#define Z	(1u << TPM_AZURE)
#define I	(1u << TPM_INIT)

/*
 * Every command a worker can send; what is not here is refused. Quote is
 * compared as a whole instead: its AK vouches for whatever it is given.
 */
static const struct {
	uint32_t	 cc;
	unsigned int	 tables;
	size_t		 nhandles;
	const char	*(*check)(const struct command *);
} commands[] = {
	{ CC_READ_PUBLIC,	S | I,	1, check_read_public },
	{ CC_PCR_READ,		S,	0, check_nothing },
	{ CC_GET_CAPABILITY,	S | I,	0, check_capability },
	{ CC_NV_READ_PUBLIC,	S | I,	1, check_nv_public },
	{ CC_NV_READ,		S | I,	2, check_nv_read },
	{ CC_FLUSH_CONTEXT,	S | I,	1, check_flush },
	{ CC_START_AUTH_SESSION, S,	2, check_policy_session },
	{ CC_POLICY_TICKET,	S,	1, check_policy_ticket },
	{ CC_ACTIVATE_CREDENTIAL, S,	2, check_activate },
	{ CC_NV_DEFINE_SPACE,	Z,	1, check_nv_define },
	{ CC_NV_WRITE,		Z,	2, check_nv_write },
	{ CC_START_AUTH_SESSION, I,	2, check_start_session },
	{ CC_POLICY_SECRET,	I,	2, check_policy_secret },
	{ CC_CREATE_PRIMARY,	I,	1, check_create_primary },
	{ CC_CREATE,		I,	1, check_parent },
	{ CC_LOAD,		I,	1, check_parent },
	{ CC_EVICT_CONTROL,	I,	2, check_evict },
	{ CC_HIERARCHY_CHANGE_AUTH, I,	1, check_change_auth },
};

static const char *
check_command(enum tpm_table table, size_t row, const uint8_t *cmd, size_t len,
    const struct tpm_expect *expect)
{
	struct command c;
	size_t i, n = commands[row].nhandles;

	memset(&c, 0, sizeof(c));
	c.table = table;
	if (len < HEADER_LEN + 4 * n)
		return "malformed";
	c.sessions = cmd[1] == (ST_SESSIONS & 0xff);
	for (i = 0; i < n; i++)
		c.handle[i] = be32(cmd + HEADER_LEN + 4 * i);
	c.rest = cmd + HEADER_LEN + 4 * n;
	c.rest_len = len - HEADER_LEN - 4 * n;
	c.expect = expect;
	return commands[row].check(&c);
}

const char *
tpm_filter(enum tpm_table table, const uint8_t *cmd, size_t len,
    const struct tpm_expect *expect)
{
	uint32_t cc;
	size_t i;

	if (len < HEADER_LEN || len > TPM_CMD_MAX)
		return "length out of range";
	if (cmd[0] != ST_SESSIONS >> 8 || (cmd[1] != (ST_SESSIONS & 0xff) &&
	    cmd[1] != (ST_NO_SESSIONS & 0xff)))
		return "unknown tag";
	if (be32(cmd + 2) != len)
		return "size is not the length";
	if ((cc = be32(cmd + 6)) == CC_QUOTE) {
		if (table == TPM_INIT || expect == NULL ||
		    expect->what != TPM_EXPECT_QUOTE)
			return "no quote was asked for";
		return len == expect->len && memcmp(cmd, expect->cmd, len) ==
		    0 ? NULL : "not the quote that was asked for";
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].cc == cc &&
		    (commands[i].tables & 1u << table) != 0)
			return check_command(table, i, cmd, len, expect);
	return "command is not in the table";
}

static void
add(struct tpm_expect *q, uint32_t v, size_t n)
{
	while (n-- > 0)
		q->cmd[q->len++] = (uint8_t)(v >> 8 * n);
}

int
tpm_quote_command(uint16_t bank, const uint8_t mask[3],
    const uint8_t *qualifying, size_t len, struct tpm_expect *ret_q)
{
	struct tpm_expect q = { .what = TPM_EXPECT_QUOTE };

	if (len > TPM_QUALIFYING_MAX || (mask[0] | mask[1] | mask[2]) == 0)
		return -1;
	add(&q, ST_SESSIONS, 2);
	add(&q, (uint32_t)(QUOTE_FIXED_LEN + len), 4);
	add(&q, CC_QUOTE, 4);
	add(&q, HANDLE_AK, 4);
	add(&q, 9, 4);			/* authorizationSize */
	add(&q, RS_PW, 4);		/* the AK has an empty password */
	add(&q, 0, 2);			/* no nonce */
	add(&q, 0, 1);			/* sessionAttributes */
	add(&q, 0, 2);			/* empty password */
	add(&q, (uint32_t)len, 2);
	if (len > 0)
		memcpy(q.cmd + q.len, qualifying, len);
	q.len += len;
	add(&q, ALG_NULL, 2);		/* the scheme is the key's own */
	add(&q, 1, 4);			/* one bank, 24 PCRs */
	add(&q, bank, 2);
	add(&q, 3, 1);
	add(&q, mask[0], 1);
	add(&q, mask[1], 1);
	add(&q, mask[2], 1);
	*ret_q = q;
	return 0;
}

/* The key's handle is behind the header. */
void
tpm_quote_azure(struct tpm_expect *q)
{
	size_t len = q->len;

	if (q->what != TPM_EXPECT_QUOTE)
		return;
	q->len = HEADER_LEN;
	add(q, HANDLE_HCL_AK, 4);
	q->len = len;
}

void
tpm_hcl_command(const uint8_t data[64], struct tpm_expect *ret_e)
{
	struct tpm_expect e = { .what = TPM_EXPECT_HCL };

	add(&e, 9, 4);			/* authorizationSize */
	add(&e, RS_PW, 4);		/* the owner has an empty password */
	add(&e, 0, 2);
	add(&e, 0, 1);
	add(&e, 0, 2);
	add(&e, HCL_DATA_LEN, 2);
	memcpy(e.cmd + e.len, data, HCL_DATA_LEN);
	e.len += HCL_DATA_LEN;
	add(&e, 0, 2);			/* offset */
	*ret_e = e;
}

int
tpm_activate_command(const uint8_t *credential, size_t credential_len,
    const uint8_t *secret, size_t secret_len, int policy,
    struct tpm_expect *ret_e)
{
	struct tpm_expect e = { .what = TPM_EXPECT_ACTIVATE, .policy = policy };

	if (credential_len == 0 || credential_len > CREDENTIAL_MAX ||
	    secret_len == 0 || secret_len > ENC_SECRET_MAX)
		return -1;
	add(&e, (uint32_t)credential_len, 2);
	memcpy(e.cmd + e.len, credential, credential_len);
	e.len += credential_len;
	add(&e, (uint32_t)secret_len, 2);
	memcpy(e.cmd + e.len, secret, secret_len);
	e.len += secret_len;
	*ret_e = e;
	return 0;
}
