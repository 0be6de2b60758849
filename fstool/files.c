#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "fstool/files.h"
#include "fstool/why.h"
#include "privsep/unmeasured.h"

#define CHUNK	65536
/* The agent tries to open again and again: a minute, for argon2 on a small machine. */
#define LOCK_TRIES	300
#define LOCK_PAUSE_MS	200

/* All of fd, max bytes at most, into a sealed memfd. */
static int
copy_sealed(int from, uint64_t max)
{
	static char buf[CHUNK];
	uint64_t sum = 0;
	ssize_t n;
	int fd, e;

	if ((fd = memfd_make("fstool")) == -1)
		return -1;
	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if ((sum += (uint64_t)n) > max) {
			errno = EFBIG;
			goto bad;
		}
		if (memfd_write(fd, buf, (size_t)n) == -1)
			goto bad;
	}
	if (n == 0 && memfd_seal(fd) == 0)
		return fd;
bad:
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

static int
take(const char *path, int fd, uint64_t max, struct loaded *ret)
{
	const uint8_t *p;
	size_t n;
	int copy;

	copy = copy_sealed(fd, max);
	if (copy == -1 || memfd_map(copy, max, &p, &n) == -1) {
		could_not("%s: %s", path, strerror(errno));
		if (copy != -1)
			close(copy);
		return -1;
	}
	ret->fd = copy;
	ret->bytes = span_make(p, n);
	return 1;
}

/* IMA measures what root reads, and lets nobody else become another. */
static int
open_data(const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

	return geteuid() == 0 ? open_unmeasured(path, flags) :
	    open(path, flags);
}

int
file_take(const char *path, uint64_t max, struct loaded *ret)
{
	struct stat st;
	int fd, rc;

	fd = open_data(path);
	if (fd == -1)
		return errno == ENOENT ? 0 :
		    could_not("%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		rc = could_not("%s: not a regular file", path);
	else
		rc = take(path, fd, max, ret);
	close(fd);
	return rc;
}

int
file_take_kernel(const char *path, uint64_t max, struct loaded *ret)
{
	int fd, rc;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return errno == ENOENT ? 0 :
		    could_not("%s: %s", path, strerror(errno));
	rc = take(path, fd, max, ret);
	close(fd);
	return rc;
}

int
file_take_fd(int fd, uint64_t max, const char *name, struct loaded *ret)
{
	if (lseek(fd, 0, SEEK_SET) == -1)
		return could_not("%s: %s", name, strerror(errno));
	return take(name, fd, max, ret);
}

void
file_drop(struct loaded *l)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}

int
file_there(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return 1;
	return errno == ENOENT ? 0 : could_not("%s: %s", path,
	    strerror(errno));
}

int
file_new(const char *path, uint64_t n)
{
	int e, fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return could_not("%s: %s", path, strerror(errno));
	e = posix_fallocate(fd, 0, (off_t)n);
	if (e == 0 && fsync(fd) == -1)
		e = errno;
	close(fd);
	if (e == 0)
		return 0;
	unlink(path);
	return could_not("%s: %llu bytes: %s", path, (unsigned long long)n,
	    strerror(e));
}

/* The directory of path; "." when there is none in it. */
static int
directory_open(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	if ((slash = strrchr(dir, '/')) == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir ? 1 : 0] = '\0';
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
directory_sync(const char *path)
{
	int fd, rc = -1;

	if ((fd = directory_open(path)) != -1) {
		rc = fsync(fd);
		close(fd);
	}
	return rc == -1 ? could_not("%s: its directory cannot be synced: %s",
	    path, strerror(errno)) : 0;
}

int
file_put(const char *path, const void *p, size_t n)
{
	char tmp[PATH_MAX];
	int fd, ok;

	if (file_beside(path, ".tmp", tmp) == -1)
		return -1;
	if (unlink(tmp) == -1 && errno != ENOENT)
		return could_not("%s: %s", tmp, strerror(errno));
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return could_not("%s: %s", tmp, strerror(errno));
	ok = memfd_write(fd, p, n) == 0 && fsync(fd) == 0;
	close(fd);
	if (ok && rename(tmp, path) == 0)
		return directory_sync(path);
	could_not("%s: %s", path, strerror(errno));
	unlink(tmp);
	return -1;
}

int
file_sync(const char *path)
{
	int fd, rc = -1;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) != -1) {
		rc = fsync(fd);
		close(fd);
	}
	return rc == -1 ? could_not("%s: %s", path, strerror(errno)) : 0;
}

int
file_move(const char *from, const char *to)
{
	if (rename(from, to) == -1)
		return could_not("%s: %s", to, strerror(errno));
	return directory_sync(to);
}

int
file_remove(const char *path)
{
	if (unlink(path) == -1) {
		if (errno == ENOENT)
			return 0;
		return could_not("%s: %s", path, strerror(errno));
	}
	return directory_sync(path);
}

int
file_beside(const char *path, const char *suffix, char ret[PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s%s", path, suffix);

	return n < 0 || n >= PATH_MAX ? could_not("%s: too long", path) : 0;
}

/* A folder that others may write into is none to keep a header in. */
static int
lock_folder(const char *path)
{
	struct stat st;
	int fd;

	if ((fd = directory_open(path)) == -1 || fstat(fd, &st) == -1)
		could_not("%s: its directory: %s", path, strerror(errno));
	else if (st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		could_not("%s: its directory can be written by others than "
		    "root", path);
	else
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

/* Nothing is in it.  Only written to: IMA has no interest in that. */
static int
lock_open(const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[PATH_MAX];
	struct stat st;
	int dir, fd;

	if ((dir = lock_folder(path)) == -1)
		return -1;
	snprintf(name, sizeof(name), ".%.200s.lock", slash == NULL ? path :
	    slash + 1);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0600);
	if (fd == -1 || fstat(fd, &st) == -1)
		could_not("%s: its lock (%s): %s", path, name,
		    strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		could_not("%s: its lock (%s) can be opened by others than "
		    "root: remove it", path, name);
	else {
		close(dir);
		return fd;
	}
	if (fd != -1)
		close(fd);
	close(dir);
	return -1;
}

int
file_lock_beside(const char *path)
{
	const struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };
	int e = 0, fd, i;

	if ((fd = lock_open(path)) == -1)
		return -1;
	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		if ((e = errno) != EWOULDBLOCK)
			break;
		if (i == 0)
			progress("Another cosmian_fstool is at work: waiting");
		nanosleep(&pause, NULL);
	}
	could_not("%s: %s", path, e == EWOULDBLOCK ?
	    "another cosmian_fstool is at work on it" : strerror(e));
	close(fd);
	return -1;
}
