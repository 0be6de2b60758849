/*
 * Credential activation on the agent's side of the wire: the body that
 * strangers send, the certificates that the tpm worker hands over, and the
 * frames in between.
 */

#include "regress/unit/check.h"
#include "workers/activate_json.h"

#define NONCE	"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define ZERO	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define GOOD	"\"credential\":\"AAEC\",\"secret\":\"AwQ\""

static const char *
parse(const char *text, struct activate_req *q)
{
	const char *reason = "";

	memset(q, 0xee, sizeof(*q));
	return activate_body_parse(text, strlen(text), q, &reason) == 0 ?
	    NULL : reason;
}

static void
test_good(void)
{
	struct activate_req q;
	unsigned int i;

	test_begin("a body");
	CHECK(parse("{\"nonce\":\"" NONCE "\"," GOOD "}", &q) == NULL);
	for (i = 0; i < 32; i++)
		CHECK_INT(q.nonce[i], i + 1);
	CHECK_INT(q.credential_len, 3);
	CHECK_MEM(q.credential, "\0\1\2", 3);
	CHECK_INT(q.secret_len, 2);
	CHECK_MEM(q.secret, "\3\4", 2);
	CHECK(parse(" {" GOOD " , \"nonce\" :\n\"" NONCE "\"}\n", &q) == NULL);
}

static void
test_bad(void)
{
	static const struct {
		const char	*body, *reason;
	} bad[] = {
		{ "", "body is not valid JSON" },
		{ "{\"nonce\":\"" NONCE "\"," GOOD "} x", "body is not valid JSON" },
		{ "{\"nonce\":\"" NONCE "\"," GOOD ",}", "body is not valid JSON" },
		{ "[]", "body is not an object" },
		{ "{}", "nonce, credential or secret is missing" },
		{ "{" GOOD "}", "nonce, credential or secret is missing" },
		{ "{\"nonce\":\"" NONCE "\",\"secret\":\"AwQ\"}",
		    "nonce, credential or secret is missing" },
		{ "{\"nonce\":\"" NONCE "\",\"credential\":\"AwQ\"}",
		    "nonce, credential or secret is missing" },
		{ "{\"nonce\":\"" NONCE "\"," GOOD ",\"cert\":\"AA\"}",
		    "unknown member" },
		{ "{\"nonce\":\"" NONCE "\"," GOOD ",\"secret\":\"AwQ\"}",
		    "body is not valid JSON" },	/* twice */
		{ "{\"nonce\":\"" NONCE "\"," GOOD ",\"nonce\":\"" NONCE "\"}",
		    "body is not valid JSON" },
		{ "{\"nonce\":\"" ZERO "\"," GOOD "}", "nonce is all zero" },
		{ "{\"nonce\":\"AQ\"," GOOD "}", "nonce is not base64, without "
		    "padding, of 32 bytes" },
		{ "{\"nonce\":\"" NONCE "=\"," GOOD "}", "nonce is not base64, "
		    "without padding, of 32 bytes" },
		{ "{\"nonce\":\"" NONCE "AAAA\"," GOOD "}", "nonce is not base64, "
		    "without padding, of 32 bytes" },
		{ "{\"nonce\":1," GOOD "}", "nonce is not base64, without "
		    "padding, of 32 bytes" },
		{ "{\"nonce\":\"" NONCE "\",\"credential\":\"\",\"secret\":"
		    "\"AwQ\"}", "credential is not base64, without padding, of "
		    "1 to 132 bytes" },
		{ "{\"nonce\":\"" NONCE "\",\"credential\":null,\"secret\":"
		    "\"AwQ\"}", "credential is not base64, without padding, of "
		    "1 to 132 bytes" },
		{ "{\"nonce\":\"" NONCE "\",\"credential\":\"AwQ\",\"secret\":"
		    "\"\"}", "secret is not base64, without padding, of 1 to 512 "
		    "bytes" },
		{ "{\"nonce\":\"" NONCE "\",\"credential\":\"AwQ\",\"secret\":"
		    "\"A_-A\"}", "secret is not base64, without padding, of 1 "
		    "to 512 bytes" },
	};
	struct activate_req q;
	const char *reason;
	size_t i;

	test_begin("bodies that are refused");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		reason = parse(bad[i].body, &q);
		if (!CHECK_STR(reason, bad[i].reason))
			printf("%s\n", bad[i].body);
		CHECK_INT(q.nonce[0], 0xee);	/* untouched */
	}
}

/* Exactly as long as may be, and one group longer. */
static void
test_lengths(void)
{
	char body[ACTIVATE_BODY_MAX + 2], blob[1024];
	struct activate_req q;
	const char *reason;

	test_begin("lengths");
	memset(blob, 'A', sizeof(blob));
	blob[176] = '\0';		/* 132 bytes */
	snprintf(body, sizeof(body), "{\"nonce\":\"" NONCE "\",\"credential\":"
	    "\"%s\",\"secret\":\"AA\"}", blob);
	CHECK(parse(body, &q) == NULL);
	CHECK_INT(q.credential_len, CREDENTIAL_MAX);
	snprintf(body, sizeof(body), "{\"nonce\":\"" NONCE "\",\"credential\":"
	    "\"%sAA\",\"secret\":\"AA\"}", blob);
	CHECK(parse(body, &q) != NULL);
	memset(blob, 'A', sizeof(blob));
	blob[683] = '\0';		/* 512 bytes */
	snprintf(body, sizeof(body), "{\"nonce\":\"" NONCE "\",\"credential\":"
	    "\"AA\",\"secret\":\"%s\"}", blob);
	CHECK(parse(body, &q) == NULL);
	CHECK_INT(q.secret_len, ENC_SECRET_MAX);
	snprintf(body, sizeof(body), "{\"nonce\":\"" NONCE "\",\"credential\":"
	    "\"AA\",\"secret\":\"%sA\"}", blob);
	CHECK(parse(body, &q) != NULL);
	memset(body, ' ', sizeof(body));
	memcpy(body, "{\"nonce\":\"" NONCE "\"," GOOD "}", strlen("{\"nonce\":\""
	    NONCE "\"," GOOD "}"));
	CHECK_OK(activate_body_parse(body, ACTIVATE_BODY_MAX, &q, &reason));
	CHECK_FAIL(activate_body_parse(body, ACTIVATE_BODY_MAX + 1, &q,
	    &reason));
	CHECK_STR(reason, "body too long");
}

static void
fill(struct activate_job *j)
{
	memset(j, 0, sizeof(*j));
	memset(j->req.nonce, 1, 32);
	j->req.credential_len = CREDENTIAL_MAX;
	memset(j->req.credential, 2, CREDENTIAL_MAX);
	j->req.secret_len = ENC_SECRET_MAX;
	memset(j->req.secret, 3, ENC_SECRET_MAX);
	memset(j->cert, 4, 32);
	memset(j->conn, 5, 32);
	j->ticket_len = EK_TICKET_MAX;
	memset(j->ticket, 6, EK_TICKET_MAX);
}

static void
test_frames(void)
{
	struct activate_job j, k;
	struct activate_ans a = { .status = ANSWER_OK, .proof = { 7, 8 } }, b;
	struct activate_req q;
	struct rbuf r;
	struct wbuf w;
	size_t n;

	test_begin("frames");
	fill(&j);
	wbuf_init(&w);
	activate_job_put(&w, &j);
	CHECK(!w.bad);
	rbuf_init(&r, w.b, w.n);
	CHECK_OK(activate_job_get(&r, &k));
	CHECK_MEM(&k, &j, sizeof(j));
	for (n = 0; n < w.n; n++) {
		rbuf_init(&r, w.b, n);
		CHECK_FAIL(activate_job_get(&r, &k));
	}
	/* a job is no request: web has no say in what is bound */
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(activate_req_get(&r, &q));
	wbuf_init(&w);
	activate_req_put(&w, &j.req);
	rbuf_init(&r, w.b, w.n);
	CHECK_OK(activate_req_get(&r, &q));
	CHECK_MEM(&q, &j.req, sizeof(q));
	memset(w.b, 0, 32);
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(activate_req_get(&r, &q));
	for (n = 0; n < 2; n++) {
		fill(&j);
		*(n ? &j.req.secret_len : &j.req.credential_len) = 0;
		wbuf_init(&w);
		activate_req_put(&w, &j.req);
		rbuf_init(&r, w.b, w.n);
		CHECK_FAIL(activate_req_get(&r, &q));
	}
	wbuf_init(&w);
	activate_ans_put(&w, &a);
	rbuf_init(&r, w.b, w.n);
	CHECK_OK(activate_ans_get(&r, &b));
	CHECK_MEM(&b, &a, sizeof(a));
	w.b[0] = ANSWER_MAX;
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(activate_ans_get(&r, &b));
}

static const char *
render(const void *file, size_t n, char *dst, size_t size)
{
	struct buf b;
	int r;

	buf_init(&b, size - 1);
	r = certs_render(&b, span_make(file, n));
	memcpy(dst, b.p != NULL ? b.p : (const uint8_t *)"", b.n);
	dst[r == 0 && !b.failed ? b.n : 0] = '\0';
	buf_free(&b);
	return r == 0 ? dst : NULL;
}

static size_t
row(uint8_t *file, size_t cap, size_t len, enum tpm_cert_kind kind,
    const char *text)
{
	struct tpm_cert c = { .kind = kind, .p = (const uint8_t *)text,
	    .n = strlen(text) };

	CHECK_OK(tpm_cert_put(file, cap, &len, &c));
	return len;
}

static void
test_certs(void)
{
	static uint8_t big[TPM_CERT_MAX + 1], file[TPM_CERT_MAX + 64];
	struct tpm_cert c = { TPM_CERT_EK, big, 0 };
	char text[1024];
	size_t n = 0, i;

	test_begin("certificates");
	CHECK_STR(render("", 0, text, sizeof(text)), "{\"ek_public\":null,"
	    "\"ek\":[],\"ek_chain\":[],\"ak\":[]}");
	n = row(file, sizeof(file), n, TPM_CERT_EK_PUBLIC, "pub");
	n = row(file, sizeof(file), n, TPM_CERT_EK, "e1");
	n = row(file, sizeof(file), n, TPM_CERT_EK, "e2");
	n = row(file, sizeof(file), n, TPM_CERT_EK_CHAIN, "c");
	n = row(file, sizeof(file), n, TPM_CERT_AK, "a");
	CHECK_STR(render(file, n, text, sizeof(text)), "{\"ek_public\":\"cHVi\","
	    "\"ek\":[\"ZTE\",\"ZTI\"],\"ek_chain\":[\"Yw\"],\"ak\":[\"YQ\"]}");
	for (i = 1; i < n; i++)
		if (render(file, i, text, sizeof(text)) != NULL)
			CHECK(i == 6 || i == 11 || i == 16 || i == 20);
	file[0] = TPM_CERT_KIND_MAX;
	CHECK(render(file, n, text, sizeof(text)) == NULL);

	test_begin("certificates too long or too many");
	n = 0;
	CHECK_FAIL(tpm_cert_put(file, sizeof(file), &n, &c));	/* empty */
	c.n = TPM_CERT_MAX + 1;
	CHECK_FAIL(tpm_cert_put(file, sizeof(file), &n, &c));
	c.n = TPM_CERT_MAX;
	CHECK_FAIL(tpm_cert_put(file, TPM_CERT_MAX + 2, &n, &c));
	CHECK_INT(n, 0);
	CHECK_OK(tpm_cert_put(file, TPM_CERT_MAX + 3, &n, &c));
	CHECK_INT(n, TPM_CERT_MAX + 3);
	for (n = 0, i = 0; i < 3 * TPM_CERTS_OF_KIND + 1; i++)
		n = row(file, sizeof(file), n, TPM_CERT_AK, "a");
	CHECK(render(file, n, text, sizeof(text)) != NULL);
	n = row(file, sizeof(file), n, TPM_CERT_AK, "a");
	CHECK(render(file, n, text, sizeof(text)) == NULL);
	memcpy(file, "\1\0\0", 3);	/* a row without bytes */
	CHECK(render(file, 3, text, sizeof(text)) == NULL);
	memcpy(file, "\1\100\1", 3);	/* 16385 */
	CHECK(render(file, sizeof(file), text, sizeof(text)) == NULL);
}

int
main(void)
{
	test_good();
	test_bad();
	test_lengths();
	test_frames();
	test_certs();
	return test_end();
}
