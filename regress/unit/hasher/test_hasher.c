/* The walk: order, windows, bounds, what is left out, failures. */

#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <sched.h>
#include <signal.h>

#include <openssl/evp.h>

#include "regress/unit/hasher/tree.h"
#include "workers/hash_limits.h"

static char	path[65536], previous[65536];

/* Valgrind has memory of its own, and one thread at a time. */
static int
on_valgrind(void)
{
	const char	*preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

static void
params_init(struct hash_params *a, const struct hash_root *root)
{
	memset(a, 0, sizeof(*a));
	a->roots = root;
	a->nroots = 1;
	a->ima = -1;
	a->threads = 2;
}

/* All paths of r, one a line. */
static void
check_paths(const struct run *r, const char *want)
{
	static char	 got[65536];
	size_t		 at = 0, digest_len, n = 0;

	got[0] = '\0';
	while ((at = record_next(r, at, path, &digest_len)) != 0)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s\n", path);
	CHECK_STR(got, want);
}

static void
test_order(int top)
{
	const struct hash_root	 root = { top, "/" }, named = { top, "/srv/x" };
	struct hash_params	 a;
	struct run		 r;
	uint8_t			 digest[EVP_MAX_MD_SIZE];
	unsigned int		 len;
	int			 d, e;

	test_begin("order and skipped names");
	d = dir_put(top, "a");
	file_put(d, "z", "1");
	file_put(d, "b c", "");
	e = dir_put(d, "proc");
	file_put(e, "kept", "below the top level");
	close(e);
	close(d);
	file_put(top, "a.txt", "hello");
	file_put(top, "a-", "hello");
	file_put(top, "\xff", "high");
	CHECK_OK(mkfifoat(top, "fifo", 0644));
	CHECK_OK(symlinkat("a.txt", top, "link"));
	CHECK_OK(symlinkat("a", top, "linkdir"));
	close(dir_put(top, "empty"));
	d = dir_put(top, "var");
	file_put(d, "log", "x");
	close(d);
	d = dir_put(top, "proc");
	file_put(d, "1", "x");
	close(d);

	params_init(&a, &root);
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	CHECK_MEM(r.data, "CVMSNAP1", 8);
	check_paths(&r, "/a/b c\n/a/proc/kept\n/a/z\n/a-\n/a.txt\n/\xff\n");
	CHECK_INT(r.stats.files, 6);
	CHECK_INT(r.stats.bytes, 1 + 19 + 5 + 5 + 4);
	CHECK_INT(r.stats.unreadable, 0);
	EVP_Digest("high", 4, digest, &len, EVP_sha256(), NULL);
	CHECK_MEM(r.data + r.len - 32, digest, 32);
	free(r.data);

	params_init(&a, &named);
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	check_paths(&r, "/srv/x/a/b c\n/srv/x/a/proc/kept\n/srv/x/a/z\n"
	    "/srv/x/a-\n/srv/x/a.txt\n/srv/x/proc/1\n/srv/x/var/log\n"
	    "/srv/x/\xff\n");
	free(r.data);
}

/* Needs what test_order made. */
static void
test_roots(int top)
{
	struct hash_root	 roots[4];
	struct hash_params	 a;
	struct run		 r;

	test_begin("several roots");
	roots[0] = (struct hash_root){ top, "/" };
	roots[1].fd = openat(top, "var", O_RDONLY | O_CLOEXEC);
	roots[1].label = "/var";
	roots[2].fd = openat(top, "a", O_RDONLY | O_CLOEXEC);
	roots[2].label = "/a";
	roots[3] = roots[1];
	params_init(&a, roots);
	a.nroots = 4;
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	check_paths(&r, "/a-\n/a.txt\n/\xff\n/var/log\n/a/b c\n/a/proc/kept\n"
	    "/a/z\n");
	free(r.data);
	roots[0].label = "relative";
	run_tree(&r, &a);
	CHECK_INT(r.rc, -1);
	CHECK_INT(r.error, EINVAL);
	free(r.data);
	close(roots[1].fd);
	close(roots[2].fd);
}

/* 5000 files and folders: the same bytes whatever threads and window. */
static void
test_window(int top)
{
	static const unsigned int	 threads[] = { 1, 2, 7, 64 };
	static const size_t		 windows[] = { 0, 1, 20000 };
	struct hash_root		 root = { -1, "/m" };
	struct hash_params		 a;
	struct run			 first, r;
	char				 name[64];
	size_t				 at = 0, digest_len, i, j, n = 0;
	size_t				 files = on_valgrind() ? 500 : 5000;
	int				 d;

	test_begin("window");
	root.fd = dir_put(top, "many");
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "%zx.%.*s", i * 2654435761U,
		    (int)(i % 30), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
		if (i % 100 == 0) {
			d = dir_put(root.fd, name);
			file_put(d, "in", name);
			close(d);
		} else
			file_put(root.fd, name, name);
	}
	params_init(&a, &root);
	run_tree(&first, &a);
	CHECK_INT(first.rc, 0);
	CHECK_INT(first.stats.files, files);
	previous[0] = '\0';
	while ((at = record_next(&first, at, path, &digest_len)) != 0) {
		CHECK(strcmp(previous, path) < 0 || strstr(path, "/in"));
		CHECK_INT(digest_len, 32);
		strcpy(previous, path);
		n++;
	}
	CHECK_INT(n, files);
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 3; j++) {
			if (threads[i] == 7 && windows[j] == 1)
				continue;	/* no need to take all day */
			a.threads = threads[i];
			a.window = windows[j];
			run_tree(&r, &a);
			CHECK_INT(r.rc, 0);
			if (CHECK_INT(r.len, first.len))
				CHECK_MEM(r.data, first.data, r.len);
			free(r.data);
		}
	}
	free(first.data);
	close(root.fd);
}

/* Deeper than there are descriptors for, and longer than a path can be. */
static void
test_depth(int top)
{
	struct hash_root	 root = { -1, "/deep" };
	struct hash_params	 a;
	struct run		 r;
	char			 name[251];
	int			 d, i, next;

	test_begin("depth");
	root.fd = d = dir_put(top, "deep");
	for (i = 0; i < HASH_DEPTH_MAX + 50; i++) {
		file_put(d, "f", "x");
		file_put(d, "z", "x");
		next = dir_put(d, "m");
		if (d != root.fd)
			close(d);
		d = next;
	}
	close(d);
	params_init(&a, &root);
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.stats.files, 2 * HASH_DEPTH_MAX);
	CHECK_INT(r.stats.unreadable, 1);
	CHECK_INT(r.last_error, ELOOP);
	CHECK_INT(strlen(r.last_path), 5 + 2 * HASH_DEPTH_MAX);
	free(r.data);
	close(root.fd);

	test_begin("path length");
	memset(name, 'n', 250);
	name[250] = '\0';
	root.fd = d = dir_put(top, "long");
	for (i = 0; i < 17; i++) {
		file_put(d, "f", "x");
		next = dir_put(d, name);
		if (d != root.fd)
			close(d);
		d = next;
	}
	close(d);
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.stats.files, 17);
	CHECK_INT(r.stats.unreadable, 1);
	CHECK_INT(r.last_error, ENAMETOOLONG);
	CHECK_INT(strlen(r.last_path), HASH_PATH_MAX);
	free(r.data);
	close(root.fd);
}

static void
test_unreadable(int top)
{
	struct hash_root	 root = { -1, "/u" };
	struct hash_params	 a;
	struct run		 r;
	char			 name[32];
	int			 i, old = -1;

	test_begin("unreadable");
	root.fd = dir_put(top, "unreadable");
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		file_put(root.fd, name, "x");
		CHECK_OK(fchmodat(root.fd, name, 0, 0));
	}
	file_put(root.fd, "fine", "x");
	close(dir_put(root.fd, "folder"));
	CHECK_OK(fchmodat(root.fd, "folder", 0, 0));
	params_init(&a, &root);
	if (geteuid() == 0)
		old = setfsuid(65534);
	run_tree(&r, &a);
	if (old != -1)
		setfsuid((uid_t)old);
	CHECK_INT(r.rc, 0);
	CHECK_INT(r.stats.files, 1);
	CHECK_INT(r.stats.unreadable, 301);
	CHECK_INT(r.reports, HASH_REPORT_MAX);
	CHECK_INT(r.last_error, EACCES);
	CHECK_STR(r.last_path, "/u/f255");
	free(r.data);
	close(root.fd);
}

static void
test_mounts(int top)
{
	struct hash_root	 root = { -1, "/mnt" };
	struct hash_params	 a;
	struct run		 r;
	char			 at[512];
	int			 d;

	test_begin("mounts");
	root.fd = dir_put(top, "mounts");
	close(dir_put(root.fd, "p"));
	close(dir_put(root.fd, "t"));
	file_put(root.fd, "f", "");
	file_put(root.fd, "version", "");
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1) {
		printf("mounts: not tried: %s\n", strerror(errno));
		close(root.fd);
		return;
	}
	snprintf(at, sizeof(at), "%s/mounts/p", scratch);
	CHECK_OK(mount("proc", at, "proc", MS_NOSUID, NULL));
	snprintf(at, sizeof(at), "%s/mounts/version", scratch);
	CHECK_OK(mount("/proc/version", at, "none", MS_BIND, NULL));
	snprintf(at, sizeof(at), "%s/mounts/t", scratch);
	CHECK_OK(mount("none", at, "tmpfs", MS_NOSUID, NULL));
	/* the one from before is of the old name space, where all is as it was */
	close(root.fd);
	snprintf(at + strlen(scratch), sizeof(at) - strlen(scratch), "/mounts");
	root.fd = open(at, O_RDONLY | O_CLOEXEC);
	d = openat(root.fd, "t", O_RDONLY | O_CLOEXEC);
	file_put(d, "in", "x");
	close(d);
	params_init(&a, &root);
	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	check_paths(&r, "/mnt/f\n/mnt/t/in\n");
	CHECK_INT(r.stats.mounts, 2);
	CHECK_INT(r.stats.unreadable, 0);
	CHECK_INT(r.last_error, EXDEV);
	free(r.data);
	snprintf(at, sizeof(at), "%s/mounts/t", scratch);
	CHECK_OK(umount2(at, MNT_DETACH));
	snprintf(at, sizeof(at), "%s/mounts/version", scratch);
	CHECK_OK(umount2(at, MNT_DETACH));
	snprintf(at, sizeof(at), "%s/mounts/p", scratch);
	CHECK_OK(umount2(at, MNT_DETACH));
	close(root.fd);
}

static long
peak_memory(void)
{
	struct rusage	 ru;

	CHECK_OK(getrusage(RUSAGE_SELF, &ru));
	return ru.ru_maxrss;
}

/*
 * 100,000 names of 40 bytes are 4 MB of names alone, and with a small window
 * nothing may grow either. First of all tests: memory once used stays.
 */
static void
test_memory(int top)
{
	struct hash_root	 root = { -1, "/big" };
	struct hash_params	 a;
	struct run		 r;
	char			 name[64];
	long			 before, after;
	int			 fd, i, n = on_valgrind() ? 5000 : 100000;

	test_begin("memory");
	root.fd = dir_put(top, "big");
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%08x-a-name-of-forty-bytes-%013d",
		    (unsigned int)i * 2654435761U, i);
		fd = openat(root.fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd == -1)
			err(1, "%s", name);
		close(fd);
	}
	params_init(&a, &root);
	memset(&r, 0, sizeof(r));
	a.stats = &r.stats;
	a.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	before = peak_memory();
	CHECK_OK(hash_tree(&a));
	after = peak_memory();
	CHECK_INT(r.stats.files, n);
	printf("memory: %d files, %ld KiB more at the peak\n", n,
	    after - before);
#ifndef __SANITIZE_ADDRESS__
	if (!on_valgrind())
		CHECK(after - before < 8192);
#endif
	close(a.out);
	close(root.fd);
}

/* Needs what test_window made. */
static void
test_output(int top)
{
	struct rlimit		 old, small = { 10000, 10000 };
	struct hash_root	 root = { -1, "/m" };
	struct hash_params	 a;
	struct run		 r;

	test_begin("output fails");
	root.fd = openat(top, "many", O_RDONLY | O_CLOEXEC);
	params_init(&a, &root);
	memset(&r, 0, sizeof(r));
	a.stats = &r.stats;
	if ((a.out = open("/dev/full", O_WRONLY | O_CLOEXEC)) != -1) {
		CHECK_ERRNO(hash_tree(&a), ENOSPC);
		close(a.out);
	}
	a.out = -1;
	CHECK_ERRNO(hash_tree(&a), EBADF);
	signal(SIGXFSZ, SIG_IGN);
	CHECK_OK(getrlimit(RLIMIT_FSIZE, &old));
	small.rlim_max = old.rlim_max;
	CHECK_OK(setrlimit(RLIMIT_FSIZE, &small));
	run_tree(&r, &a);
	CHECK_OK(setrlimit(RLIMIT_FSIZE, &old));
	CHECK_INT(r.rc, -1);
	CHECK_INT(r.error, EFBIG);
	free(r.data);
	close(root.fd);
}

int
main(void)
{
	int	 top;

	top = tree_begin();
	test_memory(top);
	close(top);
	tree_end();
	top = tree_begin();
	test_order(top);
	test_roots(top);
	test_window(top);
	test_depth(top);
	test_unreadable(top);
	test_mounts(top);
	test_output(top);
	close(top);
	tree_end();
	return test_end();
}
