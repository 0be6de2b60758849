/* fstool/record.c: one form only, and each rule broken once. */
#include "fstool/record.h"
#include "regress/unit/check.h"

#define AT_VERSION	8u
#define AT_ENTRIES	10u
#define AT_UUID		11u
#define AT_INDEX	47u
#define AT_NAME		51u
#define AT_WRAPS	85u
#define AT_WRAP		86u
#define WRAP_LEN	33u
#define ENTRY_LEN	80u

static uint8_t raw[RECORD_MAX + 1];
static size_t len;

static struct record
good(void)
{
	struct record r = { .nv_index = NV_FIRST + 3, .nwraps = 2,
	    .nentries = 2 };

	strcpy(r.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	memset(r.nv_name, 0x4e, sizeof(r.nv_name));
	r.nv_name[0] = 0;
	r.nv_name[1] = 0x0b;
	r.wrap[0].token = 31;
	memset(r.wrap[0].key, 0xa0, MAC_LEN);
	memset(r.wrap[1].key, 0xa1, MAC_LEN);
	r.entry[0] = (struct record_entry){ .epoch = 1, .len = 16u << 20,
	    .digest = { 1 }, .mac = { 2 } };
	r.entry[1] = (struct record_entry){ .epoch = 2, .len = HEADER_MAX,
	    .digest = { 3 }, .mac = { 4 } };
	return r;
}

static void
encode(const struct record *r)
{
	CHECK_OK(record_encode(r, raw, sizeof(raw), &len));
}

static void
refused(const char *what, size_t n, const char *want)
{
	char why[REASON_MAX] = "";
	struct record r;

	test_begin(what);
	CHECK_FAIL(record_decode(span_make(raw, n), &r, why));
	if (strstr(why, want) == NULL)
		CHECK_STR(why, want);
}

static void
patched(const char *what, size_t at, uint8_t v, const char *want)
{
	struct record r = good();

	encode(&r);
	raw[at] = v;
	refused(what, len, want);
}

static void
test_good(void)
{
	struct record r = good(), back;
	char why[REASON_MAX];
	uint8_t maced[RECORD_MAX];
	size_t n, m;

	test_begin("round trip");
	encode(&r);
	CHECK_INT(len, AT_WRAP + 2 * WRAP_LEN + 2 * ENTRY_LEN);
	CHECK_MEM(raw, "CVMFSMAC\0\1\2" "01234567-", 20);
	CHECK_OK(record_decode(span_make(raw, len), &back, why));
	CHECK_MEM(&back, &r, sizeof(r));
	test_begin("what a MAC is over");
	CHECK_OK(record_maced(&r, &r.entry[1], maced, sizeof(maced), &n));
	CHECK_INT(n, 13 + 2 + (AT_WRAP - AT_UUID) + 2 * WRAP_LEN + 48);
	CHECK_MEM(maced, "CVM-FS-MAC-1\0\0\1" "0123", 19);
	m = AT_WRAP + 2 * WRAP_LEN;
	CHECK_MEM(maced + 15, raw + AT_UUID, m - AT_UUID);
	CHECK_MEM(maced + n - 48, raw + m + ENTRY_LEN, 48);
	CHECK_FAIL(record_maced(&r, &r.entry[1], maced, n - 1, &n));
	test_begin("no counter, no wrap, one entry");
	r.nv_index = 0;
	memset(r.nv_name, 0, sizeof(r.nv_name));
	memset(r.wrap, 0, sizeof(r.wrap));
	memset(&r.entry[1], 0, sizeof(r.entry[1]));
	r.nwraps = 0;
	r.nentries = 1;
	encode(&r);
	CHECK_INT(len, AT_WRAP + ENTRY_LEN);
	CHECK_OK(record_decode(span_make(raw, len), &back, why));
	CHECK_MEM(&back, &r, sizeof(r));
	test_begin("no room");
	CHECK_FAIL(record_encode(&r, raw, len - 1, &n));
}

/* Nothing can be changed without being refused or meaning something else. */
static void
test_bytes(void)
{
	struct record r = good(), back;
	char why[REASON_MAX];
	size_t n;
	int v;

	test_begin("cut off anywhere");
	encode(&r);
	for (n = 0; n < len; n++)
		CHECK_FAIL(record_decode(span_make(raw, n), &back, why));
	test_begin("each byte another");
	for (n = 0; n < len; n++) {
		const uint8_t was = raw[n];

		for (v = 0; v < 256; v++) {
			raw[n] = (uint8_t)v;
			if (v != was && record_decode(span_make(raw, len),
			    &back, why) == 0)
				CHECK(memcmp(&back, &r, sizeof(r)) != 0);
		}
		raw[n] = was;
	}
}

static void
test_rules(void)
{
	struct record r = good();

	patched("another file", 0, 'X', "it does not begin as one of ours");
	patched("version 2", AT_VERSION + 1, 2, "a version that is not known");
	patched("no entry", AT_ENTRIES, 0, "not one entry or two");
	patched("three entries", AT_ENTRIES, 3, "not one entry or two");
	patched("one entry, and another", AT_ENTRIES, 1, "bytes follow it");
	patched("UUID in capitals", AT_UUID + 10, 'A', "the UUID is none");
	patched("UUID with a letter for a dash", AT_UUID + 8, 'a',
	    "the UUID is none");
	patched("UUID that ends early", AT_UUID + 35, 0, "the UUID is none");
	patched("a counter before ours", AT_INDEX + 2, 0x52, "none of ours");
	patched("a counter behind ours", AT_INDEX + 3, 0x10, "none of ours");
	patched("a handle of another kind", AT_INDEX, 0x81, "none of ours");
	patched("a name of SHA-1", AT_NAME + 1, 4, "the name of the counter");
	patched("six wraps", AT_WRAPS, 6, "more wrapped keys");
	patched("255 wraps", AT_WRAPS, 255, "more wrapped keys");
	patched("token 32", AT_WRAP, 32, "a token's number");
	patched("a token twice", AT_WRAP, 0, "a token twice");
	patched("a header of no length",
	    AT_WRAP + 2 * WRAP_LEN + 8 + 4, 0, "a length that no header has");
	patched("a header too long",
	    AT_WRAP + 2 * WRAP_LEN + 8 + 4, 3, "a length that no header has");
	encode(&r);
	raw[len] = 0;
	refused("a byte more", len + 1, "bytes follow it");
	refused("longer than any", sizeof(raw), "too long");
	r.nv_index = 0;
	test_begin("a name without a counter");
	CHECK_FAIL(record_encode(&r, raw, sizeof(raw), &len));
	r = good();
	encode(&r);
	memset(raw + AT_INDEX, 0, 4);
	refused("a name without a counter", len, "and no counter");
}

int
main(void)
{
	test_good();
	test_bytes();
	test_rules();
	return test_end();
}
