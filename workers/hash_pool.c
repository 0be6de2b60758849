#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "workers/hash_ima.h"
#include "workers/hash_limits.h"
#include "workers/hash_out.h"
#include "workers/hash_pool.h"
#include "workers/hash_walk.h"

struct hash_dir {
	int		 fd;
	unsigned int	 refs;
	dev_t		 dev;
	struct hash_dir	*next;		/* in the list of free ones */
};

enum job_state {
	JOB_WAITING,
	JOB_HASHED,
	JOB_UNREAD,	/* for the reason `error` */
	JOB_NOTHING	/* no regular file after all, or gone */
};

struct hash_job {
	struct hash_dir	*dir;
	const char	*path;
	uint64_t	 path_end;	/* where the paths of later jobs begin */
	uint16_t	 path_len;
	uint16_t	 name;		/* offset of the last component in path */
	uint8_t		 state;
	int		 error;
	long		 ima_slot;
	uint8_t		 digest[EVP_MAX_MD_SIZE];
};

/*
 * Jobs [head, take) are with the threads or done, [take, tail) wait; all
 * three only grow, a job's place is its number modulo HASH_JOBS_MAX. The
 * paths lie in a ring of bytes likewise, each in one piece. Whoever completes
 * the job at head writes it and all completed ones after it, so records come
 * out in order and one thread at a time. `lock` guards everything but the
 * content of a job that a thread has taken.
 */
struct hash_pool {
	pthread_mutex_t		 lock;
	pthread_cond_t		 work;		/* the threads wait for jobs */
	pthread_cond_t		 room;		/* the walker waits for the threads */
	uint64_t		 head, take, tail;
	uint64_t		 path_head, path_tail;
	int			 walker_waits;
	int			 closing;
	unsigned int		 reports;
	struct hash_dir		*free_dirs;

	const struct hash_params *params;
	struct hash_out		*out;
	struct hash_ima		*ima;
	EVP_MD			*md;
	size_t			 digest_len;
	unsigned int		 nthreads;
	pthread_t		 threads[HASH_THREADS];
	struct hash_job		*jobs;
	char			*paths;
	struct hash_dir		*dirs;
};

/* One thread's own. */
struct hash_thread {
	EVP_MD_CTX	*ctx;
	uint8_t		*buf;
};

/*
 * Magic numbers of statfs(2): what the kernel makes up has no content to
 * attest, reading it may have effects (tracefs, debugfs), and autofs would
 * mount. FUSE is served by a process of this machine that may stall us.
 */
int
hash_fs_skip(long f_type)
{
	static const uint32_t	 magics[] = {
		0x00009fa0,	/* proc */
		0x62656572,	/* sysfs */
		0x0027e0eb,	/* cgroup */
		0x63677270,	/* cgroup2 */
		0x00001cd1,	/* devpts */
		0x64626720,	/* debugfs */
		0x74726163,	/* tracefs */
		0x73636673,	/* securityfs */
		0x62656570,	/* configfs */
		0xf97cff8c,	/* selinuxfs */
		0x43415d53,	/* smackfs */
		0xcafe4a11,	/* bpf */
		0x42494e4d,	/* binfmt_misc */
		0x6165676c,	/* pstore */
		0xde5e81e4,	/* efivarfs */
		0x19800202,	/* mqueue */
		0x6e736673,	/* nsfs */
		0x00000187,	/* autofs */
		0x65735546	/* FUSE */
	};
	size_t			 i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if ((uint32_t)f_type == magics[i])
			return 1;
	}
	return 0;
}

/* A file may be a mount of its own. */
static int
file_left_out(int fd, dev_t dev, dev_t dir_dev)
{
	struct statfs	 sfs;

	return dev != dir_dev && fstatfs(fd, &sfs) == 0 &&
	    hash_fs_skip((long)sfs.f_type);
}

/* Hash all of fd. 0 or -1 with errno. */
static int
file_digest(struct hash_pool *p, struct hash_thread *t, int fd, off_t size,
    uint8_t *ret_digest)
{
	ssize_t	 n;

	if (size > HASH_READ_SIZE)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (EVP_DigestInit_ex(t->ctx, p->md, NULL) != 1)
		goto broken;
	while ((n = read(fd, t->buf, HASH_READ_SIZE)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (EVP_DigestUpdate(t->ctx, t->buf, (size_t)n) != 1)
			goto broken;
		atomic_fetch_add_explicit(&p->params->stats->bytes,
		    (uint64_t)n, memory_order_relaxed);
	}
	if (EVP_DigestFinal_ex(t->ctx, ret_digest, NULL) != 1)
		goto broken;
	return 0;
broken:
	errno = ENOMEM;
	return -1;
}

/*
 * Hash the file of j; the state it has then. O_NONBLOCK and the second look at
 * the type are for a name that has become a fifo or a device since it was
 * listed: neither may make us wait.
 */
static enum job_state
job_run(struct hash_pool *p, struct hash_thread *t, struct hash_job *j)
{
	enum job_state	 state = JOB_UNREAD;
	struct stat	 st;
	int		 fd;

	fd = openat(j->dir->fd, j->path + j->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		j->error = errno;
		return errno == ENOENT || errno == ELOOP || errno == ENXIO ?
		    JOB_NOTHING : JOB_UNREAD;
	}
	if (fstat(fd, &st) == -1)
		j->error = errno;
	else if (!S_ISREG(st.st_mode))
		state = JOB_NOTHING;
	else if (file_left_out(fd, st.st_dev, j->dir->dev))
		j->error = EXDEV;
	else if (file_digest(p, t, fd, st.st_size, j->digest) == -1)
		j->error = errno;
	else {
		state = JOB_HASHED;
		j->ima_slot = p->ima == NULL ? -1 : hash_ima_find(p->ima,
		    j->path, j->path_len, j->digest, p->digest_len);
	}
	close(fd);
	return state;
}

/* The rest of this file holds the lock, or says otherwise. */

static void
dir_unref(struct hash_pool *p, struct hash_dir *d)
{
	if (d == NULL || --d->refs > 0)
		return;
	close(d->fd);
	d->next = p->free_dirs;
	p->free_dirs = d;
}

static void
job_report(struct hash_pool *p, const struct hash_job *j)
{
	const struct hash_params	*a = p->params;

	if (j->error == EXDEV)
		atomic_fetch_add(&a->stats->mounts, 1);
	else
		atomic_fetch_add(&a->stats->unreadable, 1);
	if (a->report == NULL || p->reports >= HASH_REPORT_MAX)
		return;
	p->reports++;
	a->report(a->arg, j->path, j->error);
}

/* Write the completed jobs at the head. */
static void
pool_drain(struct hash_pool *p)
{
	struct hash_job	*j;

	while (p->head != p->take) {
		j = &p->jobs[p->head % HASH_JOBS_MAX];
		if (j->state == JOB_WAITING)
			break;
		if (j->state == JOB_UNREAD)
			job_report(p, j);
		else if (j->state == JOB_HASHED) {
			hash_out_record(p->out, j->path, j->path_len,
			    j->digest, p->digest_len);
			if (j->ima_slot >= 0)
				hash_ima_mark(p->ima, j->ima_slot);
			atomic_fetch_add_explicit(&p->params->stats->files, 1,
			    memory_order_relaxed);
		}
		dir_unref(p, j->dir);
		p->path_head = j->path_end;
		p->head++;
	}
}

/*
 * The walker is woken when half of the ring is free (or all is done), not at
 * each file: a wake-up costs more than a small file.
 */
static void
pool_wake_walker(struct hash_pool *p)
{
	if (p->walker_waits && (p->out->error != 0 || p->head == p->tail ||
	    (p->tail - p->head <= HASH_JOBS_MAX / 2 &&
	    p->path_tail - p->path_head <= HASH_PATHS_SIZE / 2)))
		pthread_cond_signal(&p->room);
}

static void
pool_wait_room(struct hash_pool *p)
{
	p->walker_waits = 1;
	pthread_cond_wait(&p->room, &p->lock);
	p->walker_waits = 0;
}

static void *
thread_main(void *arg)
{
	struct hash_pool	*p = arg;
	struct hash_job		*j;
	struct hash_thread	 t;
	enum job_state		 state;

	t.ctx = EVP_MD_CTX_new();
	t.buf = malloc(HASH_READ_SIZE);
	pthread_mutex_lock(&p->lock);
	if (t.ctx == NULL || t.buf == NULL)
		p->out->error = ENOMEM;
	for (;;) {
		if (p->take == p->tail) {
			if (p->closing)
				break;
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		j = &p->jobs[p->take % HASH_JOBS_MAX];
		p->take++;
		if (j->state == JOB_WAITING && p->out->error == 0) {
			pthread_mutex_unlock(&p->lock);
			state = job_run(p, &t, j);
			pthread_mutex_lock(&p->lock);
			j->state = state;
		} else if (j->state == JOB_WAITING)
			j->state = JOB_NOTHING;
		pool_drain(p);
		pool_wake_walker(p);
	}
	pthread_mutex_unlock(&p->lock);
	free(t.buf);
	EVP_MD_CTX_free(t.ctx);
	return NULL;
}

/*
 * Room for a job with a path of len bytes; called with the lock, which it
 * gives up while it waits. NULL with errno when the output failed.
 */
static struct hash_job *
pool_job(struct hash_pool *p, const char *path, size_t len)
{
	struct hash_job	*j;
	uint64_t	 at;

	for (;;) {
		if (p->out->error != 0) {
			errno = p->out->error;
			return NULL;
		}
		at = p->path_tail;
		if (at % HASH_PATHS_SIZE + len + 1 > HASH_PATHS_SIZE)
			at += HASH_PATHS_SIZE - at % HASH_PATHS_SIZE;
		if (p->tail - p->head < HASH_JOBS_MAX &&
		    at + len + 1 - p->path_head <= HASH_PATHS_SIZE)
			break;
		pool_wait_room(p);
	}
	j = &p->jobs[p->tail % HASH_JOBS_MAX];
	memcpy(p->paths + at % HASH_PATHS_SIZE, path, len);
	p->paths[at % HASH_PATHS_SIZE + len] = '\0';
	j->path = p->paths + at % HASH_PATHS_SIZE;
	j->path_len = (uint16_t)len;
	j->path_end = p->path_tail = at + len + 1;
	p->tail++;
	pthread_cond_signal(&p->work);
	return j;
}

/* From here on without the lock. */

int
hash_pool_file(struct hash_pool *p, struct hash_dir *d, const char *path,
    size_t path_len, size_t name)
{
	struct hash_job	*j;

	pthread_mutex_lock(&p->lock);
	if ((j = pool_job(p, path, path_len)) != NULL) {
		d->refs++;
		j->dir = d;
		j->name = (uint16_t)name;
		j->state = JOB_WAITING;
	}
	pthread_mutex_unlock(&p->lock);
	return j == NULL ? -1 : 0;
}

int
hash_pool_note(struct hash_pool *p, const char *path, size_t path_len,
    int error)
{
	struct hash_job	*j;

	pthread_mutex_lock(&p->lock);
	if ((j = pool_job(p, path, path_len)) != NULL) {
		j->dir = NULL;
		j->state = JOB_UNREAD;
		j->error = error;
	}
	pthread_mutex_unlock(&p->lock);
	return j == NULL ? -1 : 0;
}

struct hash_dir *
hash_dir_get(struct hash_pool *p, int fd, dev_t dev)
{
	struct hash_dir	*d;

	pthread_mutex_lock(&p->lock);
	while (p->free_dirs == NULL)
		pool_wait_room(p);
	d = p->free_dirs;
	p->free_dirs = d->next;
	d->fd = fd;
	d->dev = dev;
	d->refs = 1;
	pthread_mutex_unlock(&p->lock);
	return d;
}

void
hash_dir_put(struct hash_pool *p, struct hash_dir *d)
{
	pthread_mutex_lock(&p->lock);
	dir_unref(p, d);
	pthread_mutex_unlock(&p->lock);
}

int
hash_dir_fd(const struct hash_dir *d)
{
	return d->fd;
}

dev_t
hash_dir_dev(const struct hash_dir *d)
{
	return d->dev;
}

/* As many of n threads as there can be; one is enough. */
static int
pool_start(struct hash_pool *p, unsigned int n)
{
	pthread_attr_t	 attr;
	int		 error;

	if ((error = pthread_attr_init(&attr)) == 0) {
		(void)pthread_attr_setstacksize(&attr, HASH_STACK_SIZE);
		while (error == 0 && p->nthreads < n) {
			error = pthread_create(&p->threads[p->nthreads],
			    &attr, thread_main, p);
			if (error == 0)
				p->nthreads++;
		}
		pthread_attr_destroy(&attr);
	}
	if (p->nthreads > 0)
		return 0;
	errno = error;
	return -1;
}

static void
pool_free(struct hash_pool *p)
{
	EVP_MD_free(p->md);
	free(p->jobs);
	free(p->paths);
	free(p->dirs);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->room);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static const char *
md_name(size_t digest_len)
{
	switch (digest_len) {
	case 20:
		return "SHA1";
	case 48:
		return "SHA384";
	case 64:
		return "SHA512";
	default:
		return "SHA256";
	}
}

struct hash_pool *
hash_pool_open(const struct hash_params *params, size_t digest_len,
    struct hash_out *out, struct hash_ima *ima)
{
	struct hash_pool	*p;
	unsigned int		 n = params->threads;
	size_t			 i;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->room, NULL);
	p->params = params;
	p->out = out;
	p->ima = ima;
	p->digest_len = digest_len;
	p->md = EVP_MD_fetch(NULL, md_name(digest_len), NULL);
	p->jobs = calloc(HASH_JOBS_MAX, sizeof(*p->jobs));
	p->paths = malloc(HASH_PATHS_SIZE);
	p->dirs = calloc(HASH_DIRS_MAX, sizeof(*p->dirs));
	if (p->md == NULL || p->jobs == NULL || p->paths == NULL ||
	    p->dirs == NULL) {
		errno = ENOMEM;
		goto fail;
	}
	for (i = 0; i < HASH_DIRS_MAX; i++) {
		p->dirs[i].next = p->free_dirs;
		p->free_dirs = &p->dirs[i];
	}
	if (n == 0)
		n = 1;
	if (pool_start(p, n < HASH_THREADS ? n : HASH_THREADS) == -1)
		goto fail;
	return p;
fail:
	pool_free(p);
	return NULL;
}

void
hash_pool_close(struct hash_pool *p)
{
	unsigned int	 i;

	pthread_mutex_lock(&p->lock);
	p->closing = 1;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	pool_free(p);
}
