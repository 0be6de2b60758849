/*
 * The request parser.  Every input is fed whole, byte by byte and cut in two
 * at each position, and has to give the same answer each time.
 */

#include "regress/unit/check.h"
#include "workers/http.h"

#define H	"Host: a\r\n"
#define E	"\r\n"
#define GET	"GET / HTTP/1.1\r\n" H
#define POST	"POST / HTTP/1.1\r\n" H
#define TE	"Transfer-Encoding: chunked\r\n"

#define BODY_LIMIT	32

struct refusal {
	const char	*what;
	const char	*input;
	size_t		 len;	/* 0: strlen */
	int		 status;
	const char	*reason;	/* a part of it, or NULL */
};

/* Bytes and statuses of refused requests; smuggling cases name the trick. */
static const struct refusal refusals[] = {
	/* request line */
	{ "TLS hello", "\x16\x03\x01\x02", 0, 400, "method" },
	{ "leading line", "\r\n" GET E, 0, 400, "method" },
	{ "leading blank", " " GET E, 0, 400, "method" },
	{ "only line feed", "\n", 0, 400, "method" },
	{ "NUL method", "G\0T", 3, 400, "method" },
	{ "HEAD", "HEAD / HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "PUT", "PUT / HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "OPTIONS", "OPTIONS * HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "PATCH", "PATCH / HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "TRACE", "TRACE / HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "CONNECT", "CONNECT a:443 HTTP/1.1\r\n" H E, 0, 405, NULL },
	{ "lower case", "get / HTTP/1.1\r\n" H E, 0, 501, NULL },
	{ "unknown method", "GETS / HTTP/1.1\r\n" H E, 0, 501, NULL },
	{ "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 0, 501, NULL },
	{ "endless method", "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABC", 0, 501, NULL },
	{ "HTTP/0.9", "GET /\r\n", 0, 400, "target" },
	{ "HTTP/0.9, blank", "GET / \r\n", 0, 400, "version" },
	{ "HTTP/0.9, named", "GET / HTTP/0.9\r\n" E, 0, 505, NULL },
	{ "HTTP/1.2", "GET / HTTP/1.2\r\n" H E, 0, 505, NULL },
	{ "HTTP/2.0", "GET / HTTP/2.0\r\n" H E, 0, 505, NULL },
	{ "HTTP/11", "GET / HTTP/11\r\n" H E, 0, 400, "version" },
	{ "HTTP/1.10", "GET / HTTP/1.10\r\n" H E, 0, 400, "version" },
	{ "http/1.1", "GET / http/1.1\r\n" H E, 0, 400, "version" },
	{ "ICE/1.0", "GET / ICE/1.0\r\n" H E, 0, 400, "version" },
	{ "RTSP/1.0", "GET / RTSP/1.0\r\n" H E, 0, 400, "version" },
	{ "blank after version", "GET / HTTP/1.1 \r\n" H E, 0, 400, "version" },
	{ "two blanks", "GET  / HTTP/1.1\r\n" H E, 0, 400, "origin" },
	{ "two blanks after", "GET /  HTTP/1.1\r\n" H E, 0, 400, "version" },
	{ "tab", "GET\t/ HTTP/1.1\r\n" H E, 0, 400, "method" },
	{ "bare LF line", "GET / HTTP/1.1\n" H E, 0, 400, "line feed" },
	{ "CR CR LF", "GET / HTTP/1.1\r\r\n" H E, 0, 400, "carriage" },
	{ "absolute form", "GET http://a/ HTTP/1.1\r\n" H E, 0, 400, "origin" },
	{ "asterisk", "GET * HTTP/1.1\r\n" H E, 0, 400, "origin" },
	{ "authority", "GET a:443 HTTP/1.1\r\n" H E, 0, 400, "origin" },
	{ "fragment", "GET /a#b HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "backslash", "GET /a\\b HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "quote", "GET /\"b HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "control byte", "GET /a\x01 HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "NUL in target", "GET /a\0b", 8, 400, "target" },
	{ "DEL in target", "GET /a\x7f HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "UTF-8 target", "GET /\xc3\xa4 HTTP/1.1\r\n" H E, 0, 400, "target" },
	{ "%00", "GET /a%00 HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%2F", "GET /a%2Fb HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%2f", "GET /a%2fb HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%20", "GET /a%20b HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%0a", "GET /a%0ab HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%ff", "GET /a%ffb HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "% at end", "GET /a% HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%4 at end", "GET /a%4 HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%4 at query", "GET /a%4?b HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%zz", "GET /a%zz HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%00 query", "GET /?a=%00 HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "%z query", "GET /?a=%z1 HTTP/1.1\r\n" H E, 0, 400, "percent" },
	{ "% ends query", "GET /?a=b%4 HTTP/1.1\r\n" H E, 0, 400, "percent" },
	/* header lines */
	{ "no Host", "GET / HTTP/1.1\r\n" E, 0, 400, "no Host" },
	{ "two Hosts", GET "Host: b\r\n" E, 0, 400, "repeated" },
	{ "same Host twice", GET H E, 0, 400, "repeated" },
	{ "two Hosts, 1.0", "GET / HTTP/1.0\r\n" H H E, 0, 400, "repeated" },
	{ "empty Host", "GET / HTTP/1.1\r\nHost:\r\n" E, 0, 400, "Host" },
	{ "empty Host, blanks", "GET / HTTP/1.1\r\nHost:  \r\n" E, 0, 400,
	    "Host" },
	{ "path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n" E, 0, 400, "Host" },
	{ "user in Host", "GET / HTTP/1.1\r\nHost: a@b\r\n" E, 0, 400, "Host" },
	{ "two names in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n" E, 0, 400,
	    "Host" },
	{ "blank before colon", "GET / HTTP/1.1\r\nHost : a\r\n" E, 0, 400,
	    "header" },
	{ "blank before colon, TE", POST "Transfer-Encoding : chunked\r\n" E
	    "0\r\n\r\n", 0, 400, "header" },
	{ "obs-fold", GET "X: a\r\n b\r\n" E, 0, 400, "folded" },
	{ "obs-fold, tab", GET "X: a\r\n\tb\r\n" E, 0, 400, "folded" },
	{ "obs-fold, first", "GET / HTTP/1.1\r\n Host: a\r\n" E, 0, 400,
	    "folded" },
	{ "obs-fold, blank line", GET "X: a\r\n \r\n" E, 0, 400, "folded" },
	{ "obs-fold hides TE", POST "X: a\r\n Transfer-Encoding: chunked\r\n"
	    E, 0, 400, "folded" },
	{ "obs-fold in TE", POST "Transfer-Encoding:\r\n chunked\r\n" E, 0, 400,
	    "folded" },
	{ "bare LF", GET "X: a\nY: b\r\n" E, 0, 400, "line feed" },
	{ "bare LF end", GET "\n", 0, 400, "line feed" },
	{ "bare LF smuggles", POST "X: a\nContent-Length: 9\r\n" E, 0, 400,
	    "line feed" },
	{ "bare CR", GET "X: a\rY: b\r\n" E, 0, 400, "carriage" },
	{ "CR without LF at end", GET "\rX", 0, 400, "carriage" },
	{ "NUL in value", GET "X: a\0b\r\n\r\n",
	    sizeof(GET "X: a\0b\r\n\r\n") - 1, 400, "control" },
	{ "NUL in name", GET "X\0: b\r\n\r\n",
	    sizeof(GET "X\0: b\r\n\r\n") - 1, 400, "control" },
	{ "control in value", GET "X: a\x1b[0m\r\n" E, 0, 400, "control" },
	{ "DEL in value", GET "X: a\x7f\r\n" E, 0, 400, "control" },
	{ "non-ASCII in a value of ours", GET "User-Agent: \xe4\r\n" E, 0, 400,
	    "value" },
	{ "tab in a value of ours", GET "Accept: a\tb\r\n" E, 0, 400, "value" },
	{ "no colon", GET "abc\r\n" E, 0, 400, "header" },
	{ "no name", GET ": abc\r\n" E, 0, 400, "header" },
	{ "blank in name", GET "a b: c\r\n" E, 0, 400, "header" },
	{ "paren in name", GET "a(b): c\r\n" E, 0, 400, "header" },
	{ "two agents", GET "User-Agent: a\r\nuser-agent: b\r\n" E, 0, 400,
	    "repeated" },
	{ "two ranges", GET "Range: bytes=1-\r\nRange: bytes=2-\r\n" E, 0, 400,
	    "repeated" },
	{ "Upgrade", GET "Connection: upgrade\r\nUpgrade: h2c\r\n" E, 0, 400,
	    "upgrade" },
	{ "Upgrade alone", GET "Upgrade: websocket\r\n" E, 0, 400, "upgrade" },
	{ "Upgrade, empty", GET "Upgrade:\r\n" E, 0, 400, "upgrade" },
	{ "Expect", POST "Expect: 200-ok\r\nContent-Length: 1\r\n" E, 0, 417,
	    NULL },
	/* length of the body */
	{ "CL and TE", POST "Content-Length: 5\r\n" TE E "0\r\n\r\n", 0, 400,
	    NULL },
	{ "TE and CL", POST TE "Content-Length: 5\r\n" E "0\r\n\r\n", 0, 400,
	    NULL },
	{ "TE and CL 0", POST TE "Content-Length: 0\r\n" E "0\r\n\r\n", 0, 400,
	    NULL },
	{ "CL 0 and TE", POST "Content-Length: 0\r\n" TE E "0\r\n\r\n", 0, 400,
	    NULL },
	{ "two CL", POST "Content-Length: 1\r\nContent-Length: 2\r\n" E, 0, 400,
	    NULL },
	{ "same CL twice", POST "Content-Length: 1\r\nContent-Length: 1\r\n" E
	    "x", 0, 400, NULL },
	{ "CL list", POST "Content-Length: 1, 1\r\n" E "x", 0, 400, NULL },
	{ "CL +", POST "Content-Length: +1\r\n" E "x", 0, 400, NULL },
	{ "CL -", POST "Content-Length: -1\r\n" E "x", 0, 400, NULL },
	{ "CL hex", POST "Content-Length: 0x1\r\n" E "x", 0, 400, NULL },
	{ "CL real", POST "Content-Length: 1.0\r\n" E "x", 0, 400, NULL },
	{ "CL blank", POST "Content-Length: 1 1\r\n" E "x", 0, 400, NULL },
	{ "CL empty", POST "Content-Length:\r\n" E, 0, 400, NULL },
	{ "CL blanks", POST "Content-Length:   \r\n" E, 0, 400, NULL },
	{ "CL 2^64", POST "Content-Length: 18446744073709551616\r\n" E, 0, 400,
	    NULL },
	{ "CL 2^64+1 as 1", POST "Content-Length: 18446744073709551617\r\n" E
	    "x", 0, 400, NULL },
	{ "CL 2^63", POST "Content-Length: 9223372036854775808\r\n" E, 0, 413,
	    NULL },
	{ "CL above limit", POST "Content-Length: 33\r\n" E, 0, 413, NULL },
	{ "CL_", POST "Content-Length_: 1\r\nContent-Length: 33\r\n" E, 0, 413,
	    NULL },
	{ "TE identity", POST "Transfer-Encoding: identity\r\n" E, 0, 400,
	    NULL },
	{ "TE xchunked", POST "Transfer-Encoding: xchunked\r\n" E, 0, 400,
	    NULL },
	{ "TE chunkedx", POST "Transfer-Encoding: chunkedx\r\n" E, 0, 400,
	    NULL },
	{ "TE gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n" E, 0,
	    400, NULL },
	{ "TE chunked, identity", POST
	    "Transfer-Encoding: chunked, identity\r\n" E, 0, 400, NULL },
	{ "TE chunked, chunked", POST
	    "Transfer-Encoding: chunked, chunked\r\n" E, 0, 400, NULL },
	{ "TE ,chunked", POST "Transfer-Encoding: ,chunked\r\n" E, 0, 400,
	    NULL },
	{ "TE chunked,", POST "Transfer-Encoding: chunked,\r\n" E, 0, 400,
	    NULL },
	{ "TE chunked;q", POST "Transfer-Encoding: chunked;q=1\r\n" E, 0, 400,
	    NULL },
	{ "TE quoted", POST "Transfer-Encoding: \"chunked\"\r\n" E, 0, 400,
	    NULL },
	{ "TE empty", POST "Transfer-Encoding:\r\n" E, 0, 400, NULL },
	{ "TE VT", POST "Transfer-Encoding: \x0b" "chunked\r\n" E, 0, 400,
	    NULL },
	{ "TE twice", POST TE TE E "0\r\n\r\n", 0, 400, NULL },
	{ "TE identity, then TE", POST "Transfer-Encoding: identity\r\n" TE E
	    "0\r\n\r\n", 0, 400, NULL },
	{ "TE in 1.0", "POST / HTTP/1.0\r\n" H TE E "0\r\n\r\n", 0, 400, NULL },
	{ "GET with body", GET "Content-Length: 1\r\n" E "x", 0, 400, "body" },
	{ "GET with TE", GET TE E "0\r\n\r\n", 0, 400, "body" },
	{ "DELETE with body", "DELETE / HTTP/1.1\r\n" H
	    "Content-Length: 1\r\n" E "x", 0, 400, "body" },
	/* chunks */
	{ "chunk too long", POST TE E "21\r\n", 0, 413, NULL },
	{ "sum too long", POST TE E "20\r\n01234567890123456789012345678901"
	    "\r\n1\r\n", 0, 413, NULL },
	{ "chunk 2^64", POST TE E "10000000000000000\r\n", 0, 400, "chunk" },
	{ "chunk 2^64 - 1", POST TE E "ffffffffffffffff\r\n", 0, 413, NULL },
	{ "chunk +", POST TE E "+1\r\nx\r\n", 0, 400, "chunk" },
	{ "chunk -", POST TE E "-1\r\nx\r\n", 0, 400, "chunk" },
	{ "chunk 0x", POST TE E "0x1\r\nx\r\n", 0, 400, "chunk" },
	{ "chunk blank before", POST TE E " 1\r\nx\r\n", 0, 400, "chunk" },
	{ "chunk empty", POST TE E "\r\nx\r\n", 0, 400, "chunk" },
	{ "chunk bare LF", POST TE E "1\nx\r\n", 0, 400, "chunk" },
	{ "chunk without CRLF", POST TE E "1\r\nxy", 0, 400, "chunk" },
	{ "chunk LF after", POST TE E "1\r\nx\n0\r\n", 0, 400, "chunk" },
	{ "chunk CR, other", POST TE E "1\r\nx\rX", 0, 400, "chunk" },
	{ "extension", POST TE E "1;a=b\r\nx\r\n0\r\n\r\n", 0, 400, "chunk" },
	{ "extension, empty", POST TE E "1;\r\nx\r\n0\r\n\r\n", 0, 400,
	    "chunk" },
	{ "extension, quoted", POST TE E "1;a=\"\r\n\"\r\nx\r\n", 0, 400,
	    "chunk" },
	{ "extension, blank", POST TE E "1 ;a\r\nx\r\n", 0, 400, "chunk" },
	{ "extension, last", POST TE E "0;a\r\n\r\n", 0, 400, "chunk" },
	{ "trailer", POST TE E "0\r\nX: y\r\n\r\n", 0, 400, "trailers" },
	{ "trailer CL", POST TE E "0\r\nContent-Length: 1\r\n\r\n", 0, 400,
	    "trailers" },
	{ "trailer, malformed", POST TE E "0\r\nX(\r\n\r\n", 0, 400,
	    "trailers" },
	{ "trailer, folded", POST TE E "0\r\n x\r\n\r\n", 0, 400, "trailers" },
	{ "last chunk, LF", POST TE E "0\r\n\n", 0, 400, "trailers" },
	{ "last chunk, CR", POST TE E "0\r\n\rX", 0, 400, "trailers" },
};


/* Feed len bytes in pieces; returns how many the request took. */
static size_t
feed(struct http_req *req, const char *buf, size_t len, size_t cut)
{
	size_t	 n, used = 0, took;

	while (used < len && req->state == HTTP_MORE) {
		n = len - used;
		if (cut == SIZE_MAX)
			n = 1;
		else if (used < cut && cut < len)
			n = cut - used;
		took = http_feed(req, buf + used, n);
		CHECK(took <= n);
		if (took == 0 && !CHECK(req->state != HTTP_MORE))
			break;
		CHECK(took == n || req->state != HTTP_MORE);
		used += took;
	}
	return used;
}

static void
same(const struct http_req *a, const struct http_req *b)
{
	CHECK_INT(a->state, b->state);
	CHECK_INT(a->phase, b->phase);
	CHECK_INT(a->status, b->status);
	CHECK_STR(a->reason, b->reason);
	CHECK_INT(a->verb, b->verb);
	CHECK_INT(a->minor, b->minor);
	CHECK_INT(a->keep_alive, b->keep_alive);
	CHECK_INT(a->expect_100, b->expect_100);
	CHECK_STR(a->path, b->path);
	CHECK_STR(a->query, b->query);
	CHECK_STR(a->user_agent, b->user_agent);
	CHECK_STR(a->accept, b->accept);
	CHECK_STR(a->content_type, b->content_type);
	CHECK_STR(a->range, b->range);
	CHECK_INT(a->body_len, b->body_len);
	if (a->body_len == b->body_len)
		CHECK_MEM(a->body, b->body, a->body_len);
}

/* Parse in every way; the last result is left in req, to be freed. */
static size_t
parse(struct http_req *req, const char *buf, size_t len)
{
	struct http_req	 other;
	size_t		 used, cut, took;

	http_init(req, BODY_LIMIT);
	used = feed(req, buf, len, 0);
	for (cut = 1; cut <= len; cut++) {
		http_init(&other, BODY_LIMIT);
		took = feed(&other, buf, len, cut == len ? SIZE_MAX : cut);
		same(&other, req);
		if (req->state == HTTP_DONE)
			CHECK_INT(took, used);
		http_free(&other);
	}
	return used;
}

static size_t
parse_text(struct http_req *req, const char *text)
{
	return parse(req, text, strlen(text));
}

static void
test_refusals(void)
{
	const struct refusal	*r;
	struct http_req		 req;
	size_t			 i, len;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		r = &refusals[i];
		test_begin(r->what);
		len = r->len != 0 ? r->len : strlen(r->input);
		parse(&req, r->input, len);
		CHECK_INT(req.state, HTTP_BAD);
		CHECK_INT(req.phase, HTTP_PHASE_END);
		CHECK_INT(req.status, r->status);
		CHECK(!req.keep_alive);
		if (CHECK(req.reason != NULL) && r->reason != NULL &&
		    strstr(req.reason, r->reason) == NULL)
			CHECK_STR(req.reason, r->reason);
		CHECK_INT(http_feed(&req, "GET", 3), 0);
		http_free(&req);
	}
}

static void
test_get(void)
{
	struct http_req	 req;
	const char	*text;

	test_begin("get");
	text = "GET /quote/tee?nonce=a%2Bb%2F HTTP/1.1\r\nhOsT: [::1]:5355\r\n"
	    "User-Agent: cli-version/1.3.0 \t\r\nAccept: text/html\r\n"
	    "ACCEPT:application/octet-stream\r\nRange: bytes=5-\r\n"
	    "X-Http-Method-Override: DELETE\r\nX-Other: \xc3\xa4\tb\r\n"
	    "Content-Length: 0\r\n" E;
	CHECK_INT(parse_text(&req, text), strlen(text));
	CHECK_INT(req.state, HTTP_DONE);
	CHECK_INT(req.phase, HTTP_PHASE_END);
	CHECK_INT(req.verb, HTTP_VERB_GET);
	CHECK_INT(req.minor, 1);
	CHECK_STR(req.path, "/quote/tee");
	CHECK_STR(req.query, "nonce=a%2Bb%2F");
	CHECK_STR(req.user_agent, "cli-version/1.3.0");
	CHECK_STR(req.accept, "text/html, application/octet-stream");
	CHECK_STR(req.range, "bytes=5-");
	CHECK_STR(req.content_type, "");
	CHECK(req.keep_alive && !req.expect_100);
	CHECK(req.body == NULL && req.body_len == 0);
	CHECK_INT(http_feed(&req, "G", 1), 0);
	http_free(&req);
}

static void
test_paths(void)
{
	struct http_req	 req;

	test_begin("paths");
	CHECK(parse_text(&req, "DELETE /%73nap%73hot? HTTP/1.1\r\n" H E) > 0);
	CHECK_INT(req.state, HTTP_DONE);
	CHECK_INT(req.verb, HTTP_VERB_DELETE);
	CHECK_STR(req.path, "/snapshot");
	CHECK_STR(req.query, "");
	http_free(&req);
	CHECK(parse_text(&req, "GET /a%3fb?c?d HTTP/1.1\r\n" H E) > 0);
	CHECK_STR(req.path, "/a?b");
	CHECK_STR(req.query, "c?d");
	http_free(&req);
	CHECK(parse_text(&req, "GET //x/../y HTTP/1.1\r\n" H E) > 0);
	CHECK_INT(req.state, HTTP_DONE);
	CHECK_STR(req.path, "//x/../y");
	http_free(&req);
	CHECK_STR(http_verb_name(HTTP_VERB_GET), "GET");
	CHECK_STR(http_verb_name(HTTP_VERB_POST), "POST");
	CHECK_STR(http_verb_name(HTTP_VERB_DELETE), "DELETE");
	CHECK_STR(http_verb_name(HTTP_VERB_NONE), "-");
}

static void
post(const char *text, const char *body, bool expect)
{
	struct http_req	 req;

	CHECK_INT(parse_text(&req, text), strlen(text));
	if (CHECK_INT(req.state, HTTP_DONE) &&
	    CHECK_INT(req.body_len, strlen(body)))
		CHECK_MEM(req.body, body, req.body_len);
	CHECK_INT(req.verb, HTTP_VERB_POST);
	CHECK_INT(req.expect_100, expect);
	http_free(&req);
}

static void
test_post(void)
{
	test_begin("post");
	post(POST E, "", false);
	post(POST "Content-Length: 0\r\n" E, "", false);
	post(POST "Content-Length: 0005\r\n" E "hello", "hello", false);
	post(POST "Content-Length: 5 \r\n" E "h lo\n", "h lo\n", false);
	post(POST "Content-Length: 32\r\nExpect: 100-Continue\r\n" E
	    "01234567890123456789012345678901",
	    "01234567890123456789012345678901", true);
	post(POST "Expect: 100-continue\r\n" E, "", false);
	post(POST "Transfer-Encoding: Chunked \r\n" E "0\r\n\r\n", "", false);
	post(POST TE E "5\r\nhello\r\n00c\r\n, wonderful \r\n000\r\n\r\n",
	    "hello, wonderful ", false);
	post(POST TE E "1F\r\n0123456789012345678901234567890\r\n1\r\n1\r\n"
	    "0\r\n\r\n", "01234567890123456789012345678901", false);
	post(POST "Content-Type: application/json\r\nContent-Length: 2\r\n" E
	    "{}", "{}", false);
}

static void
test_keep_alive(void)
{
	static const struct {
		const char	*text;
		bool		 keep;
	} t[] = {
		{ GET E, true },
		{ GET "Connection: close\r\n" E, false },
		{ GET "Connection: Close \r\n" E, false },
		{ GET "Connection: foo, close\r\n" E, false },
		{ GET "Connection: keep-alive\r\n" E, true },
		{ GET "Connection: keep-alive\r\nConnection: close\r\n" E, false },
		{ GET "Connection: closed\r\n" E, true },
		{ "GET / HTTP/1.0\r\n" E, false },
		{ "GET / HTTP/1.0\r\nHost: a\r\n" E, false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n" E, false },
	};
	struct http_req	 req;
	size_t		 i;

	test_begin("keep-alive");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		parse_text(&req, t[i].text);
		if (!CHECK_INT(req.state, HTTP_DONE) ||
		    !CHECK_INT(req.keep_alive, t[i].keep))
			printf("%s", t[i].text);
		http_free(&req);
	}
}

/* Three requests in one buffer come out one by one, whatever the cuts. */
static void
test_pipeline(void)
{
	const char	*text = POST "Content-Length: 3\r\n" E "GET"
	    "GET /b HTTP/1.1\r\n" H E
	    POST TE E "2\r\nhi\r\n0\r\n\r\n"
	    "GET /d HTTP/1.1\r\n" H "Connection: close\r\n" E "GET /e";
	const char	*want[] = { "/", "/b", "/", "/d" };
	struct http_req	 req;
	size_t		 cut, done, len = strlen(text), used;

	test_begin("pipeline");
	for (cut = 1; cut <= len; cut++) {
		http_init(&req, BODY_LIMIT);
		for (done = used = 0; done < 4; done++) {
			used += feed(&req, text + used, len - used,
			    cut == len ? SIZE_MAX : cut > used ? cut - used : 0);
			if (!CHECK_INT(req.state, HTTP_DONE))
				break;
			CHECK_STR(req.path, want[done]);
			CHECK_INT(req.body_len, done == 0 ? 3 : done == 2 ? 2 : 0);
			http_reset(&req);
			CHECK_INT(req.phase, HTTP_PHASE_IDLE);
			CHECK_INT(req.state, HTTP_MORE);
		}
		CHECK_STR(text + used, "GET /e");
		http_free(&req);
	}
}

/* What a caller's timeouts and its 100-continue hang on. */
static void
test_phases(void)
{
	const char	*rest = "OST / HTTP/1.1\r\n" H
	    "Expect: 100-continue\r\nContent-Length: 2\r\n\r";
	struct http_req	 req;

	test_begin("phases");
	http_init(&req, BODY_LIMIT);
	CHECK_INT(req.phase, HTTP_PHASE_IDLE);
	CHECK_INT(http_feed(&req, "", 0), 0);
	CHECK_INT(req.phase, HTTP_PHASE_IDLE);
	CHECK_INT(http_feed(&req, "P", 1), 1);
	CHECK_INT(req.phase, HTTP_PHASE_HEADER);
	feed(&req, rest, strlen(rest), 0);
	CHECK_INT(req.phase, HTTP_PHASE_HEADER);
	CHECK_INT(http_feed(&req, "\n", 1), 1);
	CHECK_INT(req.phase, HTTP_PHASE_BODY);
	CHECK(req.expect_100);
	CHECK_STR(req.path, "/");
	CHECK_INT(http_feed(&req, "a", 1), 1);
	CHECK_INT(req.state, HTTP_MORE);
	CHECK_INT(http_feed(&req, "bc", 2), 1);
	CHECK_INT(req.phase, HTTP_PHASE_END);
	CHECK_INT(req.state, HTTP_DONE);
	CHECK_MEM(req.body, "ab", 2);
	http_free(&req);
	http_free(&req);
}

/* Feed head, n times fill, tail; without the cuts, which would take long. */
static int
limit(const char *head, const char *fill, size_t n, const char *tail)
{
	struct http_req	 a, b;
	char		*buf;
	size_t		 fl = strlen(fill), hl = strlen(head), i, len;
	int		 status;

	len = hl + n * fl + strlen(tail);
	if ((buf = malloc(len + 1)) == NULL)
		abort();
	memcpy(buf, head, hl);
	for (i = 0; i < n; i++)
		memcpy(buf + hl + i * fl, fill, fl);
	memcpy(buf + hl + n * fl, tail, strlen(tail));
	http_init(&a, HTTP_BODY_MAX);
	http_init(&b, HTTP_BODY_MAX);
	feed(&a, buf, len, 0);
	feed(&b, buf, len, SIZE_MAX);
	same(&a, &b);
	status = a.state == HTTP_DONE ? 200 : a.state == HTTP_BAD ? a.status : 0;
	http_free(&a);
	http_free(&b);
	free(buf);
	return status;
}

static void
test_limits(void)
{
	const char	*v = " HTTP/1.1\r\n" H E;
	size_t		 line = HTTP_LINE_MAX - strlen("GET / HTTP/1.1");
	size_t		 head = HTTP_HEADERS_MAX - strlen(H "X: \r\n" E);

	test_begin("request line");
	CHECK_INT(limit("GET /", "a", line, v), 200);
	CHECK_INT(limit("GET /", "a", line + 1, v), 414);
	CHECK_INT(limit("GET /?", "a", line - 1, v), 200);
	CHECK_INT(limit("GET /?", "%41", 700, v), 414);
	CHECK_INT(limit("GET /", "a", 100000, ""), 414);
	test_begin("header bytes");
	CHECK_INT(limit(GET "X: ", "a", head, E E), 200);
	CHECK_INT(limit(GET "X: ", "a", head + 1, E E), 431);
	CHECK_INT(limit(GET "X: ", "a", 100000, ""), 431);
	CHECK_INT(limit(GET, "a", 100000, ""), 431);
	CHECK_INT(limit(GET "User-Agent: ", "a", 5000, E E), 200);
	CHECK_INT(limit(GET "Accept: ", "a", 5000, E E), 200);
	CHECK_INT(limit(GET, "Accept: aaaaaa\r\n", 60, E), 200);
	CHECK_INT(limit(GET "Range: bytes=", "1", 5000, "-" E E), 200);
	test_begin("header values");
	CHECK_INT(limit("GET / HTTP/1.1\r\nHost: ", "a", 256, E E), 200);
	CHECK_INT(limit("GET / HTTP/1.1\r\nHost: ", "a", 257, E E), 431);
	CHECK_INT(limit(POST "Content-Length: ", "0", 19, E E), 200);
	CHECK_INT(limit(POST "Content-Length: ", "0", 20, E E), 400);
	CHECK_INT(limit(POST "Content-Length: ", "0", 300, E E), 431);
	test_begin("header count");
	CHECK_INT(limit(GET, "X: y\r\n", HTTP_COUNT_MAX - 1, E), 200);
	CHECK_INT(limit(GET, "X: y\r\n", HTTP_COUNT_MAX, E), 431);
	test_begin("body");
	CHECK_INT(limit(POST "Content-Length: 65536\r\n" E, "a", 65536, ""),
	    200);
	CHECK_INT(limit(POST "Content-Length: 65537\r\n" E, "a", 1, ""), 413);
	CHECK_INT(limit(POST TE E "10000\r\n", "a", 65536, "\r\n0\r\n\r\n"),
	    200);
	CHECK_INT(limit(POST TE E "10000\r\n", "a", 65536, "\r\n1\r\n"), 413);
	CHECK_INT(limit(POST TE E, "1\r\nx\r\n", HTTP_CHUNKS_MAX - 1,
	    "0\r\n\r\n"), 200);
	CHECK_INT(limit(POST TE E, "1\r\nx\r\n", HTTP_CHUNKS_MAX + 1, ""), 400);
	CHECK_INT(limit(POST TE E, "0", 100000, "1\r\nx\r\n0\r\n\r\n"), 200);
}

/* A body limit of nothing takes empty bodies only. */
static void
test_no_body(void)
{
	struct http_req	 req;
	const char	*text = POST "Content-Length: 1\r\n" E;

	test_begin("no body");
	http_init(&req, 0);
	feed(&req, text, strlen(text), 0);
	CHECK_INT(req.status, 413);
	http_reset(&req);
	text = POST TE E "0\r\n\r\n";
	feed(&req, text, strlen(text), 0);
	CHECK_INT(req.state, HTTP_DONE);
	http_free(&req);
}

int
main(void)
{
	test_refusals();
	test_get();
	test_paths();
	test_post();
	test_keep_alive();
	test_pipeline();
	test_phases();
	test_limits();
	test_no_body();
	return test_end();
}
