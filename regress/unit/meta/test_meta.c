/* What a metadata service may answer, and what is made of it. */
#include <stdlib.h>

#include "agentd/limits.h"
#include "regress/unit/check.h"
#include "workers/meta_http.h"
#include "workers/meta_json.h"

#define OK	"HTTP/1.1 200 OK\r\n"
#define CERT	"-----BEGIN CERTIFICATE-----\\nAAEC\\n-----END CERTIFICATE-----\\n"
#define PLAIN	"-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"

static void
test_taken(void)
{
	static const char *const good[] = {
		OK "Content-Length: 2\r\n\r\nhi",
		OK "Content-Length: 2\r\n\r\nhi and more",
		OK "\r\nhi",
		OK "Connection: close\r\n\r\nhi",
		OK "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
		"HTTP/1.0 200 Fine\r\n\r\nhi",
	};
	struct meta_answer a;
	size_t i;

	test_begin("answers that are taken");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!CHECK_OK(meta_parse(good[i], strlen(good[i]), &a))) {
			printf("%s: %s\n", good[i], a.reason);
			continue;
		}
		CHECK_INT(a.len, 2);
		CHECK_MEM(a.body, "hi", 2);
		free(a.body);
	}
}

static void
refused(const char *p, size_t n, const char *reason)
{
	struct meta_answer a;

	CHECK_FAIL(meta_parse(p, n, &a));
	CHECK(a.body == NULL);
	if (!CHECK(strncmp(a.reason, reason, strlen(reason)) == 0))
		printf("%.60s: %s\n", p, a.reason);
}

static void
test_refused(void)
{
	static const struct {
		const char	*text, *reason;
	} bad[] = {
		{ "", "the answer ends early" },
		{ "HTTP/1.1 200 OK\r\n", "the answer ends early" },
		{ OK "Content-Length: 3\r\n\r\nhi", "the answer ends early" },
		{ OK "Content-Length: 0\r\n\r\n", "the body is empty" },
		{ "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n"
		    "Content-Length: 2\r\n\r\nhi", "answers with status 302, and" },
		{ "HTTP/1.1 204 No\r\n\r\n", "answers with status 204" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi",
		    "answers with status 100" },
		{ "HTTP/1.1 404 Not\r\nContent-Length: 2\r\n\r\nhi",
		    "answers with status 404" },
		{ "HTTP/9 200 OK\r\n\r\nhi", "what it answers is no HTTP" },
		{ "GET / HTTP/1.1\r\n\r\n", "what it answers is no HTTP" },
		{ OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
		    "what it answers is no HTTP" },
		{ OK "Content-Length: -2\r\n\r\nhi", "what it answers is no HTTP" },
		{ OK "Content-Length: 99999999999999999999\r\n\r\nhi",
		    "what it answers is no HTTP" },
		{ OK "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n"
		    "0\r\n\r\n", "what it answers is no HTTP" },
		{ OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		    "what it answers is no HTTP" },
		{ OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
		    "what it answers is no HTTP" },
	};
	size_t i;

	test_begin("answers that are not");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i].text, strlen(bad[i].text), bad[i].reason);
}

static void
test_long(void)
{
	static char text[META_WIRE_MAX + 4096];
	size_t n;

	test_begin("answers without end");
	memset(text, ' ', sizeof(text));
	memcpy(text, OK "\r\n", strlen(OK "\r\n"));
	refused(text, strlen(OK "\r\n") + META_BODY_MAX + 1,
	    "the body is too long");
	memcpy(text, OK, strlen(OK));
	memcpy(text + strlen(OK), "A:", 2);
	refused(text, META_HEAD_MAX + 1, "the answer is too long");
	/* chunks of one byte: nine tenths are frame */
	n = (size_t)snprintf(text, sizeof(text), OK
	    "Transfer-Encoding: chunked\r\n\r\n");
	while (n <= META_WIRE_MAX) {
		memcpy(text + n, "1\r\nx\r\n", 6);
		n += 6;
	}
	refused(text, n, "the answer is too long");
}

static int
certs(const char *json, struct buf *b)
{
	const char *why = NULL;
	int rc;

	buf_free(b);
	buf_init(b, 0);
	rc = meta_certs(span_str(json), b, &why);
	CHECK(why != NULL);
	return rc;
}

static void
test_certs(void)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"vcekCert\":\"" CERT "\"}",
		"{\"vcekCert\":1,\"certificateChain\":\"" CERT CERT "\"}",
		"{\"vcekCert\":\"\",\"certificateChain\":\"" CERT CERT "\"}",
		"{\"vcekCert\":\"" CERT CERT "\",\"certificateChain\":\"" CERT
		    "\"}",
		"{\"vcekCert\":\"" CERT "\",\"certificateChain\":\"" CERT "\"}",
		"{\"vcekCert\":\"" CERT "\",\"certificateChain\":\"" CERT CERT
		    CERT "\"}",
		"{\"vcekCert\":\"" CERT "\",\"certificateChain\":\"" CERT CERT
		    "x\"}",
		"{\"vcekCert\":\"" CERT "\",\"vcekCert\":\"" CERT
		    "\",\"certificateChain\":\"" CERT CERT "\"}",
		"{\"vcekCert\":\"" CERT "\\u0000\",\"certificateChain\":\""
		    CERT CERT "\"}",
		"{\"vcekCert\":\"" CERT "\",\"certificateChain\":[\"" CERT CERT
		    "\"]}",
	};
	struct buf b;
	size_t i;

	test_begin("certificates");
	buf_init(&b, 0);
	CHECK_OK(certs("{\"vcekCert\":\"" CERT "\",\"tcbm\":\"00\","
	    "\"certificateChain\":\"" CERT CERT "\"}", &b));
	CHECK(span_eq_str(buf_span(&b), PLAIN PLAIN PLAIN));
	/* a line end that is missing is added */
	CHECK_OK(certs("{\"certificateChain\":\"" CERT CERT "\","
	    "\"vcekCert\":\"-----BEGIN CERTIFICATE-----AAEC"
	    "-----END CERTIFICATE-----\"}", &b));
	CHECK(span_eq_str(buf_span(&b), "-----BEGIN CERTIFICATE-----AAEC"
	    "-----END CERTIFICATE-----\n" PLAIN PLAIN));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_FAIL(certs(bad[i], &b)))
			printf("%s\n", bad[i]);
	buf_free(&b);
}

static void
test_td(void)
{
	static const char *const bad[] = {
		"{}", "{\"quote\":\"\"}", "{\"quote\":null}",
		"{\"quote\":\"+_8\"}", "{\"quote\":\"/_8\"}",
		"{\"quote\":\"AAE=\"}", "{\"quote\":\"A\"}",
		"{\"quote\":\"AAEC\",\"quote\":\"AAEC\"}",
	};
	static const uint8_t bytes[] = { 0xfb, 0xff, 0xfe };
	const char *why;
	struct buf b;
	size_t i;

	test_begin("TD quotes");
	buf_init(&b, 0);
	meta_td_request(span_make(bytes, sizeof(bytes)), &b);
	CHECK(span_eq_str(buf_span(&b), "{\"report\":\"-__-\"}"));
	buf_free(&b);
	buf_init(&b, 0);
	CHECK_OK(meta_td_quote(span_str("{\"quote\":\"-__-\"}"), &b, &why));
	CHECK(span_eq(buf_span(&b), span_make(bytes, sizeof(bytes))));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK_FAIL(meta_td_quote(span_str(bad[i]), &b, &why)))
			printf("%s\n", bad[i]);
	buf_free(&b);
}

int
main(void)
{
	test_taken();
	test_refused();
	test_long();
	test_certs();
	test_td();
	return test_end();
}
