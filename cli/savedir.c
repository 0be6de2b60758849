#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/memfd.h"
#include "cli/savedir.h"

#define SUB	"collateral"

int
savedir_check(const char *path)
{
	struct dirent *e;
	DIR *d;
	int rc = 0;

	if (strlen(path) + sizeof(".XXXXXX") > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((d = opendir(path)) == NULL)
		return errno == ENOENT ? 0 : -1;
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = -1;
	closedir(d);
	if (rc == -1)
		errno = ENOTEMPTY;
	return rc;
}

int
savedir_begin(struct savedir *s, const char *path)
{
	sigset_t ends;
	size_t n = strlen(path);

	memset(s, 0, sizeof(*s));
	s->fd = -1;
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &s->before);
	if (savedir_check(path) == -1)
		return -1;
	/* "x/" would put the temporary one inside */
	while (n > 1 && path[n - 1] == '/')
		n--;
	snprintf(s->path, sizeof(s->path), "%.*s", (int)n, path);
	snprintf(s->temp, sizeof(s->temp), "%.*s.XXXXXX", (int)n, path);
	if (mkdtemp(s->temp) == NULL) {
		s->temp[0] = '\0';
		return -1;
	}
	s->fd = open(s->temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return s->fd == -1 ? -1 : 0;
}

static int
new_file(struct savedir *s, const char *name)
{
	if (s->n == SAVED_MAX || strlen(name) >= SAVED_NAME_MAX) {
		errno = E2BIG;
		return -1;
	}
	if (strncmp(name, SUB "/", sizeof(SUB)) == 0 && !s->sub) {
		if (mkdirat(s->fd, SUB, 0700) == -1)
			return -1;
		s->sub = 1;
	}
	snprintf(s->name[s->n++], SAVED_NAME_MAX, "%s", name);
	return openat(s->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0666);
}

static int
file_end(int fd, int rc)
{
	if (rc == 0)
		rc = fsync(fd);
	if (close(fd) == -1)
		rc = -1;
	return rc;
}

int
savedir_add(struct savedir *s, const char *name, int fd, uint64_t max)
{
	int to;

	if (lseek(fd, 0, SEEK_SET) == -1 || (to = new_file(s, name)) == -1)
		return -1;
	return file_end(to, file_copy(fd, to, max));
}

int
savedir_add_text(struct savedir *s, const char *name, const char *text)
{
	int to;

	if ((to = new_file(s, name)) == -1)
		return -1;
	return file_end(to, memfd_write(to, text, strlen(text)));
}

int
savedir_commit(struct savedir *s)
{
	int sub = 0;

	if (s->sub && ((sub = openat(s->fd, SUB, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1 || file_end(sub, 0) == -1))
		return -1;
	/* over an empty one, but never over one with files in it */
	if (fsync(s->fd) == -1 || rename(s->temp, s->path) == -1)
		return -1;
	s->temp[0] = '\0';
	close(s->fd);
	s->fd = -1;
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	return directory_sync(s->path);
}

void
savedir_abort(struct savedir *s)
{
	int e = errno;

	while (s->fd != -1 && s->n > 0)
		unlinkat(s->fd, s->name[--s->n], 0);
	if (s->fd != -1 && s->sub)
		unlinkat(s->fd, SUB, AT_REMOVEDIR);
	if (s->temp[0] != '\0')
		rmdir(s->temp);
	if (s->fd != -1)
		close(s->fd);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	errno = e;
}
