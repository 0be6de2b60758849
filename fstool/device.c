#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fstool/device.h"
#include "fstool/dm.h"
#include "fstool/why.h"
#include "privsep/unmeasured.h"

#define LOOP_TRIES	64	/* each is another's who was quicker */
#define LOOPS_MAX	4096	/* numbers looked through for one that is left */
#define LOCK_TRIES	20	/* of 100 ms: udev locks a device for moments */
#define SECTOR		4096u
#define PROBE_LEN	(1u << 20)	/* of a block device: what must be empty at its start */

static void
pause_100ms(void)
{
	static const struct timespec t = { 0, 100000000 };

	nanosleep(&t, NULL);
}

/* --- where it lies ------------------------------------------------------------- */

/*
 * "/a/b/": every folder on the way is root's, so that no user of this machine
 * can put another file there.  A sticky one (/tmp) is none to lie in, but may
 * be passed.
 */
static int
folders_check(char *path)
{
	struct stat st;
	char *slash;
	int first = 1;

	do {
		slash = strrchr(path, '/');
		slash[slash == path] = '\0';
		if (stat(path, &st) == -1)
			return could_not("%s: %s", path, strerror(errno));
		if (st.st_uid != 0)
			return could_not("%s belongs to another than root",
			    path);
		if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		    (first || (st.st_mode & S_ISVTX) == 0))
			return could_not("%s can be written by others than "
			    "root", path);
		first = 0;
	} while (slash != path);
	return 0;
}

/* The folder of a location, judged and open; its name in there. */
static int
folder_open(const char *location, const char **ret_name)
{
	char dir[PATH_MAX], real[PATH_MAX + 2];
	const char *slash = strrchr(location, '/');
	size_t n;
	int fd;

	if (location[0] != '/' || slash[1] == '\0')
		return could_not("%s: not the full path of a file", location);
	n = slash == location ? 1 : (size_t)(slash - location);
	if (n >= sizeof(dir))
		return could_not("%.64s...: too long", location);
	memcpy(dir, location, n);
	dir[n] = '\0';
	if (realpath(dir, real) == NULL ||
	    (fd = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return could_not("%s: %s", dir, strerror(errno));
	if (strcmp(real, "/") != 0)
		strcat(real, "/");
	if (folders_check(real) == -1) {
		close(fd);
		return -1;
	}
	*ret_name = slash + 1;
	return fd;
}

/* --- a block device -------------------------------------------------------------- */

/* Its own name, for udev's links are long, and change. */
static int
block_take(const char *location, struct device *ret)
{
	char proc[32], path[sizeof(ret->path)];
	struct stat st, again;
	ssize_t n;
	int fd;

	if ((fd = open(location, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return could_not("%s: %s", location, strerror(errno));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) == -1 || !S_ISBLK(st.st_mode))
		could_not("%s: neither a file nor a block device", location);
	else if ((n = readlink(proc, path, sizeof(path))) == -1 ||
	    (size_t)n == sizeof(path) || strncmp(path, "/dev/", 5) != 0)
		could_not("%s: not a device in /dev", location);
	else {
		path[n] = '\0';
		if (stat(path, &again) == 0 && S_ISBLK(again.st_mode) &&
		    again.st_rdev == st.st_rdev) {
			memset(ret, 0, sizeof(*ret));
			memcpy(ret->path, path, (size_t)n + 1);
			ret->number = st.st_rdev;
			ret->fd = fd;
			return 0;
		}
		could_not("%s: it changes while it is opened", location);
	}
	close(fd);
	return -1;
}

/* --- a file ----------------------------------------------------------------------- */

static int
loop_node(unsigned int number, int flags)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/loop%u", number);
	/* devtmpfs has the node at once, other set-ups wait for udev */
	if ((fd = open(path, flags)) == -1 && errno == ENOENT) {
		pause_100ms();
		fd = open(path, flags);
	}
	return fd;
}

/* The loop device refers to the file itself from now on, and to its lock. */
static int
loop_configure(int file, off_t size, unsigned int number, struct device *ret)
{
	struct loop_config c = { 0 };
	struct stat st;
	int fd, e;

	if ((fd = loop_node(number, O_RDWR | O_CLOEXEC)) == -1)
		return -1;
	c.fd = (uint32_t)file;
	c.block_size = size % SECTOR == 0 ? SECTOR : 512;
	c.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
	if (ioctl(fd, LOOP_CONFIGURE, &c) == -1) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	if (fstat(fd, &st) == -1) {
		close(fd);
		return -1;
	}
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->path, sizeof(ret->path), "/dev/loop%u", number);
	ret->number = st.st_rdev;
	ret->fd = fd;
	ret->is_loop = 1;
	return 0;
}

/* Another process may take the number that the kernel named: the next. */
static int
loop_make(int file, off_t size, struct device *ret)
{
	int control, number, i, rc = -1;

	if ((control = open("/dev/loop-control", O_RDWR | O_CLOEXEC)) == -1)
		return could_not("/dev/loop-control: %s", strerror(errno));
	for (i = 0; i < LOOP_TRIES && rc == -1; i++) {
		if ((number = ioctl(control, LOOP_CTL_GET_FREE)) == -1)
			break;
		rc = loop_configure(file, size, (unsigned int)number, ret);
		if (rc == -1 && errno != EBUSY)
			break;
	}
	if (rc == -1)
		could_not("no loop device can be had: %s", strerror(errno));
	close(control);
	return rc;
}

static int
lock_take(int fd)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		pause_100ms();
	}
	return -1;
}

static int
file_take(int dir, const char *name, const char *location,
    const struct stat *seen, struct device *ret)
{
	struct stat st;
	int fd, rc = -1;

	fd = openat_unmeasured(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (fd == -1)
		return could_not("%s: %s", location, strerror(errno));
	if (fstat(fd, &st) == -1 || st.st_dev != seen->st_dev ||
	    st.st_ino != seen->st_ino)
		could_not("%s: it changes while it is opened", location);
	else if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		could_not("%s can be written by others than root", location);
	else if (st.st_size == 0)
		could_not("%s is empty", location);
	else if (lock_take(fd) == -1)
		could_not("%s is in use: %s", location, strerror(errno));
	else
		rc = loop_make(fd, st.st_size, ret);
	close(fd);
	return rc;
}

int
device_open(const char *location, struct device *ret)
{
	const char *name;
	struct stat st;
	int dir, rc = -1;

	if ((dir = folder_open(location, &name)) == -1)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		could_not("%s: %s", location, strerror(errno));
	else if (S_ISREG(st.st_mode))
		rc = file_take(dir, name, location, &st, ret);
	else if (S_ISBLK(st.st_mode) || (S_ISLNK(st.st_mode) &&
	    strncmp(location, "/dev/", 5) == 0))
		rc = block_take(location, ret);
	else
		could_not("%s: neither a file nor a block device", location);
	close(dir);
	return rc;
}

void
device_close(struct device *d)
{
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}

int
device_empty(const struct device *d, const char *location)
{
	static uint8_t buf[65536];
	off_t at = 0;
	ssize_t i, n;

	while (at < PROBE_LEN) {
		if ((n = pread(d->fd, buf, sizeof(buf), at)) == -1)
			return could_not("%s: %s", location, strerror(errno));
		if (n == 0)
			break;
		for (i = 0; i < n; i++)
			if (buf[i] != 0)
				return could_not("%s holds something: nothing "
				    "is overwritten; clear its start first "
				    "(wipefs, blkdiscard)", location);
		at += n;
	}
	return 0;
}

/* --- what is left ------------------------------------------------------------------ */

/* Does this loop device lie over the file? */
static int
loop_over(unsigned int number, const struct stat *file, dev_t *ret)
{
	struct loop_info64 info;
	struct stat st;
	int fd, rc = 0;

	if ((fd = loop_node(number, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	if (ioctl(fd, LOOP_GET_STATUS64, &info) == 0 &&
	    info.lo_inode == file->st_ino &&
	    (dev_t)info.lo_device == file->st_dev && fstat(fd, &st) == 0) {
		*ret = st.st_rdev;
		rc = 1;
	}
	close(fd);
	return rc;
}

int
device_clear(const char *location)
{
	char path[48];
	struct stat st;
	unsigned int i;
	dev_t dev;

	if (stat(location, &st) == -1)
		return errno == ENOENT ? 0 :
		    could_not("%s: %s", location, strerror(errno));
	if (S_ISBLK(st.st_mode))
		return dm_remove_helpers(st.st_rdev);
	for (i = 0; i < LOOPS_MAX; i++) {
		snprintf(path, sizeof(path), "/sys/block/loop%u/loop", i);
		if (access(path, F_OK) == 0 && loop_over(i, &st, &dev) &&
		    dm_remove_helpers(dev) == -1)
			return -1;
	}
	return 0;
}
