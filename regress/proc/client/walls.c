/*
 * Puts up the walls of each role of the client as its program does, and tries
 * what a process that was taken over would.
 */
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

#include "cli/roles.h"
#include "privsep/child.h"
#include "regress/unit/check.h"

enum { DENIED = 10, ALLOWED, KILLED, NO_LANDLOCK };

static char *const no_args[] = { NULL };

static int
verdict(long r)
{
	return r == -1 ? DENIED : ALLOWED;
}

static int
try_open(void)
{
	return verdict(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

static int
try_hosts(void)
{
	return verdict(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int
try_create(void)
{
	return verdict(open("/tmp/cvm-client-walls", O_WRONLY | O_CREAT |
	    O_CLOEXEC, 0600));
}

static int
try_socket(void)
{
	return verdict(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
try_packet(void)
{
	return verdict(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
try_listen(void)
{
	return verdict(syscall(SYS_listen, 0, 1));
}

static int
try_exec(void)
{
	return verdict(execve("/bin/true", no_args, no_args));
}

static int
try_fork(void)
{
	return verdict(fork());
}

static int
try_ptrace(void)
{
	return verdict(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_kill(void)
{
	return verdict(kill(getppid(), 0));
}

static int
try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? DENIED :
	    ALLOWED;
}

static int
try_prctl(void)
{
	return verdict(syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
}

static const struct {
	const char	*name;
	int		 (*call)(void);
	int		 fetch_may;
} attempts[] = {
	{ "open",		try_open,	0 },
	{ "open /etc/hosts",	try_hosts,	1 },
	{ "create a file",	try_create,	0 },
	{ "socket",		try_socket,	1 },
	{ "packet socket",	try_packet,	0 },
	{ "listen",		try_listen,	0 },
	{ "exec",		try_exec,	0 },
	{ "fork",		try_fork,	0 },
	{ "ptrace",		try_ptrace,	0 },
	{ "kill",		try_kill,	0 },
	{ "executable memory",	try_code,	0 },
	{ "prctl",		try_prctl,	0 },
};

static int
attempt(enum client_role role, int (*call)(void))
{
	struct child c = {
		.ppid = getpid(), .flags = CHILD_UNPRIVILEGED | CHILD_DEGRADED_OK
	};
	int dirs[] = { open("/etc", O_PATH | O_CLOEXEC), -1 };
	int status;
	pid_t pid;

	if ((pid = fork()) == -1)
		return 0;
	if (pid == 0) {
		if (confine(&client_roles[role], &c,
		    role == CLIENT_FETCH ? dirs : NULL) != 0)
			_exit(NO_LANDLOCK);
		_exit(call());
	}
	close(dirs[0]);
	if (waitpid(pid, &status, 0) == -1)
		return 0;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 0;
	return WEXITSTATUS(status);
}

int
main(void)
{
	size_t i;
	int r;

#ifdef NO_SECCOMP
	test_skip("built without the system call filter");
#endif
	alarm(60);
	if (attempt(CLIENT_FETCH, try_hosts) == NO_LANDLOCK)
		test_skip("this kernel has no landlock");
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		test_begin(attempts[i].name);
		r = attempt(CLIENT_APPRAISE, attempts[i].call);
		if (!CHECK(r == KILLED || r == DENIED))
			printf("\tappraise: %d\n", r);
		r = attempt(CLIENT_FETCH, attempts[i].call);
		if (!CHECK(attempts[i].fetch_may ? r == ALLOWED :
		    r == KILLED || r == DENIED))
			printf("\tfetch: %d\n", r);
	}
	test_begin("nothing was created");
	CHECK(access("/tmp/cvm-client-walls", F_OK) == -1);
	return test_end();
}
