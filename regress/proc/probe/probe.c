/*
 * A process with the rights of the role that its name ends in, which does on
 * request what no role may do. What happens to it is the test. probe-ROLE is
 * one of the agent's, fsprobe-ROLE one of cosmian_fstool's.
 */
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agentd/roles.h"
#include "fstool/child.h"
#include "fstool/roles.h"
#include "privsep/agent_child.h"
#include "privsep/guest_ioctl.h"
#include "regress/proc/probe/acts.h"

static char buf[4096];
static struct stat st;
static struct { char b[256]; } zero;
static struct {
	struct file_handle	h;
	char			b[MAX_HANDLE_SZ];
} handle;
static struct sockaddr_in there;
static int one = 1;
static void *page;

static long
map(int fd, int prot)
{
	void *p = mmap(NULL, 4096, prot, fd == -1 ? MAP_PRIVATE |
	    MAP_ANONYMOUS : MAP_PRIVATE, fd, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long
seal(void)
{
	long fd = syscall(SYS_memfd_create, "x", MFD_ALLOW_SEALING);

	return fd == -1 ? -1 : fcntl((int)fd, F_ADD_SEALS, F_SEAL_WRITE);
}

/* The filter lets it pass, and the file is no such device. */
static long
guest(int fd, unsigned long number)
{
	return syscall(SYS_ioctl, fd, number, buf) == -1 && errno == ENOTTY ?
	    0 : -1;
}

static void *
nothing(void *arg)
{
	return arg;
}

static long
thread(void)
{
	pthread_t t;
	int e;

	if ((e = pthread_create(&t, NULL, nothing, NULL)) != 0) {
		errno = e;
		return -1;
	}
	return pthread_join(t, NULL);
}

/* A fork that works must not answer twice. */
static long
child(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid;
}

/* The system calls of 32 bits have other numbers: 20 is getpid there, writev here. */
static long
other_abi(void)
{
#ifdef __x86_64__
	long r = 20;

	__asm__ volatile ("int $0x80" : "+a"(r) : : "memory");
	if (r > 0)
		return 0;
#endif
	errno = ENOSYS;
	return -1;
}

static long
act(unsigned int which)
{
	switch (which) {
#define ACT_CASE(name, granted, call)	case ACT_##name: return (long)(call);
	ACT_LIST(ACT_CASE)
#undef ACT_CASE
	}
	errno = EINVAL;
	return -1;
}

/* The number of the role that the name ends in. */
static unsigned int
role_of(const char *name, const struct role *roles, unsigned int n)
{
	unsigned int i;

	name = strrchr(name, '-');
	for (i = 0; name != NULL && i < n; i++)
		if (strcmp(name + 1, roles[i].name) == 0)
			return i;
	_exit(3);
}

/* Confinement and HELLO as the real program has them. */
static void
start(int argc, char **argv)
{
	static const int dirs[] = { DIR_FD, -1 };
	unsigned int role;

	if (strncmp(argv[0], FSTOOL_PROBE, strlen(FSTOOL_PROBE)) == 0) {
		role = role_of(argv[0], fstool_roles, FSTOOL_MAX);
		fstool_child_start((enum fstool_role)role, argc, argv);
		return;
	}
	role = role_of(argv[0], agent_roles, ROLE_MAX);
	agent_child_start((enum role_id)role, argc, argv,
	    agent_roles[role].sc & SC_TREE ? dirs : NULL);
}

int
main(int argc, char **argv)
{
	socklen_t len = sizeof(there);
	struct frame f;
	struct wbuf w;

	handle.h.handle_bytes = MAX_HANDLE_SZ;
	getsockname(PORT_FD, (struct sockaddr *)&there, &len);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0);
	start(argc, argv);
	while (chan_recv(REQ_FD, &f) == 1) {
		errno = 0;
		wbuf_init(&w);
		put_u32(&w, act(f.id) == -1 ? (uint32_t)errno : 0);
		if (chan_send(REQ_FD, ACT_TYPE, f.id, &w, NULL, 0) == -1)
			return 1;
	}
	return 0;
}
