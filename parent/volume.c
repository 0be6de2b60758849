#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/places.h"
#include "parent/volume.h"
#include "privsep/log.h"

int
dir_make(const char *path)
{
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		log_warn("mkdir %s", path);
		return -1;
	}
	return 0;
}

/*
 * cryptsetup names all its device-mapper targets CRYPT-, those too that only
 * check what they read (CRYPT-VERITY-, CRYPT-INTEGRITY-).
 */
static int
is_crypt_uuid(const char *uuid)
{
	return strncmp(uuid, "CRYPT-LUKS", 10) == 0 ||
	    strncmp(uuid, "CRYPT-PLAIN-", 12) == 0;
}

int
volume_is_encrypted(const char *dir)
{
	char path[256], uuid[32] = "";
	struct stat st;
	ssize_t n;
	int fd;

	if (stat(dir, &st) == -1)
		return 0;
	snprintf(path, sizeof(path), "%s/%u:%u/dm/uuid", places()->block,
	    major(st.st_dev), minor(st.st_dev));
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	n = read(fd, uuid, sizeof(uuid) - 1);
	close(fd);
	return n > 0 && is_crypt_uuid(uuid);
}

/* Takes fd. The name of something in it, "" when there is nothing, NULL on failure. */
static const char *
any_entry(int fd)
{
	static char name[256];
	struct dirent *e;
	DIR *d;

	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return NULL;
	}
	name[0] = '\0';
	errno = 0;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			break;
	if (e != NULL)
		snprintf(name, sizeof(name), "%s", e->d_name);
	else if (errno != 0) {
		closedir(d);
		return NULL;
	}
	closedir(d);
	return name;
}

int
volume_fits(const char *dir)
{
	struct stat st, above;
	const char *name;
	int fd;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return 1;
	if (fd == -1 || fstat(fd, &st) == -1 ||
	    fstatat(fd, "..", &above, 0) == -1) {
		log_warn("%s", dir);
		if (fd != -1)
			close(fd);
		return 0;
	}
	if (st.st_dev != above.st_dev) {
		log_warnx("%s: another file system is mounted there", dir);
		close(fd);
		return 0;
	}
	if ((name = any_entry(fd)) == NULL)
		log_warn("%s", dir);
	else if (*name != '\0')
		log_warnx("%s: %s is in it, and a container would hide it: "
		    "move it away", dir, name);
	return name != NULL && *name == '\0';
}
