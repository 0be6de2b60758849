#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/collateral_dir.h"
#include "cli/files.h"

static int fail(struct collateral_dir *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct collateral_dir *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
	return -1;
}

static int
plain_name(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int
add(struct collateral_dir *d, const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (strlen(name) >= ROLE_MAX || snprintf(path, sizeof(path), "%s/%s",
	    dir, name) >= (int)sizeof(path))
		return fail(d, "%s: %s: %s", dir, name, strerror(ENAMETOOLONG));
	if ((fd = file_load_regular(path, COLLATERAL_FILE_MAX)) == -1)
		return fail(d, "%s: %s", path, errno == EINVAL ?
		    "not a regular file" : strerror(errno));
	d->fd[d->n] = fd;
	snprintf(d->name[d->n++], ROLE_MAX, "%s", name);
	return 0;
}

int
collateral_dir_read(const char *dir, struct collateral_dir *d)
{
	struct dirent **names;
	int i, n, rc = 0;

	d->n = 0;
	if ((n = scandir(dir, &names, plain_name, alphasort)) == -1)
		return fail(d, "%s: %s", dir, strerror(errno));
	if (n > CASE_COLLATERAL_MAX)
		rc = fail(d, "%s: more than %d files", dir,
		    CASE_COLLATERAL_MAX);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = add(d, dir, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	while (rc == -1 && d->n > 0)
		close(d->fd[--d->n]);
	return rc;
}
