/* Bytes, text forms, checks, file sets. */
#include "evidence/alg.h"
#include "evidence/checks.h"
#include "evidence/fileset.h"
#include "regress/unit/check.h"

static void
test_cursor(void)
{
	static const uint8_t d[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct cursor c;
	struct span s;
	uint64_t v64;
	uint32_t v32 = 99;
	uint16_t v16;
	uint8_t v8;

	test_begin("cursor");
	cursor_init(&c, span_make(d, sizeof(d)));
	CHECK_OK(cursor_le16(&c, &v16));
	CHECK_INT(v16, 0x0201);
	CHECK_OK(cursor_be16(&c, &v16));
	CHECK_INT(v16, 0x0304);
	CHECK_OK(cursor_u8(&c, &v8));
	CHECK_INT(v8, 5);
	/* Too far: nothing moves, nothing is written. */
	CHECK_FAIL(cursor_le32(&c, &v32));
	CHECK_INT(v32, 99);
	CHECK_INT(cursor_left(&c), 3);
	CHECK_FAIL(cursor_take(&c, SIZE_MAX, &s));
	CHECK_OK(cursor_take(&c, 3, &s));
	CHECK_INT(s.p[2], 8);
	CHECK_FAIL(cursor_u8(&c, &v8));
	cursor_init(&c, span_make(d, sizeof(d)));
	CHECK_OK(cursor_be64(&c, &v64));
	CHECK(v64 == 0x0102030405060708u);
}

static void
test_text(void)
{
	uint8_t d[8];
	char t[32];
	size_t n;

	test_begin("hex and base64");
	CHECK_OK(hex_decode(span_str("00fFaB"), d, sizeof(d), &n));
	CHECK_MEM(d, "\x00\xff\xab", 3);
	CHECK_FAIL(hex_decode(span_str("0"), d, sizeof(d), &n));
	CHECK_FAIL(hex_decode(span_str("0x00"), d, sizeof(d), &n));
	CHECK_FAIL(hex_decode(span_str("0011"), d, 1, &n));
	CHECK_FAIL(hex_decode_exact(span_str("0011"), d, 3));
	CHECK_FAIL(hex_encode(span_make("abcd", 4), t, 8));
	CHECK_OK(base64_encode(span_make("\xfb\xff", 2), t, sizeof(t)));
	CHECK_STR(t, "+/8");
	CHECK_OK(base64_decode(span_str("+/8"), d, sizeof(d), &n));
	CHECK_INT(n, 2);
	CHECK_FAIL(base64_decode(span_str("+/8="), d, sizeof(d), &n));
	CHECK_FAIL(base64_decode(span_str("-_8"), d, sizeof(d), &n));
	CHECK_FAIL(base64_decode(span_str("+/9"), d, sizeof(d), &n));
	CHECK_FAIL(base64_decode(span_str("+/8A+"), d, sizeof(d), &n));
	CHECK_FAIL(base64_decode(span_str("+/ 8"), d, sizeof(d), &n));
	CHECK_FAIL(base64_decode(span_str("AAAA"), d, 2, &n));
	CHECK_INT(base64_size(4), 7);
	CHECK(utf8_valid(span_str("a\xc3\xa9")));
	CHECK(!utf8_valid(span_str("\xc0\x80")));
	CHECK(!utf8_valid(span_str("\xed\xa0\x80")));
	CHECK(!utf8_valid(span_str("\xe2\x82")));
}

static void
test_checks(void)
{
	struct checks *ck = calloc(1, sizeof(*ck));
	char t[12];
	size_t i;

	test_begin("checks");
	checks_init(ck);
	CHECK_INT(checks_verdict(ck), RESULT_FAIL);
	CHECK_OK(checks_add(ck, RESULT_OK, "a", "x\x1b[2J%d", 1));
	CHECK_STR(ck->v[0].detail, "x\\x1b[2J1");
	CHECK_INT(checks_verdict(ck), RESULT_OK);
	checks_add(ck, RESULT_WARN, "b", "caf\xc3\xa9 \xff \xc2\x9b");
	CHECK_STR(ck->v[1].detail, "caf\xc3\xa9 \\xff \\xc2\\x9b");
	CHECK_INT(checks_verdict(ck), RESULT_WARN);
	CHECK_FAIL(checks_test(ck, 0, "c", "no"));
	CHECK_INT(checks_verdict(ck), RESULT_FAIL);
	CHECK(checks_find(ck, "c") == &ck->v[2]);
	for (i = 0; i < 2 * MAX_CHECKS; i++)
		checks_add(ck, RESULT_FAIL, "d", "more");
	CHECK_INT(ck->n, MAX_CHECKS);
	CHECK_INT(ck->dropped, MAX_CHECKS + 3);
	CHECK_INT(ck->count[RESULT_FAIL], 2 * MAX_CHECKS + 1);
	text_escape(span_str("0123456789abcdef"), t, sizeof(t));
	CHECK_STR(t, "01234567...");
	free(ck);
}

static void
test_fileset(void)
{
	struct fileset *fs = fileset_new();
	struct span d = span_make("\1\2\3\4", 4), p, q;
	char path[32];
	int i;

	test_begin("file set");
	for (i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/bin/prog %d", i);
		CHECK_OK(fileset_add(fs, span_str(path), d));
	}
	CHECK(!fileset_has(fs, span_str("/bin/prog_7"), d));
	CHECK_OK(fileset_seal(fs));
	CHECK_FAIL(fileset_add(fs, span_str("/x"), d));
	CHECK(fileset_has(fs, span_str("/bin/prog_7"), d));
	CHECK(!fileset_has(fs, span_str("/bin/prog_7"),
	    span_make("\1\2\3\5", 4)));
	CHECK(!fileset_has(fs, span_str("/bin/prog_7"), span_make(NULL, 0)));
	CHECK(!fileset_has(fs, span_str("/bin/prog_1000"), d));
	CHECK(fileset_has_path(fs, span_str("/bin/prog_999")));
	CHECK(!fileset_has_path(fs, span_str("/bin/prog_x")));
	fileset_get(fs, 3, &p, &q);
	CHECK(span_eq_str(p, "/bin/prog 3"));
	fileset_free(fs);
	fs = fileset_new();
	CHECK_FAIL(fileset_add(fs, span_str(""), d));
	CHECK_FAIL(fileset_add(fs, span_str("/x"), span_make(NULL, 0)));
	fileset_free(fs);
}

static void
whitelist(const char *text, size_t lines, const char *path)
{
	static const uint8_t d[20] = { 0xab };
	struct fileset *fs = fileset_new();
	size_t line;
	int rc = whitelist_read(span_str(text), fs, &line);

	if (path == NULL) {
		CHECK_INT(rc, -1);
		CHECK_INT(line, lines);
	} else {
		CHECK_INT(rc, 0);
		CHECK_INT(fileset_count(fs), lines);
		CHECK(fileset_has(fs, span_str(path), span_make(d, 20)));
	}
	fileset_free(fs);
}

#define HEX20	"ab00000000000000000000000000000000000000"

static void
test_whitelist(void)
{
	test_begin("whitelist");
	whitelist("# a\n\n/bin/a " HEX20 "\n", 1, "/bin/a");
	whitelist("/bin/a b  " HEX20 "\r\n/bin/c\t" HEX20, 2, "/bin/a_b");
	whitelist("/bin/a " HEX20 "\n/bin/b\n", 2, NULL);
	whitelist("/bin/a " HEX20 "00\n", 1, NULL);
	whitelist(HEX20 "\n", 1, NULL);
}

static void
test_records(void)
{
	static const uint8_t good[] = "CVMSNAP1\0\2\x14/xabcdefghijklmnopqrst";
	uint8_t bad[sizeof(good)];
	struct fileset *fs;
	size_t n = sizeof(good) - 1, i;

	test_begin("records");
	fs = fileset_new();
	CHECK_OK(snaprec_read(span_make(good, n), fs));
	CHECK_INT(fileset_count(fs), 1);
	fileset_free(fs);
	for (i = 0; i < n; i++) {
		if (i == 8)
			continue;	/* no record: an empty snapshot */
		fs = fileset_new();
		CHECK_FAIL(snaprec_read(span_make(good, i), fs));
		fileset_free(fs);
	}
	memcpy(bad, good, sizeof(bad));
	bad[10] = 19;			/* no such digest */
	fs = fileset_new();
	CHECK_FAIL(snaprec_read(span_make(bad, n - 1), fs));
	fileset_free(fs);
	memcpy(bad, good, sizeof(bad));
	bad[11] = '\0';
	fs = fileset_new();
	CHECK_FAIL(snaprec_read(span_make(bad, n), fs));
	fileset_free(fs);
}

static void
test_alg(void)
{
	uint8_t d[32];

	test_begin("algorithms");
	CHECK_INT(digest_by_name(span_str("sha384")), DIGEST_SHA384);
	CHECK_INT(digest_by_name(span_str("SHA1")), DIGEST_NONE);
	CHECK_INT(digest_by_tpm_id(0x000b), DIGEST_SHA256);
	CHECK_INT(digest_by_size(21), DIGEST_NONE);
	CHECK_STR(digest_name(99), "none");
	CHECK_OK(hex_decode_exact(span_str("e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855"), d, 32));
	CHECK(digest_is_empty(DIGEST_SHA256, span_make(d, 32)));
	CHECK(!digest_is_empty(DIGEST_SHA1, span_make(d, 32)));
	CHECK(!digest_is_empty(DIGEST_NONE, span_make(d, 32)));
}

int
main(void)
{
	test_cursor();
	test_text();
	test_checks();
	test_fileset();
	test_whitelist();
	test_records();
	test_alg();
	return test_end();
}
