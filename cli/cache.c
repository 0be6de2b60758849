#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cache.h"
#include "cli/memfd.h"
#include "evidence/bytes.h"

#define NAME	"cosmian_vm"
#define TEMP	".new-"

/*
 * A file: magic, SHA-256 of all behind it, key, time of writing, facts, then
 * the piece up to the end. The digest is against accidents: whoever can write
 * here is the user.
 */
#define MAGIC		"CVMCACH1"
#define MAGIC_LEN	8
#define DIGEST_OFF	MAGIC_LEN
#define BODY_OFF	(DIGEST_OFF + SHA256_DIGEST_LENGTH)
#define HEAD_LEN	(BODY_OFF + CACHE_KEY_LEN + 8 + FACTS_LEN)
#define FACTS_LEN	(8 + 8 + 1 + 1 + COLLATERAL_NUMBER_MAX)

static void
sha_str(SHA2_CTX *sha, const char *s)
{
	/* with its end, so that two strings are not one */
	SHA256Update(sha, (const uint8_t *)s, strlen(s) + 1);
}

void
cache_key(const struct collateral_ask *a, uint8_t key[CACHE_KEY_LEN])
{
	const struct platform *p = &a->platform;
	SHA2_CTX sha;

	SHA256Init(&sha);
	sha_str(&sha, MAGIC);
	sha_str(&sha, a->base);
	SHA256Update(&sha, &a->what, 1);
	switch (a->what) {
	case COLLATERAL_AMD_VCEK:
		SHA256Update(&sha, &p->hwid_len, 1);
		SHA256Update(&sha, p->hwid, p->hwid_len);
		SHA256Update(&sha, &p->nspl, 1);
		SHA256Update(&sha, p->spl, p->nspl);
		/* FALLTHROUGH */
	case COLLATERAL_AMD_CHAIN:
	case COLLATERAL_AMD_CRL:
		SHA256Update(&sha, &p->vlek, 1);
		sha_str(&sha, p->product);
		break;
	case COLLATERAL_TCB_INFO:
	case COLLATERAL_TCB_SIGNING:
		SHA256Update(&sha, p->fmspc, sizeof(p->fmspc));
		break;
	case COLLATERAL_PCK_CRL:
		SHA256Update(&sha, &p->processor_ca, 1);
		break;
	default:
		break;
	}
	SHA256Final(key, &sha);
}

/* Ours alone to write; what others may read is no secret. */
static int
is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* make: also the folder, and the one above. -1: there is none, or not ours. */
static int
dir_open(int make)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];
	struct stat st;
	int fd, n;

	/* a path that is not absolute is to be ignored, says XDG */
	if (xdg != NULL && *xdg == '/')
		n = snprintf(path, sizeof(path), "%s", xdg);
	else if (home != NULL && *home == '/')
		n = snprintf(path, sizeof(path), "%s/.cache", home);
	else {
		errno = ENOENT;
		return -1;
	}
	if (n < 0 || (size_t)n + sizeof("/" NAME) > sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (make)
		mkdir(path, 0700);
	memcpy(path + n, "/" NAME, sizeof("/" NAME));
	if (make)
		mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && (fstat(fd, &st) == -1 || !is_ours(&st))) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

static void
put_be64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static void
digest_of(const uint8_t *head, const uint8_t *piece, size_t n,
    uint8_t ret[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, head + BODY_OFF, HEAD_LEN - BODY_OFF);
	SHA256Update(&sha, piece, n);
	SHA256Final(ret, &sha);
}

static void
head_make(const uint8_t key[CACHE_KEY_LEN], const struct collateral_facts *f,
    const uint8_t *piece, size_t n, uint8_t head[HEAD_LEN])
{
	uint8_t *p = head + BODY_OFF;

	memset(head, 0, HEAD_LEN);
	memcpy(head, MAGIC, MAGIC_LEN);
	memcpy(p, key, CACHE_KEY_LEN);
	p += CACHE_KEY_LEN;
	put_be64(p, (uint64_t)time(NULL));
	put_be64(p + 8, (uint64_t)f->this_update);
	put_be64(p + 16, (uint64_t)f->next_update);
	p[24] = f->has_number != 0;
	p[25] = (uint8_t)f->number_len;
	memcpy(p + 26, f->number, f->number_len);
	digest_of(head, piece, n, head + DIGEST_OFF);
}

static int
head_read(const uint8_t key[CACHE_KEY_LEN], struct span file,
    struct cached *e)
{
	struct collateral_facts *f = &e->facts;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint64_t at = 0, from = 0, to = 0;
	uint8_t has = 0, len = 0;
	struct cursor c;
	struct span s;

	digest_of(file.p, file.p + HEAD_LEN, file.n - HEAD_LEN, digest);
	if (memcmp(file.p, MAGIC, MAGIC_LEN) != 0 ||
	    memcmp(file.p + DIGEST_OFF, digest, sizeof(digest)) != 0)
		return -1;
	cursor_init(&c, file);
	cursor_skip(&c, BODY_OFF);
	/* a file under another's name */
	if (cursor_take(&c, CACHE_KEY_LEN, &s) == -1 ||
	    memcmp(s.p, key, CACHE_KEY_LEN) != 0 || cursor_be64(&c, &at) == -1 ||
	    cursor_be64(&c, &from) == -1 || cursor_be64(&c, &to) == -1 ||
	    cursor_u8(&c, &has) == -1 || cursor_u8(&c, &len) == -1 ||
	    has > 1 || len > COLLATERAL_NUMBER_MAX ||
	    cursor_take(&c, COLLATERAL_NUMBER_MAX, &s) == -1)
		return -1;
	memset(e, 0, sizeof(*e));
	e->fetched = (int64_t)at;
	f->ok = 1;
	f->this_update = (int64_t)from;
	f->next_update = (int64_t)to;
	f->has_number = has;
	f->number_len = len;
	memcpy(f->number, s.p, len);
	return 0;
}

/* The whole file, malloc'ed; p is NULL if it cannot be one of ours. */
static struct span
file_read(int dir, const char *name)
{
	struct span none = { NULL, 0 };
	uint8_t *p = NULL;
	struct stat st;
	size_t n = 0, size;
	ssize_t r = 0;
	int fd;

	/* O_NONBLOCK: a pipe would wait for its writer */
	if ((fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY)) == -1)
		return none;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || !is_ours(&st) ||
	    st.st_size < HEAD_LEN ||
	    (uint64_t)st.st_size > HEAD_LEN + COLLATERAL_FILE_MAX)
		goto out;
	size = (size_t)st.st_size;
	if ((p = malloc(size)) == NULL)
		goto out;
	while (n < size) {
		if ((r = read(fd, p + n, size - n)) == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (n != size) {
		free(p);
		p = NULL;
	}
out:
	close(fd);
	return p == NULL ? none : span_make(p, n);
}

/* open: with a descriptor, else only what the piece says. */
static int
entry_read(int dir, const uint8_t key[CACHE_KEY_LEN], int open,
    struct cached *ret_c)
{
	char name[2 * CACHE_KEY_LEN + 1];
	struct cached e;
	struct span s;
	int fd = -1, rc = -1;

	hex_encode(span_make(key, CACHE_KEY_LEN), name, sizeof(name));
	s = file_read(dir, name);
	if (s.p == NULL || head_read(key, s, &e) == -1)
		goto out;
	if (open && ((fd = memfd_make("cache")) == -1 ||
	    memfd_write(fd, s.p + HEAD_LEN, s.n - HEAD_LEN) == -1 ||
	    memfd_seal(fd) == -1))
		goto out;
	e.fd = fd;
	fd = -1;
	*ret_c = e;
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	free((void *)(uintptr_t)s.p);
	return rc;
}

int
cache_get(const uint8_t key[CACHE_KEY_LEN], struct cached *ret_c)
{
	int dir, rc;

	if ((dir = dir_open(0)) == -1)
		return -1;
	rc = entry_read(dir, key, 1, ret_c);
	close(dir);
	return rc;
}

void
cache_remove(const uint8_t key[CACHE_KEY_LEN])
{
	char name[2 * CACHE_KEY_LEN + 1];
	int dir;

	if ((dir = dir_open(0)) == -1)
		return;
	hex_encode(span_make(key, CACHE_KEY_LEN), name, sizeof(name));
	unlinkat(dir, name, 0);
	close(dir);
}

/* What a run left that was killed while it wrote: nobody writes so long. */
static void
temps_remove(int dir)
{
	const time_t old = time(NULL) - CACHE_TEMP_S;
	struct dirent *e;
	struct stat st;
	DIR *d;
	int fd;

	if ((fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, TEMP, sizeof(TEMP) - 1) == 0 &&
		    fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < old)
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

static int
temp_write(int dir, const char *temp, const uint8_t *head,
    const uint8_t *piece, size_t n)
{
	int fd, e, rc = -1;

	if ((fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return -1;
	if (memfd_write(fd, head, HEAD_LEN) == 0 &&
	    memfd_write(fd, piece, n) == 0 && fsync(fd) == 0)
		rc = 0;
	e = errno;
	if (close(fd) == -1 && rc == 0) {
		e = errno;
		rc = -1;
	}
	errno = e;
	return rc;
}

static int
entry_write(int dir, const uint8_t key[CACHE_KEY_LEN], const uint8_t *head,
    const uint8_t *piece, size_t n)
{
	char name[2 * CACHE_KEY_LEN + 1], temp[sizeof(TEMP) + 16], hex[17];
	uint8_t r[8];
	int e;

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return -1;
	hex_encode(span_make(r, sizeof(r)), hex, sizeof(hex));
	snprintf(temp, sizeof(temp), TEMP "%s", hex);
	hex_encode(span_make(key, CACHE_KEY_LEN), name, sizeof(name));
	if (temp_write(dir, temp, head, piece, n) == 0 &&
	    renameat(dir, temp, dir, name) == 0)
		return fsync(dir);
	e = errno;
	unlinkat(dir, temp, 0);
	errno = e;
	return -1;
}

/* With the folder locked: between look and write no other run gets in. */
static int
put_locked(int dir, const uint8_t key[CACHE_KEY_LEN],
    const struct collateral_facts *f, int fd)
{
	struct cached there;
	uint8_t head[HEAD_LEN];
	const uint8_t *p;
	size_t n;

	if (entry_read(dir, key, 0, &there) == 0 &&
	    collateral_older(f, &there.facts))
		return 0;
	if (memfd_map(fd, COLLATERAL_FILE_MAX, &p, &n) == -1)
		return -1;
	temps_remove(dir);
	head_make(key, f, p, n, head);
	return entry_write(dir, key, head, p, n);
}

int
cache_put(const uint8_t key[CACHE_KEY_LEN], const struct collateral_facts *f,
    int fd)
{
	sigset_t ends, before;
	int dir, e, rc = -1;

	if (!f->ok || f->number_len > COLLATERAL_NUMBER_MAX) {
		errno = EINVAL;
		return -1;
	}
	if ((dir = dir_open(1)) == -1)
		return -1;
	/* no temporary file stays when the user interrupts */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &before);
	/* whoever holds it may be stopped: it is not waited for */
	if (flock(dir, LOCK_EX | LOCK_NB) == 0)
		rc = put_locked(dir, key, f, fd);
	e = errno;
	close(dir);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = e;
	return rc;
}
