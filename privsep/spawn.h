#ifndef PRIVSEP_SPAWN_H
#define PRIVSEP_SPAWN_H

#include <sys/types.h>

/*
 * Start one confined process: socket pairs, fork, dup2 to fixed numbers,
 * close_range, exec by descriptor. See child.h for what the child finds.
 */

struct spawn_req {
	const char	*name;		/* argv[0], "agent-web" */
	int		 exec_fd;	/* the program, opened at the parent's start */
	unsigned int	 uid;
	unsigned int	 flags;		/* CHILD_* */
	const int	*res;		/* lent from RES_FD on; the caller's */
	int		 nres;
	int		 keep_stderr;	/* debug: else /dev/null */
};

struct spawned {
	pid_t	pid;
	int	pidfd;		/* signals and waiting go through this only */
	int	req_fd;		/* our end of REQ_FD */
	int	log_fd;		/* our end of LOG_FD */
};

/* 0, or -1 with errno and nothing left over. */
int	spawn_child(const struct spawn_req *, struct spawned *ret_s);

/* SIGKILL through the pidfd; reap it when its pidfd becomes readable. */
int	spawn_kill(struct spawned *);

/* Wait for one that is gone; siginfo's code and status. 0, -1 when still there. */
int	spawn_reap(struct spawned *, int *ret_code, int *ret_status);

#endif
