/* Query strings, and what answers are made of. */

#include "regress/unit/check.h"
#include "workers/http_query.h"
#include "workers/http_reply.h"

static void
query_bad(const char *query, const char *want)
{
	char			 a[8], b[8];
	struct query_param	 p[] = { { "a", a, sizeof(a), false },
	    { "bb", b, sizeof(b), false } };
	const char		*reason = NULL;

	CHECK_FAIL(query_parse(query, p, 2, &reason));
	if (reason == NULL || strstr(reason, want) == NULL)
		CHECK_NEVER("%s: %s", query, reason);
}

static void
query_good(const char *query, const char *wa, const char *wb)
{
	char			 a[8], b[8];
	struct query_param	 p[] = { { "a", a, sizeof(a), true },
	    { "bb", b, sizeof(b), true } };
	const char		*reason = NULL;

	if (!CHECK_OK(query_parse(query, p, 2, &reason)))
		printf("%s: %s\n", query, reason);
	CHECK_INT(p[0].present, wa != NULL);
	CHECK_INT(p[1].present, wb != NULL);
	if (wa != NULL)
		CHECK_STR(a, wa);
	if (wb != NULL)
		CHECK_STR(b, wb);
	CHECK(reason == NULL);
}

static void
test_query(void)
{
	test_begin("query");
	query_good("", NULL, NULL);
	query_good("a=1", "1", NULL);
	query_good("bb=2&a=1", "1", "2");
	query_good("a=&bb=", "", "");
	query_good("a=x=y", "x=y", NULL);
	query_good("a=+%2B%2f%2F", "++//", NULL);
	query_good("a=%26%3D%25", "&=%", NULL);
	query_good("a=1234567", "1234567", NULL);
	query_bad("a=12345678", "too long");
	query_bad("a=%31%31%31%31%31%31%31%31", "too long");
	query_bad("a", "without value");
	query_bad("&a=1", "without value");
	query_bad("a=1&", "without value");
	query_bad("a=1&&bb=2", "without value");
	query_bad("=1", "unknown");
	query_bad("b=1", "unknown");
	query_bad("A=1", "unknown");
	query_bad("%61=1", "unknown");
	query_bad("a=1;bb=2&c=3", "unknown");
	query_bad("a=1&a=1", "repeated");
	query_bad("a=1&bb=2&a=", "repeated");
	query_bad("a=%", "percent");
	query_bad("a=%4", "percent");
	query_bad("a=%4g", "percent");
	query_bad("a=%-1", "percent");
	query_bad("a=%4&bb=1", "percent");
	query_bad("a=%00", "bad byte");
	query_bad("a=%0a", "bad byte");
	query_bad("a=%20", "bad byte");
	query_bad("a=%7f", "bad byte");
	query_bad("a=%C3%A4", "bad byte");
	query_bad("a=\xc3\xa4", "bad byte");
	query_bad("a= ", "bad byte");
}

static void
nonce_bad(const char *query, size_t min, size_t max, const char *want)
{
	const char	*reason = NULL;
	uint8_t		 n[64];
	size_t		 len = 77;

	CHECK_FAIL(query_nonce(query, min, max, n, &len, &reason));
	CHECK_INT(len, 77);
	if (reason == NULL || strstr(reason, want) == NULL)
		CHECK_NEVER("%s: %s", query, reason);
}

static void
test_nonce(void)
{
	static const char	 zero[] = "nonce="
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const char		*reason = NULL;
	char			 q[512];
	uint8_t			 n[64], want[64];
	size_t			 i, len = 0;

	test_begin("nonce");
	memset(want, 0, sizeof(want));
	CHECK_OK(query_nonce(zero, 32, 32, n, &len, &reason));
	CHECK_INT(len, 32);
	CHECK_MEM(n, want, 32);
	CHECK_OK(query_nonce("nonce=%2B/%2Bv", 0, 64, n, &len, &reason));
	CHECK_INT(len, 3);
	CHECK_MEM(n, "\xfb\xff\xaf", 3);
	CHECK_OK(query_nonce("nonce=", 0, 64, n, &len, &reason));
	CHECK_INT(len, 0);
	/* 64 bytes, every digit escaped: the longest that has to fit. */
	memset(want, 0xff, sizeof(want));
	strcpy(q, "nonce=");
	for (i = 0; i < 85; i++)
		strcat(q, "%2F");
	strcat(q, "w");
	CHECK_OK(query_nonce(q, 0, 64, n, &len, &reason));
	CHECK_INT(len, 64);
	CHECK_MEM(n, want, 64);
	nonce_bad("", 32, 32, "missing");
	nonce_bad("nonces=AAAA", 32, 32, "unknown");
	nonce_bad("nonce=AAAA&x=1", 0, 64, "unknown");
	nonce_bad("nonce=AAAA&nonce=AAAA", 0, 64, "repeated");
	nonce_bad("nonce=AAAA", 32, 32, "length");
	nonce_bad(q, 32, 32, "length");
	nonce_bad("nonce=AAAA", 4, 64, "short");
	nonce_bad("nonce=AAAAAAAA", 0, 5, "long");
	nonce_bad("nonce=AA==", 0, 64, "base64");
	nonce_bad("nonce=AB", 0, 64, "base64");
	nonce_bad("nonce=A", 0, 64, "base64");
	nonce_bad("nonce=AA_-", 0, 64, "base64");
}

#define TAIL "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

static void
head(const struct http_head *h, const char *want)
{
	char	 buf[HTTP_HEAD_MAX];
	int	 n, len = strlen(want);

	n = http_head_format(h, buf, sizeof(buf) - 1);
	if (!CHECK(n != -1))
		return;
	buf[n] = '\0';
	CHECK_STR(buf, want);
	/* any smaller buffer is too small, and nothing is written behind it */
	for (n = 0; n <= len; n++) {
		buf[n] = 'X';
		CHECK_INT(http_head_format(h, buf, n), -1);
		CHECK(buf[n] == 'X');
	}
}

static void
test_head(void)
{
	struct http_head h = { .status = 200, .type = HTTP_TYPE_JSON,
	    .length = 4, .keep_alive = true };
	char		 buf[8];

	test_begin("head");
	head(&h, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: 4\r\n" TAIL "Connection: keep-alive\r\n\r\n");
	h.framing = HTTP_LENGTH_CHUNKED;
	h.status = 202;
	h.keep_alive = false;
	head(&h, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
	    "Transfer-Encoding: chunked\r\n" TAIL "Connection: close\r\n\r\n");
	h = (struct http_head){ .status = 206, .type = HTTP_TYPE_BYTES,
	    .framing = HTTP_LENGTH_CLOSE, .keep_alive = true,
	    .accept_ranges = true, .first = 5, .total = UINT64_MAX };
	head(&h, "HTTP/1.1 206 Partial Content\r\n"
	    "Content-Type: application/octet-stream\r\n"
	    "Content-Range: bytes 5-18446744073709551614/18446744073709551615"
	    "\r\nAccept-Ranges: bytes\r\n" TAIL "Connection: close\r\n\r\n");
	h = (struct http_head){ .status = 416, .total = 5 };
	head(&h, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n"
	    "Content-Range: bytes */5\r\n" TAIL "Connection: close\r\n\r\n");
	h = (struct http_head){ .status = 503, .retry_after = 10,
	    .allow = "GET" };
	head(&h, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
	    "Allow: GET\r\nRetry-After: 10\r\n" TAIL
	    "Connection: close\r\n\r\n");
	h.status = 299;
	CHECK_INT(http_head_format(&h, buf, sizeof(buf)), -1);
}

static void
error(int n, char *buf, const char *want)
{
	if (!CHECK(n > 0))
		return;
	buf[n] = '\0';
	CHECK_STR(buf, want);
}

static void
test_errors(void)
{
	struct http_head h = { .keep_alive = true, .status = 200,
	    .framing = HTTP_LENGTH_CHUNKED, .type = HTTP_TYPE_JSON };
	const char	*id = "123e4567-e89b-42d3-a456-426614174000";
	char		 buf[HTTP_ERROR_MAX + 1], text[200];

	test_begin("errors");
	error(http_error_format(&h, 409, HTTP_TEXT_BUSY, buf, HTTP_ERROR_MAX),
	    buf, "HTTP/1.1 409 Conflict\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 76\r\n"
	    TAIL "Connection: keep-alive\r\n\r\nA snapshot is currently "
	    "processing (hold on before processing other actions)");
	error(http_error_format(&h, 400, HTTP_TEXT_OLD, buf, HTTP_ERROR_MAX),
	    buf, "HTTP/1.1 400 Bad Request\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 47\r\n"
	    TAIL "Connection: keep-alive\r\n\r\n"
	    "Please update the cosmian_vm cli to version 1.0");
	h.keep_alive = false;
	error(http_error_500(&h, id, buf, HTTP_ERROR_MAX), buf,
	    "HTTP/1.1 500 Internal Server Error\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 150\r\n"
	    TAIL "Connection: close\r\n\r\n"
	    "Something went wrong from the cosmian_vm agent. See "
	    "cosmian_vm_agent logs for additional information. (error id: "
	    "123e4567-e89b-42d3-a456-426614174000)");
	CHECK_INT(http_error_format(&h, 400, "abc", buf, 100), -1);
	CHECK_INT(http_error_format(&h, 299, "abc", buf, 1000), -1);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(http_error_500(&h, text, buf, HTTP_ERROR_MAX), -1);
}

/* Every status that the request parser can give has a text. */
static void
test_statuses(void)
{
	static const int s[] = { 200, 202, 206, 400, 404, 405, 406, 408, 409,
	    413, 414, 415, 416, 417, 431, 500, 501, 503, 505 };
	struct http_head h = { .total = 1 };
	char		 buf[HTTP_HEAD_MAX];
	size_t		 i;

	test_begin("statuses");
	for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		h.status = s[i];
		CHECK(http_head_format(&h, buf, sizeof(buf)) > 0);
	}
}

static void
test_chunks(void)
{
	char	 buf[HTTP_CHUNK_HEAD + 5000 + HTTP_CHUNK_TAIL + 1];
	char	*start = NULL;

	test_begin("chunks");
	CHECK_INT(http_chunk_frame(buf, 0, &start), 0);
	CHECK(start == NULL);
	memset(buf, 'x', sizeof(buf));
	CHECK_INT(http_chunk_frame(buf, 1, &start), 6);
	CHECK_MEM(start, "1\r\nx\r\nx", 7);
	CHECK(start - buf == HTTP_CHUNK_HEAD - 3);
	memset(buf, 'x', sizeof(buf));
	CHECK_INT(http_chunk_frame(buf, 5000, &start), 5008);
	CHECK_MEM(start, "1388\r\nx", 7);
	CHECK_MEM(start + 5005, "x\r\nx", 4);
}

static void
test_agents(void)
{
	static const struct {
		const char	*agent;
		bool		 old;
	} t[] = {
		{ "cli-version/0.9.9", true },
		{ "cli-version/0", true },
		{ "cli-version/0.0.1-rc.2", true },
		{ "cli-version/00.5", true },
		{ "cli-version/0-alpha", true },
		{ "cli-version/0.99 extra", true },
		{ "cli-version/1.0", false },
		{ "cli-version/1.0.0-rc.1", false },
		{ "cli-version/1.3.0", false },
		{ "cli-version/10.0", false },
		{ "cli-version/01.0", false },
		{ "cli-version/", false },
		{ "cli-version/x", false },
		{ "cli-version/0x1", false },
		{ "cli-version", false },
		{ "Cli-Version/0.9", false },
		{ "curl/0.9", false },
		{ "x cli-version/0.9", false },
		{ "", false },
	};
	size_t	 i;

	test_begin("agents");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (!CHECK_INT(http_agent_is_old(t[i].agent), t[i].old))
			printf("%s\n", t[i].agent);
}

static void
test_ranges(void)
{
	static const struct {
		const char	*range;
		uint64_t	 size;
		enum http_range	 want;
		uint64_t	 first;
	} t[] = {
		{ "", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=0-", 10, HTTP_RANGE_FROM, 0 },
		{ "bytes=9-", 10, HTTP_RANGE_FROM, 9 },
		{ "bytes=10-", 10, HTTP_RANGE_BEYOND, 0 },
		{ "bytes=0-", 0, HTTP_RANGE_BEYOND, 0 },
		{ "bytes=18446744073709551614-", UINT64_MAX, HTTP_RANGE_FROM,
		    UINT64_MAX - 1 },
		{ "bytes=18446744073709551615-", UINT64_MAX, HTTP_RANGE_BEYOND,
		    0 },
		{ "bytes=18446744073709551616-", 10, HTTP_RANGE_BEYOND, 0 },
		{ "bytes=18446744073709551621-", 10, HTTP_RANGE_BEYOND, 0 },
		{ "bytes=99999999999999999999-", 10, HTTP_RANGE_BEYOND, 0 },
		{ "bytes=00000000000000000005-", 10, HTTP_RANGE_FROM, 5 },
		{ "bytes=000000000000000000005-", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=-", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=-5", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=5", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=1-2", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=1-,3-", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes= 1-", 10, HTTP_RANGE_NONE, 0 },
		{ "bytes=+1-", 10, HTTP_RANGE_NONE, 0 },
		{ "Bytes=1-", 10, HTTP_RANGE_NONE, 0 },
		{ "lines=1-", 10, HTTP_RANGE_NONE, 0 },
	};
	uint64_t	 first;
	size_t		 i;

	test_begin("ranges");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		first = 0;
		if (!CHECK_INT(http_range_parse(t[i].range, t[i].size, &first),
		    t[i].want) || !CHECK(first == t[i].first))
			printf("%s\n", t[i].range);
	}
}

int
main(void)
{
	test_query();
	test_nonce();
	test_head();
	test_errors();
	test_statuses();
	test_chunks();
	test_agents();
	test_ranges();
	return test_end();
}
