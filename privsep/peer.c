#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "privsep/peer.h"
#include "privsep/text.h"

#define LOG_LINE_MAX	1024	/* one log line of a child */
#define HELLO_TIMEOUT_S	30	/* exec, libraries and confinement on a slow machine */

static const char *
name_of(const struct peer *p)
{
	return p->program->roles[p->role].name;
}

static int fail(struct peer *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct peer *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	return -1;
}

/* One line of its log: a level byte and text. 0 when there is none now. */
static int
hear(struct peer *p)
{
	char line[LOG_LINE_MAX + 1];
	ssize_t n;

	n = recv(p->proc.log_fd, line, LOG_LINE_MAX, MSG_DONTWAIT);
	if (n <= 1)
		return 0;
	line[n] = '\0';
	text_clean(line + 1);
	if (line[0] <= LOG_WARNING)
		snprintf(p->last, sizeof(p->last), "%.500s", line + 1);
	if (p->verbose)
		warnx("%s: %s", name_of(p), line + 1);
	return 1;
}

void
peer_stop(struct peer *p)
{
	struct pollfd pfd = { .fd = p->proc.pidfd, .events = POLLIN };
	int code, status;

	if (!p->running)
		return;
	p->running = 0;
	spawn_kill(&p->proc);
	if (poll(&pfd, 1, HELLO_TIMEOUT_S * 1000) == 1)
		spawn_reap(&p->proc, &code, &status);
	close(p->proc.req_fd);
	close(p->proc.log_fd);
	close(p->proc.pidfd);
}

/* It is gone: say how, with its last words. */
static int
explain_death(struct peer *p)
{
	struct pollfd pfd = { .fd = p->proc.pidfd, .events = POLLIN };
	const char *name = name_of(p);
	int code = 0, status = 0;

	while (hear(p))
		continue;
	if (poll(&pfd, 1, 1000) == 1)
		spawn_reap(&p->proc, &code, &status);
	peer_stop(p);
	if (code == CLD_EXITED && p->last[0] != '\0')
		return fail(p, "%s: %s", name, p->last);
	if (code == CLD_EXITED && status == 127)
		return fail(p, "%s could not be executed", name);
	if (code == CLD_EXITED)
		return fail(p, "%s ended with status %d", name, status);
	if (status == SIGSYS)
		return fail(p, "%s was killed for a system call that it may "
		    "not make", name);
	return fail(p, "%s was killed by signal %d", name, status);
}

static int
broken(struct peer *p, struct frame *f, const char *rule)
{
	frame_close(f);
	peer_stop(p);
	return fail(p, "%s broke the protocol (%s, %zu bytes: %s) and was "
	    "ended", name_of(p), p->program->msg_name(f->type), f->len, rule);
}

static int64_t deadline;	/* ms of the monotonic clock; 0: none */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
peer_time_limit(unsigned int seconds)
{
	deadline = seconds == 0 ? 0 : now_ms() + (int64_t)seconds * 1000;
}

/* timeout in ms or -1, and not beyond the deadline */
static int
wait_ms(int timeout)
{
	int64_t left;

	if (deadline == 0)
		return timeout;
	if ((left = deadline - now_ms()) < 0)
		left = 0;
	if (timeout != -1 && timeout < left)
		return timeout;
	return left > INT_MAX ? INT_MAX : (int)left;
}

static int
late(struct peer *p)
{
	peer_stop(p);
	if (deadline != 0 && now_ms() >= deadline)
		return fail(p, "the time of --timeout is over, while %s was "
		    "waited for", name_of(p));
	return fail(p, "%s did not start in time", name_of(p));
}

/* The next frame, its log heard meanwhile; timeout in ms or -1. */
static int
next_frame(struct peer *p, int timeout, struct frame *f)
{
	struct pollfd pfd[2] = {
		{ .fd = p->proc.req_fd, .events = POLLIN },
		{ .fd = p->proc.log_fd, .events = POLLIN }
	};
	int r;

	for (;;) {
		r = poll(pfd, 2, wait_ms(timeout));
		if (r == -1 && errno != EINTR)
			return fail(p, "poll: %s", strerror(errno));
		if (r == 0)
			return late(p);
		if (r > 0 && (pfd[1].revents & (POLLIN | POLLHUP)) != 0 &&
		    !hear(p))
			pfd[1].fd = -1;
		if (r <= 0 || pfd[0].revents == 0)
			continue;
		f->nfds = 0;
		f->type = 0;
		f->len = 0;
		if ((r = chan_recv(p->proc.req_fd, f)) == 0)
			return explain_death(p);
		if (r == -1)
			return broken(p, f, strerror(errno));
		return 0;
	}
}

int
peer_tell(struct peer *p, unsigned int type, const struct wbuf *w,
    const int *fds, int nfds)
{
	if (!p->running)
		return -1;	/* why was said when it ended */
	if (chan_send(p->proc.req_fd, (uint16_t)type, 0, w, fds, nfds) == 0)
		return 0;
	if (errno == EPIPE || errno == ECONNRESET)
		return explain_death(p);
	return fail(p, "%s to %s: %s", p->program->msg_name(type), name_of(p),
	    strerror(errno));
}

int
peer_ask(struct peer *p, unsigned int type, const struct wbuf *w,
    const int *fds, int nfds, int (*extra)(void *, struct frame *), void *arg,
    struct frame *f)
{
	const char *rule;

	if (peer_tell(p, type, w, fds, nfds) == -1)
		return -1;
	for (;;) {
		if (next_frame(p, -1, f) == -1)
			return -1;
		rule = p->program->refuses(p->role, f->type, type, f->len,
		    f->nfds);
		if (rule != NULL)
			return broken(p, f, rule);
		if (f->type == type + 1)
			return 0;
		if (extra == NULL || extra(arg, f) == -1)
			return broken(p, f, "malformed");
		frame_close(f);
	}
}

static int
hello(struct peer *p)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	const char *rule;
	uint32_t version;
	uint8_t role;

	if (next_frame(p, HELLO_TIMEOUT_S * 1000, &f) == -1)
		return -1;
	rule = p->program->refuses(p->role, f.type, 0, f.len, f.nfds);
	if (rule != NULL)
		return broken(p, &f, rule);
	rbuf_init(&r, f.data, f.len);
	version = get_u32(&r);
	role = get_u8(&r);
	p->degraded = get_u8(&r) != 0;
	if (msg_end(&r) == -1 || version != p->program->version || role != p->role)
		return broken(p, &f, "another version");
	wbuf_init(&w);
	put_u32(&w, p->program->version);
	return peer_tell(p, p->program->hello + 1u, &w, NULL, 0);
}

int
peer_start(struct peer *p, const struct peer_program *prog, unsigned int role,
    const int *res, int nres, int verbose)
{
	struct spawn_req q = {
		.flags = prog->flags | (verbose ? CHILD_VERBOSE : 0),
		.uid = prog->uid_base + prog->roles[role].uid_off,
		.res = res, .nres = nres
	};
	char name[32], path[PATH_MAX];
	int e;

	memset(p, 0, sizeof(*p));
	p->program = prog;
	p->role = role;
	p->verbose = verbose;
	snprintf(name, sizeof(name), "%s-%s", prog->prefix, name_of(p));
	snprintf(path, sizeof(path), "%s/%s", libexec_dir, name);
	q.name = name;
	if ((q.exec_fd = open(path, O_PATH | O_CLOEXEC)) == -1)
		return fail(p, "%s: %s", path, strerror(errno));
	if (spawn_child(&q, &p->proc) == -1) {
		e = errno;
		close(q.exec_fd);
		return fail(p, "%s: %s", path, strerror(e));
	}
	close(q.exec_fd);
	p->running = 1;
	return hello(p);
}
