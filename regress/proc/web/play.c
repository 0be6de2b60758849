#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "regress/proc/web/play.h"

#define TEST_UID	64298
#define PROGRAMS	2

static void
send_frame(struct spawned *s, unsigned int type, uint32_t id,
    const struct wbuf *w, int fd)
{
	if (chan_send(s->req_fd, (uint16_t)type, id, w, &fd, fd != -1) == -1)
		err(1, "send to web");
	if (fd != -1)
		close(fd);
}

void
web_limits(struct spawned *s, unsigned int header_s, unsigned int body_s,
    unsigned int idle_s, int compat)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u32(&w, 1);
	put_u32(&w, header_s);
	put_u32(&w, body_s);
	put_u32(&w, idle_s);
	put_u8(&w, (uint8_t)compat);
	send_frame(s, MSG_LIMITS, 0, &w, -1);
}

static void
send_config(struct spawned *s)
{
	uint8_t digest[32];
	struct wbuf w;
	int i;

	wbuf_init(&w);
	for (i = 0; i < 3; i++) {	/* item, toml, keys */
		memset(digest, 0xc0 + i, sizeof(digest));
		put_raw(&w, digest, sizeof(digest));
	}
	put_u32(&w, AGENT_SIMULATED);
	put_u8(&w, PROGRAMS);
	for (i = 0; i < PROGRAMS; i++) {
		memset(digest, 0xe0 + i, sizeof(digest));
		put_str(&w, i == 0 ? "cosmian_vm_agent" : "agent-conf");
		put_raw(&w, digest, sizeof(digest));
	}
	send_frame(s, MSG_CONFIG, 0, &w, -1);
}

void
web_start(struct spawned *s, unsigned int header_s, unsigned int body_s,
    unsigned int idle_s, int compat)
{
	struct spawn_req q = { .name = "agent-web", .uid = TEST_UID };
	struct frame f;
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/agent-web", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	if (parent_take(s, MSG_HELLO_REQ, 0, &f) == -1)
		errx(1, "no HELLO");
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, 0);
	send_frame(s, MSG_HELLO_ANS, 0, &w, -1);
	web_limits(s, header_s, body_s, idle_s, compat);
	send_config(s);
}

static int
wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PLAY_WAIT_MS) == 1 ? 0 : -1;
}

int
web_end(struct spawned *s)
{
	char line[2048];
	int code = 0, status = -1;

	close(s->req_fd);
	if (wait_for(s->pidfd) == -1)
		spawn_kill(s);
	while (recv(s->log_fd, line, sizeof(line) - 1, MSG_DONTWAIT) > 1)
		continue;
	if (spawn_reap(s, &code, &status) == -1)
		return -1;
	close(s->log_fd);
	return code == CLD_EXITED && status == 0 ? 0 : -1;
}

int
conn_open(struct spawned *s, uint32_t id)
{
	struct wbuf w;
	char peer[32];
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1)
		err(1, "socketpair");
	snprintf(peer, sizeof(peer), "192.0.2.1:%u", id);
	wbuf_init(&w);
	put_str(&w, peer);
	send_frame(s, MSG_WEB_CONN, id, &w, sv[1]);
	return sv[0];
}

void
conn_say(int fd, const char *text)
{
	size_t n = strlen(text);
	ssize_t r;

	while (n > 0) {
		if ((r = send(fd, text, n, MSG_NOSIGNAL)) == -1)
			return;		/* a check of the answer will say so */
		text += r;
		n -= (size_t)r;
	}
}

const char *
answer_body(const char *answer)
{
	const char *p = strstr(answer, "\r\n\r\n");

	return p == NULL ? NULL : p + 4;
}

int
answer_status(const char *answer)
{
	int status = -1;

	sscanf(answer, "HTTP/1.1 %d ", &status);
	return status;
}

static int
is_whole(const char *buf, size_t n)
{
	const char *body = answer_body(buf), *p;

	if (body == NULL)
		return 0;
	if ((p = strstr(buf, "Content-Length: ")) != NULL && p < body)
		return n - (size_t)(body - buf) >= strtoul(p + 16, NULL, 10);
	if (strstr(buf, "Transfer-Encoding: chunked") != NULL)
		return n >= 5 && memcmp(buf + n - 5, "0\r\n\r\n", 5) == 0;
	return answer_status(buf) == 100;
}

size_t
conn_answer(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t r;

	buf[0] = '\0';
	while (n + 1 < size && wait_for(fd) == 0) {
		/* byte by byte at first, so that the next answer stays there */
		if ((r = recv(fd, buf + n, answer_body(buf) == NULL ? 1 :
		    size - 1 - n, 0)) <= 0)
			break;
		n += (size_t)r;
		buf[n] = '\0';
		if (is_whole(buf, n))
			break;
	}
	return n;
}

int
conn_ended(int fd)
{
	char c;

	return wait_for(fd) == 0 && recv(fd, &c, 1, 0) <= 0;
}

int
parent_take(struct spawned *s, unsigned int type, uint32_t id,
    struct frame *ret_f)
{
	if (wait_for(s->req_fd) == -1 || chan_recv(s->req_fd, ret_f) != 1) {
		printf("no %s came\n", msg_name(type));
		return -1;
	}
	if (ret_f->type != type || ret_f->id != id) {
		printf("%s of %u instead of %s of %u\n", msg_name(ret_f->type),
		    ret_f->id, msg_name(type), id);
		return -1;
	}
	return 0;
}

static void
send_status(struct spawned *s, unsigned int type, uint32_t id,
    enum answer status, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)status);
	send_frame(s, type, id, &w, fd);
}

void
parent_log(struct spawned *s, uint32_t id, enum answer status, int fd)
{
	send_status(s, MSG_LOG_ANS, id, status, fd);
}

void
parent_deleted(struct spawned *s, uint32_t id, enum answer status)
{
	send_status(s, MSG_SNAPSHOT_DEL_ANS, id, status, -1);
}

void
parent_snapshot(struct spawned *s, uint32_t id, enum answer status, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)status);
	put_u64(&w, 3);
	put_u64(&w, 4096);
	put_u64(&w, 1);
	send_frame(s, MSG_SNAPSHOT_ANS, id, &w, fd);
}

void
parent_attest(struct spawned *s, uint32_t id, const struct attest_ans *a,
    int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	attest_ans_put(&w, a);
	send_frame(s, MSG_ATTEST_ANS, id, &w, fd);
}

void
parent_certs(struct spawned *s, uint32_t id, enum answer status, int fd)
{
	send_status(s, MSG_TPM_CERTS_ANS, id, status, fd);
}

void
parent_activated(struct spawned *s, uint32_t id, enum answer status)
{
	struct activate_ans a = { .status = (uint8_t)status };
	struct wbuf w;

	memset(a.proof, status == ANSWER_OK ? 0xab : 0, sizeof(a.proof));
	wbuf_init(&w);
	activate_ans_put(&w, &a);
	send_frame(s, MSG_ACTIVATE_ANS, id, &w, -1);
}

int
file_of(const void *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n)
		err(1, "memfd");
	return fd;
}

int
log_take(struct spawned *s, char *buf, size_t size)
{
	ssize_t n;

	if (wait_for(s->log_fd) == -1 ||
	    (n = recv(s->log_fd, buf, size - 1, 0)) < 1)
		return -1;
	buf[n] = '\0';
	memmove(buf, buf + 1, (size_t)n);	/* the level */
	return 0;
}
