/*
 * Snapshot hashing against find, xargs and openssl, over one warm tree:
 *
 *	bench_hash TREE [RUNS]
 *
 * Both in turns, the median of RUNS (3) each, one JSON line. The peer writes
 * its list to a file too, so both keep what they find.
 */

#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "workers/hash_walk.h"

#define THREADS		2	/* as many as the peer has processes */
#define RUNS_MAX	15

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
scratch_open(void)
{
	const char	*tmp = getenv("TMPDIR");
	int		 fd;

	fd = open(tmp != NULL ? tmp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC,
	    0600);
	if (fd == -1)
		err(1, "scratch file");
	return fd;
}

static double
run_ours(const char *tree, uint64_t *ret_files)
{
	struct hash_root	 root = { .label = "/bench" };
	struct hash_stats	 stats;
	struct hash_params	 a = { .roots = &root, .nroots = 1, .ima = -1,
				    .threads = THREADS, .stats = &stats };
	double			 start;

	memset(&stats, 0, sizeof(stats));
	a.out = scratch_open();
	start = now();
	if ((root.fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", tree);
	if (hash_tree(&a) == -1)
		err(1, "hash_tree");
	close(root.fd);
	start = now() - start;
	close(a.out);
	if (stats.unreadable != 0)
		warnx("%ju files unreadable", (uintmax_t)stats.unreadable);
	*ret_files = stats.files;
	return start;
}

static double
run_peer(const char *tree)
{
	double	 start;
	pid_t	 pid;
	int	 out, status;

	out = scratch_open();
	start = now();
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		execl("/bin/sh", "sh", "-c", "find \"$1\" -xdev -type f -print0"
		    " | xargs -0 -P2 openssl dgst -sha256", "sh", tree,
		    (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "peer failed");
	start = now() - start;
	close(out);
	return start;
}

static int
double_compare(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), double_compare);
	return v[n / 2];
}

int
main(int argc, char **argv)
{
	double		 m_ours, m_peer, ours[RUNS_MAX], peer[RUNS_MAX];
	uint64_t	 files;
	int		 i, runs;

	runs = argc > 2 ? atoi(argv[2]) : 3;
	if (argc < 2 || argc > 3 || runs < 1 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: bench_hash tree [runs]\n");
		return 2;
	}
	run_ours(argv[1], &files);	/* warms the tree */
	for (i = 0; i < runs; i++) {
		ours[i] = run_ours(argv[1], &files);
		peer[i] = run_peer(argv[1]);
	}
	m_ours = median(ours, runs);
	m_peer = median(peer, runs);
	fprintf(stderr, "%s: %ju files\n", argv[1], (uintmax_t)files);
	printf("{\"name\":\"snapshot-hashing\",\"ours\":%.4f,\"peer\":%.4f,"
	    "\"unit\":\"s\",\"ratio\":%.3f,\"aim\":1.0}\n", m_ours, m_peer,
	    m_peer / m_ours);
	return 0;
}
