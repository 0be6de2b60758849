/*
 * The parent's part played to a real, confined meta, and the metadata
 * service's at the other end of its socket: what it asks, and that it makes
 * nothing but a sealed file or a reason of whatever is answered.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "privsep/child.h"
#include "regress/proc/probe/play.h"
#include "regress/unit/check.h"

#define JOB	7
#define CERT	"-----BEGIN CERTIFICATE-----\\nAAEC\\n-----END CERTIFICATE-----\\n"
#define PLAIN	"-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"
#define JSON	"{\"vcekCert\":\"" CERT "\",\"certificateChain\":\"" CERT CERT \
	"\",\"cacheControl\":\"86400\"}"
#define OK	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

static char asked[8192];	/* by the last meta */

struct outcome {
	int	ok;
	char	reason[256];
	int	fd;
};

/* A report of which byte i of the TDREPORT is i. */
static int
hcl(size_t n)
{
	int fd = memfd_create("hcl", MFD_CLOEXEC);
	uint8_t b[2048];
	size_t i;

	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i - 32);
	if (fd == -1 || write(fd, b, n) != (ssize_t)n)
		err(1, "memfd");
	return fd;
}

static void
ask(struct spawned *s, unsigned int kind, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)kind);
	CHECK_OK(chan_send(s->req_fd, MSG_META_REQ, JOB, &w, &fd,
	    fd != -1 ? 1 : 0));
}

/* The service reads the request, gives its answer and hangs up. */
static void
service(int sock, const char *answer, size_t n)
{
	size_t at = 0;
	ssize_t k;

	asked[0] = '\0';
	do {
		if ((k = recv(sock, asked + at, sizeof(asked) - 1 - at, 0)) <= 0)
			break;
		at += (size_t)k;
		asked[at] = '\0';
	} while (strstr(asked, "\r\n\r\n") == NULL ||
	    (asked[0] == 'P' && asked[at - 1] != '}'));
	(void)!send(sock, answer, n, MSG_NOSIGNAL);
	close(sock);
}

static void
run(unsigned int kind, const char *answer, size_t n, struct outcome *ret_o)
{
	int pair[2], fd = kind == TEE_AZURE_TDX ? hcl(1500) : -1;
	struct spawned s;
	struct frame f;
	struct rbuf r;

	memset(ret_o, 0, sizeof(*ret_o));
	ret_o->fd = -1;
	/* as connect(2) without waiting leaves it */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1)
		err(1, "socketpair");
	play_spawn_role(&s, ROLE_META, pair, 1);
	close(pair[0]);
	CHECK_OK(play_hello(&s, ROLE_META, MSG_VERSION));
	ask(&s, kind, fd);
	if (fd != -1)
		close(fd);
	service(pair[1], answer, n);
	if (CHECK_INT(play_recv(s.req_fd, &f), 1)) {
		CHECK_INT(f.type, MSG_META_ANS);
		CHECK_INT(f.id, JOB);
		rbuf_init(&r, f.data, f.len);
		ret_o->ok = get_u8(&r);
		get_str(&r, ret_o->reason, sizeof(ret_o->reason));
		CHECK_OK(msg_end(&r));
		CHECK_INT(f.nfds, ret_o->ok);
		if (f.nfds == 1)
			ret_o->fd = frame_take(&f, 0);
	}
	CHECK_INT(play_end(&s, 1), 0);
}

static void
check_file(int fd, const void *want, size_t n)
{
	uint8_t b[4096];

	CHECK_INT(pread(fd, b, sizeof(b), 0), n);
	CHECK_MEM(b, want, n);
	CHECK_INT(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK | F_SEAL_SEAL);
	close(fd);
}

static void
test_certs(void)
{
	struct outcome o;

	test_begin("certificates");
	run(TEE_AZURE_SNP, OK JSON, strlen(OK JSON), &o);
	CHECK_INT(o.ok, 1);
	CHECK_STR(o.reason, "");
	check_file(o.fd, PLAIN PLAIN PLAIN, strlen(PLAIN PLAIN PLAIN));
	CHECK_STR(asked, "GET /metadata/THIM/amd/certification HTTP/1.1\r\n"
	    "Host: 169.254.169.254\r\nMetadata: true\r\n"
	    "Accept: application/json\r\nConnection: close\r\n\r\n");
}

static void
test_quote(void)
{
	static const char answer[] = OK "{\"quote\":\"BAACAIEAAAA\"}";
	struct outcome o;
	const char *body;

	test_begin("TD quote");
	run(TEE_AZURE_TDX, answer, strlen(answer), &o);
	CHECK_INT(o.ok, 1);
	check_file(o.fd, "\4\0\2\0\x81\0\0\0", 8);
	CHECK(strncmp(asked, "POST /acc/tdquote HTTP/1.1\r\n", 28) == 0);
	CHECK(strstr(asked, "Content-Type: application/json\r\n") != NULL);
	/* 1024 bytes are 1366 letters, and {"report":""} 13 more */
	CHECK(strstr(asked, "Content-Length: 1379\r\n") != NULL);
	if (CHECK((body = strstr(asked, "\r\n\r\n")) != NULL)) {
		CHECK_INT(strlen(body + 4), 1379);
		CHECK(strncmp(body + 4, "{\"report\":\"AAECAwQFBgc", 22) == 0);
		CHECK(strspn(body + 15, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
		    "klmnopqrstuvwxyz0123456789-_") == 1366);
	}
}

static void
test_hostile(void)
{
	static char huge[300 * 1024];
	static const struct {
		const char	*answer, *reason;
	} t[] = {
		{ "", "the answer ends early" },
		{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n",
		    "answers with status 302" },
		{ "\1\2\3", "what it answers is no HTTP" },
		{ OK "{", "no vcekCert and certificateChain" },
		{ OK "{\"vcekCert\":\"a\",\"certificateChain\":\"b\"}",
		    "they are not one certificate" },
		{ OK "{\"quote\":\"AAEC\"}", "no vcekCert and" },
	};
	struct outcome o;
	size_t i;

	test_begin("hostile answers");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		run(TEE_AZURE_SNP, t[i].answer, strlen(t[i].answer), &o);
		CHECK_INT(o.ok, 0);
		if (!CHECK(strncmp(o.reason, t[i].reason,
		    strlen(t[i].reason)) == 0))
			printf("%s\n", o.reason);
	}
	memset(huge, 'x', sizeof(huge));
	memcpy(huge, OK, strlen(OK));
	run(TEE_AZURE_SNP, huge, sizeof(huge), &o);
	CHECK_INT(o.ok, 0);
	CHECK_STR(o.reason, "the body is too long");
	memset(huge + strlen(OK), '[', sizeof(huge) - strlen(OK));
	run(TEE_AZURE_TDX, huge, 100 * 1024, &o);
	CHECK_INT(o.ok, 0);
	CHECK_STR(o.reason, "no quote in the answer");
}

/* What the parent would never send ends it, without a word. */
static void
test_broken(void)
{
	static const struct {
		unsigned int	kind;
		size_t		hcl;
	} t[] = {
		{ TEE_NONE, 0 }, { TEE_SEV_SNP, 0 }, { TEE_TDX, 1500 },
		{ TEE_AZURE_SNP, 1500 }, { TEE_AZURE_TDX, 0 },
		{ TEE_AZURE_TDX, 1000 }, { TEE_MAX, 0 },
	};
	struct spawned s;
	struct frame f;
	int pair[2], fd;
	size_t i;

	test_begin("broken requests");
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)
		    == -1)
			err(1, "socketpair");
		play_spawn_role(&s, ROLE_META, pair, 1);
		CHECK_OK(play_hello(&s, ROLE_META, MSG_VERSION));
		fd = t[i].hcl != 0 ? hcl(t[i].hcl) : -1;
		ask(&s, t[i].kind, fd);
		if (fd != -1)
			close(fd);
		CHECK_INT(play_recv(s.req_fd, &f), 0);
		CHECK_INT(play_end(&s, 1), 1);
		close(pair[0]);
		close(pair[1]);
	}
}

int
main(void)
{
	if (geteuid() != 0)
		test_skip("needs root");
	signal(SIGPIPE, SIG_IGN);
	test_certs();
	test_quote();
	test_hostile();
	test_broken();
	return test_end();
}
