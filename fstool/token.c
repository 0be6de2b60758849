#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fstool/derive.h"
#include "fstool/token.h"
#include "fstool/why.h"

#define BANK_SHA256	0x000b	/* every TPM has it; cap extends all banks */
#define TOKEN_JSON_MAX	8192	/* a blob of 1536 bytes as base64, and the rest */

/* Text that is put together; a whole that does not fit is empty. */
struct text {
	char	*p;
	size_t	 cap, n;
	int	 bad;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->cap - t->n)
		t->bad = 1;
	else
		t->n += (size_t)n;
}

static const char *
type_of(enum bind b)
{
	return b == BIND_TPM ? "systemd-tpm2" : "cosmian-fstool";
}

/* The members that systemd-cryptenroll 252 writes, in its order. */
static void
add_sealed(struct text *t, const struct target *g, const struct seal_ans *a)
{
	char b64[TOKEN_BLOB_MAX * 4 / 3 + 8];
	unsigned int i, first = 1;

	EVP_EncodeBlock((unsigned char *)b64, a->blob, (int)a->blob_len);
	add(t, ",\"tpm2-blob\":\"%s\",\"tpm2-pcrs\":[", b64);
	for (i = 0; i < PCR_COUNT; i++)
		if ((g->seal.mask >> i & 1) != 0) {
			add(t, "%s%u", first ? "" : ",", i);
			first = 0;
		}
	add(t, "],\"tpm2-pcr-bank\":\"%s\",\"tpm2-primary-alg\":\"%s\","
	    "\"tpm2-policy-hash\":\"", g->seal.bank == 0x000c ? "sha384" :
	    "sha256", a->primary_ecc ? "ecc" : "rsa");
	for (i = 0; i < sizeof(a->policy); i++)
		add(t, "%02x", a->policy[i]);
	add(t, "\",\"tpm2-pin\":false");
}

static int
token_json(const struct target *g, const struct seal_ans *a, int slot,
    char *dst, size_t cap)
{
	struct text t = { .p = dst, .cap = cap };

	add(&t, "{\"type\":\"%s\",\"keyslots\":[\"%d\"]", type_of(g->bind),
	    slot);
	if (g->bind != BIND_TEE)
		add_sealed(&t, g, a);
	if (g->bind != BIND_TPM)
		add(&t, ",\"bind\":\"%s\"", g->bind == BIND_TEE ? "tee" :
		    "tpm+tee");
	add(&t, "}");
	return t.bad ? could_not("the token does not fit") : 0;
}

static void
put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* TPM 2.0 part 3, 23.7: the policy digest of PolicyPCR alone, by SHA-256. */
static int
policy_of(const struct seal_ask *q, uint8_t ret[32])
{
	uint8_t buf[32 + 4 + 4 + 2 + 1 + 3 + 32] = { 0 }, *p = buf + 32;

	put_be32(p, 0x0000017f);	/* TPM_CC_PolicyPCR */
	put_be32(p + 4, 1);		/* one selection */
	p[8] = (uint8_t)(q->bank >> 8);
	p[9] = (uint8_t)q->bank;
	p[10] = 3;			/* bytes of bitmap */
	p[11] = (uint8_t)q->mask;
	p[12] = (uint8_t)(q->mask >> 8);
	p[13] = (uint8_t)(q->mask >> 16);
	if (keys_sha256(q->values, q->values_len, p + 14) == -1)
		return -1;
	return keys_sha256(buf, sizeof(buf), ret);
}

int
token_is_for(const struct header_token *t, const struct target *g)
{
	uint8_t policy[32];

	if (t->bind != g->bind)
		return 0;
	if (g->bind == BIND_TEE)
		return 1;
	return t->pcr_mask == g->seal.mask && t->bank == g->seal.bank &&
	    t->policy_len == sizeof(policy) &&
	    policy_of(&g->seal, policy) == 0 &&
	    memcmp(t->policy, policy, sizeof(policy)) == 0;
}

int
token_is_there(const struct store *s, const struct target *g)
{
	size_t i;

	for (i = 0; i < s->facts.ntokens; i++)
		if (token_is_for(&s->facts.token[i], g) &&
		    record_wraps(&s->record, s->facts.token[i].number))
			return 1;
	return 0;
}

int
token_wrap(struct store *s, unsigned int token,
    const uint8_t secret[SECRET_LEN], const struct secret *volume_key)
{
	uint8_t pad[MAC_LEN];
	struct record_wrap *w;
	int rc;

	token_unwrap(s, token);
	if (s->record.nwraps == RECORD_WRAPS_MAX)
		return could_not("more than %u tokens", RECORD_WRAPS_MAX);
	w = &s->record.wrap[s->record.nwraps];
	rc = keys_mac_key(s->record.uuid, volume_key, w->key);
	if (rc == 0)
		rc = keys_pad(s->record.uuid, secret, pad);
	if (rc == 0) {
		keys_xor(w->key, pad);
		w->token = (uint8_t)token;
		s->record.nwraps++;
	}
	explicit_bzero(pad, sizeof(pad));
	return rc;
}

void
token_unwrap(struct store *s, unsigned int token)
{
	struct record *r = &s->record;
	size_t i;

	for (i = 0; i < r->nwraps; i++)
		if (r->wrap[i].token == token) {
			r->wrap[i] = r->wrap[--r->nwraps];
			return;
		}
}

/* Sealed, and seen to unseal; both before anything is written. */
static int
secret_make(struct store *s, const struct target *g, struct seal_ans *a,
    uint8_t secret[SECRET_LEN])
{
	uint8_t derived[DERIVED_LEN];
	struct seal_ask q = g->seal;
	int rc;

	memset(a, 0, sizeof(*a));
	rc = keys_random(q.secret, sizeof(q.secret));
	if (rc == 0 && g->bind != BIND_TEE)
		rc = ask_seal(&s->kids, &q, a);
	if (rc == 0 && g->bind != BIND_TPM)
		rc = derive_key(s->o->tee, derived);
	if (rc == 0)
		rc = keys_slot(g->bind, s->record.uuid,
		    g->bind == BIND_TEE ? NULL : q.secret,
		    g->bind == BIND_TPM ? NULL : derived, secret);
	explicit_bzero(&q, sizeof(q));
	explicit_bzero(derived, sizeof(derived));
	return rc;
}

/*
 * What a container is bound to was read from its tokens: by parse, which must
 * not have it bound to less if it was taken over.
 */
static int
binds_less(const struct store *s, const struct target *g, struct volume *v)
{
	if (s->o->bind != 0)
		return 0;
	return (g->bind == BIND_TPM && volume_token_says(v, "\"bind\"")) ||
	    (g->bind == BIND_TEE && volume_token_says(v, "\"tpm+tee\""));
}

int
token_make(struct store *s, const struct target *g, struct volume *v,
    const struct secret *volume_key)
{
	char json[TOKEN_JSON_MAX], pass[SLOT_PASS_LEN + 1];
	uint8_t secret[SECRET_LEN];
	struct seal_ans a;
	int rc = -1, slot, token;

	if (binds_less(s, g, v))
		return could_not("a token of the header is bound to more than "
		    "was read of it: nothing is changed; what it shall be "
		    "bound to is said by --bind");
	if (secret_make(s, g, &a, secret) == -1)
		goto out;
	keys_slot_pass(secret, pass);
	if (volume_slot_add(v, volume_key, pass, SLOT_PASS_LEN, SLOT_TOKEN,
	    &slot) == -1 ||
	    token_json(g, &a, slot, json, sizeof(json)) == -1 ||
	    volume_token_set(v, -1, json, &token) == -1 ||
	    token_wrap(s, (unsigned int)token, secret, volume_key) == -1)
		goto out;
	rc = 0;
out:
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(pass, sizeof(pass));
	return rc;
}

/* What of a token is in the TPM: 32 bytes by ours, and by systemd's. */
static int
unseal(struct store *s, const struct header_token *t,
    uint8_t sealed[SECRET_LEN], char why[REASON_MAX])
{
	struct unseal_ans a;
	int rc = 0;

	if (ask_unseal(&s->kids, t, &a) == -1)
		return -1;
	if (a.status != UNSEAL_OK)
		snprintf(why, REASON_MAX, "%s", a.why);
	else if (a.secret_len != SECRET_LEN)
		snprintf(why, REASON_MAX, "what is sealed has a wrong length");
	else {
		memcpy(sealed, a.secret, SECRET_LEN);
		rc = 1;
	}
	explicit_bzero(&a, sizeof(a));
	return rc;
}

int
token_secret(struct store *s, const struct header_token *t,
    uint8_t secret[SECRET_LEN], char why[REASON_MAX])
{
	uint8_t sealed[SECRET_LEN], derived[DERIVED_LEN];
	int rc = 1;

	if (t->bind != BIND_TEE)
		rc = unseal(s, t, sealed, why);
	if (rc == 1 && t->bind != BIND_TPM &&
	    derive_key(s->o->tee, derived) == -1) {
		snprintf(why, REASON_MAX, "no derived key: %s", why_text());
		why_clear();
		rc = 0;
	}
	if (rc == 1 && keys_slot((enum bind)t->bind, s->facts.uuid,
	    t->bind == BIND_TEE ? NULL : sealed,
	    t->bind == BIND_TPM ? NULL : derived, secret) == -1)
		rc = -1;
	explicit_bzero(sealed, sizeof(sealed));
	explicit_bzero(derived, sizeof(derived));
	return rc;
}

/* The MAC key behind the wrap of this token; 1, 0 when it has none, -1. */
static int
mac_key(struct store *s, unsigned int token, const uint8_t secret[SECRET_LEN],
    uint8_t key[MAC_LEN])
{
	const struct record *r = &s->record;
	size_t i;

	for (i = 0; i < r->nwraps; i++) {
		if (r->wrap[i].token != token)
			continue;
		if (keys_pad(s->facts.uuid, secret, key) == -1)
			return -1;
		keys_xor(key, r->wrap[i].key);
		return 1;
	}
	return 0;
}

int
token_open(struct store *s, uint8_t key[MAC_LEN], char pass[SLOT_PASS_LEN + 1],
    int *ret_slot)
{
	char why[REASON_MAX] = "";
	uint8_t secret[SECRET_LEN];
	const struct header_token *t;
	int rc = 0;
	size_t i;

	for (i = 0; i < s->facts.ntokens && rc == 0; i++) {
		t = &s->facts.token[i];
		if ((rc = token_secret(s, t, secret, why)) != 1)
			continue;
		if ((rc = mac_key(s, t->number, secret, key)) == 0)
			snprintf(why, sizeof(why), "token %u was not taken in "
			    "by: cosmian_fstool adopt", t->number);
		if (rc != 1)
			continue;
		keys_slot_pass(secret, pass);
		*ret_slot = (int)t->slot;
	}
	explicit_bzero(secret, sizeof(secret));
	if (rc == -1)
		return -1;
	if (s->facts.ntokens == 0)
		return could_not("the header has no token: open it by "
		    "password (--password) and seal it: cosmian_fstool reseal");
	return rc == 1 ? 0 : could_not("not unsealed: %s; open it by password "
	    "or recovery key (--password), and seal it anew: cosmian_fstool "
	    "reseal", why);
}

static void
put_be64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* PCR 15 is what this event alone makes of zero: 1, else 0; -1 said. */
static int
is_event_of(const struct pcrs_ans *now, const uint8_t *data, size_t n)
{
	uint8_t both[2 * 32] = { 0 }, want[32];

	if (keys_sha256(data, n, both + 32) == -1 ||
	    keys_sha256(both, sizeof(both), want) == -1)
		return -1;
	return now->values_len == sizeof(want) &&
	    memcmp(now->values, want, sizeof(want)) == 0;
}

/* "fstool", UUID, digest of the header, epoch: zeros where there is no header. */
int
cap_now(struct store *s, int opens)
{
	uint8_t data[6 + HEADER_UUID_LEN + 32 + 8] = "fstool";
	struct pcrs_ans now;
	int same;

	if (ask_pcrs(&s->kids, BANK_SHA256, 1u << PCR_CAP, &now) == -1)
		return -1;
	if (now.values_len == 0)
		return could_not("the TPM has no PCR %u", PCR_CAP);
	if (s->entry != NULL) {
		memcpy(data + 6, s->facts.uuid, HEADER_UUID_LEN);
		memcpy(data + 6 + HEADER_UUID_LEN, s->digest, 32);
		put_be64(data + 6 + HEADER_UUID_LEN + 32, s->entry->epoch);
	}
	if (!secret_equal(now.values, (const uint8_t[PCR_DIGEST_MAX]){ 0 },
	    now.values_len)) {
		if (!opens)
			return 0;
		if ((same = is_event_of(&now, data, sizeof(data))) != 0)
			return same == 1 ? 0 : -1;
	}
	return ask_cap(&s->kids, data, sizeof(data));
}
