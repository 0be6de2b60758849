/* Plays the front of a real client-fetch, and the server it talks to. */
#include <unistd.h>

#include "cli/memfd.h"
#include "cli/msg_fetch.h"
#include "cli/msg_pieces.h"
#include "cli/permit.h"
#include "privsep/peer.h"
#include "regress/proc/client/tls_peer.h"
#include "regress/unit/check.h"

static struct peer fetch;
static struct tls_peer server;

static int
skip_progress(void *arg, struct frame *f)
{
	(void)arg;
	return f->type == CL_PROGRESS ? 0 : -1;
}

/* Ask; the answer, and its body as a string (at most 4 KiB shown). */
static void
ask(enum cl_type type, const struct wbuf *w, int fd, struct answer *a,
    char *body)
{
	const uint8_t *p;
	struct frame f;
	struct rbuf r;
	size_t n;

	memset(a, 0, sizeof(*a));
	body[0] = '\0';
	if (!CHECK_OK(peer_ask(&fetch, type, w, &fd, fd == -1 ? 0 : 1,
	    skip_progress, NULL, &f))) {
		printf("\t%s\n", fetch.why);
		return;
	}
	rbuf_init(&r, f.data, f.len);
	CHECK_OK(answer_get(&r, a));
	if (f.nfds == 1 && CHECK_OK(memfd_map(f.fds[0], 4096, &p, &n))) {
		memcpy(body, p, n);
		body[n] = '\0';
	}
	frame_close(&f);
}

static void
begin(unsigned int server_flags, uint8_t flags, int with_ca)
{
	struct target t = { .flags = flags };
	struct answer a;
	struct wbuf w;
	char body[4097];
	int ca = -1;

	tls_peer_start(&server, server_flags);
	if (!CHECK_OK(peer_start(&fetch, &client_program, CLIENT_FETCH,
	    NULL, 0, 0)))
		printf("\t%s\n", fetch.why);
	snprintf(t.url, sizeof(t.url), "https://127.0.0.1:%u",
	    (unsigned int)server.port);
	wbuf_init(&w);
	target_put(&w, &t);
	if (with_ca) {
		ca = memfd_make("ca");
		CHECK_OK(memfd_write(ca, server.pem, server.pem_len));
		CHECK_OK(memfd_seal(ca));
	}
	ask(CL_TARGET_REQ, &w, ca, &a, body);
	CHECK_INT(a.end, FETCH_OK);
	if (ca != -1)
		close(ca);
}

static void
end(void)
{
	peer_stop(&fetch);
	tls_peer_stop(&server);
}

static void
attest(struct answer *a, char *body)
{
	struct attest_ask ask_it = {
		.bank = 32, .pcrs = 0x401, .tee = 1, .snapshot = 0
	};
	struct wbuf w;

	wbuf_init(&w);
	attest_ask_put(&w, &ask_it);
	ask(CL_ATTEST_REQ, &w, -1, a, body);
}

static void
simple(enum cl_type type, int byte, struct answer *a, char *body)
{
	struct wbuf w;

	wbuf_init(&w);
	if (byte != -1)
		put_u8(&w, (uint8_t)byte);
	ask(type, &w, -1, a, body);
}

static void
quote(enum cl_type type, struct answer *a, char *body)
{
	uint8_t nonce[NONCE_LEN];
	struct wbuf w;

	memset(nonce, 0xfb, sizeof(nonce));
	wbuf_init(&w);
	put_raw(&w, nonce, sizeof(nonce));
	ask(type, &w, -1, a, body);
}

static void
same_as_server(const struct answer *a)
{
	struct tls_seen seen;

	if (!CHECK_OK(tls_peer_seen(&server, &seen)))
		return;
	CHECK(a->have_conn);
	CHECK_MEM(a->leaf, seen.leaf, sizeof(seen.leaf));
	CHECK_MEM(a->conn, seen.conn, sizeof(seen.conn));
}

static void
test_binding(const char *what, unsigned int server_flags)
{
	struct answer a;
	char body[4097];

	test_begin(what);
	begin(server_flags, TARGET_INSECURE, 0);
	attest(&a, body);
	CHECK_INT(a.end, FETCH_OK);
	CHECK_INT(a.status, 200);
	CHECK_INT(a.content, CONTENT_JSON);
	CHECK_STR(body, "{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAA\",\"bank\":\"sha256\",\"pcrs\":[0,10],\"tee\":true,"
	    "\"subject\":null}");
	same_as_server(&a);
	end();
}

static void
test_statuses(void)
{
	struct tls_seen seen;
	struct answer a;
	char body[4097];

	test_begin("redirects are not followed, statuses reported");
	begin(0, TARGET_INSECURE, 0);
	simple(CL_IMA_REQ, 1, &a, body);
	CHECK_INT(a.status, 302);
	simple(CL_DELETE_REQ, -1, &a, body);
	CHECK_INT(a.status, 503);
	CHECK_INT(a.retry_after, 7);
	CHECK_STR(a.reason, "queue full");
	simple(CL_SNAPSHOT_REQ, 1, &a, body);
	CHECK_INT(a.status, 202);
	CHECK_INT(a.files, 17);
	CHECK_INT(a.bytes, 123456789012);
	quote(CL_QUOTE_TPM_REQ, &a, body);
	CHECK_STR(body, "GET /quote/tpm?nonce=%2b%2fv7%2b%2fv7%2b%2fv7%2b%2fv7"
	    "%2b%2fv7%2b%2fv7%2b%2fv7%2b%2fv7%2b%2fv7%2b%2fv7%2b%2fs "
	    "HTTP/1.1");
	simple(CL_VERSION_REQ, -1, &a, body);
	CHECK_INT(a.end, FETCH_TOO_LARGE);
	CHECK_OK(tls_peer_seen(&server, &seen));
	CHECK_FAIL(tls_peer_seen(&server, &seen));
	end();
}

static void
activate(const struct challenge *c, struct answer *a, char *body)
{
	struct wbuf w;

	wbuf_init(&w);
	challenge_put(&w, c);
	ask(CL_ACTIVATE_REQ, &w, -1, a, body);
}

static void
test_challenge(void)
{
	struct challenge c = {
		.have = 1, .credential_len = 2, .credential = { 0xfb, 0xff },
		.seed_len = 1, .seed = { 1 }
	};
	struct answer a;
	struct frame f;
	struct wbuf w;
	char body[4097];

	test_begin("a challenge for the TPM goes out as it is");
	begin(0, TARGET_INSECURE, 0);
	simple(CL_CERTS_REQ, -1, &a, body);
	CHECK_STR(body, "GET /tpm/certs HTTP/1.1");
	activate(&c, &a, body);
	CHECK_INT(a.status, 200);
	CHECK_STR(body, "{\"nonce\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAA\",\"credential\":\"+/8\",\"secret\":\"AQ\"}");
	test_begin("the longest one, too");
	c.credential_len = CREDENTIAL_MAX;
	c.seed_len = SEED_MAX;
	activate(&c, &a, body);
	CHECK_INT(a.status, 200);
	CHECK_INT(strlen(body), 88 - 5 + 342 + 1366);
	test_begin("none is not sent");
	c.have = 0;
	wbuf_init(&w);
	challenge_put(&w, &c);
	CHECK_FAIL(peer_ask(&fetch, CL_ACTIVATE_REQ, &w, NULL, 0, NULL, NULL,
	    &f));
	CHECK_STR(fetch.why, "fetch: broken ACTIVATE_REQ");
	end();
}

static void
test_second_connection(const char *what, unsigned int server_flags)
{
	struct tls_seen seen;
	struct answer a;
	char body[4097];

	test_begin(what);
	begin(server_flags, TARGET_INSECURE, 0);
	quote(CL_QUOTE_TEE_REQ, &a, body);
	CHECK_INT(a.status, 200);
	CHECK_OK(tls_peer_seen(&server, &seen));
	attest(&a, body);
	CHECK_INT(a.end, FETCH_SECOND);
	CHECK_FAIL(tls_peer_seen(&server, &seen));
	end();
}

static void
test_trust(void)
{
	struct answer a;
	char body[4097];

	test_begin("no CA vouches for a self-signed certificate");
	begin(0, 0, 0);
	attest(&a, body);
	CHECK_INT(a.end, FETCH_PKI);
	end();
	test_begin("a CA bundle by descriptor");
	begin(0, 0, 1);
	attest(&a, body);
	CHECK_INT(a.end, FETCH_OK);
	CHECK_INT(a.status, 200);
	end();
	test_begin("TLS 1.2 will not do for the strong form");
	begin(TLS_PEER_TLS12, TARGET_INSECURE, 0);
	attest(&a, body);
	CHECK_INT(a.end, FETCH_TLS);
	end();
	test_begin("TLS 1.2 in the compatible form has no conn");
	begin(TLS_PEER_TLS12, TARGET_INSECURE | TARGET_TLS12, 0);
	quote(CL_QUOTE_TPM_REQ, &a, body);
	CHECK_INT(a.status, 200);
	CHECK_INT(a.have_conn, 0);
	end();
}

static void
test_leaf(void)
{
	struct tls_seen seen;
	struct answer a;
	struct wbuf w;
	char body[4097];

	test_begin("the leaf of an application");
	begin(0, TARGET_INSECURE, 0);
	wbuf_init(&w);
	put_str(&w, "localhost");	/* also: names resolve in the sandbox */
	put_u16(&w, server.port);
	ask(CL_LEAF_REQ, &w, -1, &a, body);
	CHECK_INT(a.end, FETCH_OK);
	if (a.end != FETCH_OK)
		printf("\t%s\n", a.reason);
	if (CHECK_OK(tls_peer_seen(&server, &seen)))
		CHECK_MEM(a.leaf, seen.leaf, sizeof(seen.leaf));
	end();
}

static void
test_targets(void)
{
	static const char *const bad[] = {
		"http://127.0.0.1:1", "127.0.0.1", "https://u:p@127.0.0.1/",
		"https://127.0.0.1/?a=b", "https://127.0.0.1/#x", "file:///",
		"https://", ""
	};
	struct target t = { .flags = 0 };
	struct answer a;
	struct wbuf w;
	char body[4097];
	size_t i;

	test_begin("URLs that are refused");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_OK(peer_start(&fetch, &client_program, CLIENT_FETCH,
	    NULL, 0, 0));
		snprintf(t.url, sizeof(t.url), "%s", bad[i]);
		wbuf_init(&w);
		target_put(&w, &t);
		ask(CL_TARGET_REQ, &w, -1, &a, body);
		if (!CHECK_INT(a.end, FETCH_BAD_TARGET))
			printf("\t%s\n", bad[i]);
		peer_stop(&fetch);
	}
}

static void
test_order(void)
{
	struct frame f;
	struct wbuf w;

	test_begin("a request before the target ends the process");
	CHECK_OK(peer_start(&fetch, &client_program, CLIENT_FETCH,
	    NULL, 0, 0));
	wbuf_init(&w);
	CHECK_FAIL(peer_ask(&fetch, CL_VERSION_REQ, &w, NULL, 0, NULL, NULL,
	    &f));
	CHECK_STR(fetch.why, "fetch: VERSION_REQ out of order");
	peer_stop(&fetch);
}

int
main(void)
{
	alarm(120);
	test_binding("conn and leaf are those of the server", 0);
	test_binding("the same after a HelloRetryRequest", TLS_PEER_RETRY);
	test_statuses();
	test_challenge();
	test_second_connection("a second connection ends the run", 0);
	test_second_connection("all the more with another certificate",
	    TLS_PEER_CHANGE);
	test_trust();
	test_leaf();
	test_targets();
	test_order();
	return test_end();
}
