#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "fstool/limits.h"
#include "fstool/pass.h"
#include "fstool/why.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_pass/tests.h"

static char		path[256];	/* of the password file */
static struct secret	got;
static size_t		len;

static int
bytes_fd(const void *p, size_t n)
{
	int fd = memfd_create("pass", 0);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) == -1)
		exit(1);
	return fd;
}

static int
read_how(const char *how)
{
	secret_free(&got);
	len = 0;
	why_clear();
	return pass_read(how, "Password: ", 1, &got, &len);
}

/* By descriptor and by standard input alike. */
static void
line_is(const void *p, size_t n, const char *want, size_t nwant)
{
	char how[16];
	int fd = bytes_fd(p, n), was;

	snprintf(how, sizeof(how), "fd:%d", fd);
	if (CHECK_OK(read_how(how)) && CHECK_INT(len, nwant)) {
		CHECK_MEM(got.p, want, nwant);
		CHECK_INT(got.p[nwant], 0);
	}
	lseek(fd, 0, SEEK_SET);
	was = dup(STDIN_FILENO);
	dup2(fd, STDIN_FILENO);
	if (CHECK_OK(read_how("-")) && CHECK_INT(len, nwant))
		CHECK_MEM(got.p, want, nwant);
	dup2(was, STDIN_FILENO);
	close(was);
	close(fd);
}

static void
line_fails(const void *p, size_t n, const char *why)
{
	char how[16];
	int fd = bytes_fd(p, n);

	snprintf(how, sizeof(how), "fd:%d", fd);
	CHECK_FAIL(read_how(how));
	CHECK(strstr(why_text(), why) != NULL);
	CHECK_INT(why_status(), 1);
	close(fd);
}

static void
test_lines(void)
{
	char big[PASS_MAX + 2];
	char how[16];
	int fd;

	test_begin("a line of a descriptor");
	memset(big, 'p', sizeof(big));
	line_is("hunter2\n", 8, "hunter2", 7);
	line_is("hunter2", 7, "hunter2", 7);
	line_is("one\ntwo\n", 8, "one", 3);
	line_is(" a b \n", 6, " a b ", 5);
	line_is("a\0b\n", 4, "a\0b", 3);
	line_is(big, PASS_MAX, big, PASS_MAX);
	line_fails("", 0, "empty");
	line_fails("\n", 1, "empty");
	line_fails("\nhunter2\n", 9, "empty");
	line_fails(big, PASS_MAX + 1, "longer than 512");
	CHECK_FAIL(read_how("fd:999"));
	CHECK_FAIL(read_how("fd:"));
	CHECK_FAIL(read_how("fd:-1"));
	CHECK_FAIL(read_how("fd:1x"));
	CHECK_FAIL(read_how("hunter2"));

	/* what follows the line is still there for the next */
	fd = bytes_fd("old\nnew\n", 8);
	snprintf(how, sizeof(how), "fd:%d", fd);
	CHECK_OK(read_how(how));
	if (CHECK_OK(read_how(how)))
		CHECK_MEM(got.p, "new", 3);
	close(fd);
}

static void
file_put(const void *p, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n || fchmod(fd, mode) == -1)
		exit(1);
	close(fd);
}

static void
test_files(void)
{
	char how[sizeof(path) + 8], big[PASS_MAX + 2];

	test_begin("a file");
	memset(big, 'p', sizeof(big));
	snprintf(how, sizeof(how), "file:%s", path);
	file_put("hunter2\n", 8, 0600);
	if (CHECK_OK(read_how(how)) && CHECK_INT(len, 7))
		CHECK_MEM(got.p, "hunter2", 7);
	file_put("one\ntwo\n\n", 9, 0644);	/* is taken, and said */
	if (CHECK_OK(read_how(how)) && CHECK_INT(len, 8))
		CHECK_MEM(got.p, "one\ntwo\n", 8);
	big[PASS_MAX] = '\n';
	file_put(big, PASS_MAX + 1, 0600);
	CHECK_OK(read_how(how));
	CHECK_INT(len, PASS_MAX);
	file_put(big, PASS_MAX + 2, 0600);
	CHECK_FAIL(read_how(how));
	CHECK(strstr(why_text(), "longer") != NULL);
	file_put("\n", 1, 0600);
	CHECK_FAIL(read_how(how));
	CHECK(strstr(why_text(), "empty") != NULL);
	unlink(path);
	CHECK_FAIL(read_how(how));
	CHECK(strstr(why_text(), "No such file") != NULL);
	CHECK_FAIL(read_how("file:/"));
	CHECK_INT(geteuid(), getuid());
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR"), *preload = getenv("LD_PRELOAD");
	int failed;

	snprintf(path, sizeof(path), "%s/password.%d",
	    tmp != NULL ? tmp : "/tmp", (int)getpid());
	test_lines();
	test_files();
	secret_free(&got);
	failed = test_end();
	failed |= test_recovery();
	/* valgrind holds back signals and a second process at the terminal */
	if (preload == NULL || strstr(preload, "vgpreload") == NULL)
		failed |= test_tty();
	return failed;
}
