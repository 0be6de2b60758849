#ifndef WORKERS_HASH_POOL_H
#define WORKERS_HASH_POOL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Threads that hash files and hand on the results in the order in which the
 * files were given. One thread, the walker, gives; a ring of bounded size
 * stands between, so the walker waits when it is too far ahead.
 *
 * A directory is shared by the walker and the files found in it: it is closed
 * when neither needs it any more.
 */

struct hash_pool;
struct hash_dir;
struct hash_ima;
struct hash_out;
struct hash_params;

/*
 * Start the threads of p. Digests are digest_len bytes of the algorithm of
 * that length; records go to out, and those that the IMA log (may be NULL)
 * names are marked in ima. All of these must outlive the pool. NULL with
 * errno on failure.
 */
struct hash_pool	*hash_pool_open(const struct hash_params *p,
			    size_t digest_len, struct hash_out *out,
			    struct hash_ima *ima);

/*
 * Wait until all files given are done and end the threads. The directories
 * must have been put before.
 */
void	hash_pool_close(struct hash_pool *);

/*
 * A directory for the descriptor fd, which is the pool's from now on; dev is
 * its device. Waits while there are too many.
 */
struct hash_dir	*hash_dir_get(struct hash_pool *, int fd, dev_t dev);
void		 hash_dir_put(struct hash_pool *, struct hash_dir *);
int		 hash_dir_fd(const struct hash_dir *);
dev_t		 hash_dir_dev(const struct hash_dir *);

/*
 * Give the file `path + name` of dir; path is its whole label. Waits for
 * room. -1 with errno when the output has failed and there is no point in
 * going on.
 */
int	hash_pool_file(struct hash_pool *, struct hash_dir *, const char *path,
	    size_t path_len, size_t name);

/*
 * Note in its place in the order that path was not read, for the reason
 * error; EXDEV is a file system left out on purpose, not an unreadable file.
 */
int	hash_pool_note(struct hash_pool *, const char *path, size_t path_len,
	    int error);

/* Is f_type a file system that has no files of a machine (or may hang)? */
int	hash_fs_skip(long f_type);

#endif
