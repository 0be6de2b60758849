#include <openssl/evp.h>

#include "regress/proc/fstool/tpm_kid.h"
#include "regress/unit/check.h"

/* fstool-tpm against swtpm: PCRs, the cap, and requests that are malformed. */

static void
sha256_2(const void *a, size_t an, const void *b, size_t bn, uint8_t *ret)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	EVP_DigestInit_ex(c, EVP_sha256(), NULL);
	EVP_DigestUpdate(c, a, an);
	EVP_DigestUpdate(c, b, bn);
	EVP_DigestFinal_ex(c, ret, NULL);
	EVP_MD_CTX_free(c);
}

/* TPM2_PCR_Read of one: its value at the end of the answer. */
static const uint8_t *
pcr_read(struct rig *r, uint16_t bank, unsigned int pcr, size_t n)
{
	uint8_t c[20] = { 0x80, 1, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1,
	    (uint8_t)(bank >> 8), (uint8_t)bank, 3 };

	c[17 + pcr / 8] = (uint8_t)(1 << pcr % 8);
	CHECK_INT(rig_command(r, c, sizeof(c)), 0);
	CHECK_INT(r->rsp.len, 30 + n);
	return r->rsp.data + 30;
}

/* Each PCR another value. */
static void
extend_all(struct rig *r)
{
	uint8_t p[4 + 2 + 32] = { 0, 0, 0, 1, 0, 0x0b };
	uint32_t i;

	for (i = 0; i < 24; i++) {
		memset(p + 6, (int)(0x10 + i), 32);
		if (i < 16)
			rig_do(r, 0x182, &i, 1, p, sizeof(p));
	}
}

static void
test_pcrs(void)
{
	static const uint16_t banks[] = { 0x000b, 0x000c };
	struct pcrs_ans a;
	struct kid k;
	struct rig r;
	size_t b, i, n;

	test_begin("PCRs");
	rig_start(&r, NULL);
	extend_all(&r);
	kid_start(&k, &r);
	for (b = 0; b < 2; b++) {
		n = b == 0 ? 32 : 48;
		if (!kid_pcrs(&k, banks[b], 0xffffff, &a) ||
		    !CHECK_INT(a.ok, 1) || !CHECK_INT(a.values_len, 24 * n))
			continue;
		for (i = 0; i < 24; i++)
			CHECK_MEM(a.values + i * n, pcr_read(&r, banks[b],
			    (unsigned int)i, n), n);
		CHECK(kid_pcrs(&k, banks[b], 1 << 3 | 1 << 9 | 1 << 15, &a));
		CHECK_INT(a.values_len, 3 * n);
		CHECK_MEM(a.values + n, pcr_read(&r, banks[b], 9, n), n);
	}
	CHECK_INT(kid_end(&k), 0);

	test_begin("PCRs by swtpm's own socket");
	kid_start_direct(&k, &r);
	CHECK(kid_pcrs(&k, 0x000b, 1 << 9, &a) && a.ok);
	CHECK_INT(kid_end(&k), 0);
	CHECK_MEM(a.values, pcr_read(&r, 0x000b, 9, 32), 32);
	rig_stop(&r);

	test_begin("a bank that is not there");
	rig_start(&r, "--create-ek-cert");
	kid_start(&k, &r);
	CHECK(kid_pcrs(&k, 0x000c, 1 << 9 | 1 << 7, &a) && !a.ok);
	CHECK(strstr(a.why, "PCR 7 and 9 in a bank of sha384") != NULL);
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

static void
cap_lies(struct kid *k, uint32_t cc)
{
	if (cc == 0x17e && k->rig->rsp.len > 30 && k->moves++ == k->at)
		memset(k->rig->rsp.data + 30, 0, k->rig->rsp.len - 30);
}

static void
test_cap(void)
{
	static const struct { uint16_t bank; size_t n; } banks[] = {
		{ 4, 20 }, { 0x0b, 32 }, { 0x0c, 48 }, { 0x0d, 64 } };
	static const uint8_t zero[64];
	uint8_t data[1024], want[32], d[32];
	struct simple_ans a;
	struct kid k;
	struct rig r;
	size_t i;

	test_begin("cap");
	memset(data, 'x', sizeof(data));
	rig_start(&r, NULL);
	kid_start(&k, &r);
	CHECK(kid_cap(&k, data, 60, &a));
	CHECK_INT(a.ok, 1);
	CHECK_STR(a.why, "");
	for (i = 0; i < 4; i++)
		CHECK(memcmp(pcr_read(&r, banks[i].bank, 15, banks[i].n), zero,
		    banks[i].n) != 0);
	sha256_2(data, 60, NULL, 0, d);
	sha256_2(zero, 32, d, 32, want);
	CHECK_MEM(pcr_read(&r, 0x0b, 15, 32), want, 32);
	CHECK(kid_cap(&k, data, sizeof(data), &a) && a.ok);
	CHECK(tpm_clean(&r));

	test_begin("a cap that does not hold in one bank");
	k.after = cap_lies;
	for (k.at = 0; k.at < 4; k.at++) {
		k.moves = 0;
		CHECK(kid_cap(&k, "x", 1, &a) && !a.ok);
		CHECK(strstr(a.why, "PCR 15 was extended and is still zero") !=
		    NULL);
	}
	CHECK_INT(kid_end(&k), 0);
	rig_stop(&r);
}

/* A front that says what it may not say has a bug: the child ends. */
static void
test_front(void)
{
	static const struct { enum fs_type type; size_t n; } bad[] = {
		{ FS_PCRS_REQ, 5 }, { FS_PCRS_REQ, 7 }, { FS_PCRS_REQ, 6 },
		{ FS_SEAL_REQ, 40 }, { FS_UNSEAL_REQ, 10 }, { FS_CAP_REQ, 2 },
		{ FS_NV_BUMP_REQ, 35 }, { FS_NV_READ_REQ, 37 },
		{ FS_HEADER_REQ, 0 }, { FS_PCRS_ANS, 3 },
		{ (enum fs_type)999, 0 } };
	struct frame f;
	struct wbuf w;
	struct kid k;
	struct rig r;
	size_t i;

	test_begin("malformed requests");
	rig_start(&r, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		kid_start(&k, &r);
		wbuf_init(&w);
		put_raw(&w, &f, 0);
		memset(w.b, 0, bad[i].n);
		w.n = bad[i].n;
		CHECK(!kid_ask(&k, bad[i].type, &w, &f));
		CHECK_INT(kid_end(&k), 1);
	}
	rig_stop(&r);
}

int
main(void)
{
	const char *why;

	if ((why = rig_missing()) != NULL)
		test_skip(why);
	test_pcrs();
	test_cap();
	test_front();
	return test_end();
}
