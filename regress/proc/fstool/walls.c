/*
 * The two children of cosmian_fstool, started as the front does it, looked at
 * from outside: uid, capabilities, filter, root, name spaces, limits,
 * descriptors, memory; and that neither outlives the front.
 */
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "fstool/permit.h"
#include "fstool/roles.h"
#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "regress/unit/check.h"

#define NOBODY		65534
#define END_MS		20000	/* for its end when the front is gone */
#define DECOYS		40	/* open without close-on-exec, as a library may leave them */

static struct peer peer;
static int tpm_end = -1;	/* of the socket lent to tpm */

static void
start(enum fstool_role role)
{
	int fd[2], nres = 0;

	if (role == FSTOOL_TPM) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
			err(1, "socketpair");
		tpm_end = fd[0];
		nres = 1;
	}
	if (peer_start(&peer, fstool_program(), role, fd + 1, nres, 0) == -1)
		errx(1, "%s", peer.why);
	if (nres == 1)
		close(fd[1]);
}

static void
stop(void)
{
	peer_stop(&peer);
	if (tpm_end != -1)
		close(tpm_end);
	tpm_end = -1;
}

/* /proc/PID/NAME, whole; its length. */
static size_t
proc_read(const char *name, char *buf, size_t cap)
{
	char path[64];
	ssize_t r = 0;
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)peer.proc.pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	while (n + 1 < cap && (r = read(fd, buf + n, cap - 1 - n)) > 0)
		n += (size_t)r;
	close(fd);
	buf[n] = '\0';
	return n;
}

/* What stands behind this word at the begin of a line, blanks made single. */
static const char *
line_of(const char *file, const char *word)
{
	static char value[256];
	char text[8192], *p, *save = NULL;
	size_t n = strlen(word);

	proc_read(file, text, sizeof(text));
	value[0] = '\0';
	for (p = strtok_r(text, "\n", &save); p != NULL;
	    p = strtok_r(NULL, "\n", &save))
		if (strncmp(p, word, n) == 0)
			break;
	if (!CHECK(p != NULL))
		return value;
	for (p = strtok_r(p + n, " \t", &save); p != NULL;
	    p = strtok_r(NULL, " \t", &save))
		snprintf(value + strlen(value), sizeof(value) - strlen(value),
		    "%s%s", value[0] == '\0' ? "" : " ", p);
	return value;
}

static void
check_rights(unsigned int uid)
{
	static const char *const caps[] = { "CapInh:", "CapPrm:", "CapEff:",
	    "CapAmb:" };
	char ids[64];
	size_t i;

	snprintf(ids, sizeof(ids), "%u %u %u %u", uid, uid, uid, uid);
	CHECK_STR(line_of("status", "Uid:"), ids);
	CHECK_STR(line_of("status", "Gid:"), ids);
	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		CHECK_STR(line_of("status", caps[i]), "0000000000000000");
	CHECK_STR(line_of("status", "NoNewPrivs:"), "1");
	CHECK_STR(line_of("status", "Threads:"), "1");
#ifndef NO_SECCOMP
	CHECK_STR(line_of("status", "Seccomp:"), "2");
#endif
}

/* An empty file system of its own, nothing of ours above it. */
static void
check_root(void)
{
	char path[64], cwd[PATH_MAX] = "";
	struct statvfs v;
	struct stat ours, its;
	struct dirent *e;
	unsigned int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/root/", (int)peer.proc.pid);
	CHECK_OK(stat("/", &ours));
	CHECK_OK(stat(path, &its));
	CHECK(ours.st_dev != its.st_dev);
	CHECK_OK(statvfs(path, &v));
	CHECK((v.f_flag & ST_RDONLY) != 0);
	if (CHECK((d = opendir(path)) != NULL)) {
		while ((e = readdir(d)) != NULL)
			n += strcmp(e->d_name, ".") != 0 &&
			    strcmp(e->d_name, "..") != 0;
		closedir(d);
	}
	CHECK_INT(n, 0);
	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)peer.proc.pid);
	CHECK(readlink(path, cwd, sizeof(cwd) - 1) > 0);
	CHECK_STR(cwd, "/");
}

static void
check_name_spaces(void)
{
	static const char *const names[] = { "net", "ipc" };
	char path[64];
	struct stat ours, its;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		CHECK_OK(stat(path, &ours));
		snprintf(path, sizeof(path), "/proc/%d/ns/%s",
		    (int)peer.proc.pid, names[i]);
		CHECK_OK(stat(path, &its));
		CHECK(ours.st_ino != its.st_ino);
	}
}

static void
check_limit(const char *what, unsigned long long n, const char *unit)
{
	char want[64];

	snprintf(want, sizeof(want), "%llu %llu %s", n, n, unit);
	CHECK_STR(line_of("limits", what), want);
}

static void
check_limits(const struct role *r)
{
	check_limit("Max core file size", 0, "bytes");
	check_limit("Max open files", r->nofile, "files");
	check_limit("Max processes", 0, "processes");
#ifndef NO_SECCOMP
	CHECK(r->memory != 0);
	check_limit("Max data size", (unsigned long long)r->memory << 20,
	    "bytes");
#endif
}

/* Null, null, null, request, log, and what it was lent: sockets all. */
static void
check_descriptors(int lent)
{
	char path[64], to[PATH_MAX];
	struct dirent *e;
	ssize_t n;
	int fd, seen = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)peer.proc.pid);
	if (!CHECK((d = opendir(path)) != NULL))
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		fd = atoi(e->d_name);
		n = readlinkat(dirfd(d), e->d_name, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		if (fd <= 2)
			CHECK_STR(to, "/dev/null");
		else if (!CHECK(fd < RES_FD + lent &&
		    strncmp(to, "socket:", 7) == 0))
			printf("\t%d is %s\n", fd, to);
		seen++;
	}
	closedir(d);
	CHECK_INT(seen, RES_FD + lent);
}

#ifndef NO_SECCOMP
/* Does it succeed, tried by somebody with the same uid? */
static int
neighbour(unsigned int uid, int (*what)(const char *path, pid_t), pid_t pid)
{
	char path[64];
	int status = -1;
	pid_t p;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if ((p = fork()) == 0) {
		if (setresgid(uid, uid, uid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			_exit(9);
		_exit(what(path, pid) == -1 ? 1 : 0);
	}
	waitpid(p, &status, 0);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) != 9);
	return status == 0;
}

static int
try_read(const char *path, pid_t pid)
{
	(void)pid;
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
try_trace(const char *path, pid_t pid)
{
	(void)path;
	return (int)ptrace(PTRACE_SEIZE, pid, 0, 0);
}

/* not dumpable: its files in /proc are root's */
static void
check_hidden(unsigned int uid)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)peer.proc.pid);
	CHECK_OK(stat(path, &st));
	CHECK_INT(st.st_uid, 0);
	CHECK_INT(neighbour(uid, try_read, peer.proc.pid), 0);
	CHECK_INT(neighbour(uid, try_trace, peer.proc.pid), 0);
}
#else
static void
check_hidden(unsigned int uid)
{
	(void)uid;
}
#endif

static void
check_memory(void)
{
	static char maps[1 << 18];
	char *p, *save = NULL;

	CHECK_INT(proc_read("environ", maps, sizeof(maps)), 0);
	proc_read("maps", maps, sizeof(maps));
	for (p = strtok_r(maps, "\n", &save); p != NULL;
	    p = strtok_r(NULL, "\n", &save))
		if (!CHECK(strstr(p, " rwx") == NULL &&
		    strstr(p, " -wx") == NULL))
			printf("\t%s\n", p);
}

static void
test_role(enum fstool_role role)
{
	const struct role *r = &fstool_roles[role];
	const unsigned int uid = fstool_program()->uid_base + r->uid_off;

	test_begin(r->name);
	start(role);
	CHECK_INT(peer.degraded, 0);
	CHECK(uid != 0);
	check_rights(uid);
	CHECK_STR(line_of("status", "CapBnd:"), "0000000000000000");
	CHECK_STR(line_of("status", "Groups:"), "");
	check_root();
	check_name_spaces();
	check_limits(r);
	check_descriptors(role == FSTOOL_TPM);
	check_hidden(uid);
	check_memory();
	stop();
	/* what the probe of proc/probe shows for these groups is all there is */
	CHECK_INT(r->caps, 0);
	CHECK_INT(r->sc, role == FSTOOL_PARSE ?
	    SC_BASE | SC_PREAD | SC_MEMFD : SC_BASE);
	CHECK_INT(r->lent, role == FSTOOL_PARSE ? LEND_LOGS : LEND_TPM);
}

/* A front of its own, which says whom it started and waits; peer is that child. */
static pid_t
front_start(enum fstool_role role, void (*first)(void), int *ret_started)
{
	int to[2];
	pid_t front;

	memset(&peer, 0, sizeof(peer));
	if (pipe2(to, O_CLOEXEC) == -1 || (front = fork()) == -1)
		err(1, "fork");
	if (front == 0) {
		if (first != NULL)
			first();
		start(role);
		if (write(to[1], &peer.proc.pid, sizeof(pid_t)) == -1)
			_exit(1);
		for (;;)
			pause();
	}
	close(to[1]);
	*ret_started = read(to[0], &peer.proc.pid, sizeof(pid_t)) ==
	    (ssize_t)sizeof(pid_t);
	close(to[0]);
	return front;
}

static void
front_kill(pid_t front)
{
	kill(front, SIGKILL);
	waitpid(front, NULL, 0);
}

/* The front is killed: its child ends, whatever it is doing. */
static void
test_orphan(enum fstool_role role)
{
	struct pollfd pfd = { .events = POLLIN };
	int started;
	pid_t front;

	test_begin("none outlives the front");
	front = front_start(role, NULL, &started);
	if (CHECK(started)) {
		/* stopped, it does not see that its channel is shut */
		kill(peer.proc.pid, SIGSTOP);
		pfd.fd = (int)syscall(SYS_pidfd_open, peer.proc.pid, 0);
		kill(front, SIGKILL);
		if (!CHECK_INT(poll(&pfd, 1, END_MS), 1))
			kill(peer.proc.pid, SIGKILL);
		close(pfd.fd);
	}
	front_kill(front);
}

static void
become_nobody(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/fstool-parse", libexec_dir);
	if (setgroups(0, NULL) == -1 || setresgid(NOBODY, NOBODY, NOBODY) ==
	    -1 || setresuid(NOBODY, NOBODY, NOBODY) == -1 ||
	    access(path, X_OK) == -1)
		_exit(0);
}

/* check, run by an ordinary user: no uid of its own, every other wall. */
static void
test_nobody(void)
{
	int started;
	pid_t front;

	test_begin("parse of an ordinary user");
	front = front_start(FSTOOL_PARSE, become_nobody, &started);
	if (started) {
		check_rights(NOBODY);
		check_limits(&fstool_roles[FSTOOL_PARSE]);
		check_descriptors(0);
		check_hidden(NOBODY);
		check_memory();
	} else
		printf("parse of an ordinary user: this tree is closed to "
		    "others\n");
	front_kill(front);
}

int
main(void)
{
	int i;

	if (geteuid() != 0)
		test_skip("needs root");
	alarm(120);
	for (i = 0; i < DECOYS; i++)
		if (open("/etc/passwd", O_RDONLY) == -1)
			err(1, "/etc/passwd");
	test_role(FSTOOL_PARSE);
	test_role(FSTOOL_TPM);
	test_orphan(FSTOOL_PARSE);
	test_orphan(FSTOOL_TPM);
	test_nobody();
	return test_end();
}
