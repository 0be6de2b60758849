/* What parse is asked and says.  The front takes no value that it would not
 * have made itself: parse works on bytes that the host may have written. */
#include <string.h>

#include "fstool/answers.h"

#define BANK_SHA256	0x000bu
#define BANK_SHA384	0x000cu

/* The length of a digest of this bank, 0 if it is none that we use. */
static size_t
bank_size(uint16_t bank)
{
	return bank == BANK_SHA256 ? 32 : bank == BANK_SHA384 ? 48 : 0;
}

static void
verdict_put(struct wbuf *w, uint8_t ok, const char *why)
{
	put_u8(w, ok);
	put_str(w, ok ? "" : why);
}

/* 1: more follows, 0: refused and that is all, -1: malformed. */
static int
verdict_get(struct rbuf *r, uint8_t *ret_ok, char *ret_why)
{
	*ret_ok = get_u8(r);
	get_str(r, ret_why, REASON_MAX);
	if (r->bad || *ret_ok > 1 || (*ret_ok == 1) != (ret_why[0] == '\0'))
		return -1;
	if (*ret_ok == 0)
		return msg_end(r);
	return 1;
}

static void
slot_put(struct wbuf *w, const struct header_slot *s)
{
	put_u8(w, (uint8_t)s->number);
	put_u8(w, (uint8_t)s->kdf);
	put_u64(w, s->cost);
	put_u64(w, s->memory);
	put_u8(w, (uint8_t)s->of_token);
}

static int
slot_get(struct rbuf *r, struct header_slot *s)
{
	uint8_t kdf, of_token;

	s->number = get_u8(r);
	kdf = get_u8(r);
	s->cost = get_u64(r);
	s->memory = get_u64(r);
	of_token = get_u8(r);
	if (r->bad || s->number >= HEADER_NUMBERS || kdf > KDF_PBKDF2 ||
	    of_token > 1)
		return -1;
	s->kdf = (enum header_kdf)kdf;
	s->of_token = of_token;
	if (kdf == KDF_ARGON2ID)
		return s->cost < ARGON2_TIME_MIN ||
		    s->memory < ARGON2_MEMORY_MIN ? -1 : 0;
	return s->cost < PBKDF2_MIN || s->memory != 0 || !of_token ? -1 : 0;
}

void
header_ans_put(struct wbuf *w, const struct header_ans *a)
{
	const struct header_facts *f = &a->facts;
	size_t i;

	verdict_put(w, a->ok, a->why);
	if (!a->ok)
		return;
	put_raw(w, f->uuid, HEADER_UUID_LEN);
	put_u64(w, f->seqid);
	put_u64(w, f->size);
	put_u8(w, (uint8_t)f->integrity);
	put_u32(w, f->sector_size);
	put_u32(w, f->key_size);
	put_u64(w, f->data_offset);
	put_u8(w, (uint8_t)f->nslots);
	for (i = 0; i < f->nslots && i < HEADER_SLOTS_MAX; i++)
		slot_put(w, &f->slot[i]);
	put_u8(w, (uint8_t)f->ntokens);
}

static int
facts_wrong(const struct header_facts *f)
{
	return !header_uuid_valid(f->uuid, HEADER_UUID_LEN) ||
	    f->size < 2 * HEADER_COPY_MIN || f->size > HEADER_MAX ||
	    f->integrity > 1 ||
	    (f->sector_size != 512 && f->sector_size != 4096) ||
	    f->key_size != (f->integrity ? 96 : 64) ||
	    f->data_offset != 0 || f->ntokens > HEADER_TOKENS_MAX;
}

static int
slots_get(struct rbuf *r, struct header_facts *f)
{
	uint32_t seen = 0;
	size_t i;

	f->nslots = get_u8(r);
	if (f->nslots == 0 || f->nslots > HEADER_SLOTS_MAX)
		return -1;
	for (i = 0; i < f->nslots; i++) {
		if (slot_get(r, &f->slot[i]) == -1 ||
		    (seen >> f->slot[i].number & 1) != 0)
			return -1;
		seen |= 1u << f->slot[i].number;
	}
	return 0;
}

int
header_ans_get(struct rbuf *r, struct header_ans *a)
{
	struct header_facts *f = &a->facts;
	int more;

	memset(a, 0, sizeof(*a));
	if ((more = verdict_get(r, &a->ok, a->why)) != 1)
		return more;
	get_raw(r, f->uuid, HEADER_UUID_LEN);
	f->seqid = get_u64(r);
	f->size = get_u64(r);
	f->integrity = get_u8(r);
	f->sector_size = get_u32(r);
	f->key_size = get_u32(r);
	f->data_offset = get_u64(r);
	if (slots_get(r, f) == -1)
		return -1;
	f->ntokens = get_u8(r);
	return msg_end(r) == -1 || facts_wrong(f) ? -1 : 0;
}

void
header_token_put(struct wbuf *w, const struct header_token *t)
{
	put_u8(w, (uint8_t)t->number);
	put_u8(w, t->bind);
	put_u8(w, (uint8_t)t->slot);
	put_u32(w, t->pcr_mask);
	put_u16(w, t->bank);
	put_u8(w, (uint8_t)t->primary_ecc);
	put_blob(w, t->policy, t->policy_len);
	put_blob(w, t->blob, t->blob_len);
	put_blob(w, t->srk, t->srk_len);
}

static int
token_wrong(const struct header_token *t)
{
	if (t->number >= HEADER_NUMBERS || t->slot >= HEADER_NUMBERS ||
	    t->primary_ecc > 1)
		return 1;
	switch (t->bind) {
	case BIND_TEE:
		return t->pcr_mask != 0 || t->bank != 0 || t->primary_ecc ||
		    t->policy_len != 0 || t->blob_len != 0 || t->srk_len != 0;
	case BIND_TPM:
	case BIND_TPM_TEE:
		return t->pcr_mask == 0 || t->pcr_mask >> PCR_COUNT != 0 ||
		    bank_size(t->bank) == 0 || t->policy_len != 32 ||
		    t->blob_len == 0;
	}
	return 1;
}

int
header_token_get(struct rbuf *r, struct header_token *t)
{
	memset(t, 0, sizeof(*t));
	t->number = get_u8(r);
	t->bind = get_u8(r);
	t->slot = get_u8(r);
	t->pcr_mask = get_u32(r);
	t->bank = get_u16(r);
	t->primary_ecc = get_u8(r);
	t->policy_len = get_blob(r, t->policy, sizeof(t->policy));
	t->blob_len = get_blob(r, t->blob, sizeof(t->blob));
	t->srk_len = get_blob(r, t->srk, sizeof(t->srk));
	return msg_end(r) == -1 || token_wrong(t) ? -1 : 0;
}

/* In its own form of the disk, so that its rules are checked again. */
void
record_ans_put(struct wbuf *w, const struct record_ans *a)
{
	uint8_t raw[RECORD_MAX];
	size_t n;

	verdict_put(w, a->ok, a->why);
	if (!a->ok)
		return;
	if (record_encode(&a->record, raw, sizeof(raw), &n) == -1)
		w->bad = 1;
	else
		put_blob(w, raw, n);
}

int
record_ans_get(struct rbuf *r, struct record_ans *a)
{
	char why[REASON_MAX];
	const uint8_t *p;
	size_t n;
	int more;

	memset(a, 0, sizeof(*a));
	if ((more = verdict_get(r, &a->ok, a->why)) != 1)
		return more;
	n = get_blob_ref(r, &p, RECORD_MAX);
	if (msg_end(r) == -1)
		return -1;
	return record_decode(span_make(p, n), &a->record, why);
}

void
boot_ask_put(struct wbuf *w, const struct boot_ask *b)
{
	put_u16(w, b->bank);
	put_blob(w, b->values, b->values_len);
}

int
boot_ask_get(struct rbuf *r, struct boot_ask *b)
{
	memset(b, 0, sizeof(*b));
	b->bank = get_u16(r);
	b->values_len = get_blob(r, b->values, sizeof(b->values));
	return msg_end(r) == -1 || bank_size(b->bank) == 0 ||
	    b->values_len != LOG_PCRS * bank_size(b->bank) ? -1 : 0;
}

void
boot_ans_put(struct wbuf *w, const struct boot_ans *a)
{
	verdict_put(w, a->ok, a->why);
	if (!a->ok)
		return;
	put_u32(w, a->carries);
	put_u32(w, a->unsure);
	put_u8(w, a->root_measured);
	put_blob(w, a->values, a->values_len);
}

int
boot_ans_get(struct rbuf *r, struct boot_ans *a)
{
	int more;

	memset(a, 0, sizeof(*a));
	if ((more = verdict_get(r, &a->ok, a->why)) != 1)
		return more;
	a->carries = get_u32(r);
	a->unsure = get_u32(r);
	a->root_measured = get_u8(r);
	a->values_len = get_blob(r, a->values, sizeof(a->values));
	return msg_end(r) == -1 || a->carries >> LOG_PCRS != 0 ||
	    a->unsure >> LOG_PCRS != 0 || a->root_measured > 1 ||
	    (a->values_len != LOG_PCRS * bank_size(BANK_SHA256) &&
	    a->values_len != LOG_PCRS * bank_size(BANK_SHA384)) ? -1 : 0;
}
