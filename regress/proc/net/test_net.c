/*
 * The real agent-net and agent-keys with a parent, webs and strangers that are
 * played: the conn hash it reports is that of the handshake, no plaintext
 * passes before the parent's word, and what is no TLS 1.3 ends.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "regress/proc/keys/make_key.h"
#include "regress/proc/net/client.h"
#include "regress/proc/probe/play.h"
#include "regress/unit/check.h"

#define GEN		9
#define HANDSHAKE_S	2

static struct spawned net, keys;
static EVP_PKEY *key;
static int listener, port, plain;	/* web's end of the connection in hand */
static uint32_t conn_id;

static void
listen_somewhere(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&in, len) == -1 ||
	    listen(listener, 8) == -1 ||
	    getsockname(listener, (struct sockaddr *)&in, &len) == -1)
		err(1, "listen");
	port = ntohs(in.sin_port);
}

static void
send_cert(uint32_t gen)
{
	int fd = cert_fd(key);

	CHECK_OK(chan_send(net.req_fd, MSG_NET_CERT, gen, NULL, &fd, 1));
	close(fd);
}

static void
connect_keys(void)
{
	int pair[2];

	CHECK_OK(chan_pair(pair));
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_PEER, 0, NULL, &pair[0], 1));
	CHECK_OK(chan_send(net.req_fd, MSG_NET_KEYS, 0, NULL, &pair[1], 1));
	close(pair[0]);
	close(pair[1]);
}

static void
start_keys(void)
{
	uint8_t spki[32];
	struct frame f;
	struct wbuf w;
	int fd = key_fd(key, NULL);

	play_spawn_role(&keys, ROLE_KEYS, NULL, 0);
	CHECK_OK(play_hello(&keys, ROLE_KEYS, MSG_VERSION));
	key_spki(key, spki);
	wbuf_init(&w);
	put_raw(&w, spki, sizeof(spki));
	CHECK_OK(chan_send(keys.req_fd, MSG_KEYS_LOAD_REQ, GEN, &w, &fd, 1));
	close(fd);
	CHECK(play_recv(keys.req_fd, &f) == 1 && f.data[0] == 1);
}

static void
start_net(void)
{
	struct wbuf w;

	play_spawn_role(&net, ROLE_NET, NULL, 0);
	CHECK_OK(play_hello(&net, ROLE_NET, MSG_VERSION));
	wbuf_init(&w);
	put_u32(&w, HANDSHAKE_S);
	put_u32(&w, 5);
	put_u32(&w, 5);
	put_u32(&w, 5);
	put_u8(&w, 1);
	CHECK_OK(chan_send(net.req_fd, MSG_LIMITS, 0, &w, NULL, 0));
	connect_keys();
	send_cert(GEN);
}

/* Hand over the connection that waits; plain is web's end. */
static void
take_conn(void)
{
	int pair[2], fds[2];

	if ((fds[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC |
	    SOCK_NONBLOCK)) == -1 || socketpair(AF_UNIX, SOCK_STREAM |
	    SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == -1)
		err(1, "connection");
	fds[1] = pair[0];
	plain = pair[1];
	CHECK_OK(chan_send(net.req_fd, MSG_NET_CONN, ++conn_id, NULL, fds, 2));
	close(fds[0]);
	close(fds[1]);
}

static int
wait_plain(void *p, size_t n)
{
	struct pollfd pfd = { plain, POLLIN, 0 };

	return poll(&pfd, 1, PLAY_WAIT_MS) == 1 ?
	    (int)recv(plain, p, n, 0) : -2;
}

/* NET_END with this reason, and nothing was passed to web. */
static void
expect_end(unsigned int why)
{
	struct frame f;
	char c;

	if (!CHECK_INT(play_recv(net.req_fd, &f), 1))
		return;
	CHECK_INT(f.type, MSG_NET_END);
	CHECK_INT(f.id, conn_id);
	CHECK_INT(f.len, 1);
	CHECK_INT(f.data[0], why);
	CHECK_INT(wait_plain(&c, 1), 0);
	close(plain);
}

/* A handshake: the hash must be the client's; then web and client talk. */
static void
good(struct client *c, int hellos)
{
	uint8_t hash[32];
	struct frame f;
	struct rbuf r;
	char buf[16];

	c->port = port;
	c->say = "ping";
	client_start(c);
	take_conn();
	if (!CHECK_INT(play_recv(net.req_fd, &f), 1))
		return;
	CHECK_INT(f.type, MSG_NET_TLS_REQ);
	CHECK_INT(f.id, conn_id);
	rbuf_init(&r, f.data, f.len);
	CHECK_INT(get_u32(&r), GEN);
	get_raw(&r, hash, sizeof(hash));
	CHECK_OK(msg_end(&r));
	/* the client has said it by now; the parent has not said its word */
	CHECK_INT(send(plain, "too early", 9, MSG_NOSIGNAL), 9);
	usleep(200000);
	CHECK_ERRNO(recv(plain, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	/* a word on others changes nothing */
	chan_send(net.req_fd, MSG_NET_TLS_ANS, conn_id + 1, NULL, NULL, 0);
	usleep(50000);
	CHECK_ERRNO(recv(plain, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	CHECK_OK(chan_send(net.req_fd, MSG_NET_TLS_ANS, conn_id, NULL, NULL,
	    0));
	CHECK_INT(wait_plain(buf, sizeof(buf)), 4);
	CHECK_MEM(buf, "ping", 4);
	shutdown(plain, SHUT_WR);
	client_join(c);
	CHECK_INT(c->ok, 1);
	CHECK_INT(c->hellos, hellos);
	CHECK_MEM(hash, c->conn, sizeof(hash));
	CHECK_STR(c->heard, "too early");
	expect_end(NET_END_CLOSED);
}

static void
test_hash(void)
{
	struct client c = { .port = 0 };
	uint8_t first[32];

	test_begin("conn hash");
	good(&c, 1);
	memcpy(first, c.conn, sizeof(first));
	good(&c, 1);
	CHECK(memcmp(first, c.conn, sizeof(first)) != 0);

	/* its only key share is of a group that the server does not take */
	test_begin("conn hash with HelloRetryRequest");
	c.groups = "P-521:P-256";
	good(&c, 2);
	test_begin("conn hash, P-384");
	c.groups = "P-384";
	good(&c, 1);
}

static void
test_bad_client(const char *subject, const char *groups, int max_version)
{
	struct client c = { .groups = groups, .max_version = max_version,
	    .say = "ping" };

	test_begin(subject);
	c.port = port;
	client_start(&c);
	take_conn();
	expect_end(NET_END_HANDSHAKE);
	client_join(&c);
	CHECK_INT(c.ok, 0);
}

static void
test_garbage(const char *subject, const void *p, size_t n)
{
	int fd = tcp_connect(port);
	char buf[64];
	ssize_t got;

	test_begin(subject);
	CHECK_INT(send(fd, p, n, MSG_NOSIGNAL), n);
	take_conn();
	expect_end(NET_END_HANDSHAKE);
	/* at most an alert comes back */
	while ((got = recv(fd, buf, sizeof(buf), 0)) > 0)
		CHECK(got <= 7 && buf[0] == 21);
	close(fd);
}

static void
test_timeout(const char *subject, const void *p, size_t n)
{
	int fd = tcp_connect(port);
	time_t start = time(NULL);

	test_begin(subject);
	CHECK_INT(send(fd, p, n, MSG_NOSIGNAL), n);
	take_conn();
	expect_end(NET_END_TIMEOUT);
	CHECK(time(NULL) - start <= 3 * HANDSHAKE_S + 5);
	close(fd);
}

/* Big handshake messages that never end must not be collected for ever. */
static void
test_endless_hello(void)
{
	static uint8_t rec[5 + 16384] = { 22, 3, 1, 0x40, 0, 1, 0xff, 0xff,
	    0xff };
	int fd, i;

	test_begin("endless ClientHello");
	fd = tcp_connect(port);
	take_conn();
	for (i = 0; i < 64; i++) {
		if (send(fd, rec, sizeof(rec), MSG_NOSIGNAL) == -1)
			break;
		memset(rec + 5, 0, 4);
	}
	expect_end(NET_END_HANDSHAKE);
	close(fd);
}

/* keys dies: who comes then waits for its replacement and is served. */
static void
test_new_keys(void)
{
	struct client c = { .port = 0 };

	test_begin("new keys");
	play_stop(&keys);
	start_keys();
	connect_keys();
	good(&c, 1);
}

static void
test_same_id(void)
{
	int fd = tcp_connect(port), rc;

	test_begin("an id twice");
	take_conn();
	conn_id--;
	close(tcp_connect(port));
	close(plain);
	take_conn();
	rc = play_end(&net, 1);
	CHECK(rc > 0 && rc < 128);
	close(fd);
	close(plain);
}

int
main(void)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static const uint8_t cut[] = { 22, 3, 1, 2, 0, 1, 0, 1, 0xfc };
	static const uint8_t empty[] = { 22, 3, 1, 0, 0, 22, 3, 1, 0, 0 };
	static const uint8_t huge[] = { 22, 3, 1, 0xff, 0xff, 1, 0, 0, 0 };

	if (geteuid() != 0)
		test_skip("needs root");
	signal(SIGPIPE, SIG_IGN);
	key = EVP_EC_gen("P-256");
	test_begin("start");
	listen_somewhere();
	start_keys();
	start_net();
	test_hash();
	test_bad_client("TLS 1.2", NULL, TLS1_2_VERSION);
	test_bad_client("no group in common", "P-521", 0);
	test_garbage("HTTP without TLS", http, sizeof(http) - 1);
	test_garbage("huge record", huge, sizeof(huge));
	test_timeout("silence", "", 0);
	test_timeout("ClientHello cut", cut, sizeof(cut));
	test_timeout("empty records", empty, sizeof(empty));
	test_endless_hello();
	test_new_keys();
	test_same_id();
	play_stop(&keys);
	close(listener);
	EVP_PKEY_free(key);
	return test_end();
}
