#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fstool/limits.h"
#include "fstool/pass.h"
#include "fstool/pass_tty.h"
#include "fstool/why.h"
#include "privsep/unmeasured.h"

/* Room for a line of a file that is one byte too long to be taken, and a NUL. */
#define ROOM	(PASS_MAX + 3u)

static int
pass_judge(const char *from, struct secret *s, size_t n)
{
	if (n == 0)
		return could_not("%s: the password is empty", from);
	if (n > PASS_MAX)
		return could_not("%s: the password is longer than %u bytes",
		    from, PASS_MAX);
	s->p[n] = '\0';
	return 0;
}

/*
 * Up to a newline, byte by byte: what follows is for the next who reads.
 * Without one, up to the end.
 */
static int
line_read(int fd, const char *from, struct secret *s, size_t *ret_n)
{
	size_t n = 0;
	ssize_t r;

	for (;;) {
		r = read(fd, s->p + n, 1);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return could_not("%s: %s", from, strerror(errno));
		if (r == 0 || s->p[n] == '\n')
			break;
		if (++n > PASS_MAX)
			break;
	}
	*ret_n = n;
	return pass_judge(from, s, n);
}

/* A file is read whole, so that it may be any bytes: cryptsetup's --key-file. */
static int
whole_read(int fd, const char *path, struct secret *s, size_t *ret_n)
{
	size_t n = 0;
	ssize_t r;

	while (n < PASS_MAX + 2) {
		r = read(fd, s->p + n, PASS_MAX + 2 - n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return could_not("%s: %s", path, strerror(errno));
		if (r == 0)
			break;
		n += (size_t)r;
	}
	if (n > 0 && s->p[n - 1] == '\n')
		n--;
	*ret_n = n;
	return pass_judge(path, s, n);
}

/*
 * IMA would write the digest of a file that root reads into a list that the
 * agent shows to everyone, where a weak password could be guessed from it.
 */
static int
file_open(const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;

	return geteuid() == 0 ? open_unmeasured(path, flags) :
	    open(path, flags);
}

static int
file_pass(const char *path, struct secret *s, size_t *ret_n)
{
	struct stat st;
	int fd, rc;

	if ((fd = file_open(path)) == -1 || fstat(fd, &st) == -1) {
		rc = could_not("%s: %s", path, strerror(errno));
		goto out;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		notice("%s: others than its owner can read or write this "
		    "password", path);
	rc = whole_read(fd, path, s, ret_n);
out:
	if (fd != -1)
		close(fd);
	return rc;
}

static int
descriptor_pass(const char *text, struct secret *s, size_t *ret_n)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 ||
	    fd > 0xffff)
		return could_not("fd:%s: no descriptor", text);
	return line_read((int)fd, "the descriptor", s, ret_n);
}

static int
asked_pass(const char *prompt, int twice, struct secret *s, size_t *ret_n)
{
	struct secret again;
	size_t n;
	int rc;

	if (tty_ask(prompt, s, ret_n) == -1)
		return -1;
	if (pass_judge("the terminal", s, *ret_n) == -1)
		return -1;
	if (!twice)
		return 0;
	if (secret_alloc(&again, ROOM) == -1)
		return could_not("no locked memory: %s", strerror(errno));
	rc = tty_ask("Again: ", &again, &n);
	if (rc == 0 && (n != *ret_n || !secret_equal(again.p, s->p, n)))
		rc = could_not("not the same password twice");
	secret_free(&again);
	return rc;
}

int
pass_read(const char *how, const char *prompt, int twice,
    struct secret *ret_pass, size_t *ret_len)
{
	struct secret s;
	size_t n = 0;
	int rc;

	if (secret_alloc(&s, ROOM) == -1)
		return could_not("no locked memory: %s", strerror(errno));
	/* "-" typed at a terminal would be seen by whoever looks on */
	if (how == NULL || (strcmp(how, "-") == 0 && isatty(STDIN_FILENO)))
		rc = asked_pass(prompt, twice, &s, &n);
	else if (strcmp(how, "-") == 0)
		rc = line_read(STDIN_FILENO, "standard input", &s, &n);
	else if (strncmp(how, "fd:", 3) == 0)
		rc = descriptor_pass(how + 3, &s, &n);
	else if (strncmp(how, "file:", 5) == 0)
		rc = file_pass(how + 5, &s, &n);
	else
		rc = could_not("a password can come from -, fd:N, file:PATH");
	if (rc == -1) {
		secret_free(&s);
		return -1;
	}
	*ret_pass = s;
	*ret_len = n;
	return 0;
}
