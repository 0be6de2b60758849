/*
 * reap SECONDS COMMAND ...
 *
 * Runs one test with a time limit and sees to it that nothing outlives it:
 * as the subreaper it inherits every process that the test leaves behind,
 * whatever session or uid that went to, and ends it by pid.
 *
 * The test's signals are those of a terminal, though we be one of a shell's
 * background jobs, for which it ignores some.
 *
 * Exit status: the command's; 124 time limit; 125 processes left behind.
 */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GRACE_TERM	15	/* a shell test's trap takes the sim down */
#define GRACE_LEFT	3	/* daemons told to end may take a moment */
#define GRACE_KILL	10	/* what SIGKILL does not end sits in the kernel */

static pid_t	test_pid = -1;
static int	test_status = -1;

static time_t
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Collect what has ended.  1 if children remain, else 0. */
static int
reap(void)
{
	int	 status;
	pid_t	 pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == test_pid)
			test_status = status;
	}
	return pid == 0;
}

/* Wait for a signal, at most a short while. */
static int
pause_for(const sigset_t *set)
{
	struct timespec	 ts = { 0, 100 * 1000 * 1000 };

	return sigtimedwait(set, NULL, &ts);
}

static int
is_child(pid_t pid, char comm[64])
{
	char	 path[64], line[512], *open, *close;
	int	 ppid, ok = 0;
	FILE	*fp;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if ((fp = fopen(path, "re")) == NULL)
		return 0;
	if (fgets(line, sizeof(line), fp) != NULL &&
	    (open = strchr(line, '(')) != NULL &&
	    (close = strrchr(line, ')')) != NULL &&
	    sscanf(close + 1, " %*c %d", &ppid) == 1 && ppid == getpid()) {
		*close = '\0';
		snprintf(comm, 64, "%s", open + 1);
		ok = 1;
	}
	fclose(fp);
	return ok;
}

/* Kill each direct child; their children then become ours. */
static void
kill_children(int say)
{
	char		 comm[64];
	struct dirent	*d;
	DIR		*dir;
	pid_t		 pid;

	if ((dir = opendir("/proc")) == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		pid = atoi(d->d_name);
		if (!is_child(pid, comm))
			continue;
		if (say)
			printf("left behind: %d %s\n", (int)pid, comm);
		kill(pid, SIGKILL);
	}
	closedir(dir);
}

static void
kill_all(const sigset_t *set, int say)
{
	time_t	 until = now() + GRACE_KILL;

	while (reap() && now() < until) {
		kill_children(say);
		pause_for(set);
	}
	fflush(stdout);
}

/* 0 the test ended, 124 time limit, else the signal that interrupted us. */
static int
wait_test(const sigset_t *set, int seconds)
{
	time_t	 until = now() + seconds;
	int	 sig, rc = 0;

	for (;;) {
		reap();
		if (test_status != -1)
			return rc;
		sig = pause_for(set);
		if (rc == 0 && (sig == SIGINT || sig == SIGTERM ||
		    sig == SIGHUP || now() >= until)) {
			rc = sig > 0 && sig != SIGCHLD ? 128 + sig : 124;
			kill(test_pid, SIGTERM);
			until = now() + GRACE_TERM;
		} else if (rc != 0 && now() >= until)
			return rc;
	}
}

static void
test_exec(char *argv[])
{
	static const int sigs[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM,
	    SIGPIPE };
	sigset_t	 none;
	size_t		 i;

	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		signal(sigs[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	execvp(argv[0], argv);
	err(126, "%s", argv[0]);
}

int
main(int argc, char *argv[])
{
	sigset_t	 set;
	time_t		 until;
	int		 rc, left;

	if (argc < 3)
		errx(2, "usage: reap SECONDS COMMAND ...");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		err(1, "PR_SET_CHILD_SUBREAPER");
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((test_pid = fork()) == -1)
		err(1, "fork");
	if (test_pid == 0)
		test_exec(argv + 2);
	if ((rc = wait_test(&set, atoi(argv[1]))) != 0) {
		kill_all(&set, 0);
		return rc;
	}
	until = now() + GRACE_LEFT;
	while ((left = reap()) != 0 && now() < until)
		pause_for(&set);
	if (left)
		kill_all(&set, 1);
	if (WIFSIGNALED(test_status)) {
		printf("ended by signal %d (%s)\n", WTERMSIG(test_status),
		    strsignal(WTERMSIG(test_status)));
		return 128 + WTERMSIG(test_status);
	}
	rc = WEXITSTATUS(test_status);
	return rc == 0 && left ? 125 : rc;
}
