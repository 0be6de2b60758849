#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/limits.h"
#include "cli/memfd.h"

#define COPY_SIZE	(256 * 1024)

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
#define NENDS	(sizeof(ends) / sizeof(ends[0]))

/* The temporary file's name, while it must go when the user interrupts. */
static char temp_path[PATH_MAX];

static void
on_end(int sig)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	if (temp_path[0] != '\0')
		unlink(temp_path);
	sigaction(sig, &sa, NULL);
	raise(sig);	/* taken when this handler returns */
}

static void
block_ends(int how)
{
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < NENDS; i++)
		sigaddset(&set, ends[i]);
	sigprocmask(how, &set, NULL);
}

static void
catch_ends(struct sigaction *saved, int restore)
{
	struct sigaction sa = { .sa_handler = on_end };
	size_t i;

	for (i = 0; i < NENDS; i++) {
		if (restore)
			sigaction(ends[i], &saved[i], NULL);
		else {
			sigaction(ends[i], NULL, &saved[i]);
			/* nohup(1) is obeyed */
			if (saved[i].sa_handler != SIG_IGN)
				sigaction(ends[i], &sa, NULL);
		}
	}
}

int
file_copy(int from, int to, uint64_t max)
{
	static char buf[COPY_SIZE];
	ssize_t n;

	for (;;) {
		n = read(from, buf, sizeof(buf));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		if ((uint64_t)n > max) {
			errno = EFBIG;
			return -1;
		}
		max -= (uint64_t)n;
		if (memfd_write(to, buf, (size_t)n) == -1)
			return -1;
	}
}

static void
close_keeping(int fd)
{
	int e = errno;

	if (fd != -1)
		close(fd);
	errno = e;
}

static int
require_regular(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISREG(st.st_mode))
		return 0;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return -1;
}

static int
load(const char *path, int flags, uint64_t max)
{
	int from, to = -1;

	from = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
	if (from == -1)
		return -1;
	if ((flags != 0 && require_regular(from) == -1) || (to = memfd_make("file")) == -1 || file_copy(from, to, max) == -1 ||
	    memfd_seal(to) == -1) {
		close_keeping(to);
		to = -1;
	}
	close_keeping(from);
	return to;
}

int
file_load(const char *path, uint64_t max)
{
	return load(path, 0, max);
}

int
file_load_regular(const char *path, uint64_t max)
{
	/* the open of a pipe would wait for its writer */
	return load(path, O_NONBLOCK, max);
}

/* Made and named in one step as far as signals are concerned. */
static int
temp_make(const char *path)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >=
	    (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	block_ends(SIG_BLOCK);
	if ((fd = mkostemp(name, O_CLOEXEC)) != -1)
		memcpy(temp_path, name, sizeof(temp_path));
	block_ends(SIG_UNBLOCK);
	return fd;
}

int
directory_sync(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd, rc;

	snprintf(dir, sizeof(dir), "%s", path);
	if ((slash = strrchr(dir, '/')) == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	rc = fsync(fd);
	close_keeping(fd);
	return rc;
}

int
file_save(const char *path, int fd)
{
	struct sigaction saved[NENDS];
	int to, rc = -1;

	catch_ends(saved, 0);
	if (lseek(fd, 0, SEEK_SET) == -1 || (to = temp_make(path)) == -1)
		goto out;
	if (file_copy(fd, to, USER_FILE_MAX) == -1 || fsync(to) == -1) {
		close_keeping(to);
		goto out;
	}
	if (close(to) == -1)
		goto out;
	block_ends(SIG_BLOCK);
	if ((rc = rename(temp_path, path)) == 0)
		temp_path[0] = '\0';
	block_ends(SIG_UNBLOCK);
	if (rc == 0)
		rc = directory_sync(path);
out:
	if (temp_path[0] != '\0') {
		to = errno;
		unlink(temp_path);
		temp_path[0] = '\0';
		errno = to;
	}
	catch_ends(saved, 1);
	return rc;
}
