#include <sys/syscall.h>

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "regress/proc/client/fake.h"

int
peer_fake(struct peer *p, const struct peer_program *program,
    unsigned int role)
{
	int req[2], log[2];
	pid_t pid;

	memset(p, 0, sizeof(*p));
	if (chan_pair(req) == -1 || chan_pair(log) == -1 ||
	    (pid = fork()) == -1)
		err(1, "no peer");
	if (pid == 0) {
		for (;;)
			pause();
	}
	p->program = program;
	p->role = role;
	p->running = 1;
	p->proc.pid = pid;
	p->proc.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	p->proc.req_fd = req[0];
	p->proc.log_fd = log[0];
	close(log[1]);
	return req[1];
}
