/*
 * faults -c COMMAND: how many calls of the command change a state that outlives
 * it, and which; for -k N, -K N and -e N one of them is its last, before it is
 * done or right after, or fails (no room where it takes room, else EIO); for
 * -s N it is told to end (SIGTERM) while it is in that one, which is done.
 *
 * What counts are files and devices outside of memory, and what the front of
 * cosmian_fstool sends to the process that has the TPM.  Only the command
 * itself is looked at; what it started is waited for.
 *
 *	-o FILE		the calls are listed there, not on the standard output
 *
 * The status is that of the command, 137 when it was killed.
 */
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FS_TPM_FIRST	30	/* fstool/msg.h: what tpm is asked */
#define FS_TPM_LAST	44
#define IOC_LOOP	0x4c	/* types of ioctl(2) */
#define IOC_DM		0xfd

enum how { ALWAYS, TO_FD, OPEN, OPENAT, MESSAGE, IOCTL };

static const struct call {
	const char	*name;
	long		 nr;
	enum how	 how;
	int		 error;
} calls[] = {
	{ "write",	SYS_write,	TO_FD,	ENOSPC },
	{ "writev",	SYS_writev,	TO_FD,	ENOSPC },
	{ "pwrite",	SYS_pwrite64,	TO_FD,	ENOSPC },
	{ "pwritev",	SYS_pwritev,	TO_FD,	ENOSPC },
	{ "sendfile",	SYS_sendfile,	TO_FD,	ENOSPC },
	{ "fallocate",	SYS_fallocate,	TO_FD,	ENOSPC },
	{ "ftruncate",	SYS_ftruncate,	TO_FD,	EIO },
	{ "fsync",	SYS_fsync,	TO_FD,	EIO },
	{ "fdatasync",	SYS_fdatasync,	TO_FD,	EIO },
	{ "open",	SYS_open,	OPEN,	ENOSPC },
	{ "openat",	SYS_openat,	OPENAT,	ENOSPC },
	{ "rename",	SYS_rename,	ALWAYS,	EIO },
	{ "renameat",	SYS_renameat,	ALWAYS,	EIO },
	{ "renameat2",	SYS_renameat2,	ALWAYS,	EIO },
	{ "link",	SYS_link,	ALWAYS,	EIO },
	{ "linkat",	SYS_linkat,	ALWAYS,	EIO },
	{ "symlink",	SYS_symlink,	ALWAYS,	EIO },
	{ "unlink",	SYS_unlink,	ALWAYS,	EIO },
	{ "unlinkat",	SYS_unlinkat,	ALWAYS,	EIO },
	{ "mkdir",	SYS_mkdir,	ALWAYS,	EIO },
	{ "mkdirat",	SYS_mkdirat,	ALWAYS,	EIO },
	{ "rmdir",	SYS_rmdir,	ALWAYS,	EIO },
	{ "chmod",	SYS_chmod,	ALWAYS,	EIO },
	{ "mount",	SYS_mount,	ALWAYS,	EIO },
	{ "umount",	SYS_umount2,	ALWAYS,	EIO },
	{ "sendmsg",	SYS_sendmsg,	MESSAGE, EIO },
	{ "ioctl",	SYS_ioctl,	IOCTL,	EIO },
};

static pid_t	 pid;
static char	 mode = 'c';
static long	 wanted, count;
static FILE	*list;

/* Where descriptor fd of the command leads; "" when that is gone with it. */
static void
fd_name(unsigned long fd, char *ret, size_t cap)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%lu", (int)pid, fd);
	n = fd <= 2 ? 0 : readlink(path, ret, cap - 1);
	ret[n > 0 ? n : 0] = '\0';
	if (ret[0] != '/' || strncmp(ret, "/memfd:", 7) == 0 ||
	    strncmp(ret, "/secretmem", 10) == 0 ||
	    strncmp(ret, "/proc/", 6) == 0 || strcmp(ret, "/dev/null") == 0)
		ret[0] = '\0';
}

static int
peek(unsigned long addr, void *p, size_t n)
{
	struct iovec to = { p, n }, from = { (void *)addr, n };

	return process_vm_readv(pid, &to, 1, &from, 1, 0) == (ssize_t)n;
}

/* A frame of privsep/chan.h to tpm. */
static int
is_for_tpm(unsigned long addr, char *ret, size_t cap)
{
	struct msghdr m;
	struct iovec v;
	unsigned char type[2];
	int n;

	if (!peek(addr, &m, sizeof(m)) ||
	    !peek((unsigned long)m.msg_iov, &v, sizeof(v)) ||
	    !peek((unsigned long)v.iov_base, type, sizeof(type)))
		return 0;
	n = type[0] << 8 | type[1];
	snprintf(ret, cap, "message %d", n);
	return n >= FS_TPM_FIRST && n <= FS_TPM_LAST;
}

/* The call, if it is one that counts; on what in ret. */
static const struct call *
call_find(const struct user_regs_struct *r, char *ret, size_t cap)
{
	const struct call *c = NULL;
	unsigned long type;
	size_t i;
	int is;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].nr == (long)r->orig_rax)
			c = &calls[i];
	if (c == NULL)
		return NULL;
	ret[0] = '\0';
	switch (c->how) {
	case TO_FD:
		fd_name(r->rdi, ret, cap);
		is = ret[0] != '\0';
		break;
	case OPEN:
		is = (r->rsi & (O_CREAT | O_TRUNC)) != 0;
		break;
	case OPENAT:
		is = (r->rdx & (O_CREAT | O_TRUNC)) != 0;
		break;
	case MESSAGE:
		is = is_for_tpm(r->rsi, ret, cap);
		break;
	case IOCTL:
		type = r->rsi >> 8 & 0xff;
		is = type == IOC_LOOP || type == IOC_DM;
		break;
	default:
		is = 1;
	}
	return is ? c : NULL;
}

static void
regs_set(struct user_regs_struct *r)
{
	if (ptrace(PTRACE_SETREGS, pid, NULL, r) == -1)
		err(2, "PTRACE_SETREGS");
}

/* In front of a call, and behind it. */
static void
on_call(int entered)
{
	static int at, error;	/* it is the one that is wanted */
	struct user_regs_struct r;
	const struct call *c;
	char what[PATH_MAX];

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) == -1)
		return;		/* killed by another */
	if (!entered) {
		if (at && mode == 'K')
			kill(pid, SIGKILL);
		if (at && mode == 'e') {
			r.rax = (unsigned long long)-error;
			regs_set(&r);
		}
		at = 0;
		return;
	}
	if ((c = call_find(&r, what, sizeof(what))) == NULL)
		return;
	at = ++count == wanted;
	error = c->error;
	if (mode == 'c' || at)
		fprintf(list, "%ld %s %s\n", count, c->name, what);
	if (at && mode == 's')
		kill(pid, SIGTERM);
	if (at && (mode == 'k' || mode == 'e')) {
		r.orig_rax = (unsigned long long)-1;
		regs_set(&r);
	}
	if (at && mode == 'k')
		kill(pid, SIGKILL);
}

/* Until it ends; its status. */
static int
trace(void)
{
	struct __ptrace_syscall_info info;
	int status, sig = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, sig) == -1 &&
		    errno != ESRCH)
			err(2, "PTRACE_SYSCALL");
		if (waitpid(pid, &status, __WALL) == -1)
			err(2, "waitpid");
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info),
			    &info) > 0)
				on_call(info.op == PTRACE_SYSCALL_INFO_ENTRY);
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP)
			sig = 0;	/* exec, and the stop at the start */
	}
}

static void
options_read(int argc, char **argv)
{
	const char *out = NULL;
	int c;

	while ((c = getopt(argc, argv, "+ck:K:e:s:o:")) != -1) {
		switch (c) {
		case 'c':
			break;
		case 'k':
		case 'K':
		case 'e':
		case 's':
			mode = (char)c;
			wanted = atol(optarg);
			break;
		case 'o':
			out = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (optind == argc)
		errx(2, "usage: faults [-c] [-k|-K|-e|-s N] [-o FILE] command ...");
	list = out == NULL ? stdout : fopen(out, "we");
	if (list == NULL)
		err(2, "%s", out);
}

int
main(int argc, char **argv)
{
	int status, rc;

	options_read(argc, argv);
	/* What the command leaves is ours to wait for. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(2, "prctl");
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			err(2, "PTRACE_TRACEME");
		raise(SIGSTOP);
		execvp(argv[optind], argv + optind);
		err(2, "%s", argv[optind]);
	}
	if (waitpid(pid, &status, __WALL) == -1 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == -1)
		err(2, "ptrace");
	rc = trace();
	while (waitpid(-1, &status, __WALL) != -1 || errno == EINTR)
		continue;
	if (fclose(list) != 0)
		err(2, "the list of calls");
	return rc;
}
