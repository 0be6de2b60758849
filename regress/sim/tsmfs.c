/*
 * tsmfs: the report directory of configfs-tsm as a FUSE file system.
 *
 * Usage: tsmfs MOUNTPOINT --hierarchy DIR [--provider sev_guest|tdx_guest|none]
 *
 * As in configfs, an inblob takes effect when its last descriptor is closed,
 * and outblob and auxblob are fetched whole by the first read of an open
 * file.  The kernel queues the release before close() returns and one thread
 * takes requests in their order, so a report asked for after the close is
 * always over the bytes written.  Only reports are made in threads of their
 * own, because a slow secure processor must not stop the rest.
 */
#define FUSE_USE_VERSION 312
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "regress/sim/simutil.h"
#include "regress/sim/tsmentry.h"

#define INO_SERIAL(ino)		((int64_t)((ino) >> 4))
#define INO_ATTR(ino)		((enum tsm_attr)((ino) & 15))
#define INO_MAKE(serial, a)	(((fuse_ino_t)(serial) << 4) | (a))
#define ATTR_FILE_SIZE		4096	/* what configfs says of text files */

/*
 * An open file: bytes written so far, or the value read.  Held by the open
 * file and by the thread that makes its report, which may outlive it: a
 * reader that is killed closes at once.
 */
struct handle {
	unsigned int	 refs;
	struct sbuf	 b;
	int		 written;
	int		 fetched;
};

struct job {
	fuse_req_t	 req;
	fuse_ino_t	 ino;
	struct handle	*h;
	size_t		 size;
	off_t		 off;
};

static pthread_mutex_t	 refs_lock = PTHREAD_MUTEX_INITIALIZER;

static void
handle_hold(struct handle *h)
{
	pthread_mutex_lock(&refs_lock);
	h->refs++;
	pthread_mutex_unlock(&refs_lock);
}

static void
handle_drop(struct handle *h)
{
	unsigned int	 left;

	pthread_mutex_lock(&refs_lock);
	left = --h->refs;
	pthread_mutex_unlock(&refs_lock);
	if (left > 0)
		return;
	sbuf_free(&h->b);
	free(h);
}

static void
stat_fill(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_nlink = 1;
	if (ino == FUSE_ROOT_ID || INO_ATTR(ino) == TSM_DIR) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
	} else {
		st->st_mode = S_IFREG | tsm_attrs[INO_ATTR(ino)].mode;
		if (!tsm_attrs[INO_ATTR(ino)].binary)
			st->st_size = ATTR_FILE_SIZE;
	}
}

static int
ino_alive(fuse_ino_t ino)
{
	return (ino == FUSE_ROOT_ID || (tsm_entry_alive(INO_SERIAL(ino)) &&
	    INO_ATTR(ino) < TSM_ATTR_MAX));
}

static void
entry_reply(fuse_req_t req, fuse_ino_t ino)
{
	struct fuse_entry_param	 e = { .ino = ino };

	stat_fill(ino, &e.attr);
	fuse_reply_entry(req, &e);
}

static void
tsmfs_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	int64_t		 serial;
	int		 a;

	if (parent == FUSE_ROOT_ID) {
		if ((serial = tsm_entry_find(name)) < 0)
			fuse_reply_err(req, -serial);
		else
			entry_reply(req, INO_MAKE(serial, TSM_DIR));
		return;
	}
	if (INO_ATTR(parent) == TSM_DIR && ino_alive(parent))
		for (a = TSM_DIR + 1; a < TSM_ATTR_MAX; a++)
			if (tsm_visible(a) &&
			    strcmp(tsm_attrs[a].name, name) == 0) {
				entry_reply(req,
				    INO_MAKE(INO_SERIAL(parent), a));
				return;
			}
	fuse_reply_err(req, ENOENT);
}

static void
tsmfs_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat	 st;

	(void)fi;
	if (!ino_alive(ino)) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	stat_fill(ino, &st);
	fuse_reply_attr(req, &st, 0);
}

/* open(2) with O_TRUNC comes here; like configfs, it changes nothing. */
static void
tsmfs_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
    struct fuse_file_info *fi)
{
	(void)attr;
	(void)to_set;
	tsmfs_getattr(req, ino, fi);
}

static void
tsmfs_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	int64_t		 serial;

	(void)mode;
	if (parent != FUSE_ROOT_ID)
		fuse_reply_err(req, EPERM);
	else if ((serial = tsm_entry_make(name)) < 0)
		fuse_reply_err(req, -serial);
	else
		entry_reply(req, INO_MAKE(serial, TSM_DIR));
}

static void
tsmfs_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, parent == FUSE_ROOT_ID ?
	    -tsm_entry_remove(name) : ENOTDIR);
}

static void
tsmfs_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	fuse_reply_err(req, EPERM);
}

static void
tsmfs_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
    dev_t dev)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)dev;
	fuse_reply_err(req, EACCES);
}

struct listing {
	fuse_req_t	 req;
	struct sbuf	 b;
};

static void
dir_add(struct listing *l, const char *name, fuse_ino_t ino)
{
	struct stat	 st;
	uint8_t		 block[512];
	size_t		 len;

	stat_fill(ino, &st);
	len = fuse_add_direntry(l->req, NULL, 0, name, NULL, 0);
	if (len > sizeof(block))
		return;
	fuse_add_direntry(l->req, (char *)block, len, name, &st,
	    l->b.len + len);
	sbuf_add(&l->b, block, len);
}

static void
dir_add_entry(const char *name, int64_t serial, void *arg)
{
	dir_add(arg, name, INO_MAKE(serial, TSM_DIR));
}

static void
tsmfs_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	struct listing	 l = { .req = req };
	int		 a;

	(void)fi;
	dir_add(&l, ".", ino);
	dir_add(&l, "..", FUSE_ROOT_ID);
	if (ino == FUSE_ROOT_ID)
		tsm_entry_each(dir_add_entry, &l);
	else if (ino_alive(ino))
		for (a = TSM_DIR + 1; a < TSM_ATTR_MAX; a++)
			if (tsm_visible(a))
				dir_add(&l, tsm_attrs[a].name,
				    INO_MAKE(INO_SERIAL(ino), a));
	if ((size_t)off >= l.b.len)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, (char *)l.b.p + off,
		    l.b.len - off < size ? l.b.len - off : size);
	sbuf_free(&l.b);
}

static void
tsmfs_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle	*h;
	unsigned int	 mode = tsm_attrs[INO_ATTR(ino)].mode;
	int		 acc = fi->flags & O_ACCMODE;

	if (!ino_alive(ino)) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	/* even root, as configfs checks the mode itself */
	if ((acc != O_RDONLY && !(mode & 0200)) ||
	    (acc != O_WRONLY && !(mode & 0400))) {
		fuse_reply_err(req, EACCES);
		return;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	h->refs = 1;
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void
read_reply(fuse_req_t req, struct handle *h, size_t size, off_t off)
{
	if ((size_t)off >= h->b.len)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, (char *)h->b.p + off,
		    h->b.len - off < size ? h->b.len - off : size);
}

static int
req_cancelled(void *req)
{
	return (fuse_req_interrupted(req));
}

static void *
report_thread(void *arg)
{
	struct job	*j = arg;
	uint8_t		*p;
	size_t		 len;
	int		 rc;

	rc = tsm_read(INO_SERIAL(j->ino), INO_ATTR(j->ino), req_cancelled,
	    j->req, &p, &len);
	if (rc != 0) {
		fuse_reply_err(j->req, -rc);
	} else {
		sbuf_free(&j->h->b);
		j->h->b.p = p;
		j->h->b.len = len;
		j->h->fetched = 1;
		read_reply(j->req, j->h, j->size, j->off);
	}
	handle_drop(j->h);
	free(j);
	return (NULL);
}

static void
report_start(fuse_req_t req, fuse_ino_t ino, struct handle *h, size_t size,
    off_t off)
{
	struct job	*j = calloc(1, sizeof(*j));
	pthread_attr_t	 attr;
	pthread_t	 t;

	if (j == NULL) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*j = (struct job){ req, ino, h, size, off };
	handle_hold(h);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&t, &attr, report_thread, j) != 0) {
		fuse_reply_err(req, ENOMEM);
		handle_drop(h);
		free(j);
	}
	pthread_attr_destroy(&attr);
}

static void
tsmfs_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	struct handle	*h = (struct handle *)(uintptr_t)fi->fh;
	uint8_t		*p;
	size_t		 len;
	int		 rc;

	if (tsm_attrs[INO_ATTR(ino)].binary && !h->fetched) {
		report_start(req, ino, h, size, off);
		return;
	}
	if (!h->fetched) {
		rc = tsm_read(INO_SERIAL(ino), INO_ATTR(ino), NULL, NULL, &p,
		    &len);
		if (rc != 0) {
			fuse_reply_err(req, -rc);
			return;
		}
		sbuf_free(&h->b);
		h->b.p = p;
		h->b.len = len;
		h->fetched = 1;
	}
	read_reply(req, h, size, off);
}

static void
tsmfs_write(fuse_req_t req, fuse_ino_t ino, const char *p, size_t size,
    off_t off, struct fuse_file_info *fi)
{
	struct handle	*h = (struct handle *)(uintptr_t)fi->fh;
	int		 rc;

	if (!tsm_attrs[INO_ATTR(ino)].binary) {
		rc = tsm_write(INO_SERIAL(ino), INO_ATTR(ino), p, size);
		if (rc != 0)
			fuse_reply_err(req, -rc);
		else
			fuse_reply_write(req, size);
		return;
	}
	/* configfs says EFBIG, not EINVAL, for more than the largest blob */
	if (off < 0 || size > TSM_INBLOB_MAX ||
	    (size_t)off > TSM_INBLOB_MAX - size) {
		fuse_reply_err(req, EFBIG);
		return;
	}
	while (h->b.len < off + size)
		sbuf_add(&h->b, "", 1);
	memcpy(h->b.p + off, p, size);
	h->written = 1;
	fuse_reply_write(req, size);
}

static void
tsmfs_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle	*h = (struct handle *)(uintptr_t)fi->fh;

	if (h->written)
		tsm_write(INO_SERIAL(ino), INO_ATTR(ino), h->b.p, h->b.len);
	handle_drop(h);
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops tsmfs_ops = {
	.lookup = tsmfs_lookup,
	.getattr = tsmfs_getattr,
	.setattr = tsmfs_setattr,
	.mkdir = tsmfs_mkdir,
	.rmdir = tsmfs_rmdir,
	.unlink = tsmfs_unlink,
	.mknod = tsmfs_mknod,
	.readdir = tsmfs_readdir,
	.open = tsmfs_open,
	.read = tsmfs_read,
	.write = tsmfs_write,
	.release = tsmfs_release,
};

/* The mount ends with SIGTERM, SIGINT, SIGHUP or by umount(8). */
static int
tsmfs_run(const char *mountpoint)
{
	/* allow_other: as in configfs, the mode alone says who may */
	char		*argv[] = { "tsmfs", "-o",
	    "allow_other,default_permissions,fsname=tsmfs,subtype=tsmfs" };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *se;
	int		 rc = 1;

	se = fuse_session_new(&args, &tsmfs_ops, sizeof(tsmfs_ops), NULL);
	if (se == NULL)
		return (1);
	if (fuse_set_signal_handlers(se) != 0)
		goto out;
	if (fuse_session_mount(se, mountpoint) != 0)
		goto out;
	rc = fuse_session_loop(se) < 0 ? 1 : 0;
	fuse_session_unmount(se);
out:
	fuse_remove_signal_handlers(se);
	/* not destroyed: a report thread may still hold a request */
	fuse_opt_free_args(&args);
	return (rc);
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "hierarchy", required_argument, NULL, 'h' },
		{ "provider", required_argument, NULL, 'p' }, { 0 } };
	const char	*provider = "sev_guest";
	char		*hierarchy = NULL;
	int		 ch;

	while ((ch = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		if (ch == 'p')
			provider = optarg;
		else if (ch != 'h')
			goto usage;
		else if ((hierarchy = realpath(optarg, NULL)) == NULL)
			err(1, "%s", optarg);
	}
	if (optind != argc - 1 || hierarchy == NULL ||
	    tsm_init(hierarchy, provider) == -1)
		goto usage;
	return (tsmfs_run(argv[optind]));
usage:
	fprintf(stderr, "usage: tsmfs MOUNTPOINT --hierarchy DIR "
	    "[--provider sev_guest|tdx_guest|none]\n");
	return (2);
}
