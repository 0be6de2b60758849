#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "privsep/unmeasured.h"
#include "regress/unit/check.h"

#define READER	64277

static char dir[] = "/tmp/cvmu.XXXXXX";

/* The line of /proc/PID/status that begins with KEY, without it. */
static void
status_line(pid_t pid, const char *key, char *dst, size_t len)
{
	char path[64], line[256];
	FILE *f;

	*dst = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			snprintf(dst, len, "%s", line + strlen(key));
	fclose(f);
}

struct who {
	char	uid[128], gid[128], permitted[64], effective[64];
	int	bits;
};

static void
who_is(pid_t pid, struct who *w)
{
	memset(w, 0, sizeof(*w));
	status_line(pid, "Uid:", w->uid, sizeof(w->uid));
	status_line(pid, "Gid:", w->gid, sizeof(w->gid));
	status_line(pid, "CapPrm:", w->permitted, sizeof(w->permitted));
	status_line(pid, "CapEff:", w->effective, sizeof(w->effective));
	w->bits = prctl(PR_GET_SECUREBITS);
}

/* As it was before, whether the file opened or not. */
static int
try_open(const char *path, int flags)
{
	struct who before, after;
	int fd, e;

	who_is(getpid(), &before);
	fd = open_unmeasured(path, flags);
	e = errno;
	who_is(getpid(), &after);
	CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	errno = e;
	return fd;
}

static void
make(const char *name, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, "x", 1) != 1 || fchmod(fd, mode) == -1)
		err(1, "%s", name);
	close(fd);
}

static void
test_opens(void)
{
	struct stat st;
	char c;
	int fd;

	test_begin("what root may open, and no more");
	make("secret", 0600);
	CHECK((fd = try_open("secret", O_RDONLY | O_CLOEXEC)) != -1);
	CHECK_INT(read(fd, &c, 1), 1);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK(fstat(fd, &st) == 0 && st.st_uid == 0);
	close(fd);
	/* a folder that is closed to others, and a mode that says nobody */
	CHECK_OK(mkdir("closed", 0700));
	make("closed/file", 0);
	CHECK((fd = try_open("closed/file", O_RDONLY)) != -1);
	close(fd);
	CHECK_INT(try_open("absent", O_RDONLY), -1);
	CHECK_INT(errno, ENOENT);
	CHECK_OK(symlink("secret", "link"));
	CHECK_INT(try_open("link", O_RDONLY | O_NOFOLLOW), -1);
	CHECK_INT(errno, ELOOP);
	CHECK_INT(try_open("new", O_WRONLY | O_CREAT), -1);
	CHECK_INT(errno, EINVAL);
	CHECK_INT(access("new", F_OK), -1);
	CHECK_INT(try_open(".", O_TMPFILE | O_RDWR), -1);
	CHECK_INT(errno, EINVAL);
	CHECK((fd = try_open(".", O_RDONLY | O_DIRECTORY)) != -1);
	CHECK_INT(openat_unmeasured(fd, "absent", O_RDONLY), -1);
	close(fd);
}

/* A fifo keeps the caller inside of open(2) for as long as we look. */
static void
test_inside(void)
{
	struct who before, inside;
	int fd, status, rest = 1000;
	char want[64];
	pid_t pid;

	test_begin("no id is root's while it opens");
	CHECK_OK(mkfifo("fifo", 0600));
	who_is(getpid(), &before);
	if ((pid = fork()) == 0) {
		fd = open_unmeasured("fifo", O_RDONLY);
		_exit(fd == -1 || geteuid() != 0 || getuid() != 0);
	}
	snprintf(want, sizeof(want), "\t%d\t%d\t%d\t%d\n", READER, READER,
	    READER, READER);
	do {
		poll(NULL, 0, 10);
		who_is(pid, &inside);
	} while (strcmp(inside.uid, want) != 0 && --rest > 0);
	CHECK_STR(inside.uid, want);
	CHECK_STR(inside.gid, before.gid);
	CHECK_STR(inside.effective, before.effective);
	CHECK_STR(inside.permitted, before.permitted);
	if (!CHECK((fd = open("fifo", O_WRONLY | O_NONBLOCK)) != -1))
		kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	close(fd);
}

/* In a child: locked bits cannot be had back. */
static int
locked(void)
{
	struct who before, after;

	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP_LOCKED) == -1)
		return 2;
	who_is(getpid(), &before);
	errno = 0;
	if (open_unmeasured("secret", O_RDONLY) != -1 || errno != EPERM)
		return 3;
	who_is(getpid(), &after);
	return memcmp(&before, &after, sizeof(before)) != 0;
}

static void
test_locked(void)
{
	int status;
	pid_t pid;

	test_begin("where the bits are locked nothing is opened");
	if ((pid = fork()) == 0)
		_exit(locked());
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

int
main(void)
{
	if (geteuid() != 0)
		test_skip("not root");
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		err(1, "%s", dir);
	unmeasured_uid(READER);
	test_opens();
	test_inside();
	test_locked();
	unlink("secret");
	unlink("closed/file");
	rmdir("closed");
	unlink("link");
	unlink("fifo");
	if (chdir("/") == -1 || rmdir(dir) == -1)
		warn("%s", dir);
	return test_end();
}
