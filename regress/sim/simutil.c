#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/sim/simutil.h"

void
sbuf_add(struct sbuf *b, const void *p, size_t len)
{
	if (b->len + len + 1 > b->size) {
		b->size = (b->len + len + 1) * 2;
		if ((b->p = realloc(b->p, b->size)) == NULL)
			err(1, "realloc");
	}
	if (len > 0)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void
sbuf_str(struct sbuf *b, const char *s)
{
	sbuf_add(b, s, strlen(s));
}

void
sbuf_le32(struct sbuf *b, uint32_t v)
{
	uint8_t		 x[4] = { v, v >> 8, v >> 16, v >> 24 };

	sbuf_add(b, x, sizeof(x));
}

void
sbuf_free(struct sbuf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

static int
path_make(char *path, const char *dir, const char *name)
{
	int		 n;

	if (dir == NULL)
		n = snprintf(path, PATH_MAX, "%s", name);
	else
		n = snprintf(path, PATH_MAX, "%s/%s", dir, name);
	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	return (0);
}

int
file_read(const char *dir, const char *name, uint8_t **ret_p, size_t *ret_len)
{
	char		 path[PATH_MAX], block[16384];
	struct sbuf	 b = { 0 };
	ssize_t		 n;
	int		 fd;

	if (path_make(path, dir, name) == -1 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	sbuf_add(&b, "", 0);
	while ((n = read(fd, block, sizeof(block))) > 0)
		sbuf_add(&b, block, n);
	close(fd);
	if (n == -1) {
		sbuf_free(&b);
		return (-1);
	}
	*ret_p = b.p;
	*ret_len = b.len;
	return (0);
}

void
file_write(const char *dir, const char *name, const void *p, size_t len,
    mode_t mode)
{
	char		 path[PATH_MAX];
	int		 fd;

	if (path_make(path, dir, name) == -1)
		err(1, "%s", name);
	if (unlink(path) == -1 && errno != ENOENT)
		err(1, "%s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd == -1 || write(fd, p, len) != (ssize_t)len || close(fd) == -1)
		err(1, "%s", path);
}

int
file_read_fixed(const char *dir, const char *name, uint8_t *p, size_t len)
{
	uint8_t		*q;
	size_t		 n;
	int		 rc = -1;

	if (file_read(dir, name, &q, &n) == -1)
		return (-1);
	if (n == len) {
		memcpy(p, q, len);
		rc = 0;
	}
	free(q);
	return (rc);
}

uint64_t
file_read_number(const char *dir, const char *name, uint64_t dflt)
{
	uint8_t		*q;
	size_t		 n;

	if (file_read(dir, name, &q, &n) == -1)
		return (dflt);
	if (n > 0)
		dflt = strtoull((char *)q, NULL, 0);
	free(q);
	return (dflt);
}

ssize_t
hex_bytes(const char *s, uint8_t *p, size_t size)
{
	size_t		 n = 0;
	unsigned int	 v;

	for (; *s != '\0'; s += 2) {
		if (n == size || strspn(s, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(s, "%2x", &v) != 1)
			return (-1);
		p[n++] = v;
	}
	return (n);
}
