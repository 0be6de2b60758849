#ifndef REGRESS_UNIT_HASHER_TREE_H
#define REGRESS_UNIT_HASHER_TREE_H

/*
 * Help for the hasher's tests: a scratch folder, files in it, a run of
 * hash_tree() over it and its records in memory.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "regress/unit/check.h"
#include "workers/hash_walk.h"

struct run {
	int			 rc, error;
	struct hash_stats	 stats;
	uint8_t			*data;		/* the whole output */
	size_t			 len;
	unsigned int		 reports;
	int			 last_error;
	char			 last_path[4096];
};

static char	scratch[256];

static int	tree_begin(void) __attribute__((unused));
static void	tree_end(void) __attribute__((unused));
static void	file_put(int, const char *, const char *)
		    __attribute__((unused));
static int	dir_put(int, const char *) __attribute__((unused));
static void	run_tree(struct run *, struct hash_params *)
		    __attribute__((unused));
static size_t	record_next(const struct run *, size_t, char *, size_t *)
		    __attribute__((unused));

static int
tree_begin(void)
{
	const char	*tmp = getenv("TMPDIR");
	int		 fd;

	snprintf(scratch, sizeof(scratch), "%s/hasher.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(scratch) == NULL ||
	    (fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", scratch);
	return fd;
}

static void
tree_end(void)
{
	pid_t	 pid;

	if ((pid = fork()) == 0) {
		execlp("rm", "rm", "-rf", "--", scratch, (char *)NULL);
		_exit(127);
	}
	if (pid != -1)
		waitpid(pid, NULL, 0);
}

static void
file_put(int dir, const char *name, const char *content)
{
	int	 fd;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 ||
	    write(fd, content, strlen(content)) != (ssize_t)strlen(content))
		err(1, "%s", name);
	close(fd);
}

static int
dir_put(int dir, const char *name)
{
	int	 fd;

	if (mkdirat(dir, name, 0755) == -1 ||
	    (fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", name);
	return fd;
}

static void
run_report(void *arg, const char *path, int error)
{
	struct run	*r = arg;

	r->reports++;
	r->last_error = error;
	snprintf(r->last_path, sizeof(r->last_path), "%s", path);
}

/* Fills in out (unless set), stats and report of a. Free r->data. */
static void
run_tree(struct run *r, struct hash_params *a)
{
	struct stat	 st;
	int		 out;

	memset(r, 0, sizeof(*r));
	out = open(scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (out == -1)
		out = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (out == -1)
		err(1, "O_TMPFILE");
	a->out = out;
	a->stats = &r->stats;
	a->report = run_report;
	a->arg = r;
	r->rc = hash_tree(a);
	r->error = errno;
	if (fstat(out, &st) == -1 ||
	    (r->data = malloc((size_t)st.st_size + 1)) == NULL ||
	    pread(out, r->data, (size_t)st.st_size, 0) != st.st_size)
		err(1, "output");
	r->len = (size_t)st.st_size;
	close(out);
}

/*
 * The record at offset at (0: the first one): its path as a string, the
 * length of its digest, which lies before the offset returned; 0 at the end.
 */
static size_t
record_next(const struct run *r, size_t at, char *ret_path,
    size_t *ret_digest_len)
{
	size_t	 path_len;

	if (at == 0)
		at = 8;
	if (at + 3 > r->len)
		return 0;
	path_len = (size_t)r->data[at] << 8 | r->data[at + 1];
	*ret_digest_len = r->data[at + 2];
	at += 3;
	if (at + path_len + *ret_digest_len > r->len) {
		CHECK_NEVER("record runs past the end");
		return 0;
	}
	memcpy(ret_path, r->data + at, path_len);
	ret_path[path_len] = '\0';
	return at + path_len + *ret_digest_len;
}

#endif
