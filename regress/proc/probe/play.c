#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "privsep/libexecdir.h"
#include "regress/proc/probe/play.h"

void
play_spawn(struct spawned *s, const char *name, const char *path,
    const int *res, int nres)
{
	struct spawn_req q = { .name = name, .uid = PLAY_UID, .res = res,
	    .nres = nres,
#ifdef NO_SECCOMP
	    .keep_stderr = 1,
#endif
	};

	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
}

void
play_spawn_role(struct spawned *s, enum role_id role, const int *res, int nres)
{
	char name[32], path[4096];

	snprintf(name, sizeof(name), "agent-%s", role_name(role));
	snprintf(path, sizeof(path), "%s/%s", libexec_dir, name);
	play_spawn(s, name, path, res, nres);
}

int
play_recv(int fd, struct frame *f)
{
	struct pollfd p = { fd, POLLIN, 0 };

	if (poll(&p, 1, PLAY_WAIT_MS) != 1)
		return -1;
	return chan_recv(fd, f);
}

int
play_hello(struct spawned *s, enum role_id role, uint32_t version)
{
	struct frame f;
	struct rbuf r;
	struct wbuf w;

	if (play_recv(s->req_fd, &f) != 1)
		return -1;
	rbuf_init(&r, f.data, f.len);
	if (f.type != MSG_HELLO_REQ || get_u32(&r) != MSG_VERSION ||
	    get_u8(&r) != role || msg_end(&r) == -1)
		return -1;
	wbuf_init(&w);
	put_u32(&w, version);
	put_u32(&w, AGENT_SIMULATED);
	return chan_send(s->req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0);
}

int
play_end(struct spawned *s, int quiet)
{
	struct pollfd p = { s->pidfd, POLLIN, 0 };
	int code = 0, status = 0, rc = PLAY_ALIVE;
	char line[2048];
	ssize_t n;

	if (poll(&p, 1, PLAY_WAIT_MS) == 1 &&
	    spawn_reap(s, &code, &status) == 0)
		rc = code == CLD_EXITED ? status : 128 + status;
	else {
		spawn_kill(s);
		poll(&p, 1, PLAY_WAIT_MS);
		spawn_reap(s, &code, &status);
	}
	while ((n = recv(s->log_fd, line, sizeof(line) - 1, MSG_DONTWAIT)) > 1) {
		line[n] = '\0';
		if (!quiet)
			printf("worker: %s\n", line + 1);
	}
	close(s->req_fd);
	close(s->log_fd);
	close(s->pidfd);
	return rc;
}

void
play_stop(struct spawned *s)
{
	spawn_kill(s);
	play_end(s, 1);
}
