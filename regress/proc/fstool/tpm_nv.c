#include <openssl/evp.h>
#include <tss2/tss2_tpm2_types.h>

#include "regress/proc/fstool/tpm_kid.h"
#include "regress/unit/check.h"

/* The counter of a container: its life, and indices that are not ours. */

#define INDEX	NV_FIRST

static const uint8_t no_name[NV_NAME_LEN];

/* One request; ok and there as expected, and the text. */
static uint64_t
nv(struct kid *k, enum fs_type type, uint32_t index, uint8_t auth, int ok,
    int there, const char *text, uint8_t *ret_name)
{
	struct nv_ans a = { .ok = 9 };

	CHECK(kid_nv(k, type, index, auth, &a));
	CHECK_INT(a.ok, ok);
	CHECK_INT(a.there, there);
	if (!CHECK(strstr(a.why, text) != NULL))
		printf("\"%s\", not \"%s\"\n", a.why, text);
	if (ret_name != NULL)
		memcpy(ret_name, a.name, NV_NAME_LEN);
	CHECK(tpm_clean(k->rig));
	return a.value;
}

static void
test_life(struct kid *k)
{
	uint8_t auth[32], name[NV_NAME_LEN], again[NV_NAME_LEN];
	uint64_t first, v;

	memset(auth, 'a', sizeof(auth));
	k->hidden = auth;
	test_begin("counter");
	nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 0, "there is no counter", again);
	CHECK_MEM(again, no_name, NV_NAME_LEN);
	nv(k, FS_NV_BUMP_REQ, INDEX, 'a', 0, 0, "there is no counter", NULL);
	nv(k, FS_NV_UNDEFINE_REQ, INDEX, 0, 1, 0, "", NULL);
	first = nv(k, FS_NV_DEFINE_REQ, INDEX, 'a', 1, 0, "", name);
	CHECK(first > 0 && memcmp(name, no_name, NV_NAME_LEN) != 0);
	v = nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", again);
	CHECK(v == first);
	CHECK_MEM(again, name, NV_NAME_LEN);
	v = nv(k, FS_NV_BUMP_REQ, INDEX, 'a', 1, 1, "", again);
	CHECK(v == first + 1);
	CHECK_MEM(again, name, NV_NAME_LEN);
	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", NULL) == first + 1);

	test_begin("defined twice");
	nv(k, FS_NV_DEFINE_REQ, INDEX, 'b', 1, 1, "", NULL);
	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", NULL) == first + 1);

	test_begin("wrong authorisation");
	nv(k, FS_NV_BUMP_REQ, INDEX, 'b', 0, 1, "does not take this", NULL);
	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", NULL) == first + 1);
	v = nv(k, FS_NV_BUMP_REQ, INDEX, 'a', 1, 1, "", NULL);
	CHECK(v == first + 2);

	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 'a', 1, 1, "", again) == v);
	CHECK_MEM(again, name, NV_NAME_LEN);
	nv(k, FS_NV_READ_REQ, INDEX, 'b', 1, 1, "does not take this", again);
	CHECK_MEM(again, no_name, NV_NAME_LEN);

	test_begin("removed by who has made it only");
	nv(k, FS_NV_UNDEFINE_REQ, INDEX, 'b', 1, 1, "another container's",
	    NULL);
	nv(k, FS_NV_UNDEFINE_REQ, INDEX, 0, 1, 1, "another container's",
	    NULL);
	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", NULL) == v);

	test_begin("a counter cannot be set back");
	nv(k, FS_NV_UNDEFINE_REQ, INDEX, 'a', 1, 0, "", NULL);
	nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 0, "", NULL);
	first = nv(k, FS_NV_DEFINE_REQ, INDEX, 'a', 1, 0, "", again);
	CHECK(first > v);
	CHECK_MEM(again, name, NV_NAME_LEN);
	tpm_restart(k->rig);
	CHECK(nv(k, FS_NV_READ_REQ, INDEX, 0, 1, 1, "", NULL) == first);
	nv(k, FS_NV_UNDEFINE_REQ, INDEX, 'a', 1, 0, "", NULL);
	CHECK_INT(k->seen, 0);
#ifndef __SANITIZE_ADDRESS__
	CHECK_INT(kid_memory_has(k, auth, sizeof(auth)), 0);
#endif
	k->hidden = NULL;
}

/* By hand: authorised by the letters, with these attributes; proof: by the letters, too. */
static void
define_by_hand(struct rig *r, uint32_t index, uint32_t attributes,
    uint16_t size, int proof)
{
	const uint32_t owner = 0x40000001;
	uint8_t auth[32], policy[32];
	struct wbuf w;

	memset(auth, 'a', sizeof(auth));
	wbuf_init(&w);
	put_blob(&w, auth, sizeof(auth));
	put_u16(&w, proof ? 14 + sizeof(policy) : 14);
	put_u32(&w, index);
	put_u16(&w, 0x000b);
	put_u32(&w, attributes);
	CHECK_INT(EVP_Digest(auth, sizeof(auth), policy, NULL, EVP_sha256(),
	    NULL), 1);
	put_blob(&w, policy, proof ? sizeof(policy) : 0);
	put_u16(&w, size);
	rig_do(r, 0x12a, &owner, 1, w.b, w.n);
}

static void
test_others(struct kid *k)
{
	static const struct { uint32_t attributes; uint16_t size; } bad[] = {
		{ 0x02060004, 8 },	/* no counter */
		{ 0x00060014, 8 },	/* subject to lockout */
		{ 0x02060016, 8 },	/* the owner may write */
		{ 0x02020014, 8 },	/* not read by its authorisation */
		{ 0x06060014, 8 } };	/* orderly: lost by a power cut */
	uint8_t name[NV_NAME_LEN];
	size_t i;

	test_begin("an index of another program");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		define_by_hand(k->rig, INDEX + 1 + (uint32_t)i,
		    bad[i].attributes, bad[i].size, 0);
		nv(k, FS_NV_READ_REQ, INDEX + 1 + (uint32_t)i, 0, 1, 1,
		    "not a counter of cosmian_fstool", name);
		CHECK_MEM(name, no_name, NV_NAME_LEN);
		nv(k, FS_NV_BUMP_REQ, INDEX + 1 + (uint32_t)i, 'a', 0, 1,
		    "not a counter of cosmian_fstool", NULL);
		nv(k, FS_NV_DEFINE_REQ, INDEX + 1 + (uint32_t)i, 'a', 1, 1,
		    "", NULL);
		nv(k, FS_NV_UNDEFINE_REQ, INDEX + 1 + (uint32_t)i, 0, 0, 1,
		    "not a counter of cosmian_fstool", NULL);
	}
	test_begin("a counter whose definition was cut");
	define_by_hand(k->rig, NV_LAST, 0x02060014, 8, 1);
	nv(k, FS_NV_READ_REQ, NV_LAST, 0, 1, 1, "was never used", name);
	CHECK_MEM(name, no_name, NV_NAME_LEN);
	nv(k, FS_NV_BUMP_REQ, NV_LAST, 'a', 0, 1, "was never used", NULL);
	nv(k, FS_NV_UNDEFINE_REQ, NV_LAST, 'b', 1, 1, "another container's",
	    NULL);
	nv(k, FS_NV_UNDEFINE_REQ, NV_LAST, 'a', 1, 0, "", NULL);
	nv(k, FS_NV_READ_REQ, NV_LAST, 0, 1, 0, "", NULL);
	test_begin("a counter without proof, as earlier versions made it");
	define_by_hand(k->rig, NV_LAST, 0x02060014, 8, 0);
	nv(k, FS_NV_READ_REQ, NV_LAST, 0, 1, 1, "was never used", NULL);
	nv(k, FS_NV_UNDEFINE_REQ, NV_LAST, 'a', 1, 1, "another container's",
	    NULL);

	test_begin("an index that is none of ours");
	nv(k, FS_NV_DEFINE_REQ, NV_LAST + 1, 'a', 0, 0, "none of ours", NULL);
	nv(k, FS_NV_READ_REQ, NV_FIRST - 1, 0, 0, 0, "none of ours", NULL);
	nv(k, FS_NV_UNDEFINE_REQ, 0x01c00002, 0, 0, 0, "none of ours", NULL);
}

static int
no_increment(struct kid *k, uint32_t cc)
{
	if (cc != 0x134)
		return 0;
	kid_answer_code(k, 0x101);	/* TPM_RC_FAILURE */
	return 1;
}

/* A public area whose Name is another: one bit of the answer's Name. */
static void
other_name(struct kid *k, uint32_t cc)
{
	if (cc == 0x169 && k->moves++ > 0)
		k->rig->rsp.data[k->rig->rsp.len - 1] ^= 1;
}

static void
test_nv(void)
{
	struct nv_ans a;
	struct kid k;
	struct rig r;

	rig_start(&r, NULL);
	kid_start(&k, &r);
	test_life(&k);
	test_others(&k);

	test_begin("a first increment that fails");
	k.before = no_increment;
	nv(&k, FS_NV_DEFINE_REQ, INDEX, 'a', 0, 0, "increment the counter",
	    NULL);
	k.before = NULL;
	nv(&k, FS_NV_READ_REQ, INDEX, 0, 1, 0, "", NULL);

	test_begin("a Name that is not that of the public area");
	nv(&k, FS_NV_DEFINE_REQ, INDEX, 'a', 1, 0, "", NULL);
	k.after = other_name;
	CHECK(kid_nv(&k, FS_NV_READ_REQ, INDEX, 0, &a) && !a.ok);
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

int
main(void)
{
	const char *why;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_nv();
	return test_end();
}
