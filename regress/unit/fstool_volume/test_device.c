/* fstool/device.c and fs.c: which files and folders are not taken. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/device.h"
#include "fstool/why.h"
#include "regress/unit/check.h"

static char dir[] = "/tmp/cvmdev.XXXXXX";
static char path[96], inner[96];

static void
file_make(const char *name, off_t size)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd != -1 && ftruncate(fd, size) == 0);
	close(fd);
}

static void
not_taken(const char *location, const char *why)
{
	struct device d = { .fd = -7 };

	CHECK_FAIL(device_open(location, &d));
	CHECK_INT(d.fd, -7);
	CHECK_INT(why_status(), 1);
	if (strstr(why_text(), why) == NULL)
		CHECK_STR(why_text(), why);
	why_clear();
}

static void
test_not_taken(void)
{
	char link[96];

	test_begin("paths");
	not_taken("", "not the full path");
	not_taken("container", "not the full path");
	not_taken("/", "not the full path");
	not_taken("/nonexistent/folder/file", "No such file");
	snprintf(link, sizeof(link), "%s/nothing", dir);
	not_taken(link, "No such file");
	test_begin("kinds of file");
	not_taken(inner, "neither a file nor");
	not_taken("/dev/null", "neither a file nor");
	snprintf(link, sizeof(link), "%s/link", dir);
	CHECK_OK(symlink(path, link));
	not_taken(link, "neither a file nor");
	file_make(path, 0);
	not_taken(path, "is empty");
	file_make(path, 1 << 20);
	test_begin("others can write the file");
	CHECK_OK(chmod(path, 0666));
	not_taken(path, "can be written by others");
	CHECK_OK(chmod(path, 0620));
	not_taken(path, "can be written by others");
	CHECK_OK(chmod(path, 0600));
	test_begin("others can exchange the file");
	CHECK_OK(chmod(dir, 01777));
	not_taken(path, "can be written by others");
	CHECK_OK(chmod(dir, 0700));
	snprintf(path, sizeof(path), "%.64s/file", inner);
	file_make(path, 1 << 20);
	CHECK_OK(chmod(dir, 0777));
	not_taken(path, "can be written by others");
	CHECK_OK(chmod(dir, 0700));
	test_begin("another's");
	if (geteuid() != 0)
		return;
	CHECK_OK(chown(path, 65534, 65534));
	not_taken(path, "can be written by others");
	CHECK_OK(chown(path, 0, 0));
	CHECK_OK(chown(dir, 65534, 65534));
	not_taken(path, "belongs to another");
	CHECK_OK(chown(dir, 0, 0));
}

/* Where the kernel lets us have a loop device. */
static void
test_loop(void)
{
	struct device d = { .fd = -1 };
	struct stat st;

	if (access("/dev/loop-control", R_OK | W_OK) == -1)
		return;
	test_begin("a loop device");
	if (!CHECK_OK(device_open(path, &d))) {
		printf("%s\n", why_text());
		return;
	}
	CHECK_INT(d.is_loop, 1);
	CHECK_OK(stat(d.path, &st));
	CHECK(S_ISBLK(st.st_mode) && st.st_rdev == d.number);
	test_begin("the same file again");
	not_taken(path, "is in use");
	device_close(&d);
	CHECK_INT(d.fd, -1);
	device_close(&d);
	test_begin("after it was closed");
	CHECK_OK(device_open(path, &d));
	CHECK_STR(why_text(), "");
	device_close(&d);
}

/* The names that people give are udev's links. */
static void
test_link(void)
{
	static char dev[] = "/dev/cvmdev.XXXXXX";
	struct device loop = { .fd = -1 }, d = { .fd = -1 };
	char link[96];
	int fd;

	if (access("/dev/loop-control", R_OK | W_OK) == -1)
		return;
	test_begin("a link to a block device");
	CHECK(mkdtemp(dev) != NULL);
	snprintf(link, sizeof(link), "%s/by-id", dev);
	if (!CHECK_OK(device_open(path, &loop)))
		return;
	CHECK_OK(symlink(loop.path, link));
	CHECK_OK(device_open(link, &d));
	CHECK(d.number == loop.number && !d.is_loop);
	CHECK_STR(d.path, loop.path);
	CHECK_OK(device_empty(&d, link));
	test_begin("one that holds something");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK(fd != -1 && pwrite(fd, "x", 1, 70000) == 1 && fsync(fd) == 0);
	close(fd);
	device_close(&d);
	device_close(&loop);
	CHECK_OK(device_open(path, &loop));
	CHECK_OK(unlink(link));
	CHECK_OK(symlink(loop.path, link));
	CHECK_OK(device_open(link, &d));
	CHECK_FAIL(device_empty(&d, link));
	CHECK(strstr(why_text(), "holds something") != NULL);
	CHECK(strstr(why_text(), link) != NULL);
	why_clear();
	device_close(&d);
	device_close(&loop);
	CHECK_OK(unlink(link));
	CHECK_OK(rmdir(dev));
	file_make(path, 1 << 20);
}

static void
test_mounted(void)
{
	dev_t dev = 0;

	test_begin("mounted");
	CHECK_INT(fs_mounted("/proc", &dev), 1);
	CHECK(dev != 0);
	CHECK_INT(fs_mounted(dir, &dev), 0);
	CHECK_INT(fs_mounted("/nonexistent/folder", &dev), 0);
	CHECK_OK(fs_unmount(dir));
	test_begin("where nothing can be mounted");
	CHECK_FAIL(fs_mount("cvm-none", "/proc"));
	CHECK(strstr(why_text(), "is mounted there") != NULL);
	why_clear();
	CHECK_FAIL(fs_mount("cvm-none", dir));
	CHECK(strstr(why_text(), "is not empty") != NULL);
	why_clear();
	CHECK_OK(unlink(path));
	CHECK_FAIL(fs_mount("cvm-none", inner));
	CHECK(strstr(why_text(), "cannot be mounted") != NULL);
	why_clear();
	CHECK_FAIL(fs_make("cvm-none"));
	CHECK(strstr(why_text(), "mkfs.ext4 failed: ") != NULL);
	why_clear();
}

int
main(void)
{
	char command[64];

	if (geteuid() != 0)
		test_skip("only root's files are taken");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(inner, sizeof(inner), "%s/inner", dir);
	CHECK_OK(mkdir(inner, 0700));
	file_make(path, 1 << 20);
	test_not_taken();
	test_loop();
	test_link();
	test_mounted();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK_INT(system(command), 0);
	return test_end();
}
