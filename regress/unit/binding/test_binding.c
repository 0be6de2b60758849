/*
 * The bytes of the strong form. The vectors were computed by hand from
 * PROTOCOL.md with another program (python3 hashlib), not by this code.
 */
#include <openssl/evp.h>

#include "evidence/binding.h"
#include "regress/unit/check.h"

static uint8_t item[8][BINDING_NAME_MAX];

static struct binding
full(void)
{
	int i;

	/* item i is i+1 in all its bytes, so a swap of two is seen */
	for (i = 0; i < 8; i++)
		memset(item[i], i + 1, sizeof(item[i]));
	return (struct binding){ .nonce = item[0], .cert = item[1],
	    .conn = item[2], .seal_pk = item[3], .config = item[4],
	    .ak_name = item[5], .ak_name_len = 34, .bank = 0x000b,
	    .mask = { 0xff, 0x0f, 0x00 }, .subject = item[7] };
}

static void
check_digest(const struct binding *b, enum binding_for what, const char *want)
{
	uint8_t pack[BINDING_PACK_MAX], md[64];
	char hex[2 * sizeof(md) + 1];
	unsigned int len, i;
	size_t n;

	n = binding_pack(b, what, pack, sizeof(pack));
	if (!CHECK(n != 0))
		return;
	EVP_Digest(pack, n, md, &len, what == BINDING_TEE ? EVP_sha512() :
	    EVP_sha256(), NULL);
	for (i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	CHECK_STR(hex, want);
}

static void
test_known_answer(void)
{
	struct binding b = full();
	uint8_t pack[BINDING_PACK_MAX];
	size_t n;

	test_begin("known answer, all items");
	n = binding_pack(&b, BINDING_TEE, pack, sizeof(pack));
	CHECK_INT(n, 10 + 6 * (2 + 32) + (2 + 34) + (2 + 5));
	CHECK_MEM(pack, "CVM-TEE-1\0\0\x20\x01", 13);
	check_digest(&b, BINDING_TEE,
	    "8c601e48a7d141d3e19dada1206c563fab29f796abcced84e4d5d9b9270ae86f"
	    "05e262e6d087eb59230f247e0754c4f0414106e8311fec484119e73640114462");
	check_digest(&b, BINDING_TPM,
	    "7dd25235aafc3142bf1deb06e0b91b78ee48d08478e22e446f0b9e17cf41d471");

	test_begin("known answer, nothing that may be absent");
	b.seal_pk = b.ak_name = b.subject = NULL;
	b.bank = 0;
	n = binding_pack(&b, BINDING_TPM, pack, sizeof(pack));
	CHECK_INT(n, 10 + 4 * (2 + 32) + 4 * 2);
	CHECK_MEM(pack, "CVM-TPM-1\0", 10);
	check_digest(&b, BINDING_TEE,
	    "5d3f0abda4dc208d94c66f31b7ed4dfb301744f98bfadbaf9b172cda8289ab9a"
	    "18f97a515d33b878392b5bf91c5dc30e8498ffb90260afc3181446035cbe60f2");
	check_digest(&b, BINDING_TPM,
	    "61256cd4581ec24a0949f3a5b3a7e5cc25e6a1e5bb5671279109ee4c66bd295a");
}

static void
test_limits(void)
{
	struct binding b = full();
	uint8_t pack[BINDING_PACK_MAX], exact[BINDING_PACK_MAX];
	size_t n, cap;

	test_begin("room");
	n = binding_pack(&b, BINDING_TPM, exact, sizeof(exact));
	for (cap = 0; cap < n; cap++)
		CHECK_INT(binding_pack(&b, BINDING_TPM, pack, cap), 0);
	CHECK_INT(binding_pack(&b, BINDING_TPM, pack, n), n);
	CHECK_MEM(pack, exact, n);

	test_begin("AK Name");
	b.ak_name_len = BINDING_NAME_MAX;
	CHECK_INT(binding_pack(&b, BINDING_TEE, pack, sizeof(pack)),
	    n + BINDING_NAME_MAX - 34);
	b.ak_name_len = BINDING_NAME_MAX + 1;
	CHECK_INT(binding_pack(&b, BINDING_TEE, pack, sizeof(pack)), 0);
	b.ak_name = NULL;	/* absent, whatever its length says */
	CHECK_INT(binding_pack(&b, BINDING_TEE, pack, sizeof(pack)), n - 34);
}

/* Two different sets of values never have the same bytes. */
static void
test_injective(void)
{
	struct binding b = full(), c;
	uint8_t p[BINDING_PACK_MAX], q[BINDING_PACK_MAX];
	size_t n, m;
	int i;

	test_begin("no two alike");
	n = binding_pack(&b, BINDING_TEE, p, sizeof(p));
	for (i = 0; i < 8; i++) {
		c = full();
		switch (i) {
		case 0: c.seal_pk = NULL; break;
		case 1: c.ak_name = NULL; break;
		case 2: c.bank = 0; break;
		case 3: c.subject = NULL; break;
		case 4: c.bank = 0x000c; break;
		case 5: c.mask[2] = 1; break;
		case 6: c.ak_name_len = 33; break;
		case 7: c.nonce = item[1]; break;
		}
		m = binding_pack(&c, BINDING_TEE, q, sizeof(q));
		CHECK(m != 0 && (m != n || memcmp(p, q, n) != 0));
	}
	/* an item that moves to its neighbour: subject for seal_pk */
	c = full();
	c.seal_pk = NULL;
	b.subject = NULL;
	b.seal_pk = c.subject;
	n = binding_pack(&b, BINDING_TEE, p, sizeof(p));
	m = binding_pack(&c, BINDING_TEE, q, sizeof(q));
	CHECK(n == m && memcmp(p, q, n) != 0);
	m = binding_pack(&b, BINDING_TPM, q, sizeof(q));
	CHECK(n == m && memcmp(p, q, n) != 0);
}

static void
test_qualifying(void)
{
	uint8_t q[BINDING_QUALIFYING_LEN];

	test_begin("qualifying data");
	full();
	binding_qualifying(item[0], q);
	CHECK_MEM(q, "CV", 2);
	CHECK_MEM(q + 2, item[0], 32);
}

int
main(void)
{
	test_known_answer();
	test_limits();
	test_injective();
	test_qualifying();
	return test_end();
}
