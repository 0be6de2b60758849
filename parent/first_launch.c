#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/places.h"
#include "parent/volume.h"
#include "privsep/log.h"

#define REQUEST		"create"	/* below places()->run: the size in MiB */
#define REQUEST_NEW	REQUEST ".new"
#define UNIT		"mount_luks.service"
#define PATH_LEN	(CONF_PATH_MAX + 32)

static void
data_path(struct agent *a, char dst[PATH_LEN])
{
	snprintf(dst, PATH_LEN, "%s/data", a->conf.str[CI_DATA_DIR]);
}

/* cosmian_fstool seals with the TPM and has one place for what it makes. */
static int
can_have_container(struct agent *a)
{
	return a->conf.str[CI_TPM_DEVICE][0] != '\0' &&
	    strcmp(a->conf.str[CI_DATA_DIR], places()->state) == 0;
}

int
first_launch_would(struct agent *a)
{
	return a->preinit && a->conf.num[CI_REQUIRE_ENCRYPTED] &&
	    can_have_container(a);
}

/* A directory in /run that nobody but root has a hand in. */
static int
run_open(void)
{
	const char *path = places()->run;
	struct stat st;
	int fd;

	if (dir_make(path) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_warn("%s", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0) {
		log_warnx("%s: must belong to root and be writable by root only",
		    path);
		close(fd);
		return -1;
	}
	return fd;
}

/* Whole or not at all: the unit's condition may look at any moment. */
static int
request_write(uint64_t mib)
{
	char text[32];
	int dir, fd, n, rc = -1;

	if ((dir = run_open()) == -1)
		return -1;
	n = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)mib);
	if (unlinkat(dir, REQUEST_NEW, 0) == -1 && errno != ENOENT)
		goto out;
	fd = openat(dir, REQUEST_NEW, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		goto out;
	rc = write(fd, text, (size_t)n) == n ? 0 : -1;
	close(fd);
	if (rc == 0)
		rc = renameat(dir, REQUEST_NEW, dir, REQUEST);
out:
	if (rc == -1)
		log_warn("%s/" REQUEST, places()->run);
	close(dir);
	return rc;
}

static void
request_remove(void)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/" REQUEST, places()->run);
	if (unlink(path) == -1 && errno != ENOENT)
		log_warn("unlink %s", path);
}

/*
 * In the child. What it says goes where our log goes when that is standard
 * error; a recovery key would go to standard output, and is not for a log.
 */
static void
run_program(char *const argv[], pid_t parent)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	char *envp[] = { NULL };
	sigset_t none;
	int i, null;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &sa, NULL);
	sigemptyset(&none);
	umask(077);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent ||
	    (null = open("/dev/null", O_RDWR)) == -1 || dup2(null, 0) == -1 ||
	    dup2(null, 1) == -1 || chdir("/") == -1)
		_exit(126);
	if (fcntl(2, F_GETFD) == -1 && dup2(null, 2) == -1)
		_exit(126);
	if (syscall(SYS_close_range, 3U, ~0U, 0) == -1)
		_exit(126);
	execve(argv[0], argv, envp);
	_exit(127);
}

static int
program_start(char *const argv[], struct spawned *ret_sp)
{
	pid_t pid, parent = getpid();
	int pidfd;

	if ((pid = fork()) == -1) {
		log_warn("fork");
		return -1;
	}
	if (pid == 0)
		run_program(argv, parent);
	if ((pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) == -1) {
		log_warn("pidfd");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return -1;
	}
	*ret_sp = (struct spawned){ .pid = pid, .pidfd = pidfd, .req_fd = -1,
	    .log_fd = -1 };
	return 0;
}

static void
launch_drop(struct first_launch *l)
{
	if (l->ended != NULL)
		event_free(l->ended);
	if (l->late != NULL)
		event_free(l->late);
	close(l->sp.pidfd);
	memset(l, 0, sizeof(*l));
}

/* What it says of itself is not enough: the volume is looked at again. */
static void
launch_done(struct agent *a, int code, int status)
{
	const char *see = a->first_launch.by_systemd ?
	    "see journalctl -u mount_luks" : "it has said why";
	char data[PATH_LEN];

	launch_drop(&a->first_launch);
	request_remove();
	data_path(a, data);
	if (volume_is_encrypted(data)) {
		log_info("%s is on an encrypted volume", data);
		boot_next(a);
	} else if (code == CLD_EXITED && status == 0)
		boot_fail(a, "%s is not on an encrypted volume, though "
		    "cosmian_fstool was run: %s", data, see);
	else
		boot_fail(a, "%s is not on an encrypted volume, and "
		    "cosmian_fstool could not make or open one (%s %d): %s",
		    data, code == CLD_EXITED ? "exit" : "signal", status, see);
}

static void
on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;
	int code, status;

	(void)fd;
	(void)what;
	if (spawn_reap(&a->first_launch.sp, &code, &status) == 0)
		launch_done(a, code, status);
}

/* A job of systemd's goes on without systemctl, and ends by its own limit. */
static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd;
	(void)what;
	log_warnx("cosmian_fstool is not done after %d seconds",
	    CONTAINER_TIMEOUT_S);
	spawn_kill(&a->first_launch.sp);
}

static int
launch_start(struct agent *a)
{
	struct timeval tv = { CONTAINER_TIMEOUT_S, 0 };
	struct first_launch *l = &a->first_launch;
	char request[PATH_LEN];
	char *by_unit[] = { (char *)places()->systemctl, "--no-ask-password",
	    "start", UNIT, NULL };
	char *by_us[] = { (char *)places()->fstool, "open", "--create",
	    request, NULL };
	struct stat st;

	snprintf(request, sizeof(request), "%s/" REQUEST, places()->run);
	l->by_systemd = lstat(places()->booted, &st) == 0 &&
	    S_ISDIR(st.st_mode);
	if (program_start(l->by_systemd ? by_unit : by_us, &l->sp) == -1)
		return -1;
	l->ended = event_new(a->base, l->sp.pidfd, EV_READ | EV_PERSIST,
	    on_ended, a);
	l->late = evtimer_new(a->base, on_late, a);
	if (l->ended == NULL || l->late == NULL ||
	    event_add(l->ended, NULL) == -1 || evtimer_add(l->late, &tv) == -1) {
		spawn_kill(&l->sp);
		waitpid(l->sp.pid, NULL, 0);
		launch_drop(l);
		log_warnx("first launch: no event");
		return -1;
	}
	return 0;
}

/* A header without the volume is one that could not be opened: it is not made anew. */
static int
header_is_there(struct agent *a)
{
	return access(conf_path(&a->conf, "header"), F_OK) == 0;
}

int
first_launch(struct agent *a)
{
	char data[PATH_LEN];

	data_path(a, data);
	if (!a->conf.num[CI_REQUIRE_ENCRYPTED] || volume_is_encrypted(data) ||
	    !can_have_container(a)) {
		boot_next(a);
		return 0;
	}
	if (dir_make(a->conf.str[CI_DATA_DIR]) == -1 || !volume_fits(data))
		return -1;
	if (header_is_there(a))
		log_info("first launch: opens the container below %s",
		    a->conf.str[CI_DATA_DIR]);
	else {
		log_info("first launch: makes a container of %llu MiB below %s",
		    (unsigned long long)a->conf.num[CI_CONTAINER_SIZE],
		    a->conf.str[CI_DATA_DIR]);
		if (request_write(a->conf.num[CI_CONTAINER_SIZE]) == -1)
			return -1;
	}
	return launch_start(a);
}
