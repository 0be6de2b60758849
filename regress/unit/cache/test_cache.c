/*
 * The cache of collateral in a folder of its own: what comes back is exactly
 * what was put there, or nothing, and nothing of it is ever an error.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/cache.h"
#include "cli/limits.h"
#include "cli/memfd.h"
#include "regress/unit/check.h"

#define HEAD	(8 + 32 + 32 + 8 + 38)	/* as cache.c writes it */
#define NOBODY	65534

static char top[64], folder[128], path[256];
static uint8_t key[CACHE_KEY_LEN];
static const char piece[] = "a list of revoked certificates";

static int
sealed(const void *p, size_t n)
{
	int fd = memfd_make("t");

	CHECK_OK(memfd_write(fd, p, n));
	CHECK_OK(memfd_seal(fd));
	return fd;
}

static struct collateral_facts
facts(int64_t from, int64_t to, unsigned int number)
{
	struct collateral_facts f = {
		.ok = 1, .this_update = from, .next_update = to,
		.has_number = 1, .number_len = 2
	};

	f.number[0] = (uint8_t)(number >> 8);
	f.number[1] = (uint8_t)number;
	return f;
}

static int
put_text(const struct collateral_facts *f, const char *text)
{
	int fd = sealed(text, strlen(text)), rc = cache_put(key, f, fd);

	close(fd);
	return rc;
}

static int
put_good(void)
{
	struct collateral_facts f = facts(1000, 2000, 7);

	return put_text(&f, piece);
}

/* What is there: 1 as it was put, 0 nothing, -1 something else. */
static int
there(const char *text)
{
	const uint8_t *p;
	struct cached c;
	size_t n;
	int rc;

	if (cache_get(key, &c) == -1)
		return 0;
	if (memfd_map(c.fd, COLLATERAL_FILE_MAX, &p, &n) == -1)
		return -1;
	rc = n == strlen(text) && (n == 0 || memcmp(p, text, n) == 0) ?
	    1 : -1;
	close(c.fd);
	return rc;
}

static void
remove_folder(void)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", folder);
	CHECK_OK(system(cmd));
}

static void
key_name(char name[2 * CACHE_KEY_LEN + 1])
{
	CHECK_OK(hex_encode(span_make(key, sizeof(key)), name,
	    2 * CACHE_KEY_LEN + 1));
}

static void
begin(const char *what)
{
	char name[2 * CACHE_KEY_LEN + 1];
	uint8_t i;

	test_begin(what);
	for (i = 0; i < CACHE_KEY_LEN; i++)
		key[i] = i;
	snprintf(folder, sizeof(folder), "%s/cosmian_vm", top);
	key_name(name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	remove_folder();
	CHECK_OK(setenv("XDG_CACHE_HOME", top, 1));
}

/* Nothing is given now, and the next put makes it good again. */
static void
gone_and_replaced(void)
{
	CHECK_INT(there(piece), 0);
	CHECK_OK(put_good());
	CHECK_INT(there(piece), 1);
}

static void
test_good(void)
{
	struct cached c;
	struct stat st;

	begin("put and get");
	CHECK_INT(there(piece), 0);
	CHECK_OK(put_good());
	CHECK_INT(there(piece), 1);
	if (!CHECK_OK(cache_get(key, &c)))
		return;
	CHECK(c.facts.ok && c.facts.this_update == 1000 &&
	    c.facts.next_update == 2000 && c.facts.has_number);
	CHECK_INT(c.facts.number_len, 2);
	CHECK_INT(c.facts.number[1], 7);
	CHECK(c.fetched > 1700000000);
	CHECK_ERRNO((int)write(c.fd, "x", 1), EPERM);
	close(c.fd);
	CHECK_OK(stat(path, &st));
	CHECK_INT(st.st_mode & 07777, 0600);
	CHECK_OK(stat(folder, &st));
	CHECK_INT(st.st_mode & 07777, 0700);
	key[3] ^= 1;
	CHECK_INT(there(piece), 0);
	cache_remove(key);
	key[3] ^= 1;
	CHECK_INT(there(piece), 1);
	cache_remove(key);
	CHECK_INT(there(piece), 0);

	begin("an empty piece, and one without number or end");
	struct collateral_facts f = { .ok = 1, .next_update = -1 };
	CHECK_OK(put_text(&f, ""));
	CHECK_INT(there(""), 1);
	if (CHECK_OK(cache_get(key, &c))) {
		CHECK(!c.facts.has_number && c.facts.next_update == -1);
		close(c.fd);
	}
}

static void
test_order(void)
{
	struct collateral_facts new = facts(3000, 4000, 0x109),
	    old = facts(1000, 9000, 8), same = facts(3000, 4000, 0x108);

	begin("a newer one stays");
	CHECK_OK(put_text(&new, "new"));
	CHECK_OK(put_text(&old, "old"));
	CHECK_INT(there("new"), 1);
	CHECK_OK(put_text(&same, "lower number of the same second"));
	CHECK_INT(there("new"), 1);
	CHECK_OK(put_text(&new, "again"));
	CHECK_INT(there("again"), 1);
	new = facts(3001, 3500, 1);
	CHECK_OK(put_text(&new, "newer"));
	CHECK_INT(there("newer"), 1);

	begin("what nobody could read is not kept");
	new.ok = 0;
	CHECK_ERRNO(put_text(&new, "what"), EINVAL);
	CHECK_INT(there("what"), 0);
}

/* Every byte of the file counts, and every length. */
static void
test_tampered(void)
{
	uint8_t file[512], bad[512];
	size_t i, n;
	int fd;

	begin("every byte");
	CHECK_OK(put_good());
	if (!CHECK((fd = open(path, O_RDWR)) != -1))
		return;
	n = (size_t)read(fd, file, sizeof(file));
	CHECK_INT(n, HEAD + strlen(piece));
	for (i = 0; i < n; i++) {
		memcpy(bad, file, n);
		bad[i] ^= 0x20;
		CHECK_INT(pwrite(fd, bad, n, 0), n);
		CHECK_INT(there(piece), 0);
	}
	CHECK_INT(pwrite(fd, file, n, 0), n);
	CHECK_INT(there(piece), 1);

	begin("torn: every length");
	CHECK_OK(put_good());
	fd = open(path, O_RDWR);
	for (i = n; i-- > 0;) {
		CHECK_OK(ftruncate(fd, (off_t)i));
		CHECK_INT(there(piece), 0);
	}
	gone_and_replaced();
	close(fd);
	fd = open(path, O_WRONLY | O_APPEND);
	CHECK_INT(write(fd, "x", 1), 1);
	close(fd);
	gone_and_replaced();

	begin("too large");
	CHECK_OK(put_good());
	CHECK_OK(truncate(path, HEAD + COLLATERAL_FILE_MAX + 1));
	gone_and_replaced();
}

/* A good file under the name of another key. */
static void
test_moved(void)
{
	char other[sizeof(path)], name[2 * CACHE_KEY_LEN + 1];

	begin("another's file");
	CHECK_OK(put_good());
	key[0] ^= 1;
	key_name(name);
	snprintf(other, sizeof(other), "%s/%s", folder, name);
	CHECK_OK(rename(path, other));
	gone_and_replaced();
}

static void
test_strange(void)
{
	char other[256];
	struct stat st;

	begin("a symbolic link");
	CHECK_OK(put_good());
	snprintf(other, sizeof(other), "%s/elsewhere", top);
	CHECK_OK(rename(path, other));
	CHECK_OK(symlink(other, path));
	gone_and_replaced();
	CHECK_OK(lstat(path, &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_OK(unlink(other));

	begin("a pipe");
	CHECK_OK(mkdir(folder, 0700));
	CHECK_OK(mkfifo(path, 0600));
	gone_and_replaced();

	begin("a folder");
	CHECK_OK(mkdir(folder, 0700));
	CHECK_OK(mkdir(path, 0700));
	CHECK_INT(there(piece), 0);
	CHECK_FAIL(put_good());
	CHECK_OK(rmdir(path));

	begin("others may write the file");
	CHECK_OK(put_good());
	CHECK_OK(chmod(path, 0620));
	gone_and_replaced();
	CHECK_OK(chmod(path, 0602));
	gone_and_replaced();

	begin("others may write the folder");
	CHECK_OK(put_good());
	CHECK_OK(chmod(folder, 0777));
	CHECK_INT(there(piece), 0);
	CHECK_ERRNO(put_good(), EPERM);
	CHECK_OK(chmod(folder, 0700));
	CHECK_INT(there(piece), 1);

	begin("the folder is a symbolic link");
	CHECK_OK(put_good());
	CHECK_OK(rename(folder, other));
	CHECK_OK(symlink(other, folder));
	CHECK_INT(there(piece), 0);
	CHECK_FAIL(put_good());
	CHECK_OK(unlink(folder));
	CHECK_OK(rename(other, folder));
	CHECK_INT(there(piece), 1);
}

static void
test_owner(void)
{
	if (geteuid() != 0) {
		printf("not root: nothing of other owners is tested\n");
		return;
	}
	begin("another owner");
	CHECK_OK(put_good());
	CHECK_OK(chown(path, NOBODY, NOBODY));
	gone_and_replaced();
	CHECK_OK(chown(folder, NOBODY, NOBODY));
	CHECK_INT(there(piece), 0);
	CHECK_ERRNO(put_good(), EPERM);
	CHECK_OK(chown(folder, 0, 0));

	begin("a folder that cannot be written");
	CHECK_OK(put_good());
	CHECK_OK(chmod(top, 0755));
	CHECK_OK(chown(folder, NOBODY, NOBODY));
	CHECK_OK(chown(path, NOBODY, NOBODY));
	CHECK_OK(chmod(folder, 0500));
	CHECK_OK(seteuid(NOBODY));
	CHECK_INT(there(piece), 1);
	CHECK_FAIL(put_good());
	CHECK_INT(there(piece), 1);
	CHECK_OK(setenv("XDG_CACHE_HOME", "/", 1));
	CHECK_FAIL(put_good());
	CHECK_OK(seteuid(0));
}

static unsigned int
files(void)
{
	struct dirent *e;
	unsigned int n = 0;
	DIR *d = opendir(folder);

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' || e->d_name[1] == 'n';
	if (d != NULL)
		closedir(d);
	return n;
}

static void
test_temporary(void)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char temp[300];
	int fd;

	begin("what a killed run left");
	CHECK_OK(put_good());
	CHECK_INT(files(), 1);
	snprintf(temp, sizeof(temp), "%s/.new-0011223344556677", folder);
	if (!CHECK((fd = open(temp, O_WRONLY | O_CREAT, 0600)) != -1))
		return;
	CHECK_OK(put_good());
	CHECK_INT(files(), 2);	/* somebody may be writing it */
	CHECK_OK(futimens(fd, old));
	CHECK_OK(put_good());
	CHECK_INT(files(), 1);
	close(fd);

	begin("another run is writing");
	CHECK_OK(put_good());
	fd = open(folder, O_RDONLY | O_DIRECTORY);
	CHECK_OK(flock(fd, LOCK_EX));
	CHECK_FAIL(put_good());
	CHECK_INT(there(piece), 1);
	close(fd);
	CHECK_OK(put_good());
}

static void
test_places(void)
{
	char home[sizeof(folder)], file[400], name[2 * CACHE_KEY_LEN + 1];

	begin("without XDG_CACHE_HOME");
	key_name(name);
	snprintf(home, sizeof(home), "%s/home", top);
	CHECK_OK(mkdir(home, 0700));
	CHECK_OK(setenv("HOME", home, 1));
	CHECK_OK(unsetenv("XDG_CACHE_HOME"));
	CHECK_INT(there(piece), 0);
	CHECK_OK(put_good());
	snprintf(file, sizeof(file), "%s/.cache/cosmian_vm/%s", home, name);
	CHECK_OK(access(file, R_OK));
	CHECK_INT(there(piece), 1);
	/* as XDG has it: what is not absolute is not looked at */
	CHECK_OK(setenv("XDG_CACHE_HOME", "cache", 1));
	CHECK_INT(there(piece), 1);
	CHECK_OK(setenv("XDG_CACHE_HOME", "", 1));
	CHECK_INT(there(piece), 1);

	test_begin("no home");
	CHECK_OK(unsetenv("HOME"));
	CHECK_INT(there(piece), 0);
	CHECK_ERRNO(put_good(), ENOENT);
	memset(file, 'x', sizeof(file) - 1);
	file[0] = '/';
	file[sizeof(file) - 1] = '\0';
	CHECK_OK(setenv("HOME", file, 1));
	CHECK_FAIL(put_good());
}

/* 1 if a change of the platform makes another key. */
static int
differs(struct collateral_ask a, unsigned int what, void (*change)(
    struct collateral_ask *))
{
	uint8_t one[CACHE_KEY_LEN], two[CACHE_KEY_LEN];

	a.what = (uint8_t)what;
	cache_key(&a, one);
	change(&a);
	cache_key(&a, two);
	return memcmp(one, two, sizeof(one)) != 0;
}

static void
other_chip(struct collateral_ask *a)
{
	a->platform.hwid[5] ^= 1;
}

static void
other_product(struct collateral_ask *a)
{
	a->platform.product[0] = 'G';
}

static void
other_server(struct collateral_ask *a)
{
	a->base[9] = 'z';
}

static void
other_fmspc(struct collateral_ask *a)
{
	a->platform.fmspc[1] ^= 1;
}

static void
other_what(struct collateral_ask *a)
{
	a->what ^= 1;
}

static void
test_keys(void)
{
	static struct collateral_ask a = {
		.base = "https://server",
		.platform = { .product = "Milan", .hwid_len = 64, .nspl = 4 }
	};
	unsigned int what;

	begin("what a piece is kept by");
	for (what = 0; what < COLLATERAL_MAX; what++) {
		CHECK(differs(a, what, other_server));
		CHECK(differs(a, what, other_what));
		/* machines share lists: a roll-back shows to all of them */
		CHECK_INT(differs(a, what, other_chip),
		    what == COLLATERAL_AMD_VCEK);
		CHECK_INT(differs(a, what, other_product),
		    what <= COLLATERAL_AMD_VCEK);
		CHECK_INT(differs(a, what, other_fmspc),
		    what == COLLATERAL_TCB_INFO ||
		    what == COLLATERAL_TCB_SIGNING);
	}
}

int
main(void)
{
	snprintf(top, sizeof(top), "/tmp/cache.XXXXXX");
	if (mkdtemp(top) == NULL)
		return 1;
	test_good();
	test_order();
	test_tampered();
	test_moved();
	test_strange();
	test_owner();
	test_temporary();
	test_places();
	test_keys();
	snprintf(folder, sizeof(folder), "%s", top);
	remove_folder();
	return test_end();
}
