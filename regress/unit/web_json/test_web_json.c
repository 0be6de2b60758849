/*
 * Streams are encoded with every size of output block from the smallest on,
 * and with the input whole and cut at each place: the result is always one.
 */

#include <jansson.h>

#include "regress/unit/check.h"
#include "workers/web_json.h"

#define TEXT_MAX	8192

enum stream { NUMBERS, STRING, RECORDS };

/* Feed in[0..len), at most step bytes a time, through blocks of size bytes. */
static int
encode(enum stream kind, const uint8_t *in, size_t len, size_t step,
    size_t size, char *text)
{
	struct json_numbers	 n;
	struct json_string	 s;
	struct json_records	 r;
	char			 block[128];
	struct json_out		 out = { block, size, 0 };
	size_t			 at = 0, used = 0, done = 0, take, text_len = 0;
	int			 e = 0, idle = 0;

	json_numbers_init(&n);
	json_string_init(&s);
	json_records_init(&r);
	while (e == 0 && idle < 3) {
		take = len - at < step ? len - at : step;
		if (take > 0) {
			if (kind == NUMBERS)
				used = json_numbers_put(&n, &out, in + at, take);
			else if (kind == STRING)
				used = json_string_put(&s, &out, in + at, take);
			else if (json_records_put(&r, &out, in + at, take,
			    &used) == -1)
				return -1;
			at += used;
			done = used;
		} else {
			e = kind == NUMBERS ? json_numbers_end(&n, &out) :
			    kind == STRING ? json_string_end(&s, &out) :
			    json_records_end(&r, &out);
			done = 0;
		}
		CHECK(out.len <= size);
		idle = done == 0 && out.len == 0 ? idle + 1 : 0;
		if (done < take || take == 0) {
			if (text_len + out.len >= TEXT_MAX)
				abort();
			memcpy(text + text_len, block, out.len);
			text_len += out.len;
			out.len = 0;
		}
	}
	CHECK(idle < 3);
	memcpy(text + text_len, block, out.len);
	text[text_len + out.len] = '\0';
	return e;
}

static void
encode_all(enum stream kind, const void *in, size_t len, const char *want)
{
	char	 text[TEXT_MAX];
	size_t	 size, step;

	for (size = JSON_OUT_MIN; size < JSON_OUT_MIN + 20; size++)
		for (step = 1; step <= len + 1; step += step < 16 ? 1 : 61) {
			if (!CHECK_INT(encode(kind, in, len, step, size, text),
			    1) || !CHECK_STR(text, want)) {
				printf("size %zu step %zu\n", size, step);
				return;
			}
		}
}

static void
test_numbers(void)
{
	uint8_t	 in[256];
	char	 want[2048] = "", one[8];
	size_t	 i;

	test_begin("numbers");
	encode_all(NUMBERS, "", 0, "[]");
	encode_all(NUMBERS, "\0", 1, "[0]");
	encode_all(NUMBERS, "\x0a\0\0\0G\x0f", 6, "[10,0,0,0,71,15]");
	for (i = 0; i < 256; i++) {
		in[i] = i;
		snprintf(one, sizeof(one), "%c%zu", i == 0 ? '[' : ',', i);
		strcat(want, one);
	}
	strcat(want, "]");
	encode_all(NUMBERS, in, 256, want);
}

#define R "\xef\xbf\xbd"

static void
test_strings(void)
{
	static const struct {
		const char	*in;
		const char	*want;
	} t[] = {
		{ "", "\"\"" },
		{ "10 ab sha256:00 /usr/bin/x\n", "\"10 ab sha256:00 /usr/bin/x\\n\"" },
		{ "\"\\/", "\"\\\"\\\\/\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x0b\x1b\x1f\x7f", "\"\\u0001\\u000b\\u001b\\u001f\x7f\"" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		    "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf",
		    "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\"" },
		{ "\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\"\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"" },
		/* one replacement for each maximal part, as Rust does it */
		{ "\x80", "\"" R "\"" },
		{ "a\xff" "b", "\"a" R "b\"" },
		{ "\xc0\x80", "\"" R R "\"" },
		{ "\xc1\xbf", "\"" R R "\"" },
		{ "\xc3", "\"" R "\"" },
		{ "\xc3\"", "\"" R "\\\"\"" },
		{ "\xc3\xc3\xa4", "\"" R "\xc3\xa4\"" },
		{ "\xe0\x80\x80", "\"" R R R "\"" },
		{ "\xe2\x82", "\"" R "\"" },
		{ "\xe2\x82x", "\"" R "x\"" },
		{ "\xed\xa0\x80", "\"" R R R "\"" },
		{ "\xf0\x80\x80\x80", "\"" R R R R "\"" },
		{ "\xf0\x9f\x98", "\"" R "\"" },
		{ "\xf0\x9f\x98\n", "\"" R "\\n\"" },
		{ "\xf4\x90\x80\x80", "\"" R R R R "\"" },
		{ "\xf5\x80\x80\x80", "\"" R R R R "\"" },
		{ "\xf1\x80\xe1\x80\xc2", "\"" R R R "\"" },
	};
	size_t	 i;

	test_begin("strings");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		encode_all(STRING, t[i].in, strlen(t[i].in), t[i].want);
	encode_all(STRING, "\0x", 2, "\"\\u0000x\"");
}

/* Any bytes at all give JSON that jansson reads back. */
static void
test_random_strings(void)
{
	char	 text[TEXT_MAX];
	uint8_t	 in[200];
	uint32_t x = 12345;
	json_t	*v;
	size_t	 i, k;

	test_begin("random strings");
	for (i = 0; i < 300; i++) {
		for (k = 0; k < sizeof(in); k++) {
			x = x * 1664525 + 1013904223;
			/* mostly bytes of long sequences, never NUL */
			in[k] = (x >> 24) % 4 != 0 ? 0x80 | x >> 24 : x >> 25 | 1;
		}
		CHECK_INT(encode(STRING, in, sizeof(in), 7, 16 + i % 50, text),
		    1);
		v = json_loads(text, JSON_DECODE_ANY, NULL);
		CHECK(v != NULL);
		json_decref(v);
	}
}

static size_t
record(uint8_t *p, const char *path, size_t digest_len)
{
	size_t	 i, n = strlen(path);

	p[0] = n >> 8;
	p[1] = n;
	p[2] = digest_len;
	memcpy(p + 3, path, n);
	for (i = 0; i < digest_len; i++)
		p[3 + n + i] = 0xf0 + i;
	return 3 + n + digest_len;
}

static void
test_records(void)
{
	const char	*sha1 = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00010203";
	const char	*rest = "0405060708090a0b0c0d0e0f";
	uint8_t		 in[1024];
	char		 want[1024], text[TEXT_MAX];
	size_t		 len = 8, one, n, ok = 0;

	test_begin("records");
	memcpy(in, RECORDS_MAGIC, 8);
	encode_all(RECORDS, in, len, "[]");
	len += record(in + len, "/a", 20);
	one = len;
	snprintf(want, sizeof(want), "[[\"/a\",\"%s\"]]", sha1);
	encode_all(RECORDS, in, len, want);
	len += record(in + len, "/b \"\xc3\xa4\xff\n\xe2\x82", 32);
	snprintf(want, sizeof(want), "[[\"/a\",\"%s\"],[\"/b \\\"\xc3\xa4" R
	    "\\n" R "\",\"%s%s\"]]", sha1, sha1, rest);
	encode_all(RECORDS, in, len, want);
	/* cut anywhere but between records it is not complete */
	for (n = 0; n < len; n++)
		ok += encode(RECORDS, in, n, 1000, 100, text) == 1;
	CHECK_INT(ok, 2);
	CHECK_INT(encode(RECORDS, in, one, 1000, 100, text), 1);
	len += record(in + len, "/c", 48);
	len += record(in + len, "/d", 64);
	CHECK_INT(encode(RECORDS, in, len, 1000, 100, text), 1);
	in[0] = 'c';
	CHECK_INT(encode(RECORDS, in, len, 1000, 100, text), -1);
	in[0] = 'C';
	in[8 + 2] = 21;
	CHECK_INT(encode(RECORDS, in, len, 1000, 100, text), -1);
	in[8 + 2] = 0;
	CHECK_INT(encode(RECORDS, in, len, 1000, 100, text), -1);
	in[8 + 2] = 20;
	in[8 + 1] = 0;
	CHECK_INT(encode(RECORDS, in, len, 1000, 100, text), -1);
}

/* A path longer than any block. */
static void
test_long_path(void)
{
	uint8_t	 in[2048];
	char	 path[1001], want[1200];
	size_t	 len = 8;

	test_begin("long path");
	memset(path, 'x', sizeof(path));
	path[1000] = '\0';
	memcpy(in, RECORDS_MAGIC, 8);
	len += record(in + len, path, 20);
	snprintf(want, sizeof(want), "[[\"%s\",\"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
	    "00010203\"]]", path);
	encode_all(RECORDS, in, len, want);
}

static void
test_values(void)
{
	struct buf	 b;
	uint8_t		 in[3000];
	uint8_t		 back[3000];
	size_t		 n, len;

	test_begin("values");
	for (n = 0; n < sizeof(in); n++)
		in[n] = n * 7;
	for (n = 0; n < sizeof(in); n += n < 10 ? 1 : 97) {
		buf_init(&b, 0);
		json_add_base64(&b, span_make(in, n));
		CHECK(!b.failed && b.n >= 2 && b.p[0] == '"' &&
		    b.p[b.n - 1] == '"');
		CHECK_OK(base64_decode(span_make(b.p + 1, b.n - 2), back,
		    sizeof(back), &len));
		CHECK_INT(len, n);
		CHECK_MEM(back, in, n);
		buf_free(&b);
	}
	buf_init(&b, 0);
	json_add_base64(&b, span_make("\xfb\xff\xaf\x01", 4));
	json_add_numbers(&b, span_make(NULL, 0));
	json_add_numbers(&b, span_make("\x01\xff", 2));
	json_add_string(&b, span_make(NULL, 0));
	json_add_string(&b, span_str("a\"b\n"));
	json_add_hex(&b, span_make("\x01\xab", 2));
	buf_add(&b, "", 1);
	CHECK_STR((char *)b.p, "\"+/+vAQ\"[][1,255]\"\"\"a\\\"b\\n\"\"01ab\"");
	buf_free(&b);
	buf_init(&b, 0);
	json_add_numbers(&b, span_make(in, sizeof(in)));
	json_add_string(&b, span_make(in, sizeof(in)));
	CHECK(!b.failed && b.n > 9000);
	buf_free(&b);
}

#define NONCE	"\"nonce\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""

static void
attest_bad(const char *body, const char *want)
{
	struct attest_req	 q;
	const char		*reason = NULL;

	memset(&q, 0x5a, sizeof(q));
	CHECK_FAIL(attest_body_parse(body, strlen(body), &q, &reason));
	CHECK_INT(q.bank, 0x5a5a);
	if (reason == NULL || strstr(reason, want) == NULL)
		CHECK_NEVER("%s: %s", body, reason);
}

static struct attest_req
attest_good(const char *body)
{
	struct attest_req	 q;
	const char		*reason = NULL;

	memset(&q, 0x5a, sizeof(q));
	if (attest_body_parse(body, strlen(body), &q, &reason) == -1)
		CHECK_NEVER("%s: %s", body, reason);
	CHECK_INT(q.form, FORM_STRONG);
	CHECK_INT(q.nonce_len, 32);
	CHECK_INT(q.nonce[0], 1);
	CHECK_INT(q.nonce[31], 0);
	return q;
}

static void
test_attest(void)
{
	struct attest_req	 q;

	test_begin("attest");
	q = attest_good("{" NONCE "}");
	CHECK_INT(q.bank, 0x000b);
	CHECK_MEM(q.mask, "\xff\x0f\x00", 3);
	CHECK_INT(q.want_tee, 1);
	CHECK_INT(q.subject, SUBJECT_NONE);
	q = attest_good(" { \"pcrs\" : [ 0, 7,8,10 ,23 ] ,\n\"bank\":\"sha384\","
	    "\"tee\":false,\"subject\":\"snapshot\"," NONCE "}\r\n");
	CHECK_INT(q.bank, 0x000c);
	CHECK_MEM(q.mask, "\x81\x05\x80", 3);
	CHECK_INT(q.want_tee, 0);
	CHECK_INT(q.subject, SUBJECT_SNAPSHOT);
	q = attest_good("{" NONCE ",\"bank\":\"sha512\",\"subject\":null,"
	    "\"tee\":true,\"pcrs\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,"
	    "17,18,19,20,21,22,23]}");
	CHECK_INT(q.bank, 0x000d);
	CHECK_MEM(q.mask, "\xff\xff\xff", 3);
	CHECK_INT(q.want_tee, 1);
	CHECK_INT(q.subject, SUBJECT_NONE);
	q = attest_good("{" NONCE ",\"bank\":\"sha256\",\"pcrs\":[10]}");
	CHECK_INT(q.bank, 0x000b);
	CHECK_MEM(q.mask, "\x00\x04\x00", 3);
}

static void
test_attest_shape(void)
{
	char			 body[ATTEST_BODY_MAX + 2];
	struct attest_req	 q;
	const char		*reason = NULL;

	test_begin("attest shape");
	attest_bad("", "JSON");
	attest_bad("x", "JSON");
	attest_bad("null", "JSON");
	attest_bad("\"a\"", "JSON");
	attest_bad("[]", "object");
	attest_bad("[{" NONCE "}]", "object");
	attest_bad("{", "JSON");
	attest_bad("{" NONCE, "JSON");
	attest_bad("{" NONCE "}}", "JSON");
	attest_bad("{" NONCE "} x", "JSON");
	attest_bad("{" NONCE "}{}", "JSON");
	attest_bad("{" NONCE ",}", "JSON");
	attest_bad("{nonce:1}", "JSON");
	attest_bad("{" NONCE "," NONCE "}", "JSON");
	attest_bad("{" NONCE ",\"tee\":true,\"tee\":true}", "JSON");
	attest_bad("{" NONCE ",\"a\\u0000\":1}", "JSON");
	attest_bad("{" NONCE ",\"\xff\":1}", "JSON");
	attest_bad("{}", "nonce is missing");
	attest_bad("{\"tee\":true}", "nonce is missing");
	attest_bad("{" NONCE ",\"x\":1}", "unknown");
	attest_bad("{" NONCE ",\"\":1}", "unknown");
	attest_bad("{" NONCE ",\"Tee\":true}", "unknown");
	attest_bad("{" NONCE ",\"report_data\":\"AA\"}", "unknown");
	memset(body, ' ', sizeof(body));
	memcpy(body, "{" NONCE "}", strlen("{" NONCE "}"));
	CHECK_OK(attest_body_parse(body, ATTEST_BODY_MAX, &q, &reason));
	CHECK_FAIL(attest_body_parse(body, ATTEST_BODY_MAX + 1, &q, &reason));
	CHECK_STR(reason, "body too long");
	memset(body, '[', sizeof(body));
	CHECK_FAIL(attest_body_parse(body, ATTEST_BODY_MAX, &q, &reason));
	CHECK_FAIL(attest_body_parse("{" NONCE "}\0", strlen("{" NONCE "}") + 1,
	    &q, &reason));
}

static void
test_attest_values(void)
{
	test_begin("attest values");
	attest_bad("{\"nonce\":1}", "nonce is not a string");
	attest_bad("{\"nonce\":null}", "nonce is not a string");
	attest_bad("{\"nonce\":\"\"}", "32 bytes");
	attest_bad("{\"nonce\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\"_QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\" QAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "32 bytes");
	attest_bad("{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "all zero");
	attest_bad("{" NONCE ",\"bank\":11}", "bank is not a string");
	attest_bad("{" NONCE ",\"bank\":null}", "bank is not a string");
	attest_bad("{" NONCE ",\"bank\":\"sha1\"}", "sha1 is refused");
	attest_bad("{" NONCE ",\"bank\":\"SHA256\"}", "not one of");
	attest_bad("{" NONCE ",\"bank\":\"none\"}", "not one of");
	attest_bad("{" NONCE ",\"bank\":\"\"}", "not one of");
	attest_bad("{" NONCE ",\"bank\":\"sha256 \"}", "not one of");
	attest_bad("{" NONCE ",\"pcrs\":10}", "not an array");
	attest_bad("{" NONCE ",\"pcrs\":null}", "not an array");
	attest_bad("{" NONCE ",\"pcrs\":{}}", "not an array");
	attest_bad("{" NONCE ",\"pcrs\":[]}", "1 to 24");
	attest_bad("{" NONCE ",\"pcrs\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,"
	    "16,17,18,19,20,21,22,23,24]}", "1 to 24");
	attest_bad("{" NONCE ",\"pcrs\":[\"1\"]}", "not an integer");
	attest_bad("{" NONCE ",\"pcrs\":[1.0]}", "not an integer");
	attest_bad("{" NONCE ",\"pcrs\":[1e0]}", "not an integer");
	attest_bad("{" NONCE ",\"pcrs\":[true]}", "not an integer");
	attest_bad("{" NONCE ",\"pcrs\":[-1]}", "outside");
	attest_bad("{" NONCE ",\"pcrs\":[24]}", "outside");
	attest_bad("{" NONCE ",\"pcrs\":[4294967296]}", "outside");
	attest_bad("{" NONCE ",\"pcrs\":[99999999999999999999]}", "JSON");
	attest_bad("{" NONCE ",\"pcrs\":[01]}", "JSON");
	attest_bad("{" NONCE ",\"pcrs\":[1,1]}", "ascending");
	attest_bad("{" NONCE ",\"pcrs\":[2,1]}", "ascending");
	attest_bad("{" NONCE ",\"tee\":1}", "tee is not");
	attest_bad("{" NONCE ",\"tee\":\"true\"}", "tee is not");
	attest_bad("{" NONCE ",\"tee\":null}", "tee is not");
	attest_bad("{" NONCE ",\"subject\":\"audit\"}", "subject is neither");
	attest_bad("{" NONCE ",\"subject\":\"\"}", "subject is neither");
	attest_bad("{" NONCE ",\"subject\":false}", "subject is neither");
}

int
main(void)
{
	web_json_init(0);
	test_numbers();
	test_strings();
	test_random_strings();
	test_records();
	test_long_path();
	test_values();
	test_attest();
	test_attest_shape();
	test_attest_values();
	return test_end();
}
