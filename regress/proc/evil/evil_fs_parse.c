/*
 * fstool-parse, taken over by a header, a record or a boot log: it says what
 * the host would like the front to act on.
 */
#include <string.h>

#include "regress/proc/evil/evil_fs.h"

#define OTHER_UUID	"01234567-89ab-4cde-8f01-23456789abcd"
#define OTHER_INDEX	0x01835301u	/* a counter of another container */

/* --- the header -------------------------------------------------------------- */

static struct header_ans *
header_of(const struct wbuf *w)
{
	static struct header_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (header_ans_get(&r, &a) == -1)
		memset(&a, 0, sizeof(a));
	return &a;
}

static void
header_set(struct wbuf *w, const struct header_ans *a)
{
	wbuf_init(w);
	header_ans_put(w, a);
}

static void
header_uuid(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	strcpy(a->facts.uuid, OTHER_UUID);
	header_set(w, a);
}

static void
header_path(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	memcpy(a->facts.uuid, "../../../../../../../../../../../etc", 36);
	header_set(w, a);
}

static void
header_size(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.size = UINT64_MAX;
	header_set(w, a);
}

static void
header_key(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.key_size = 4096;
	header_set(w, a);
}

static void
header_offset(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.data_offset = 1 << 20;
	header_set(w, a);
}

static void
header_slots(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.nslots = 200;
	header_set(w, a);
}

static void
header_tokens(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.ntokens = 200;
	header_set(w, a);
}

static void
header_no_token(struct wbuf *w)
{
	struct header_ans *a = header_of(w);

	a->facts.ntokens = 0;
	header_set(w, a);
}

/* --- its tokens -------------------------------------------------------------- */

static struct header_token *
token_of(const struct wbuf *w)
{
	static struct header_token t;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (header_token_get(&r, &t) == -1)
		memset(&t, 0, sizeof(t));
	return &t;
}

static void
token_set(struct wbuf *w, const struct header_token *t)
{
	wbuf_init(w);
	header_token_put(w, t);
}

/* That of the password, which create makes first. */
static void
token_slot(struct wbuf *w)
{
	struct header_token *t = token_of(w);

	t->slot = 0;
	token_set(w, t);
}

static void
token_far_slot(struct wbuf *w)
{
	struct header_token *t = token_of(w);

	t->slot = 200;
	token_set(w, t);
}

static void
token_pcrs(struct wbuf *w)
{
	struct header_token *t = token_of(w);

	t->pcr_mask = 1u << PCR_CAP;
	token_set(w, t);
}

static void
token_number(struct wbuf *w)
{
	struct header_token *t = token_of(w);

	t->number = 7;
	token_set(w, t);
}

/* As if it had never been bound to the TEE. */
static void
token_bind(struct wbuf *w)
{
	struct header_token *t = token_of(w);

	t->bind = BIND_TPM;
	token_set(w, t);
}

/* --- the record -------------------------------------------------------------- */

static struct record_ans *
record_of(const struct wbuf *w)
{
	static struct record_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (record_ans_get(&r, &a) == -1)
		memset(&a, 0, sizeof(a));
	return &a;
}

static void
record_set(struct wbuf *w, const struct record_ans *a)
{
	wbuf_init(w);
	record_ans_put(w, a);
}

static void
record_digest(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.entry[0].digest[0] ^= 1;
	record_set(w, a);
}

static void
record_epoch(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.entry[0].epoch++;
	record_set(w, a);
}

static void
record_far_epoch(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.entry[0].epoch = UINT64_MAX;
	record_set(w, a);
}

static void
record_mac(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	memset(a->record.entry[0].mac, 0, MAC_LEN);
	record_set(w, a);
}

static void
record_uuid(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	strcpy(a->record.uuid, OTHER_UUID);
	record_set(w, a);
}

static void
record_wrap(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.wrap[0].key[0] ^= 1;
	record_set(w, a);
}

/* No counter, so nothing to compare with. */
static void
record_no_counter(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.nv_index = 0;
	memset(a->record.nv_name, 0, NV_NAME_LEN);
	record_set(w, a);
}

static void
record_counter(struct wbuf *w)
{
	struct record_ans *a = record_of(w);

	a->record.nv_index = OTHER_INDEX;
	record_set(w, a);
}

/* --- the boot ---------------------------------------------------------------- */

static struct boot_ans *
boot_of(const struct wbuf *w)
{
	static struct boot_ans a;
	struct rbuf r;

	rbuf_init(&r, w->b, w->n);
	if (boot_ans_get(&r, &a) == -1)
		memset(&a, 0, sizeof(a));
	return &a;
}

static void
boot_set(struct wbuf *w, const struct boot_ans *a)
{
	wbuf_init(w);
	boot_ans_put(w, a);
}

/* Another kernel's. */
static void
boot_values(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	memset(a->values + 4 * 32, 0x5a, 32);
	boot_set(w, a);
}

/* What no kernel changes. */
static void
boot_secure(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	memset(a->values + 7 * 32, 0x5a, 32);
	boot_set(w, a);
}

static void
boot_stub(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	memset(a->values + PCR_STUB * 32, 0x5a, 32);
	a->carries |= 1u << PCR_STUB;
	boot_set(w, a);
}

static void
boot_nothing(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	a->carries = 0;
	boot_set(w, a);
}

/* Leave out boot loader and kernel. */
static void
boot_fewer(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	a->carries &= ~(1u << 4);
	boot_set(w, a);
}

static void
boot_seven(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	a->carries = 1u << 7;
	boot_set(w, a);
}

static void
boot_bank(struct wbuf *w)
{
	struct boot_ans *a = boot_of(w);

	a->values_len = LOG_PCRS * 48;
	boot_set(w, a);
}

const struct evil_act evil_acts[] = {
	EVIL_ACTS_OF("header", FS_HEADER_ANS),
	{ "header-twice", FS_HEADER_ANS, EVIL_TWICE, NULL },
	{ "header-uuid", FS_HEADER_ANS, EVIL_PASS, header_uuid },
	{ "header-path", FS_HEADER_ANS, EVIL_PASS, header_path },
	{ "header-size", FS_HEADER_ANS, EVIL_PASS, header_size },
	{ "header-key", FS_HEADER_ANS, EVIL_PASS, header_key },
	{ "header-offset", FS_HEADER_ANS, EVIL_PASS, header_offset },
	{ "header-slots", FS_HEADER_ANS, EVIL_PASS, header_slots },
	{ "header-tokens", FS_HEADER_ANS, EVIL_PASS, header_tokens },
	{ "header-no-token", FS_HEADER_ANS, EVIL_PASS, header_no_token },
	{ "token-slot", FS_TOKEN_ANS, EVIL_PASS, token_slot },
	{ "token-far-slot", FS_TOKEN_ANS, EVIL_PASS, token_far_slot },
	{ "token-pcrs", FS_TOKEN_ANS, EVIL_PASS, token_pcrs },
	{ "token-number", FS_TOKEN_ANS, EVIL_PASS, token_number },
	{ "token-bind", FS_TOKEN_ANS, EVIL_PASS, token_bind },
	EVIL_ACTS_OF("record", FS_RECORD_ANS),
	{ "record-digest", FS_RECORD_ANS, EVIL_PASS, record_digest },
	{ "record-epoch", FS_RECORD_ANS, EVIL_PASS, record_epoch },
	{ "record-far-epoch", FS_RECORD_ANS, EVIL_PASS, record_far_epoch },
	{ "record-mac", FS_RECORD_ANS, EVIL_PASS, record_mac },
	{ "record-uuid", FS_RECORD_ANS, EVIL_PASS, record_uuid },
	{ "record-wrap", FS_RECORD_ANS, EVIL_PASS, record_wrap },
	{ "record-no-counter", FS_RECORD_ANS, EVIL_PASS, record_no_counter },
	{ "record-counter", FS_RECORD_ANS, EVIL_PASS, record_counter },
	EVIL_ACTS_OF("boot", FS_BOOT_ANS),
	{ "boot-values", FS_BOOT_ANS, EVIL_PASS, boot_values },
	{ "boot-secure", FS_BOOT_ANS, EVIL_PASS, boot_secure },
	{ "boot-stub", FS_BOOT_ANS, EVIL_PASS, boot_stub },
	{ "boot-nothing", FS_BOOT_ANS, EVIL_PASS, boot_nothing },
	{ "boot-fewer", FS_BOOT_ANS, EVIL_PASS, boot_fewer },
	{ "boot-seven", FS_BOOT_ANS, EVIL_PASS, boot_seven },
	{ "boot-bank", FS_BOOT_ANS, EVIL_PASS, boot_bank },
	{ NULL, FS_MAX, EVIL_PASS, NULL }
};
