#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "parent/store_file.h"
#include "privsep/log.h"

#define PATH_LEN	(2 * CONF_PATH_MAX + 16)

int
fd_is_sealed(int fd, off_t max)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	struct stat st;
	int has = fcntl(fd, F_GET_SEALS);

	return has != -1 && (has & seals) == seals && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_size <= max;
}

int
store_file_new(const char *path, mode_t mode)
{
	char tmp[PATH_LEN];
	int fd;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	if (unlink(tmp) == -1 && errno != ENOENT) {
		log_warn("unlink %s", tmp);
		return -1;
	}
	/* Not for reading: IMA would log what root reads while it is written,
	 * as a violation. */
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    mode);
	if (fd == -1 || fchmod(fd, mode) == -1) {
		log_warn("create %s", tmp);
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

static int
sync_path(const char *path, int flags)
{
	int fd, rc;

	if ((fd = open(path, O_CLOEXEC | flags)) == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int
store_file_keep(const char *path)
{
	char tmp[PATH_LEN], dir[PATH_LEN], *slash;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	snprintf(dir, sizeof(dir), "%s", path);
	if ((slash = strrchr(dir, '/')) == NULL)
		return -1;
	slash[slash == dir] = '\0';
	if (sync_path(tmp, O_WRONLY | O_NOFOLLOW) == -1 ||
	    rename(tmp, path) == -1 ||
	    sync_path(dir, O_RDONLY | O_DIRECTORY) == -1) {
		log_warn("keep %s", path);
		return -1;
	}
	return 0;
}
