#ifndef WORKERS_HASH_LIMITS_H
#define WORKERS_HASH_LIMITS_H

/*
 * Every number that bounds the hasher. Together they fix its memory: about
 * 6 MiB, plus HASH_READ_SIZE and a stack a thread, plus the IMA set.
 */

#define HASH_PATH_MAX	4095	/* what the kernel takes; a longer path has no name to give */
#define HASH_NAME_MAX	255	/* NAME_MAX */
#define HASH_DEPTH_MAX	512	/* one descriptor a level; ".." is never walked back */
#define HASH_DIRS_MAX	768	/* levels, and directories left with files in flight; with the rest below the usual RLIMIT_NOFILE of 1024 */
#define HASH_THREADS	64	/* an open file each */
#define HASH_ARENA_SIZE	(4U << 20)	/* names of all levels */
#define HASH_LEVEL_MIN	2048	/* kept for every level below: at least seven names, so each pass over a directory gets on */
#define HASH_DENTS_SIZE	(64U << 10)	/* one getdents64 */

#define HASH_JOBS_MAX	4096	/* files between the next to be written and the last one found: small files go on while a big one is read */
#define HASH_PATHS_SIZE	(1U << 20)	/* their paths */
#define HASH_READ_SIZE	(256U << 10)	/* one read(2) */
#define HASH_STACK_SIZE	(256U << 10)	/* a thread's; libcrypto needs a fraction */
#define HASH_OUT_SIZE	(64U << 10)	/* one write(2) */
#define HASH_REPORT_MAX	256	/* unreadable files named; all are counted */

#define HASH_IMA_BUF_MIN	(64U << 10)	/* of the log at a time; grows to its largest entry (evidence/limits.h) */
#define HASH_IMA_SET_MIN	1024U		/* slots */
#define HASH_IMA_SET_MAX	(1U << 21)	/* slots of 17 bytes, three quarters used at most */

#endif
