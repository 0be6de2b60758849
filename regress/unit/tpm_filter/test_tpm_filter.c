#include <tss2/tss2_tpm2_types.h>

#include "agentd/limits.h"
#include "parent/tpm_filter.h"
#include "regress/unit/check.h"

/*
 * What a taken worker could try. The numbers come from the TSS headers here,
 * from the specification in the filter: each checks the other.
 */

#define EK	0x81000050
#define AK	0x81000051
#define SRK	0x81000001
#define LOADED	0x80ffffff
#define POLICY	0x03000000
#define CERT	0x01c00002
#define VENDOR	0x20000000	/* the bit of vendor commands */

struct cmd {
	uint8_t	b[TPM_CMD_MAX + 64];
	size_t	n;
};

static void
add(struct cmd *c, uint32_t v, size_t n)
{
	while (n-- > 0)
		c->b[c->n++] = n < sizeof(v) ? (uint8_t)(v >> 8 * n) : 0;
}

static void
set_size(struct cmd *c)
{
	size_t n = c->n;

	c->n = 2;
	add(c, (uint32_t)n, 4);
	c->n = n;
}

/* Header, handles, a password session if wanted, then zero bytes. */
static struct cmd
make(uint32_t cc, const uint32_t *h, size_t nh, int sessions, size_t zeros)
{
	struct cmd c = { .n = 0 };
	size_t i;

	add(&c, sessions ? 0x8002 : 0x8001, 2);
	add(&c, 0, 4);
	add(&c, cc, 4);
	for (i = 0; i < nh; i++)
		add(&c, h[i], 4);
	if (sessions) {
		add(&c, 9, 4);
		add(&c, TPM2_RS_PW, 4);
		add(&c, 0, 4);
		add(&c, 0, 1);
	}
	c.n += zeros;
	set_size(&c);
	return c;
}

static int
passes(enum tpm_table t, const struct cmd *c)
{
	return tpm_filter(t, c->b, c->n, NULL) == NULL;
}

/* A password of n bytes, or a session, for a certificate. */
static int
nv_read_with(enum tpm_table t, uint32_t session, size_t n)
{
	struct cmd c = make(TPM2_CC_NV_Read, (const uint32_t[]){ CERT, CERT },
	    2, 0, 0);

	c.b[1] = 0x02;
	add(&c, (uint32_t)(9 + n), 4);
	add(&c, session, 4);
	add(&c, 0, 3);
	add(&c, (uint32_t)n, 2);
	add(&c, 'x', n);
	add(&c, 0, 4);
	set_size(&c);
	return passes(t, &c);
}

static int
two(enum tpm_table t, uint32_t cc, uint32_t h0, uint32_t h1, int sessions,
    size_t zeros)
{
	const uint32_t h[2] = { h0, h1 };
	struct cmd c = make(cc, h, 2, sessions, zeros);

	return passes(t, &c);
}

static int
one(enum tpm_table t, uint32_t cc, uint32_t h, int sessions, size_t zeros)
{
	struct cmd c = make(cc, &h, 1, sessions, zeros);

	return passes(t, &c);
}

/* Handles with which a command of the tables passes, if any do. */
static const uint32_t tried[] = {
	EK, AK, SRK, LOADED, POLICY, CERT, TPM2_RH_OWNER, TPM2_RH_NULL,
	TPM2_RH_PLATFORM, TPM2_RH_ENDORSEMENT, TPM2_RH_LOCKOUT
};
#define NTRIED	(sizeof(tried) / sizeof(tried[0]))

/* Whether any shape of this command passes. */
static int
any_passes(enum tpm_table t, uint32_t cc)
{
	static const size_t zeros[] = { 0, 4, 12 };
	size_t i, j, z;
	int s;

	for (i = 0; i < NTRIED; i++)
		if (one(t, cc, tried[i], 0, 0))
			return 1;

	for (s = 0; s < 2; s++)
		for (z = 0; z < 3; z++)
			for (i = 0; i < NTRIED; i++)
				for (j = 0; j < NTRIED; j++)
					if (two(t, cc, tried[i], tried[j], s,
					    zeros[z]))
						return 1;
	return 0;
}

static void
every_code(void)
{
	static const uint32_t serve[] = {
		TPM2_CC_ReadPublic, TPM2_CC_PCR_Read, TPM2_CC_NV_ReadPublic,
		TPM2_CC_NV_Read, TPM2_CC_FlushContext
	}, init[] = {
		TPM2_CC_ReadPublic, TPM2_CC_NV_ReadPublic, TPM2_CC_NV_Read,
		TPM2_CC_FlushContext, TPM2_CC_StartAuthSession,
		TPM2_CC_PolicySecret, TPM2_CC_CreatePrimary, TPM2_CC_Create,
		TPM2_CC_Load, TPM2_CC_HierarchyChangeAuth
	};
	uint32_t cc;
	size_t i;
	int want;

	test_begin("every command code");
	/* GetCapability and EvictControl have shapes of their own, below */
	for (cc = 0x11f; cc <= 0x19f; cc++) {
		if (cc == TPM2_CC_GetCapability || cc == TPM2_CC_EvictControl)
			continue;
		for (want = 0, i = 0; i < sizeof(serve) / 4; i++)
			want |= serve[i] == cc;
		if (any_passes(TPM_SERVE, cc) != want)
			CHECK_NEVER("0x%x serving: not %d", cc, want);
		for (want = 0, i = 0; i < sizeof(init) / 4; i++)
			want |= init[i] == cc;
		if (any_passes(TPM_INIT, cc) != want)
			CHECK_NEVER("0x%x init: not %d", cc, want);
		CHECK(!any_passes(TPM_SERVE, cc | VENDOR));
		CHECK(!any_passes(TPM_AZURE, cc | VENDOR));
		CHECK(!any_passes(TPM_INIT, cc | VENDOR));
		CHECK(!any_passes(TPM_INIT, cc | 0x10000));
	}
}

static void
reading(void)
{
	enum tpm_table t;
	struct cmd c;

	test_begin("reading");
	for (t = TPM_SERVE; t < TPM_TABLE_MAX; t++) {
		CHECK(one(t, TPM2_CC_ReadPublic, EK, 0, 0));
		CHECK(one(t, TPM2_CC_ReadPublic, AK, 0, 0));
		CHECK(!one(t, TPM2_CC_ReadPublic, SRK, 0, 0));
		CHECK(!one(t, TPM2_CC_ReadPublic, LOADED, 0, 0));
		CHECK(!one(t, TPM2_CC_ReadPublic, AK, 1, 0));
		CHECK(one(t, TPM2_CC_NV_ReadPublic, CERT, 0, 0));
		CHECK(one(t, TPM2_CC_NV_ReadPublic, 0x01400001, 0, 0) ==
		    (t == TPM_AZURE));
		CHECK(two(t, TPM2_CC_NV_Read, CERT, CERT, 1, 4));
		CHECK(two(t, TPM2_CC_NV_Read, TPM2_RH_OWNER, CERT, 1, 4));
		CHECK(!two(t, TPM2_CC_NV_Read, TPM2_RH_PLATFORM, CERT, 1, 4));
		CHECK(!two(t, TPM2_CC_NV_Read, CERT, 0x01800001, 1, 4));
		CHECK(!two(t, TPM2_CC_NV_Read, 0x01c0000a, CERT, 1, 4));
		CHECK(!two(t, TPM2_CC_NV_Read, CERT, CERT, 0, 4));
		CHECK(!two(t, TPM2_CC_NV_Read, CERT, CERT, 1, 5));
		CHECK(!nv_read_with(t, TPM2_RS_PW, 1));
		CHECK(!nv_read_with(t, POLICY, 0));
		CHECK(nv_read_with(t, TPM2_RS_PW, 0));
		CHECK(one(t, TPM2_CC_FlushContext, LOADED, 0, 0));
		CHECK(one(t, TPM2_CC_FlushContext, POLICY, 0, 0));
		CHECK(!one(t, TPM2_CC_FlushContext, AK, 0, 0));
		CHECK(!one(t, TPM2_CC_FlushContext, LOADED, 0, 1));
		c = make(TPM2_CC_GetCapability, NULL, 0, 0, 12);
		CHECK(passes(t, &c));
		c.b[12] = 1;		/* TPM_CAP_VENDOR_PROPERTY */
		CHECK(!passes(t, &c));
		c = make(TPM2_CC_GetCapability, NULL, 0, 0, 11);
		CHECK(!passes(t, &c));
	}
}

static int
evict(uint32_t auth, uint32_t object, uint32_t at)
{
	const uint32_t h[2] = { auth, object };
	struct cmd c = make(TPM2_CC_EvictControl, h, 2, 1, 0);

	add(&c, at, 4);
	set_size(&c);
	CHECK(!passes(TPM_SERVE, &c));
	return passes(TPM_INIT, &c);
}

static void
making(void)
{
	const uint32_t h[2] = { TPM2_RH_OWNER, LOADED };
	struct cmd c;

	test_begin("first launch");
	CHECK(evict(TPM2_RH_OWNER, LOADED, EK));
	CHECK(evict(TPM2_RH_OWNER, LOADED, AK));
	CHECK(!evict(TPM2_RH_OWNER, LOADED, SRK));
	CHECK(!evict(TPM2_RH_OWNER, AK, AK));
	CHECK(!evict(TPM2_RH_OWNER, SRK, AK));
	CHECK(!evict(TPM2_RH_PLATFORM, LOADED, AK));
	/* the authorisation area must end where the parameter begins */
	c = make(TPM2_CC_EvictControl, h, 2, 1, 4);
	add(&c, AK, 4);
	set_size(&c);
	CHECK(!passes(TPM_INIT, &c));
	c = make(TPM2_CC_EvictControl, h, 2, 0, 0);
	add(&c, AK, 4);
	set_size(&c);
	CHECK(!passes(TPM_INIT, &c));
	CHECK(one(TPM_INIT, TPM2_CC_CreatePrimary, TPM2_RH_ENDORSEMENT, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_CreatePrimary, TPM2_RH_OWNER, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_CreatePrimary, TPM2_RH_PLATFORM, 1, 8));
	CHECK(one(TPM_INIT, TPM2_CC_Create, EK, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_Create, SRK, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_Load, SRK, 1, 8));
	CHECK(one(TPM_INIT, TPM2_CC_HierarchyChangeAuth, TPM2_RH_LOCKOUT, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_HierarchyChangeAuth, TPM2_RH_OWNER, 1, 8));
	CHECK(!one(TPM_INIT, TPM2_CC_HierarchyChangeAuth, TPM2_RH_PLATFORM, 1,
	    8));
	CHECK(two(TPM_INIT, TPM2_CC_StartAuthSession, TPM2_RH_NULL,
	    TPM2_RH_NULL, 0, 8));
	CHECK(two(TPM_INIT, TPM2_CC_StartAuthSession, EK, TPM2_RH_NULL, 0, 8));
	CHECK(!two(TPM_INIT, TPM2_CC_StartAuthSession, SRK, TPM2_RH_NULL, 0, 8));
	CHECK(!two(TPM_INIT, TPM2_CC_StartAuthSession, EK, TPM2_RH_OWNER, 0, 8));
	CHECK(two(TPM_INIT, TPM2_CC_PolicySecret, TPM2_RH_ENDORSEMENT, POLICY,
	    1, 8));
	CHECK(!two(TPM_INIT, TPM2_CC_PolicySecret, TPM2_RH_OWNER, POLICY, 1, 8));
	CHECK(!two(TPM_INIT, TPM2_CC_PolicySecret, TPM2_RH_ENDORSEMENT, AK, 1,
	    8));
}

/* ActivateCredential as ESYS sends it; a policy session where it is not 0. */
static struct cmd
activate_with(uint32_t ak, uint32_t ek, uint32_t session, size_t hmac,
    const struct tpm_expect *e)
{
	struct cmd c = { .n = 0 };
	size_t second = session != 0 ? 9 + 32 + hmac : 9;

	add(&c, 0x8002, 2);
	add(&c, 0, 4);
	add(&c, TPM2_CC_ActivateCredential, 4);
	add(&c, ak, 4);
	add(&c, ek, 4);
	add(&c, (uint32_t)(9 + second), 4);
	add(&c, TPM2_RS_PW, 4);
	add(&c, 0, 5);
	add(&c, session != 0 ? session : TPM2_RS_PW, 4);
	if (session != 0) {
		add(&c, 32, 2);
		add(&c, 'n', 32);
		add(&c, 1, 1);
		add(&c, (uint32_t)hmac, 2);
		add(&c, 'h', hmac);
	} else
		add(&c, 0, 5);
	memcpy(c.b + c.n, e->cmd, e->len);
	c.n += e->len;
	set_size(&c);
	return c;
}

static int
expected(const struct cmd *c, const struct tpm_expect *e)
{
	return tpm_filter(TPM_SERVE, c->b, c->n, e) == NULL;
}

/* Each bit of what is not a policy session's own: refused. */
static void
activate_flips(const struct tpm_expect *e, uint32_t session)
{
	struct cmd c = activate_with(AK, EK, session, 0, e), d;
	/* handle below its type, size of the nonce aside, nonce, continueSession */
	size_t from = 10 + 8 + 4 + 9 + 1, to = session != 0 ? from + 37 : from;
	size_t i;
	int bit;

	CHECK(expected(&c, e));
	for (i = 0; i < c.n; i++)
		for (bit = 0; bit < 8; bit++) {
			if (i >= from && i < to)
				continue;
			d = c;
			d.b[i] ^= (uint8_t)(1 << bit);
			/* only whether the session goes on is its own affair */
			if (session != 0 && i == to && bit == 0)
				CHECK(expected(&d, e));
			else if (expected(&d, e))
				CHECK_NEVER("byte %zu, bit %d passes", i, bit);
		}
	for (i = 0; i < c.n; i++) {
		d = c;
		d.n = i;
		set_size(&d);
		CHECK(i < 6 || !expected(&d, e));
	}
	d = c;
	add(&d, 0, 1);
	set_size(&d);
	CHECK(!expected(&d, e));
}

static void
activation(void)
{
	static const uint8_t blob[CREDENTIAL_MAX + 1] = "blob", seed[
	    ENC_SECRET_MAX + 1] = "seed";
	struct tpm_expect e, other, policy;
	struct cmd c;

	test_begin("activation");
	CHECK_FAIL(tpm_activate_command(blob, 0, seed, 1, 0, &e));
	CHECK_FAIL(tpm_activate_command(blob, 1, seed, 0, 0, &e));
	CHECK_FAIL(tpm_activate_command(blob, CREDENTIAL_MAX + 1, seed, 1, 0,
	    &e));
	CHECK_FAIL(tpm_activate_command(blob, 1, seed, ENC_SECRET_MAX + 1, 0,
	    &e));
	CHECK_OK(tpm_activate_command(blob, CREDENTIAL_MAX, seed,
	    ENC_SECRET_MAX, 0, &e));
	c = activate_with(AK, EK, 0, 0, &e);
	CHECK(expected(&c, &e));
	CHECK_OK(tpm_activate_command(blob, 70, seed, 68, 0, &e));
	CHECK_OK(tpm_activate_command(blob, 70, seed, 68, 1, &policy));
	CHECK_OK(tpm_activate_command(seed, 70, seed, 68, 0, &other));
	c = activate_with(AK, EK, 0, 0, &e);
	CHECK(expected(&c, &e));
	CHECK(!expected(&c, NULL));
	CHECK(!expected(&c, &other));
	CHECK(!expected(&c, &policy));
	CHECK(tpm_filter(TPM_INIT, c.b, c.n, &e) != NULL);
	c = activate_with(EK, AK, 0, 0, &e);
	CHECK(!expected(&c, &e));
	c = activate_with(LOADED, EK, 0, 0, &e);
	CHECK(!expected(&c, &e));
	c = activate_with(AK, SRK, 0, 0, &e);
	CHECK(!expected(&c, &e));
	c = activate_with(AK, EK, POLICY, 32, &e);
	CHECK(!expected(&c, &e));
	CHECK(expected(&c, &policy));
	c = activate_with(AK, EK, 0x02000000, 32, &policy);	/* HMAC session */
	CHECK(!expected(&c, &policy));
	activate_flips(&e, 0);
	activate_flips(&policy, POLICY);
	/* a job of activation is none of quotes, nor the other way about */
	CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, (const uint8_t[]){ 1, 0, 0 },
	    blob, 32, &other));
	CHECK(tpm_filter(TPM_SERVE, other.cmd, other.len, &e) != NULL);
	c = activate_with(AK, EK, 0, 0, &e);
	CHECK(!expected(&c, &other));
}

/* What opens an EK of the low range: a policy session and the ticket, in such a job only. */
static struct cmd
session_with(uint32_t key, uint32_t bind, unsigned int type, uint32_t symmetric)
{
	const uint32_t h[] = { key, bind };
	struct cmd c = make(TPM2_CC_StartAuthSession, h, 2, 0, 0);

	add(&c, 32, 2);
	add(&c, 'n', 32);
	add(&c, 0, 2);
	add(&c, type, 1);
	add(&c, symmetric, 2);
	add(&c, TPM2_ALG_SHA256, 2);
	set_size(&c);
	return c;
}

static void
policy(void)
{
	const uint32_t h[] = { POLICY }, loaded[] = { 0x02000000 };
	struct tpm_expect e, password, none = { .what = TPM_EXPECT_NOTHING };
	struct cmd c;

	test_begin("policy session");
	CHECK_OK(tpm_activate_command((const uint8_t *)"c", 1,
	    (const uint8_t *)"s", 1, 1, &e));
	CHECK_OK(tpm_activate_command((const uint8_t *)"c", 1,
	    (const uint8_t *)"s", 1, 0, &password));
	c = session_with(TPM2_RH_NULL, TPM2_RH_NULL, TPM2_SE_POLICY,
	    TPM2_ALG_NULL);
	CHECK(expected(&c, &e));
	CHECK(!expected(&c, &password));
	CHECK(!expected(&c, &none));
	CHECK(!expected(&c, NULL));
	c = session_with(TPM2_RH_NULL, TPM2_RH_NULL, TPM2_SE_HMAC,
	    TPM2_ALG_NULL);
	CHECK(!expected(&c, &e));
	c = session_with(TPM2_RH_NULL, TPM2_RH_NULL, TPM2_SE_TRIAL,
	    TPM2_ALG_NULL);
	CHECK(!expected(&c, &e));
	c = session_with(TPM2_RH_NULL, TPM2_RH_NULL, TPM2_SE_POLICY,
	    TPM2_ALG_XOR);
	CHECK(!expected(&c, &e));
	c = session_with(EK, TPM2_RH_NULL, TPM2_SE_POLICY, TPM2_ALG_NULL);
	CHECK(!expected(&c, &e));
	c = session_with(TPM2_RH_NULL, EK, TPM2_SE_POLICY, TPM2_ALG_NULL);
	CHECK(!expected(&c, &e));
	c = make(TPM2_CC_StartAuthSession, (const uint32_t[]){ TPM2_RH_NULL,
	    TPM2_RH_NULL }, 2, 0, 8);
	CHECK(!expected(&c, &e));
	c = make(TPM2_CC_PolicyTicket, h, 1, 0, 60);
	CHECK(expected(&c, &e));
	CHECK(!expected(&c, &password));
	CHECK(!expected(&c, NULL));
	CHECK(tpm_filter(TPM_INIT, c.b, c.n, &e) != NULL);
	c = make(TPM2_CC_PolicyTicket, h, 1, 1, 60);
	CHECK(!expected(&c, &e));
	c = make(TPM2_CC_PolicyTicket, loaded, 1, 0, 60);
	CHECK(!expected(&c, &e));
}

/* Certificates wherever the profile and the clouds have them, and nothing beside. */
static void
certificates(void)
{
	static const uint32_t good[] = { 0x01c00002, 0x01c0000a, 0x01c00012,
	    0x01c00014, 0x01c00016, 0x01c00018, 0x01c0001c, 0x01c0001e,
	    0x01c00100, 0x01c001ff, 0x01c10000, 0x01c10002, 0x01c101d0 };
	static const uint32_t bad[] = { 0x01c00000, 0x01c00003, 0x01c000ff,
	    0x01c00200, 0x01c10001, 0x01c10003, 0x01c101d1, 0x01400001,
	    0x01800100, 0x01c20100, 0x81c00100 };
	enum tpm_table t;
	size_t i;

	test_begin("certificates");
	for (t = TPM_SERVE; t <= TPM_INIT; t++) {
		for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
			CHECK(one(t, TPM2_CC_NV_ReadPublic, good[i], 0, 0));
			CHECK(two(t, TPM2_CC_NV_Read, good[i], good[i], 1, 4));
			CHECK(two(t, TPM2_CC_NV_Read, TPM2_RH_OWNER, good[i], 1,
			    4));
		}
		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			CHECK(!one(t, TPM2_CC_NV_ReadPublic, bad[i], 0, 0));
			CHECK(!two(t, TPM2_CC_NV_Read, bad[i], bad[i], 1, 4));
			CHECK(!two(t, TPM2_CC_NV_Read, TPM2_RH_OWNER, bad[i], 1,
			    4));
		}
	}
}

static void
lengths(void)
{
	struct cmd c;
	size_t n;

	test_begin("lengths and tags");
	c = make(TPM2_CC_PCR_Read, NULL, 0, 0, 10);
	CHECK(passes(TPM_SERVE, &c));
	for (n = 0; n < c.n; n++)
		CHECK(tpm_filter(TPM_SERVE, c.b, n, NULL) != NULL);
	CHECK(tpm_filter(TPM_SERVE, c.b, c.n + 1, NULL) != NULL);
	c.b[1] = 3;
	CHECK(!passes(TPM_SERVE, &c));
	c.b[1] = 1;
	c.b[0] = 0;
	CHECK(!passes(TPM_SERVE, &c));
	c = make(TPM2_CC_PCR_Read, NULL, 0, 0, TPM_CMD_MAX - 10);
	CHECK(passes(TPM_SERVE, &c));
	c = make(TPM2_CC_PCR_Read, NULL, 0, 0, TPM_CMD_MAX - 9);
	CHECK(!passes(TPM_SERVE, &c));
	/* handles that are not all there */
	for (n = 0; n < 8; n++) {
		c = make(TPM2_CC_NV_Read, NULL, 0, 0, n);
		CHECK(!passes(TPM_SERVE, &c));
		c = make(TPM2_CC_EvictControl, NULL, 0, 0, n);
		CHECK(!passes(TPM_INIT, &c));
	}
}

static void
quote(void)
{
	static const uint8_t mask[3] = { 0xff, 0x0f, 0 }, none[3];
	uint8_t q[TPM_QUALIFYING_MAX + 1], b[TPM_EXPECT_MAX];
	struct tpm_expect e, other;
	size_t n, i;
	int bit;

	test_begin("quote");
	memset(q, 0xa5, sizeof(q));
	CHECK_FAIL(tpm_quote_command(TPM2_ALG_SHA256, none, q, 32, &e));
	CHECK_FAIL(tpm_quote_command(TPM2_ALG_SHA256, mask, q, 65, &e));
	CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, mask, q, 33, &other));
	for (n = 0; n <= TPM_QUALIFYING_MAX; n += 2) {
		CHECK_OK(tpm_quote_command(TPM2_ALG_SHA256, mask, q, n, &e));
		CHECK(tpm_filter(TPM_SERVE, e.cmd, e.len, &e) == NULL);
		CHECK(tpm_filter(TPM_SERVE, e.cmd, e.len, NULL) != NULL);
		CHECK(tpm_filter(TPM_SERVE, e.cmd, e.len, &other) != NULL);
		CHECK(tpm_filter(TPM_INIT, e.cmd, e.len, &e) != NULL);
		CHECK(tpm_filter(TPM_SERVE, e.cmd, e.len - 1, &e) != NULL);
	}
	for (i = 0; i < e.len; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(b, e.cmd, e.len);
			b[i] ^= (uint8_t)(1 << bit);
			CHECK(tpm_filter(TPM_SERVE, b, e.len, &e) != NULL);
		}
}

int
main(void)
{
	every_code();
	reading();
	making();
	lengths();
	quote();
	activation();
	policy();
	certificates();
	return test_end();
}
