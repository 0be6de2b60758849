/* A terminal of our own, and a child that asks there. */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "fstool/limits.h"
#include "fstool/pass.h"
#include "fstool/why.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_pass/tests.h"

#define LIMIT_MS	20000

static int master, slave;	/* the slave, so that its settings stay to be seen */
static char shown[8192];
static size_t nshown;

/* Ask, and write what came into the pipe: u8 result, the password. */
static void
child(const char *how, int twice, int pipefd)
{
	struct secret s = { 0 };
	size_t n = 0;
	uint8_t ok;

	why_clear();
	ok = pass_read(how, "Password: ", twice, &s, &n) == 0;
	if (write(pipefd, &ok, 1) != 1 ||
	    (ok && write(pipefd, s.p, n) != (ssize_t)n) ||
	    (!ok && write(pipefd, why_text(), strlen(why_text())) == -1))
		_exit(9);
	secret_free(&s);
	_exit(0);
}

static pid_t
start(const char *how, int twice, int *ret_pipe)
{
	int p[2];
	pid_t pid;

	nshown = 0;
	if (pipe(p) == -1 || openpty(&master, &slave, NULL, NULL, NULL) == -1)
		exit(1);
	fflush(stdout);
	if ((pid = fork()) == 0) {
		close(p[0]);
		close(master);
		/* ignored, perhaps, by whoever started the tests */
		signal(SIGHUP, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		setsid();
		if (ioctl(slave, TIOCSCTTY, 0) == -1)
			_exit(8);
		dup2(slave, STDIN_FILENO);
		child(how, twice, p[1]);
	}
	close(p[1]);
	*ret_pipe = p[0];
	return pid;
}

/* Until the terminal shows this, once more than before. */
static int
wait_for(const char *what)
{
	const size_t from = nshown;
	struct pollfd pfd = { .fd = master, .events = POLLIN };
	ssize_t n;

	for (;;) {
		if (memmem(shown + from, nshown - from, what,
		    strlen(what)) != NULL)
			return 1;
		if (poll(&pfd, 1, LIMIT_MS) != 1)
			return 0;
		n = read(master, shown + nshown, sizeof(shown) - nshown);
		if (n <= 0)
			return 0;
		nshown += (size_t)n;
	}
}

static void
type(const char *s)
{
	CHECK(write(master, s, strlen(s)) == (ssize_t)strlen(s));
}

static int
has_echo(void)
{
	struct termios t;

	return tcgetattr(slave, &t) == 0 && (t.c_lflag & ECHO) != 0;
}

/* What the child made of it; its exit status, or the signal as a negative number. */
static int
finish(pid_t pid, int pipefd, uint8_t *ret_ok, char *ret_text)
{
	char got[PASS_MAX + 2] = "";
	size_t n = 0;
	ssize_t r;
	int st;

	while ((r = read(pipefd, got + n, sizeof(got) - 1 - n)) > 0)
		n += (size_t)r;
	*ret_ok = n > 0 ? (uint8_t)got[0] : 9;
	snprintf(ret_text, PASS_MAX + 1, "%s", n > 0 ? got + 1 : "");
	waitpid(pid, &st, 0);
	close(pipefd);
	close(master);
	close(slave);
	return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

static void
test_once(const char *how)
{
	char text[PASS_MAX + 1];
	uint8_t ok;
	int p, echoed;
	pid_t pid;

	test_begin("asked at the terminal");
	pid = start(how, 0, &p);
	if (CHECK(wait_for("Password: "))) {
		CHECK(!has_echo());
		type("hunter2\n");
		CHECK(wait_for("\n"));
	}
	while (poll(&(struct pollfd){ .fd = p, .events = POLLIN }, 1,
	    LIMIT_MS) == 0)
		break;
	echoed = has_echo();
	CHECK_INT(finish(pid, p, &ok, text), 0);
	CHECK(echoed);
	CHECK_INT(ok, 1);
	CHECK_STR(text, "hunter2");
	CHECK(memmem(shown, nshown, "hunter2", 7) == NULL);
}

static void
test_twice(const char *first, const char *second, int good)
{
	char text[PASS_MAX + 1];
	uint8_t ok;
	int p;
	pid_t pid;

	test_begin("asked twice");
	pid = start(NULL, 1, &p);
	if (CHECK(wait_for("Password: "))) {
		type(first);
		if (first[0] != '\n' && strlen(first) < PASS_MAX &&
		    CHECK(wait_for("Again: ")))
			type(second);
	}
	CHECK_INT(finish(pid, p, &ok, text), 0);
	CHECK_INT(ok, good);
	if (!good)
		CHECK(strstr(text, "password") != NULL);
	CHECK(strstr(text, "one") != NULL || !good);
}

/* A signal ends the program as ever, and the terminal is as it was. */
static void
test_signal(int sig)
{
	char text[PASS_MAX + 1];
	uint8_t ok;
	int p, st, echoed;
	pid_t pid;

	test_begin("a signal while it is asked");
	pid = start(NULL, 0, &p);
	if (CHECK(wait_for("Password: "))) {
		if (sig == SIGINT)
			type("\003");
		else
			kill(pid, sig);
	}
	/* as long as the session leader is there, so is the terminal */
	CHECK(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 },
	    WEXITED | WNOWAIT) == 0);
	echoed = has_echo();
	st = finish(pid, p, &ok, text);
	CHECK_INT(st, -sig);
	CHECK(echoed);
}

static void
test_stop(void)
{
	char text[PASS_MAX + 1];
	uint8_t ok;
	int p, st;
	pid_t pid;

	test_begin("stopped and continued");
	pid = start(NULL, 0, &p);
	/* SIGTSTP would do nothing to a process group without a parent in the session */
	if (CHECK(wait_for("Password: "))) {
		kill(pid, SIGTTIN);
		if (waitpid(pid, &st, WUNTRACED | WNOHANG) > 0 &&
		    WIFSTOPPED(st)) {
			CHECK(has_echo());
			kill(pid, SIGCONT);
		}
		CHECK(wait_for("Password: "));
		CHECK(!has_echo());
		type("again\n");
	}
	CHECK_INT(finish(pid, p, &ok, text), 0);
	CHECK_INT(ok, 1);
	CHECK_STR(text, "again");
}

static void
test_none(void)
{
	struct secret s;
	size_t n;
	int st = 0;
	pid_t pid;

	test_begin("no terminal");
	fflush(stdout);
	if ((pid = fork()) == 0) {
		setsid();
		why_clear();
		_exit(pass_read(NULL, "Password: ", 0, &s, &n) == -1 &&
		    strstr(why_text(), "no terminal") != NULL ? 0 : 1);
	}
	waitpid(pid, &st, 0);
	CHECK_INT(st, 0);
}

int
test_tty(void)
{
	char longest[PASS_MAX + 8];

	test_once(NULL);
	test_once("-");		/* standard input is that terminal */
	test_twice("one\n", "one\n", 1);
	test_twice("one\n", "two\n", 0);
	test_twice("one\n", "ones\n", 0);
	test_twice("one\n", "\n", 0);
	test_twice("\n", "", 0);
	memset(longest, 'p', sizeof(longest));
	longest[sizeof(longest) - 2] = '\n';
	longest[sizeof(longest) - 1] = '\0';
	test_twice(longest, "", 0);
	test_signal(SIGINT);
	test_signal(SIGTERM);
	test_signal(SIGHUP);
	test_stop();
	test_none();
	return test_end();
}
