#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/hash_walk.h"

/*
 * hasher: one snapshot, then it ends. It reads every file of the machine, by
 * CAP_DAC_READ_SEARCH, so it has nothing else: no network, no /proc, no name
 * of any file outside the read-only clones of the trees that it was lent, and
 * one unnamed file to write to. It takes no file's content for anything but
 * bytes to hash. A taken hasher could write what it likes into the snapshot,
 * and with it what it read; so data_dir and the TLS key are not in its trees.
 *
 * Lent, from RES_FD on: the output; the binary IMA log, or an empty file where
 * there is none; the trees, in the order of the labels in HASH_REQ.
 */

#define OUT_FD		RES_FD
#define IMA_FD		(RES_FD + 1)
#define TREE_FD		(RES_FD + 2)

#define PROGRESS_S	1	/* between two HASH_PROGRESS */

struct work {
	pthread_mutex_t		 lock;
	pthread_cond_t		 cond;
	int			 done;
	int			 error;		/* errno of hash_tree(), 0 when all is well */
	struct hash_params	 params;
	struct hash_stats	 stats;
	struct hash_root	 roots[SNAPSHOT_ROOTS_MAX];
	char			 labels[SNAPSHOT_ROOTS_MAX][CONF_PATH_MAX];
};

static struct work	work;

/* The reason first: a long path is cut in the log. */
static void
report_file(void *arg, const char *path, int error)
{
	(void)arg;
	if (error == EXDEV)
		log_info("snapshot leaves out (file system): %s", path);
	else
		log_warnx("snapshot lacks (%s): %s", strerror(error), path);
}

/* The trees lent, -1 terminated; how many. */
static size_t
trees_lent(int ret_dirs[SNAPSHOT_ROOTS_MAX + 1])
{
	size_t	 n = 0;

	while (n < SNAPSHOT_ROOTS_MAX && fcntl(TREE_FD + (int)n, F_GETFD) != -1) {
		ret_dirs[n] = TREE_FD + (int)n;
		n++;
	}
	ret_dirs[n] = -1;
	return n;
}

/* The walk wants a label without slashes at its end, but for "/". */
static void
label_trim(char *label)
{
	size_t	 n = strlen(label);

	while (n > 1 && label[n - 1] == '/')
		label[--n] = '\0';
}

/* Fill in work.params from HASH_REQ; its job. */
static uint32_t
request_read(size_t ntrees)
{
	struct frame	 f;
	struct rbuf	 r;
	size_t		 i, n;

	ask_next(&f);
	rbuf_init(&r, f.data, f.len);
	work.params.threads = get_u8(&r);
	n = get_u8(&r);
	if (f.type != MSG_HASH_REQ || f.nfds != 0 || n != ntrees)
		fatalx("%s for %zu trees, %zu were lent", msg_name(f.type), n,
		    ntrees);
	for (i = 0; i < n; i++) {
		get_str(&r, work.labels[i], sizeof(work.labels[i]));
		label_trim(work.labels[i]);
		work.roots[i].fd = TREE_FD + (int)i;
		work.roots[i].label = work.labels[i];
	}
	if (msg_end(&r) == -1)
		fatalx("broken HASH_REQ");
	work.params.roots = work.roots;
	work.params.nroots = n;
	work.params.out = OUT_FD;
	work.params.ima = IMA_FD;
	work.params.report = report_file;
	work.params.stats = &work.stats;
	return f.id;
}

static void *
work_main(void *arg)
{
	int	 error = 0;

	(void)arg;
	if (hash_tree(&work.params) == -1)
		error = errno;
	pthread_mutex_lock(&work.lock);
	work.error = error;
	work.done = 1;
	pthread_cond_signal(&work.cond);
	pthread_mutex_unlock(&work.lock);
	return NULL;
}

static void
put_counters(struct wbuf *w)
{
	put_u64(w, work.stats.files);
	put_u64(w, work.stats.bytes);
	put_u64(w, work.stats.unreadable);
}

static void
answer_send(uint32_t job)
{
	struct wbuf	 w;

	if (work.error == 0)
		log_info("snapshot: %ju files, %ju bytes, %ju entries from the "
		    "IMA log; %ju files unreadable, %ju mounts left out",
		    (uintmax_t)work.stats.files, (uintmax_t)work.stats.bytes,
		    (uintmax_t)work.stats.ima, (uintmax_t)work.stats.unreadable,
		    (uintmax_t)work.stats.mounts);
	wbuf_init(&w);
	put_u8(&w, work.error == 0);
	put_counters(&w);
	put_str(&w, work.error == 0 ? "" : strerror(work.error));
	ask_send(MSG_HASH_ANS, job, &w, NULL, 0);
}

/*
 * The work is in threads of its own, so that a big folder or a slow disk
 * cannot keep this one from telling how far it has come. Nothing is received
 * meanwhile: the parent ends us by a signal, as its own end does.
 */
int
main(int argc, char **argv)
{
	struct timespec	 until;
	struct wbuf	 w;
	pthread_t	 thread;
	uint32_t	 job;
	size_t		 ntrees;
	int		 dirs[SNAPSHOT_ROOTS_MAX + 1], error;

	ntrees = trees_lent(dirs);
	agent_child_start(ROLE_HASHER, argc, argv, dirs);
	/* no openssl.cnf: there is none to be seen, and none is wanted */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		fatalx("libcrypto");
	job = request_read(ntrees);
	pthread_mutex_init(&work.lock, NULL);
	pthread_cond_init(&work.cond, NULL);
	if ((error = pthread_create(&thread, NULL, work_main, NULL)) != 0) {
		errno = error;
		fatal("thread");
	}
	pthread_mutex_lock(&work.lock);
	clock_gettime(CLOCK_REALTIME, &until);
	while (!work.done) {
		until.tv_sec += PROGRESS_S;
		while (!work.done && pthread_cond_timedwait(&work.cond,
		    &work.lock, &until) != ETIMEDOUT)
			continue;
		if (work.done)
			break;
		wbuf_init(&w);
		put_counters(&w);
		ask_send(MSG_HASH_PROGRESS, job, &w, NULL, 0);
	}
	pthread_mutex_unlock(&work.lock);
	pthread_join(thread, NULL);
	answer_send(job);
	return 0;
}
