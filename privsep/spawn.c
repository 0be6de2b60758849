#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/chan.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/spawn.h"

/* Descriptors are parked above this before they go to their fixed numbers. */
#define PARK_FD		64

static void
die(void)
{
	_exit(127);
}

static int
park(int fd)
{
	int n;

	if ((n = fcntl(fd, F_DUPFD_CLOEXEC, PARK_FD)) == -1)
		die();
	return n;
}

static void
place(int fd, int to)
{
	if (dup2(fd, to) == -1)
		die();
}

/*
 * In the child. All sources are moved out of the way first: a lent descriptor
 * may itself be number 3.
 */
static void
place_all(const struct spawn_req *q, int req, int log, int *ret_exec)
{
	int i, null, err, res[RES_MAX];

	req = park(req);
	log = park(log);
	*ret_exec = park(q->exec_fd);
	for (i = 0; i < q->nres; i++)
		res[i] = park(q->res[i]);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		die();
	null = park(null);
	err = q->keep_stderr ? park(STDERR_FILENO) : null;
	place(null, 0);
	place(null, 1);
	place(err, 2);
	place(req, REQ_FD);
	place(log, LOG_FD);
	for (i = 0; i < q->nres; i++)
		place(res[i], RES_FD + i);
	/* the program's own descriptor stays: it is CLOEXEC and exec needs it */
	place(*ret_exec, RES_FD + q->nres);
	*ret_exec = RES_FD + q->nres;
	if (fcntl(*ret_exec, F_SETFD, FD_CLOEXEC) == -1 ||
	    syscall(SYS_close_range, (unsigned int)*ret_exec + 1, ~0U, 0) == -1)
		die();
}

static void
run_child(const struct spawn_req *q, pid_t parent, int req, int log)
{
	char uid[16], ppid[16], flags[16];
	char *argv[] = { (char *)q->name, uid, ppid, flags, NULL };
	char *envp[] = { NULL };
	int fd;

	snprintf(uid, sizeof(uid), "%u", q->uid);
	snprintf(ppid, sizeof(ppid), "%d", (int)parent);
	snprintf(flags, sizeof(flags), "%u", q->flags);
	place_all(q, req, log, &fd);
	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
	die();
}

int
spawn_child(const struct spawn_req *q, struct spawned *ret_s)
{
	int req[2] = { -1, -1 }, log[2] = { -1, -1 }, pidfd = -1, e;
	pid_t pid, parent = getpid();

	if (q->nres < 0 || q->nres > RES_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (chan_pair(req) == -1 || chan_pair(log) == -1)
		goto fail;
	if ((pid = fork()) == -1)
		goto fail;
	if (pid == 0)
		run_child(q, parent, req[1], log[1]);
	if ((pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) == -1) {
		e = errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = e;
		goto fail;
	}
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	close(req[1]);
	close(log[1]);
	*ret_s = (struct spawned){ pid, pidfd, req[0], log[0] };
	return 0;
fail:
	e = errno;
	if (req[0] != -1) {
		close(req[0]);
		close(req[1]);
	}
	if (log[0] != -1) {
		close(log[0]);
		close(log[1]);
	}
	errno = e;
	return -1;
}

int
spawn_reap(struct spawned *s, int *ret_code, int *ret_status)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	if (waitid((idtype_t)P_PIDFD, (id_t)s->pidfd, &si,
	    WEXITED | WNOHANG) == -1 || si.si_pid == 0)
		return -1;
	*ret_code = si.si_code;
	*ret_status = si.si_status;
	return 0;
}

int
spawn_kill(struct spawned *s)
{
	return (int)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
}
