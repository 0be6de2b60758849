/*
 * The parent's part played to a real, confined conf: items of a good file,
 * nothing of a bad one, a chain that nobody can change, and death of the
 * process for a frame that is not of its protocol.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "agentd/conf_item.h"
#include "agentd/msg.h"
#include "privsep/chan.h"
#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "privsep/spawn.h"
#include "regress/unit/check.h"

#define TEST_UID	64298
#define JOB		7

static struct frame frame;

static void
conf_start(struct spawned *s)
{
	struct spawn_req q = { .name = "agent-conf", .uid = TEST_UID };
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/agent-conf", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	CHECK_INT(chan_recv(s->req_fd, &frame), 1);
	CHECK_INT(frame.type, MSG_HELLO_REQ);
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, 0);
	CHECK_OK(chan_send(s->req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0));
}

/* Waits for the end of the process, which is expected to have this status. */
static void
conf_end(struct spawned *s, int want, const char *want_log)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	char line[2048];
	ssize_t n;
	int code = 0, logged = want_log == NULL, status = -1;

	if (want == 0)
		shutdown(s->req_fd, SHUT_RDWR);
	if (!CHECK_INT(poll(&p, 1, 10000), 1))
		spawn_kill(s);
	while ((n = recv(s->log_fd, line, sizeof(line) - 1, MSG_DONTWAIT)) > 1) {
		line[n] = '\0';
		if (want_log != NULL && strstr(line + 1, want_log) != NULL)
			logged = 1;
		else
			printf("conf: %s\n", line + 1);
	}
	CHECK(logged);
	CHECK_OK(spawn_reap(s, &code, &status));
	CHECK_INT(code, CLD_EXITED);
	CHECK_INT(status, want);
	close(s->req_fd);
	close(s->log_fd);
}

/* A file with this content, read-only for whoever gets it. */
static int
file_make(const char *text)
{
	char path[64];
	int fd, rw = memfd_create("file", MFD_CLOEXEC);

	if (write(rw, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "write");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", rw);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	close(rw);
	return fd;
}

static const char *file_name = "the file";

/* Closes fd. */
static void
request_send(struct spawned *s, enum msg_type type, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_str(&w, file_name);
	CHECK_OK(chan_send(s->req_fd, (uint16_t)type, JOB, &w, &fd, fd != -1));
	if (fd != -1)
		close(fd);
}

static int
answer_is(struct spawned *s, enum msg_type type)
{
	return CHECK_INT(chan_recv(s->req_fd, &frame), 1) &&
	    CHECK_INT(frame.type, type) && CHECK_INT(frame.id, JOB);
}

static void
error_expect(struct spawned *s, int is_fatal, const char *want)
{
	struct rbuf r;
	char text[2048];

	if (!answer_is(s, MSG_CONF_ERROR))
		return;
	rbuf_init(&r, frame.data, frame.len);
	CHECK_INT(get_u8(&r), is_fatal);
	get_str(&r, text, sizeof(text));
	CHECK_OK(msg_end(&r));
	if (strstr(text, want) == NULL)
		CHECK_STR(text, want);
}

static void
loaded_expect(struct spawned *s, int ok)
{
	if (!answer_is(s, MSG_CONF_LOAD_ANS))
		return;
	CHECK_INT(frame.len, 1);
	CHECK_INT(frame.data[0], ok);
}

static void
test_load(struct spawned *s)
{
	struct rbuf r;
	char text[64];
	int i, kind;

	test_begin("load");
	request_send(s, MSG_CONF_LOAD_REQ, file_make("[agent]\nport = 99\n"
	    "data_dir = \"/d/\"\n"));
	for (i = 0; i < CI_MAX; i++) {
		if (!answer_is(s, MSG_CONF_ITEM))
			return;
		rbuf_init(&r, frame.data, frame.len);
		CHECK_INT(get_u16(&r), i);
		if ((kind = get_u8(&r)) == CONF_STR)
			get_str(&r, text, sizeof(text));
		else if (get_u64(&r) != 99 && i == CI_PORT)
			CHECK_NEVER("not the port");
		if (i == CI_DATA_DIR && CHECK_INT(kind, CONF_STR))
			CHECK_STR(text, "/d");
		CHECK_OK(msg_end(&r));
	}
	loaded_expect(s, 1);
}

static void
test_load_refused(struct spawned *s)
{
	test_begin("load refused");
	request_send(s, MSG_CONF_LOAD_REQ, file_make("[agent]\nport = 0\n"));
	error_expect(s, 1, "the file:2: port must be 1 to 65535");
	loaded_expect(s, 0);
	request_send(s, MSG_CONF_LOAD_REQ, open("/", O_RDONLY | O_CLOEXEC));
	error_expect(s, 1, "the file: Is a directory");
	loaded_expect(s, 0);
	request_send(s, MSG_CONF_LOAD_REQ, open("/dev/zero",
	    O_RDONLY | O_CLOEXEC));
	error_expect(s, 1, "the file: file is longer than 65536 bytes");
	loaded_expect(s, 0);
}

static char *
cert_make(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *pem;
	long len;

	X509_set_version(cert, 2);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
	    MBSTRING_ASC, (const unsigned char *)"a", -1, -1, 0);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 60);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	PEM_write_bio_X509(bio, cert);
	len = BIO_get_mem_data(bio, &data);
	pem = strndup(data, (size_t)len);
	BIO_free(bio);
	X509_free(cert);
	return pem;
}

/* Takes the descriptor with the chain, which must be this one, and sealed. */
static void
chain_expect(const char *pem)
{
	char text[4096] = "";
	int fd;

	if (!CHECK_INT(frame.nfds, 1))
		return;
	fd = frame_take(&frame, 0);
	CHECK_INT(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_WRITE);
	CHECK_INT(pread(fd, text, sizeof(text) - 1, 0), strlen(pem));
	CHECK_STR(text, pem);
	CHECK_INT(write(fd, "x", 1), -1);
	close(fd);
}

static void
cert_expect(struct spawned *s, int ok, const char *want)
{
	struct rbuf r;
	uint8_t hashes[64];
	char text[512];

	if (!answer_is(s, MSG_CONF_CERT_ANS))
		return;
	rbuf_init(&r, frame.data, frame.len);
	CHECK_INT(get_u8(&r), ok);
	get_raw(&r, hashes, sizeof(hashes));
	CHECK_INT(get_u64(&r) > 0, ok);
	get_str(&r, text, sizeof(text));
	CHECK_OK(msg_end(&r));
	if (strstr(text, want) == NULL)
		CHECK_STR(text, want);
}

static void
test_cert(struct spawned *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *pem = cert_make(key);

	test_begin("certificate");
	request_send(s, MSG_CONF_CERT_REQ, file_make(pem));
	error_expect(s, 0, "the file: the certificate has no subjectAltName");
	cert_expect(s, 1, "CN=a");
	chain_expect(pem);
	request_send(s, MSG_CONF_CERT_REQ,
	    file_make("-----BEGIN EC PRIVATE KEY-----\n"));
	cert_expect(s, 0, "the file: line 1: a private key in the file");
	CHECK_INT(frame.nfds, 0);
	request_send(s, MSG_CONF_CERT_REQ, open("/", O_RDONLY | O_CLOEXEC));
	cert_expect(s, 0, "Is a directory");
	free(pem);
	EVP_PKEY_free(key);
}

/* The parent reads 511 bytes of a message: the fault must be among them. */
static void
test_long_name(struct spawned *s)
{
	static char name[1024];

	test_begin("long name");
	memset(name, 'n', sizeof(name) - 1);
	file_name = name;
	request_send(s, MSG_CONF_LOAD_REQ, file_make("[agent]\nx = 0\n"));
	error_expect(s, 1, "n:2: unknown key x in [agent]: allowed are: host");
	CHECK_INT(frame.len, 1 + 2 + 511);
	loaded_expect(s, 0);
	request_send(s, MSG_CONF_CERT_REQ, file_make(""));
	cert_expect(s, 0, "n: no certificate in PEM form");
	CHECK(frame.len < 75 + 512);
	file_name = "the file";
}

static void
test_broken(void)
{
	struct spawned s;

	test_begin("broken frames");
	conf_start(&s);
	request_send(&s, MSG_CONF_LOAD_REQ, -1);
	conf_end(&s, 1, "malformed CONF_LOAD_REQ");
	conf_start(&s);
	request_send(&s, MSG_NET_CERT, file_make(""));
	conf_end(&s, 1, "unexpected NET_CERT");
}

int
main(void)
{
	struct spawned s;

	test_begin("conf");
	if (geteuid() != 0)
		test_skip("not root: no confined process can be started");
	conf_start(&s);
	test_load(&s);
	test_load_refused(&s);
	test_cert(&s);
	test_long_name(&s);
	conf_end(&s, 0, NULL);
	test_broken();
	return test_end();
}
