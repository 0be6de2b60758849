/*
 * Verifying an IMA list against evmctl:
 *
 *	bench_ima DIR [ENTRIES [RUNS]]	all in turns, JSON lines
 *	bench_ima -r DIR		ours: the list of DIR
 *	bench_ima -v DIR		ours: the same and its snapshot
 *
 * Whole processes are timed, with what they read. The row ima-verify is the
 * same work on both sides: all template digests, and the bank replayed to the
 * PCR. In ima-verify-snapshot ours also reads a snapshot and looks up every file.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "evidence/hash.h"
#include "evidence/ima_match.h"
#include "evidence/ima_verify.h"
#include "evidence/limits.h"

#define RUNS_MAX	15
#define BANK		DIGEST_SHA256
#define ALG		"sha256:"	/* with its NUL */

struct sample {
	double	 cpu;
	double	 wall;
};

struct maker {
	struct buf	 list;
	struct buf	 records;
	struct hash	 sha1;
	struct hash	 bank;
	uint8_t		 pcr[DIGEST_MAX];
};

static const struct span none = { NULL, 0 };

static void
le32(struct buf *b, size_t n)
{
	uint8_t	 p[4] = { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 24) };

	buf_add(b, p, sizeof(p));
}

static void
hashed(struct hash *h, struct span a, struct span b, uint8_t *ret)
{
	if (hash_two(h, a, b, ret) == -1)
		errx(1, "libcrypto");
}

/* One ima-ng entry, its record in the snapshot, and the PCR extended. */
static void
entry_make(struct maker *m, const char *path)
{
	uint8_t		 d[DIGEST_MAX], raw[512];
	struct buf	 data;
	size_t		 n = strlen(path);
	uint8_t		 head[3] = { (uint8_t)(n >> 8), (uint8_t)n, 32 };

	buf_init(&data, sizeof(raw));
	hashed(&m->bank, span_make(path, n), none, d);
	buf_add(&m->records, head, sizeof(head));
	buf_add(&m->records, path, n);
	buf_add(&m->records, d, 32);
	le32(&data, sizeof(ALG) + 32);
	buf_add(&data, ALG, sizeof(ALG));
	buf_add(&data, d, 32);
	le32(&data, n + 1);
	buf_add(&data, path, n + 1);
	le32(&m->list, IMA_PCR);
	hashed(&m->sha1, span_make(data.p, data.n), none, d);
	buf_add(&m->list, d, IMA_TEMPLATE_DIGEST);
	le32(&m->list, 6);
	buf_add(&m->list, "ima-ng", 6);
	le32(&m->list, data.n);
	buf_add(&m->list, data.p, data.n);
	hashed(&m->bank, span_make(data.p, data.n), none, d);
	hashed(&m->bank, span_make(m->pcr, 32), span_make(d, 32), m->pcr);
	buf_free(&data);
}

static void
file_write(int dir, const char *name, const void *p, size_t n)
{
	int	 fd;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, p, n) != (ssize_t)n || close(fd) == -1)
		err(1, "%s", name);
}

/* The form of the kernel's sysfs file, which evmctl reads. */
static void
pcrs_write(int dir, const uint8_t *pcr)
{
	char	 text[24 * 80], hex[65];
	uint8_t	 zero[32] = { 0 };
	size_t	 n = 0;
	unsigned i;

	for (i = 0; i < 24; i++) {
		hex_encode(span_make(i == IMA_PCR ? pcr : zero, 32), hex,
		    sizeof(hex));
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "PCR-%02u: %s\n", i, hex);
	}
	file_write(dir, "pcrs", text, n);
	file_write(dir, "pcr10", pcr, 32);
}

static void
files_make(int dir, int entries)
{
	struct maker	 m;
	char		 path[128];
	int		 i;

	memset(&m, 0, sizeof(m));
	buf_init(&m.list, MAX_IMA_LIST);
	buf_init(&m.records, MAX_SNAPSHOT);
	if (hash_init(&m.sha1, DIGEST_SHA1) == -1 ||
	    hash_init(&m.bank, BANK) == -1)
		errx(1, "libcrypto");
	buf_add(&m.records, "CVMSNAP1", 8);
	for (i = 0; i < entries; i++) {
		snprintf(path, sizeof(path),
		    "/usr/lib/x86_64-linux-gnu/package-%d/libexample%d.so.1",
		    i / 50, i);
		entry_make(&m, i == 0 ? "boot_aggregate" : path);
	}
	if (m.list.failed || m.records.failed)
		errx(1, "no memory");
	file_write(dir, "list", m.list.p, m.list.n);
	file_write(dir, "records", m.records.p, m.records.n);
	pcrs_write(dir, m.pcr);
	buf_free(&m.list);
	buf_free(&m.records);
	hash_free(&m.sha1);
	hash_free(&m.bank);
}

/* Mapped, as the client's appraising process maps what it is given. */
static struct span
file_map(int dir, const char *name)
{
	struct stat	 st;
	void		*p;
	int		 fd;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		err(1, "%s", name);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", name);
	close(fd);
	return span_make(p, (size_t)st.st_size);
}

static void
files_match(int dir, struct span list, size_t entries, struct checks *ck)
{
	struct fileset		*files = fileset_new();
	struct ima_match	 match;

	if (files == NULL || snaprec_read(file_map(dir, "records"), files) ==
	    -1 || fileset_seal(files) == -1)
		errx(1, "records");
	if (ima_match(list, entries, files, NULL, 0, RULE_REFUSE,
	    ck, &match) == -1)
		errx(1, "unknown files");
	fileset_free(files);
}

static int
ours(int dir, int match)
{
	struct span		 list = file_map(dir, "list");
	struct ima_target	 t = { .bank = BANK };
	struct ima_replay	 replay;
	struct checks		 ck;

	t.value = file_map(dir, "pcr10");
	checks_init(&ck);
	if (ima_replay(list, &t, &replay) == -1 ||
	    ima_replay_checks(&replay, &ck) == -1)
		errx(1, "refused");
	if (match)
		files_match(dir, list, replay.attested, &ck);
	return 0;
}

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static struct sample
run(const char *dir, char **argv)
{
	struct timespec	 a, b;
	struct rusage	 ru;
	pid_t		 pid;
	int		 status;

	clock_gettime(CLOCK_MONOTONIC, &a);
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		/* evmctl prints the PCR for each bank, its verdict is its status */
		if (chdir(dir) == -1 || freopen("/dev/null", "w", stdout) ==
		    NULL || freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &ru) == -1)
		err(1, "wait");
	clock_gettime(CLOCK_MONOTONIC, &b);
	if (status != 0)
		errx(1, "%s failed, wait status %d", argv[0], status);
	return (struct sample){
		seconds(ru.ru_utime) + seconds(ru.ru_stime),
		(double)(b.tv_sec - a.tv_sec) +
		    (double)(b.tv_nsec - a.tv_nsec) / 1e9
	};
}

static int
sample_compare(const void *a, const void *b)
{
	double	 x = ((const struct sample *)a)->cpu;
	double	 y = ((const struct sample *)b)->cpu;

	return (x > y) - (x < y);
}

static void
row_print(const char *name, struct sample *us, struct sample *them, int runs)
{
	struct sample	*o = &us[runs / 2], *p = &them[runs / 2];

	qsort(us, (size_t)runs, sizeof(*us), sample_compare);
	qsort(them, (size_t)runs, sizeof(*them), sample_compare);
	fprintf(stderr, "%s: wall %.3f s, evmctl %.3f s\n", name, o->wall,
	    p->wall);
	printf("{\"name\":\"%s\",\"ours\":%.4f,\"peer\":%.4f,"
	    "\"unit\":\"s\",\"ratio\":%.2f,\"aim\":3}\n", name, o->cpu,
	    p->cpu, p->cpu / o->cpu);
}

static void
compare(const char *dir, int runs)
{
	char		*us[] = { (char *)"/proc/self/exe", (char *)"-r",
			    (char *)".", NULL };
	char		*them[] = { (char *)"evmctl",
			    (char *)"ima_measurement", (char *)"--pcrs",
			    (char *)"sha256,pcrs", (char *)"--verify-bank=sha256",
			    (char *)"list", NULL };
	struct sample	 r[RUNS_MAX], v[RUNS_MAX], p[RUNS_MAX];
	int		 i;

	run(dir, us);			/* warms the files */
	for (i = 0; i < runs; i++) {
		us[1] = (char *)"-r";
		r[i] = run(dir, us);
		us[1] = (char *)"-v";
		v[i] = run(dir, us);
		p[i] = run(dir, them);
	}
	row_print("ima-verify", r, p, runs);
	row_print("ima-verify-snapshot", v, p, runs);
}

int
main(int argc, char **argv)
{
	int	 dir, entries, runs, one;

	one = argc == 3 && argv[1][0] == '-';
	entries = !one && argc > 2 ? atoi(argv[2]) : 100000;
	runs = argc > 3 ? atoi(argv[3]) : 5;
	if (argc < 2 || argc > 4 || entries < 1 || runs < 1 ||
	    runs > RUNS_MAX) {
		fprintf(stderr, "usage: bench_ima dir [entries [runs]]\n");
		return 2;
	}
	dir = open(argv[one ? 2 : 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		err(1, "%s", argv[one ? 2 : 1]);
	if (one)
		return ours(dir, argv[1][1] == 'v');
	files_make(dir, entries);
	compare(argv[1], runs);
	return 0;
}
