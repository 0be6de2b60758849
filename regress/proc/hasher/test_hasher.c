/*
 * The parent's part played to a real, confined hasher: what it writes of a
 * read-only clone must be what hash_tree() writes here, and it must come
 * through under its filter with as many threads as it can get.
 */

#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <poll.h>

#include "agentd/msg.h"
#include "privsep/chan.h"
#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "privsep/spawn.h"
#include "regress/unit/hasher/tree.h"

#define TEST_UID	64299
#define JOB		7

struct hash_ans {
	int		 ok;
	uint64_t	 files, bytes, unreadable;
	char		 reason[128];
};

static int
clone_open(const char *path)
{
	struct mount_attr	 ro = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
		    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
	};
	int			 fd;

	fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE |
	    OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd == -1 || syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH |
	    AT_RECURSIVE, &ro, sizeof(ro)) == -1)
		err(1, "clone of %s", path);
	return fd;
}

static void
hasher_start(struct spawned *s, int out, int ima, int tree)
{
	const int		 res[] = { out, ima, tree };
	struct spawn_req	 q = { .name = "agent-hasher", .uid = TEST_UID,
				    .res = res, .nres = 3 };
	struct frame		 f;
	struct wbuf		 w;
	char			 path[4096];

	snprintf(path, sizeof(path), "%s/agent-hasher", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	CHECK_INT(chan_recv(s->req_fd, &f), 1);
	CHECK_INT(f.type, MSG_HELLO_REQ);
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, 0);
	CHECK_OK(chan_send(s->req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0));
}

static void
hasher_ask(struct spawned *s, unsigned int threads, const char *label,
    struct hash_ans *ret_a)
{
	struct frame	 f;
	struct rbuf	 r;
	struct wbuf	 w;

	memset(ret_a, 0, sizeof(*ret_a));
	wbuf_init(&w);
	put_u8(&w, (uint8_t)threads);
	put_u8(&w, 1);
	put_str(&w, label);
	CHECK_OK(chan_send(s->req_fd, MSG_HASH_REQ, JOB, &w, NULL, 0));
	do {
		if (!CHECK_INT(chan_recv(s->req_fd, &f), 1))
			return;
		CHECK_INT(f.id, JOB);
	} while (f.type == MSG_HASH_PROGRESS);
	CHECK_INT(f.type, MSG_HASH_ANS);
	rbuf_init(&r, f.data, f.len);
	ret_a->ok = get_u8(&r);
	ret_a->files = get_u64(&r);
	ret_a->bytes = get_u64(&r);
	ret_a->unreadable = get_u64(&r);
	get_str(&r, ret_a->reason, sizeof(ret_a->reason));
	CHECK_OK(msg_end(&r));
}

static void
hasher_end(struct spawned *s)
{
	struct pollfd	 p = { .fd = s->pidfd, .events = POLLIN };
	char		 line[2048];
	ssize_t		 n;
	int		 code = 0, status = -1;

	if (!CHECK_INT(poll(&p, 1, 10000), 1))
		spawn_kill(s);
	while ((n = recv(s->log_fd, line, sizeof(line) - 1, MSG_DONTWAIT)) > 1) {
		line[n] = '\0';
		printf("hasher: %s\n", line + 1);
	}
	CHECK_OK(spawn_reap(s, &code, &status));
	CHECK_INT(code, CLD_EXITED);
	CHECK_INT(status, 0);
	close(s->req_fd);
	close(s->log_fd);
}

static void
test_tree(int top, unsigned int threads)
{
	const struct hash_root	 root = { top, "/t" };
	struct hash_params	 a = { .roots = &root, .nroots = 1, .ima = -1,
				    .threads = 2 };
	struct spawned		 s;
	struct hash_ans		 ans;
	struct run		 r;
	uint8_t			*data;
	int			 ima, out, tree;

	run_tree(&r, &a);
	CHECK_INT(r.rc, 0);
	out = open(scratch, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ima = open("/dev/null", O_RDONLY | O_CLOEXEC);
	tree = clone_open(scratch);
	hasher_start(&s, out, ima, tree);
	hasher_ask(&s, threads, "/t/", &ans);
	hasher_end(&s);
	CHECK_INT(ans.ok, 1);
	CHECK_STR(ans.reason, "");
	CHECK_INT(ans.files, r.stats.files);
	CHECK_INT(ans.bytes, r.stats.bytes);
	CHECK_INT(ans.unreadable, 0);
	data = malloc(r.len + 1);
	CHECK_INT(pread(out, data, r.len + 1, 0), r.len);
	CHECK_MEM(data, r.data, r.len);
	free(data);
	free(r.data);
	close(tree);
	close(ima);
	close(out);
}

/* A full disk is an answer, not a death. */
static void
test_full(void)
{
	struct spawned	 s;
	struct hash_ans	 ans;
	int		 ima, out, tree;

	test_begin("output full");
	out = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ima = open("/dev/null", O_RDONLY | O_CLOEXEC);
	tree = clone_open(scratch);
	hasher_start(&s, out, ima, tree);
	hasher_ask(&s, 2, "/t", &ans);
	hasher_end(&s);
	CHECK_INT(ans.ok, 0);
	CHECK_STR(ans.reason, strerror(ENOSPC));
	close(tree);
	close(ima);
	close(out);
}

int
main(void)
{
	char	 name[32];
	int	 d, i, top;

	if (geteuid() != 0)
		test_skip("needs root");
	top = tree_begin();
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		file_put(top, name, name);
	}
	CHECK_OK(fchmodat(top, "file1", 0, 0));	/* CAP_DAC_READ_SEARCH */
	d = dir_put(top, "closed");
	file_put(d, "in", "x");
	CHECK_OK(fchmod(d, 0));
	close(d);
	file_put(top, "sparse", "x");
	d = openat(top, "sparse", O_WRONLY | O_CLOEXEC);
	CHECK_OK(ftruncate(d, 3 << 20));
	close(d);
	test_begin("two threads");
	test_tree(top, 2);
	test_begin("all threads");
	test_tree(top, 64);
	test_full();
	close(top);
	tree_end();
	return test_end();
}
