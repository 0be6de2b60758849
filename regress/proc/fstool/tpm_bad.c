#include "regress/proc/fstool/tpm_kid.h"
#include "regress/unit/check.h"

/*
 * A TPM that refuses, is busy, breaks or lies: fstool-tpm says what it means,
 * and neither hangs nor says what is not so.
 */

#define CC_LOAD			0x157
#define CC_UNSEAL		0x15e
#define CC_CREATE		0x153
#define COMMANDS_MAX		60	/* above those of one request */

static uint32_t which, code;	/* the first `at` commands `which` get this code */

static int
say_code(struct kid *k, uint32_t cc)
{
	if (cc != which || k->moves >= k->at)
		return 0;
	k->moves++;
	kid_answer_code(k, code);
	return 1;
}

static void
inject(struct kid *k, uint32_t cc, uint32_t rc, unsigned int times)
{
	which = cc;
	code = rc;
	k->moves = 0;
	k->at = times;
	k->before = say_code;
}

static void
unseal_says(struct kid *k, const struct header_token *t,
    enum unseal_status status, const char *text)
{
	struct unseal_ans u = { .status = UNSEAL_STATUS_MAX };

	if (!CHECK(kid_unseal(k, t, &u)))
		return;
	CHECK_INT(u.status, status);
	if (!CHECK(strstr(u.why, text) != NULL))
		printf("\"%s\", not \"%s\"\n", u.why, text);
	CHECK(tpm_clean(k->rig));
}

static void
test_codes(struct kid *k, const struct header_token *t,
    const struct seal_ask *q)
{
	struct seal_ans a;

	test_begin("PCRs that change meanwhile");
	inject(k, CC_UNSEAL, 0x128, 3);
	unseal_says(k, t, UNSEAL_OK, "");
	CHECK_INT(k->moves, 3);
	inject(k, CC_UNSEAL, 0x128, TPM_TRIES - 1);
	unseal_says(k, t, UNSEAL_OK, "");
	inject(k, CC_UNSEAL, 0x128, 1000);
	unseal_says(k, t, UNSEAL_FAILED, "PCRs changed during each of 40");
	CHECK_INT(k->moves, TPM_TRIES);
	inject(k, CC_UNSEAL, 0x128, 2);
	CHECK(kid_seal(k, q, &a) && a.ok);
	CHECK_INT(a.proof, SEAL_UNSEALED);
	CHECK_STR(a.why, "");

	test_begin("lockout");
	inject(k, CC_LOAD, 0x921, 1);
	unseal_says(k, t, UNSEAL_LOCKOUT, "tpm2_dictionarylockout -c");
	inject(k, CC_UNSEAL, 0x921, 1);
	unseal_says(k, t, UNSEAL_LOCKOUT, "tpm2_dictionarylockout -c");
	inject(k, CC_CREATE, 0x921, 1);
	CHECK(kid_seal(k, q, &a) && !a.ok);
	CHECK(strstr(a.why, "tpm2_dictionarylockout -c") != NULL);

	test_begin("policy failure of another session");
	inject(k, CC_UNSEAL, 0xa9d, 1);
	unseal_says(k, t, UNSEAL_PCRS, "another value");
	test_begin("integrity");
	inject(k, CC_LOAD, 0x1df, 1);
	unseal_says(k, t, UNSEAL_FOREIGN, "another TPM");
	test_begin("failure mode");
	inject(k, CC_LOAD, 0x101, 1);
	unseal_says(k, t, UNSEAL_FAILED, "0x101");
	test_begin("busy");
	inject(k, CC_UNSEAL, 0x922, 3);
	unseal_says(k, t, UNSEAL_OK, "");
	CHECK_INT(k->moves, 3);
	k->before = NULL;
}

static void
test_rsa(struct kid *k, const struct seal_ask *q)
{
	struct unseal_ans u;
	struct header_token t;
	struct seal_ans a = { .why = "" };

	test_begin("no P-256");
	kid_without_ecc(k);
	if (!CHECK(kid_seal(k, q, &a) && a.ok))
		printf("%s\n", a.why);
	CHECK_INT(a.primary_ecc, 0);
	k->before = NULL;
	token_of(q, &a, &t);
	CHECK(kid_unseal(k, &t, &u));
	CHECK_INT(u.status, UNSEAL_OK);
	CHECK_MEM(u.secret, q->secret, SECRET_LEN);
	t.primary_ecc = 1;
	unseal_says(k, &t, UNSEAL_FOREIGN, "another TPM");
}

/* The owner's authorisation, all kinds of requests. It stays. */
static void
test_owner(struct kid *k, const struct header_token *t,
    const struct seal_ask *q)
{
	static const char text[] = "tpm2_changeauth -c owner";
	static const uint8_t set[] = { 0, 3, 'a', 'b', 'c' };
	const uint32_t owner = 0x40000001;
	struct seal_ans a;
	struct nv_ans n;

	test_begin("owner authorisation");
	CHECK(kid_nv(k, FS_NV_DEFINE_REQ, NV_FIRST, 'a', &n) && n.ok);
	rig_do(k->rig, 0x129, &owner, 1, set, sizeof(set));
	unseal_says(k, t, UNSEAL_FAILED, text);
	CHECK(kid_seal(k, q, &a) && !a.ok && strstr(a.why, text) != NULL);
	CHECK(kid_nv(k, FS_NV_READ_REQ, NV_FIRST, 0, &n) && !n.ok);
	CHECK(strstr(n.why, text) != NULL);
	CHECK(kid_nv(k, FS_NV_UNDEFINE_REQ, NV_FIRST, 'a', &n) && !n.ok);
	CHECK(strstr(n.why, text) != NULL);
}

enum damage { EMPTY, CUT, LONG, HUGE_SIZE, SMALL_SIZE, NOISE, FLIP,
    DAMAGE_MAX };

static enum damage damage;
static uint32_t noise;

static uint8_t
next_noise(void)
{
	noise = noise * 1664525 + 1013904223;
	return (uint8_t)(noise >> 24);
}

/* The answer to command number `at` is not what the TPM said. */
static int
spoil(struct kid *k, uint32_t cc)
{
	struct frame *f = &k->rig->rsp;
	size_t i;

	(void)cc;
	if (damage == FLIP || k->moves++ != k->at)
		return 0;
	kid_answer_code(k, 0);
	f->len = damage == EMPTY ? 0 : damage == CUT ? 7 : 60;
	for (i = 10; i < f->len; i++)
		f->data[i] = next_noise();
	f->data[5] = damage == LONG ? 50 : damage == SMALL_SIZE ? 9 : 60;
	if (damage == HUGE_SIZE)
		f->data[4] = 0x20;
	return damage == EMPTY || damage == CUT || damage == HUGE_SIZE ? 2 : 1;
}

static void
flip(struct kid *k, uint32_t cc)
{
	struct frame *f = &k->rig->rsp;
	size_t n = f->len - 10;

	(void)cc;
	/* behind the header: another size is what the others are about */
	if (damage == FLIP && k->moves++ == k->at && n > 0)
		f->data[10 + (next_noise() << 8 | next_noise()) % n] ^=
		    (uint8_t)(1 << next_noise() % 8);
}

/* One spoilt answer of an unsealing; 0 when it has fewer. */
static int
spoilt(struct rig *r, const struct header_token *t, const struct seal_ask *q,
    unsigned int at)
{
	struct unseal_ans u = { .status = UNSEAL_FAILED };
	struct pcrs_ans a;
	struct kid k;
	int hit, status;

	kid_start(&k, r);
	k.at = at;
	k.before = spoil;
	k.after = flip;
	if (kid_unseal(&k, t, &u) && u.status == UNSEAL_OK)
		CHECK_MEM(u.secret, q->secret, SECRET_LEN);
	else
		CHECK(u.status != UNSEAL_OK);
	hit = k.moves > at;
	/* it goes on, or says no, or has ended */
	kid_pcrs(&k, SHA256_BANK, PCR7, &a);
	status = kid_end(&k);
	CHECK(status == 0 || status == 1);
	if (hit)
		tpm_restart(r);	/* of what it could not know to be loaded */
	return hit;
}

static void
test_lies(struct rig *r, const struct header_token *t,
    const struct seal_ask *q)
{
	unsigned int at, n = 0;
	int d;

	test_begin("malformed answers");
	for (d = 0; d < DAMAGE_MAX; d++) {
		damage = (enum damage)d;
		for (at = 0; at < COMMANDS_MAX && spoilt(r, t, q, at); at++)
			n++;
	}
	printf("%u malformed answers\n", n);
	CHECK(n > 50);
}

/*
 * Power cuts, each after the parent was used, which is subject to the lockout
 * as systemd's template has it. What the text says ends it.
 */
static void
test_lockout(struct rig *r, const struct header_token *t)
{
	const uint32_t lockout = 0x4000000a;
	struct unseal_ans u = { .status = UNSEAL_OK };
	struct kid k;
	int i;

	test_begin("lockout by power cuts");
	for (i = 0; i < 20 && u.status == UNSEAL_OK; i++) {
		kid_start(&k, r);
		CHECK(kid_unseal(&k, t, &u));
		CHECK_INT(kid_end(&k), 0);
		if (u.status == UNSEAL_OK)
			rig_power_cycle(r);
	}
	printf("lockout after %d power cuts\n", i - 1);
	CHECK_INT(u.status, UNSEAL_LOCKOUT);
	rig_do(r, 0x139, &lockout, 1, NULL, 0);
	kid_start(&k, r);
	unseal_says(&k, t, UNSEAL_OK, "");
	CHECK_INT(kid_end(&k), 0);
}

static void
test_bad_tpm(void)
{
	struct header_token t;
	struct seal_ask q;
	struct seal_ans a;
	struct kid k;
	struct rig r;

	test_begin("bad TPM");
	rig_start(&r, NULL);
	kid_start(&k, &r);
	seal_ask_now(&k, PCR7 | PCR15, &q);
	CHECK(kid_seal(&k, &q, &a) && a.ok);
	token_of(&q, &a, &t);
	test_codes(&k, &t, &q);
	test_rsa(&k, &q);
	CHECK_INT(kid_end(&k), 0);
	test_lies(&r, &t, &q);
	test_lockout(&r, &t);
	kid_start(&k, &r);
	test_owner(&k, &t, &q);
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

int
main(void)
{
	const char *why;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_bad_tpm();
	return test_end();
}
