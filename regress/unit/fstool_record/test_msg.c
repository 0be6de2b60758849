/* fstool/msg_parse.c: what is put is got, and nothing that is out of range. */
#include "fstool/answers.h"
#include "regress/unit/check.h"

static struct wbuf w;

static void
start(void)
{
	wbuf_init(&w);
}

/* Got as it was put; never when a byte is missing, or one too many. */
#define ROUND(type, value) do {						\
	struct type back_;						\
	struct rbuf r_;							\
	size_t n_;							\
									\
	start();							\
	type##_put(&w, &(value));					\
	CHECK_INT(w.bad, 0);						\
	rbuf_init(&r_, w.b, w.n);					\
	CHECK_OK(type##_get(&r_, &back_));				\
	CHECK_MEM(&back_, &(value), sizeof(back_));			\
	for (n_ = 0; n_ < w.n; n_++) {					\
		rbuf_init(&r_, w.b, n_);				\
		CHECK_FAIL(type##_get(&r_, &back_));			\
	}								\
	w.b[w.n] = 0;							\
	rbuf_init(&r_, w.b, w.n + 1);					\
	CHECK_FAIL(type##_get(&r_, &back_));				\
} while (0)

/* With this member, it is not got. */
#define BAD(type, good, member, v) do {					\
	struct type bad_ = (good), back_;				\
	struct rbuf r_;							\
									\
	bad_.member = (v);						\
	start();							\
	type##_put(&w, &bad_);						\
	rbuf_init(&r_, w.b, w.n);					\
	if (!w.bad && !CHECK_FAIL(type##_get(&r_, &back_)))		\
		printf("\t" #member " = " #v "\n");			\
} while (0)

static struct header_ans
header(void)
{
	struct header_ans a = { .ok = 1 };
	struct header_facts *f = &a.facts;

	strcpy(f->uuid, "01234567-89ab-cdef-0123-456789abcdef");
	f->seqid = 1ull << 40;
	f->size = HEADER_FILE_LEN;
	f->integrity = 1;
	f->sector_size = 4096;
	f->key_size = 96;
	f->nslots = 2;
	f->slot[0] = (struct header_slot){ .number = 31, .kdf = KDF_ARGON2ID,
	    .cost = 4, .memory = 65536 };
	f->slot[1] = (struct header_slot){ .number = 1, .kdf = KDF_PBKDF2,
	    .cost = 1000, .of_token = 1 };
	f->ntokens = 4;
	return a;
}

static void
test_header(void)
{
	struct header_ans a = header(), no = { .why = "no LUKS header" };

	test_begin("header");
	ROUND(header_ans, a);
	ROUND(header_ans, no);
	BAD(header_ans, a, ok, 2);
	BAD(header_ans, no, why[0], '\0');
	BAD(header_ans, a, facts.uuid[0], 'A');
	BAD(header_ans, a, facts.size, HEADER_MAX + 1);
	BAD(header_ans, a, facts.size, 0);
	BAD(header_ans, a, facts.integrity, 2);
	BAD(header_ans, a, facts.integrity, 0);
	BAD(header_ans, a, facts.sector_size, 1024);
	BAD(header_ans, a, facts.key_size, 64);
	BAD(header_ans, a, facts.data_offset, 4096);
	BAD(header_ans, a, facts.nslots, 0);
	BAD(header_ans, a, facts.nslots, 9);
	BAD(header_ans, a, facts.ntokens, 5);
	BAD(header_ans, a, facts.slot[0].number, 32);
	BAD(header_ans, a, facts.slot[0].number, 1);
	BAD(header_ans, a, facts.slot[0].kdf, 2);
	BAD(header_ans, a, facts.slot[0].cost, 3);
	BAD(header_ans, a, facts.slot[0].memory, 65535);
	BAD(header_ans, a, facts.slot[0].of_token, 2);
	BAD(header_ans, a, facts.slot[1].of_token, 0);
	BAD(header_ans, a, facts.slot[1].cost, 999);
	BAD(header_ans, a, facts.slot[1].memory, 1);
}

static void
test_token(void)
{
	struct header_token t = { .number = 31, .bind = BIND_TPM, .slot = 7,
	    .pcr_mask = 0x8210, .bank = 0x000b, .primary_ecc = 1,
	    .policy_len = 32, .policy = { 1 }, .blob_len = TOKEN_BLOB_MAX,
	    .blob = { 2 }, .srk_len = TOKEN_BLOB_MAX, .srk = { 3 } };
	struct header_token tee = { .bind = BIND_TEE, .slot = 1 };

	test_begin("token");
	ROUND(header_token, t);
	t.bind = BIND_TPM_TEE;
	ROUND(header_token, t);
	ROUND(header_token, tee);
	BAD(header_token, t, number, 32);
	BAD(header_token, t, slot, 32);
	BAD(header_token, t, bind, 0);
	BAD(header_token, t, bind, BIND_MAX);
	BAD(header_token, t, bind, BIND_TEE);
	BAD(header_token, t, pcr_mask, 0);
	BAD(header_token, t, pcr_mask, 1u << 24);
	BAD(header_token, t, bank, 0x0004);
	BAD(header_token, t, primary_ecc, 2);
	BAD(header_token, t, policy_len, 31);
	BAD(header_token, t, blob_len, 0);
	BAD(header_token, tee, bind, BIND_TPM);
	BAD(header_token, tee, bind, BIND_TPM_TEE);
	BAD(header_token, tee, pcr_mask, 1);
	BAD(header_token, tee, bank, 0x000b);
	BAD(header_token, tee, primary_ecc, 1);
	BAD(header_token, tee, policy_len, 32);
	BAD(header_token, tee, blob_len, 1);
	BAD(header_token, tee, srk_len, 1);
}

static void
test_record(void)
{
	struct record_ans a = { .ok = 1 }, no = { .why = "cut off" };

	test_begin("record");
	strcpy(a.record.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	a.record.nentries = 1;
	a.record.entry[0].len = 1;
	ROUND(record_ans, a);
	ROUND(record_ans, no);
	BAD(record_ans, a, ok, 2);
	start();
	a.record.nentries = 0;
	record_ans_put(&w, &a);
	CHECK_INT(w.bad, 1);
}

static void
test_boot(void)
{
	struct boot_ask q = { .bank = 0x000b, .values_len = LOG_PCRS * 32,
	    .values = { 1 } };
	struct boot_ans a = { .ok = 1, .carries = 0xffff, .unsure = 0x8000,
	    .root_measured = 1, .values_len = LOG_PCRS * 48 };
	struct boot_ans no = { .why = "no" };

	test_begin("boot");
	ROUND(boot_ask, q);
	BAD(boot_ask, q, bank, 0x0004);
	BAD(boot_ask, q, bank, 0x000c);
	BAD(boot_ask, q, values_len, 0);
	BAD(boot_ask, q, values_len, LOG_PCRS * 48);
	q.bank = 0x000c;
	q.values_len = LOG_PCRS * 48;
	ROUND(boot_ask, q);
	ROUND(boot_ans, a);
	ROUND(boot_ans, no);
	BAD(boot_ans, a, ok, 2);
	BAD(boot_ans, a, carries, 0x10000);
	BAD(boot_ans, a, unsure, 0x10000);
	BAD(boot_ans, a, root_measured, 2);
	BAD(boot_ans, a, values_len, 0);
	BAD(boot_ans, a, values_len, LOG_PCRS * 32 + 1);
}

int
main(void)
{
	test_header();
	test_token();
	test_record();
	test_boot();
	return test_end();
}
