#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/guest_ioctl.h"
#include "privsep/sandbox.h"

#ifdef NO_SECCOMP

/* Sanitizers make calls of their own; the build says so in its flags. */
int
seccomp_wall(unsigned int sc)
{
	(void)sc;
	return 0;
}

#else

#define ALL(...)	(const int[]){ __VA_ARGS__, -1 }

/* What each group adds. Calls that need their arguments looked at are in add_masked(). */
static const struct {
	unsigned int	 sc;
	const int	*calls;
} groups[] = {
	{ SC_BASE, ALL(SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv),
	    SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(recvmsg),
	    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(futex), SCMP_SYS(brk),
	    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(clock_gettime),
	    SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	    SCMP_SYS(getrandom), SCMP_SYS(rt_sigprocmask),
	    SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	    SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid),
	    SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	    SCMP_SYS(getgid), SCMP_SYS(getegid),
	    SCMP_SYS(exit), SCMP_SYS(exit_group)) },
	{ SC_EVENT, ALL(SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl),
	    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(pipe2)) },
	{ SC_STREAM, ALL(SCMP_SYS(recvfrom), SCMP_SYS(shutdown)) },
	{ SC_PREAD, ALL(SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(lseek),
	    SCMP_SYS(fstat)) },
	{ SC_SYNC, ALL(SCMP_SYS(fsync), SCMP_SYS(ftruncate)) },
	{ SC_MEMFD, ALL(SCMP_SYS(memfd_create), SCMP_SYS(ftruncate)) },
	{ SC_TREE, ALL(SCMP_SYS(openat), SCMP_SYS(getdents64),
	    SCMP_SYS(newfstatat), SCMP_SYS(fstatfs), SCMP_SYS(fadvise64)) },
	{ SC_THREADS, ALL(SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
	    SCMP_SYS(sched_getaffinity)) },
	{ SC_LOCKMEM, ALL(SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock),
	    SCMP_SYS(memfd_secret), SCMP_SYS(ftruncate)) },
	{ SC_RESOLVE, ALL(SCMP_SYS(openat), SCMP_SYS(newfstatat),
	    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname),
	    SCMP_SYS(getpeername), SCMP_SYS(setsockopt), SCMP_SYS(getsockopt),
	    SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(uname),
	    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	    SCMP_SYS(stat), SCMP_SYS(open), SCMP_SYS(readlink),
	    SCMP_SYS(getdents64), SCMP_SYS(eventfd2), SCMP_SYS(socketpair),
	    SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(statfs),
	    SCMP_SYS(sysinfo), SCMP_SYS(sched_getaffinity)) },
};

/* Calls that libraries make to look around: told no instead of killed. */
static const int soft_deny[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(fstat), SCMP_SYS(lseek),
	SCMP_SYS(sysinfo), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(uname),
};

static int
add_groups(scmp_filter_ctx ctx, unsigned int sc)
{
	const int *c;
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if ((sc & groups[i].sc) == 0)
			continue;
		for (c = groups[i].calls; *c != -1; c++)
			if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, *c, 0) < 0)
				return -1;
	}
	return 0;
}

static int
granted(unsigned int sc, int call)
{
	const int *c;
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if ((sc & groups[i].sc) != 0)
			for (c = groups[i].calls; *c != -1; c++)
				if (*c == call)
					return 1;
	return 0;
}

/* libc asks for the size of a descriptor by this call, with an empty path. */
static int
add_fstat(scmp_filter_ctx ctx, unsigned int sc)
{
	const int call = SCMP_SYS(newfstatat);

	if (granted(sc, call))
		return 0;
	if ((sc & SC_PREAD) == 0)
		return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), call, 0);
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), call, 1,
	    SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH)) < 0)
		return -1;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	    SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
}

static int
add_soft_deny(scmp_filter_ctx ctx, unsigned int sc)
{
	size_t i;

	for (i = 0; i < sizeof(soft_deny) / sizeof(soft_deny[0]); i++)
		if (!granted(sc, soft_deny[i]) &&
		    soft_deny[i] != SCMP_SYS(newfstatat) &&
		    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES),
		    soft_deny[i], 0) < 0)
			return -1;
	return add_fstat(ctx, sc);
}

/* One argument must equal one of the values. */
static int
allow_values(scmp_filter_ctx ctx, int call, unsigned int arg,
    const unsigned long *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
		    SCMP_CMP(arg, SCMP_CMP_EQ, v[i])) < 0)
			return -1;
	return 0;
}

#define VALUES(...)	(const unsigned long[]){ __VA_ARGS__ }, \
	sizeof((const unsigned long[]){ __VA_ARGS__ }) / sizeof(unsigned long)

/* What is lent may be written to, not connected: MSG_FASTOPEN is connect(2) by another name. */
static int
add_send(scmp_filter_ctx ctx)
{
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0)) < 0)
		return -1;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
}

/*
 * The guest device may be asked for a report, not for keys derived from the
 * chip; other descriptors not even that.
 */
static int
add_guest(scmp_filter_ctx ctx)
{
	static const unsigned long calls[] = { SNP_GET_REPORT,
	    SNP_GET_EXT_REPORT, TDX_CMD_GET_REPORT0 };
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 2,
		    SCMP_A0(SCMP_CMP_EQ, RES_FD),
		    SCMP_A1(SCMP_CMP_EQ, calls[i])) < 0)
			return -1;
	return 0;
}

/* No code may be made at run time; signals only to oneself, for abort(3). */
static int
add_masked(scmp_filter_ctx ctx, unsigned int sc)
{
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) < 0 ||
	    allow_values(ctx, SCMP_SYS(madvise), 2, VALUES(MADV_DONTNEED,
	    MADV_FREE, MADV_DONTDUMP, MADV_WIPEONFORK, MADV_NOHUGEPAGE)) < 0 ||
	    allow_values(ctx, SCMP_SYS(fcntl), 1, VALUES(F_GETFD, F_SETFD,
	    F_GETFL, F_SETFL)) < 0 ||
	    allow_values(ctx, SCMP_SYS(ioctl), 1, VALUES(FIONREAD, FIONBIO)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1,
	    SCMP_A1(SCMP_CMP_EQ, TCGETS)) < 0)
		return -1;
	if ((sc & SC_MEMFD) != 0 && allow_values(ctx, SCMP_SYS(fcntl), 1,
	    VALUES(F_ADD_SEALS, F_GET_SEALS)) < 0)
		return -1;
	if ((sc & SC_GUEST) != 0 && add_guest(ctx) < 0)
		return -1;
	if ((sc & SC_RESOLVE) != 0 && allow_values(ctx, SCMP_SYS(socket), 0,
	    VALUES(AF_INET, AF_INET6, AF_UNIX, AF_NETLINK)) < 0)
		return -1;
	return 0;
}

/*
 * Threads, but no process: clone with exactly what pthread_create asks for.
 * clone3 hides its flags from the filter, so libc is told to use clone.
 */
static int
add_threads(scmp_filter_ctx ctx, unsigned int sc)
{
	const unsigned long must = CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	if ((sc & (SC_THREADS | SC_RESOLVE)) == 0)
		return 0;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, must | CLONE_NEWNS | CLONE_NEWUSER |
	    CLONE_NEWPID | CLONE_NEWNET, must)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
	    0) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 0) < 0)
		return -1;
	return 0;
}

int
seccomp_wall(unsigned int sc)
{
	scmp_filter_ctx ctx;
	int rc = -1;

	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 1) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0 ||
	    add_groups(ctx, sc) < 0 || add_soft_deny(ctx, sc) < 0 ||
	    add_send(ctx) < 0 || add_masked(ctx, sc) < 0 ||
	    add_threads(ctx, sc) < 0) {
		errno = EINVAL;
		goto out;
	}
	if ((rc = seccomp_load(ctx)) < 0) {
		errno = -rc;
		rc = -1;
	}
out:
	seccomp_release(ctx);
	return rc;
}

#endif
