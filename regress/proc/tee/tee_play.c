#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/chan.h"
#include "privsep/libexecdir.h"
#include "regress/proc/tee/tee_play.h"
#include "regress/unit/check.h"

#define TEST_UID	64297
#define JOB		9
#define WAIT_MS		60000

void
tee_start(struct spawned *s, const int *res, int nres)
{
	struct spawn_req q = { .name = "agent-tee", .uid = TEST_UID,
	    .res = res, .nres = nres };
	struct frame f;
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/agent-tee", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	CHECK_INT(chan_recv(s->req_fd, &f), 1);
	CHECK_INT(f.type, MSG_HELLO_REQ);
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, 0);
	CHECK_OK(chan_send(s->req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0));
}

void
tee_ask(struct spawned *s, enum tee_source source)
{
	uint8_t data[64];
	struct wbuf w;

	memset(data, TEE_DATA, sizeof(data));
	wbuf_init(&w);
	put_u8(&w, (uint8_t)source);
	put_raw(&w, data, sizeof(data));
	CHECK_OK(chan_send(s->req_fd, MSG_REPORT_REQ, JOB, &w, NULL, 0));
}

void
tee_answer(struct spawned *s, struct answer_got *ret_a)
{
	struct pollfd p = { .fd = s->req_fd, .events = POLLIN };
	struct frame f;
	struct rbuf r;

	memset(ret_a, 0, sizeof(*ret_a));
	ret_a->fd = -1;
	if (!CHECK_INT(poll(&p, 1, WAIT_MS), 1) ||
	    !CHECK_INT(chan_recv(s->req_fd, &f), 1))
		return;
	CHECK_INT(f.type, MSG_REPORT_ANS);
	CHECK_INT(f.id, JOB);
	rbuf_init(&r, f.data, f.len);
	ret_a->ok = get_u8(&r);
	ret_a->kind = get_u8(&r);
	get_str(&r, ret_a->reason, sizeof(ret_a->reason));
	CHECK_OK(msg_end(&r));
	CHECK_INT(f.nfds, ret_a->ok);
	if (f.nfds == 1)
		ret_a->fd = frame_take(&f, 0);
}

/* One frame a line, its level before it. */
static void
log_take(int fd, char *dst, size_t size)
{
	size_t n = 0;
	ssize_t r;

	while (n + 1 < size && (r = recv(fd, dst + n, size - n - 1,
	    MSG_DONTWAIT)) > 0)
		n += (size_t)r;
	dst[n] = '\0';
}

void
tee_end(struct spawned *s, char *ret_log, size_t size)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	int code = 0, status = -1;

	if (!CHECK_INT(poll(&p, 1, WAIT_MS), 1))
		spawn_kill(s);
	CHECK_OK(spawn_reap(s, &code, &status));
	CHECK_INT(code, CLD_EXITED);
	CHECK_INT(status, 0);
	if (ret_log != NULL)
		log_take(s->log_fd, ret_log, size);
	close(s->req_fd);
	close(s->log_fd);
	close(s->pidfd);
}
