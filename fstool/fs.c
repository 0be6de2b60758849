/* The file system in the volume, and where it is mounted. */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/device.h"
#include "fstool/why.h"

#define MKFS	"/sbin/mkfs.ext4"
#define SAID_MAX 200u	/* of what mkfs complains of */

/* --- making ---------------------------------------------------------------------- */

/* What it writes to standard error goes into `said`; its output nowhere. */
static int
program_run(char *const argv[], int err)
{
	static char *const no_env[] = { NULL };
	posix_spawn_file_actions_t fa;
	int e, status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return could_not("no memory");
	if ((e = posix_spawn_file_actions_addopen(&fa, 0, "/dev/null",
	    O_RDONLY, 0)) == 0 &&
	    (e = posix_spawn_file_actions_addopen(&fa, 1, "/dev/null",
	    O_WRONLY, 0)) == 0 &&
	    (e = posix_spawn_file_actions_adddup2(&fa, err, 2)) == 0)
		e = posix_spawn(&pid, argv[0], &fa, NULL, argv, no_env);
	posix_spawn_file_actions_destroy(&fa);
	if (e != 0)
		return could_not("%s: %s", argv[0], strerror(e));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return could_not("%s: %s", argv[0], strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The last line of a file. */
static void
last_line(int fd, char said[static SAID_MAX])
{
	ssize_t n;
	off_t end = lseek(fd, 0, SEEK_END);
	char *nl;

	said[0] = '\0';
	if (end <= 0 || (n = pread(fd, said, SAID_MAX - 1,
	    end > (off_t)SAID_MAX - 1 ? end - (off_t)SAID_MAX + 1 : 0)) <= 0)
		return;
	while (n > 0 && said[n - 1] == '\n')
		n--;
	said[n] = '\0';
	if ((nl = strrchr(said, '\n')) != NULL)
		memmove(said, nl + 1, strlen(nl + 1) + 1);
}

/*
 * Everything is written now: what a volume with integrity never wrote cannot
 * be read, and there is no idle time in a short life.  No discard: what is
 * free is nobody's business.
 */
int
fs_make(const char *name)
{
	char path[160], said[SAID_MAX];
	char *const argv[] = { MKFS, "-q", "-m", "0", "-E",
	    "nodiscard,lazy_itable_init=0,lazy_journal_init=0", path, NULL };
	int fd, rc;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if ((fd = memfd_create("mkfs", MFD_CLOEXEC)) == -1)
		return could_not("memfd_create: %s", strerror(errno));
	if ((rc = program_run(argv, fd)) == -1) {
		last_line(fd, said);
		could_not("%s failed%s%s", MKFS, said[0] != '\0' ? ": " : "",
		    said);
	}
	close(fd);
	return rc;
}

/* --- mounting -------------------------------------------------------------------- */

static int
dir_empty(int fd)
{
	struct dirent *e;
	int copy, n = 0;
	DIR *d;

	if ((copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	if ((d = fdopendir(copy)) == NULL) {
		close(copy);
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			n++;
	closedir(d);
	return n == 0;
}

static int
dir_open(const char *dir)
{
	struct stat st;
	dev_t dev;
	int fd, r;

	if ((r = fs_mounted(dir, &dev)) == -1)
		return -1;
	if (r == 1)
		return could_not("%s: something is mounted there", dir);
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return could_not("%s: %s", dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return could_not("%s: %s", dir, strerror(errno));
	if (fstat(fd, &st) == -1 || st.st_uid != 0)
		could_not("%s belongs to another than root", dir);
	else if ((r = dir_empty(fd)) == -1)
		could_not("%s: %s", dir, strerror(errno));
	else if (r == 0)
		could_not("%s is not empty: what lies there would be hidden",
		    dir);
	else
		return fd;
	close(fd);
	return -1;
}

int
fs_mount(const char *name, const char *dir)
{
	char path[160], at[32];
	int fd, rc;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if ((fd = dir_open(dir)) == -1)
		return -1;
	/* the very directory that was judged */
	snprintf(at, sizeof(at), "/proc/self/fd/%d", fd);
	rc = mount(path, at, "ext4", MS_NOSUID | MS_NODEV,
	    "errors=remount-ro");
	if (rc == -1)
		could_not("%s cannot be mounted at %s: %s", path, dir,
		    strerror(errno));
	close(fd);
	return rc;
}

int
fs_unmount(const char *dir)
{
	dev_t dev;
	int r;

	if ((r = fs_mounted(dir, &dev)) != 1)
		return r;
	if (umount2(dir, UMOUNT_NOFOLLOW) == -1)
		return could_not("%s: %s", dir, errno == EBUSY ?
		    "in use" : strerror(errno));
	return 0;
}

/* Kernels before 5.8 do not tell a mount's root: another device than the parent's. */
static int
root_by_parent(const char *dir, dev_t dev)
{
	char copy[PATH_MAX];
	struct stat st;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", dir) >= sizeof(copy) ||
	    stat(dirname(copy), &st) == -1)
		return could_not("%s: %s", dir, strerror(errno));
	return st.st_dev != dev;
}

int
fs_mounted(const char *dir, dev_t *ret)
{
	struct statx x;
	dev_t dev;
	int r;

	if (statx(AT_FDCWD, dir, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
	    &x) == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    could_not("%s: %s", dir, strerror(errno));
	dev = makedev(x.stx_dev_major, x.stx_dev_minor);
	if ((x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
		r = (x.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	else
		r = root_by_parent(dir, dev);
	if (r == 1)
		*ret = dev;
	return r;
}
