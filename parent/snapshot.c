#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/snapshot.h"
#include "parent/tree.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/unmeasured.h"

#define SLICE	(1 << 20)	/* bytes digested before the loop gets its turn */

/* A timer, not event_active(): the sockets are looked at in between. */
static const struct timeval at_once = { 0, 0 };

_Static_assert(SNAPSHOT_ROOTS_MAX + 2 <= RES_MAX, "roots, output and log");

static void
close_all(const int *fds, int n)
{
	int i;

	for (i = 0; i < n; i++)
		close(fds[i]);
}

/* Resources of hasher: output, IMA log (or /dev/null), then the trees. */
static int
lend_trees(struct agent *a, int *fds, struct wbuf *w)
{
	int i;

	put_u8(w, (uint8_t)a->conf.num[CI_SNAPSHOT_THREADS]);
	put_u8(w, (uint8_t)a->conf.nroots);
	fds[0] = a->snap.fd;
	if ((fds[1] = log_open(a, LOG_IMA_BINARY)) == -1 &&
	    (fds[1] = open("/dev/null", O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	if (trees_clone(a, fds + 2) == -1) {
		close(fds[1]);
		return -1;
	}
	for (i = 0; i < a->conf.nroots; i++)
		put_str(w, a->conf.roots[i]);
	return 2 + a->conf.nroots;
}

/*
 * Whoever still reads them has the time of one more snapshot, not all the time
 * there is: records lie in memory, and anybody may order others.
 */
static void
records_retire(struct agent *a, int fd)
{
	if (a->snap_before > 0) {
		if (ftruncate(a->snap_before, 0) == -1)
			log_warn("old snapshot records");
		close(a->snap_before);
	}
	a->snap_before = fd;
}

static void
snapshot_reset(struct agent *a)
{
	struct snapshot *s = &a->snap;

	if (s->state == SNAP_READY)
		records_retire(a, s->fd);
	else if (s->fd > 0)
		close(s->fd);
	if (s->slice != NULL)
		event_free(s->slice);
	free(s->hash);
	memset(s, 0, sizeof(*s));
	s->fd = -1;
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	proc_kill(arg, "no snapshot in time");
}

void
snapshot_hasher_ready(struct agent *a, struct proc *p)
{
	struct timeval tv = { SNAPSHOT_TIMEOUT_S, 0 };

	if ((p->timer = evtimer_new(a->base, on_late, p)) != NULL)
		evtimer_add(p->timer, &tv);
}

/* In tmp, a tmpfs where our unit mounts one: of other file systems IMA would
 * log the records as a file that root wrote and read. */
static int
records_file(struct agent *a)
{
	const char *dir = a->conf.str[CI_DATA_DIR];
	char tmp[CONF_PATH_MAX + sizeof("/tmp")];
	int fd, flags = O_TMPFILE | O_RDWR | O_CLOEXEC;

	snprintf(tmp, sizeof(tmp), "%s/tmp", dir);
	fd = open(tmp, flags, 0600);
	if (fd == -1 && errno == ENOENT)
		fd = open(dir, flags, 0600);
	if (fd == -1)
		log_warn("snapshot: a file in %s", dir);
	return fd;
}

static int
snapshot_start(struct agent *a)
{
	int fds[RES_MAX], n;
	struct proc *p;
	struct wbuf w;

	snapshot_reset(a);
	if (a->procs.hasher.running)
		return -1;	/* the last one is still ending */
	if ((a->snap.fd = records_file(a)) == -1)
		return -1;
	wbuf_init(&w);
	if ((n = lend_trees(a, fds, &w)) == -1)
		goto fail;
	p = proc_start(a, ROLE_HASHER, 0, fds, n);
	close_all(fds + 1, n - 1);
	if (p == NULL)
		goto fail;
	a->snap.state = SNAP_RUNNING;
	a->snap.job = ++a->job_seq;
	return proc_ask_when_ready(a, p, MSG_HASH_REQ, a->snap.job, &w, NULL,
	    0);
fail:
	snapshot_reset(a);
	return -1;
}

/* Its own, read-only: a web that was taken over must not change the records. */
static int
reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_unmeasured(path, O_RDONLY | O_CLOEXEC);
}

static int
send_where(struct agent *a, struct proc *p, uint32_t id, enum answer status)
{
	struct wbuf w;
	int fd = -1;

	if (status == ANSWER_OK && (fd = reopen(a->snap.fd)) == -1)
		status = ANSWER_FAILED;
	wbuf_init(&w);
	put_u8(&w, (uint8_t)status);
	put_u64(&w, a->snap.files);
	put_u64(&w, a->snap.bytes);
	put_u64(&w, a->snap.unreadable);
	proc_send(p, MSG_SNAPSHOT_ANS, id, &w, &fd, fd != -1 ? 1 : 0);
	return 0;
}

int
parent_on_snapshot(struct agent *a, struct proc *p, struct frame *f)
{
	struct conn *c = conn_find(a, f->id);

	if (c != NULL && c->web != p)
		return -1;
	if (c == NULL || !c->tls)
		return send_where(a, p, f->id, ANSWER_FAILED);
	if (a->snap.state == SNAP_READY)
		return send_where(a, p, f->id, ANSWER_OK);
	/* a second request joins the first */
	if (a->snap.state == SNAP_NONE && snapshot_start(a) == -1)
		return send_where(a, p, f->id, ANSWER_FAILED);
	return send_where(a, p, f->id, ANSWER_WORKING);
}

int
parent_on_snapshot_del(struct agent *a, struct proc *p, struct frame *f)
{
	struct conn *c = conn_find(a, f->id);
	enum answer status = ANSWER_OK;
	struct wbuf w;

	if (c != NULL && c->web != p)
		return -1;
	if (a->snap.state == SNAP_RUNNING || a->snap.state == SNAP_HASHING)
		status = ANSWER_BUSY;
	else if (c != NULL && c->tls)
		snapshot_reset(a);
	wbuf_init(&w);
	put_u8(&w, (uint8_t)status);
	proc_send(p, MSG_SNAPSHOT_DEL_ANS, f->id, &w, NULL, 0);
	return 0;
}

static int
get_counts(struct snapshot *s, struct rbuf *r)
{
	s->files = get_u64(r);
	s->bytes = get_u64(r);
	s->unreadable = get_u64(r);
	return r->bad ? -1 : 0;
}

int
parent_on_hash_progress(struct agent *a, struct proc *p, struct frame *f)
{
	struct rbuf r;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	if (a->snap.state != SNAP_RUNNING || f->id != a->snap.job ||
	    get_counts(&a->snap, &r) == -1)
		return -1;
	return msg_end(&r);
}

static void
digest_slice(evutil_socket_t efd, short what, void *arg)
{
	static uint8_t buf[SLICE];
	struct agent *a = arg;
	struct snapshot *s = &a->snap;
	ssize_t n;

	(void)efd;
	(void)what;
	n = pread(s->fd, buf, sizeof(buf), s->offset);
	if (n == -1) {
		log_warn("snapshot records");
		snapshot_reset(a);
		return;
	}
	if (n > 0) {
		SHA256Update(s->hash, buf, (size_t)n);
		s->offset += n;
		evtimer_add(s->slice, &at_once);
		return;
	}
	SHA256Final(s->digest, s->hash);
	s->state = SNAP_READY;
	log_info("snapshot: %llu files, %llu bytes hashed, %llu unreadable",
	    (unsigned long long)s->files, (unsigned long long)s->bytes,
	    (unsigned long long)s->unreadable);
}

static int
digest_start(struct agent *a)
{
	struct snapshot *s = &a->snap;

	if ((s->hash = malloc(sizeof(SHA2_CTX))) == NULL ||
	    (s->slice = evtimer_new(a->base, digest_slice, a)) == NULL)
		return -1;
	SHA256Init(s->hash);
	return evtimer_add(s->slice, &at_once);
}

/*
 * The records are hasher's; it has no descriptor of them any more once it is
 * gone, so the digest is started when it is: see snapshot_hasher_gone().
 */
int
parent_on_hash_ans(struct agent *a, struct proc *p, struct frame *f)
{
	const struct timeval linger = { LINGER_S, 0 };
	char reason[256];
	struct rbuf r;
	unsigned int ok;

	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	if (a->snap.state != SNAP_RUNNING || f->id != a->snap.job ||
	    get_counts(&a->snap, &r) == -1)
		return -1;
	get_str(&r, reason, sizeof(reason));
	if (msg_end(&r) == -1 || ok > 1)
		return -1;
	if (p->timer != NULL)
		evtimer_add(p->timer, &linger);	/* its task is done */
	if (!ok) {
		log_warnx("snapshot: %s", reason);
		snapshot_reset(a);
		return 0;
	}
	a->snap.state = SNAP_HASHING;
	return 0;
}

void
snapshot_hasher_gone(struct agent *a)
{
	if (a->snap.state == SNAP_RUNNING) {
		log_warnx("snapshot: hasher died");
		snapshot_reset(a);
	} else if (a->snap.state == SNAP_HASHING && digest_start(a) == -1) {
		log_warnx("snapshot: out of memory");
		snapshot_reset(a);
	}
}
