/*
 * usage: mutate [-ax] [-n FLIPS] [-s SEED] [-j JOBS] [-k KIND] [CASES]
 *
 * CASES is what vectors.py -l writes: the options of each accepted case; our
 * own forged evidence goes first.  With -a every bit and every truncation of
 * reports, quotes, signatures and certificates, of logs the first 2 KiB and
 * 10,000 flips more; else FLIPS of each file (default 200).  With -x no rule
 * lets anything pass.  Each case is judged in a process of its own, so a crash
 * is one case's.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/mutate/mutate.h"
#include "regress/unit/kinds/caseargs.h"

#define LOG_HEAD	2048u
#define LOG_FLIPS	10000u
#define LOG_CUTS	1000u

struct plan {
	struct pass	 small, logs;
	unsigned	 seed;
	int		 jobs;
	const char	*kind;
	json_t		*cases;
};

static struct tally	*tally;
static pid_t		 child[MUTATE_CASES];

static struct evcase *
listed_case(json_t *o, const char **ret_id)
{
	static char *argv[128];
	json_t *args = json_object_get(o, "args"), *v;
	size_t i, n = 1;

	argv[0] = (char *)"mutate";
	json_array_foreach(args, i, v)
		if (n < sizeof(argv) / sizeof(argv[0]) - 1)
			argv[n++] = (char *)json_string_value(v);
	*ret_id = json_string_value(json_object_get(o, "id"));
	return caseargs_parse((int)n, argv);
}

static int
case_run(const struct plan *p, unsigned n, unsigned nforged, struct tally *t)
{
	static struct evcase own;
	struct evcase *c = &own;
	const char *id;

	if (n < nforged)
		forged_case(n, c, &id);
	else if ((c = listed_case(json_array_get(p->cases, n - nforged),
	    &id)) == NULL)
		return 1;
	if (p->kind != NULL && strcmp(p->kind, c->kind) != 0)
		return 0;
	snprintf(t->id, sizeof(t->id), "%s", id);
	snprintf(t->kind, sizeof(t->kind), "%s", c->kind);
	mutate_case(c, &p->small, &p->logs, p->seed + n, t);
	return t->wrong != 0;
}

static void
row(const struct tally *t)
{
	uint64_t unmeasured = 0;
	int i;

	for (i = RULE_NONE + 1; i < RULE_MAX; i++)
		unmeasured += t->rule[i];
	printf("%-40.40s %8ju %7ju %8ju %8ju %8ju %6ju %6ju\n", t->id,
	    (uintmax_t)t->flips, (uintmax_t)t->cuts, (uintmax_t)t->refused,
	    (uintmax_t)t->unjudged, (uintmax_t)unmeasured,
	    (uintmax_t)t->wrong, (uintmax_t)t->peak / 1024);
}

/* One case is done: its row, or why there is none. */
static void
done(const struct tally *t)
{
	if (WIFSIGNALED(t->status))
		printf("WRONG %s: killed by signal %d\n", t->id,
		    WTERMSIG(t->status));
	if (t->id[0] != '\0')
		row(t);
	fflush(stdout);
}

static void
reap_one(unsigned ncases)
{
	unsigned i;
	int status;
	pid_t pid;

	while ((pid = wait(&status)) == -1)
		if (errno != EINTR)
			err(1, "wait");
	for (i = 0; i < ncases; i++)
		if (child[i] == pid) {
			tally[i].status = status;
			child[i] = 0;
			done(&tally[i]);
		}
}

static void
run_all(const struct plan *p, unsigned nforged, unsigned ncases)
{
	unsigned i;
	int running = 0;

	for (i = 0; i < ncases; i++) {
		if (running == p->jobs) {
			reap_one(ncases);
			running--;
		}
		fflush(stdout);
		if ((child[i] = fork()) == -1)
			err(1, "fork");
		if (child[i] == 0) {
			int rc = case_run(p, i, nforged, &tally[i]);

			fflush(stdout);
			_exit(rc);
		}
		running++;
	}
	while (running-- > 0)
		reap_one(ncases);
}

static void
add(struct tally *sum, const struct tally *t)
{
	int i;

	sum->flips += t->flips;
	sum->cuts += t->cuts;
	sum->refused += t->refused;
	sum->unjudged += t->unjudged;
	for (i = 0; i < RULE_MAX; i++)
		sum->rule[i] += t->rule[i];
	sum->wrong += t->wrong;
	if (t->peak > sum->peak)
		sum->peak = t->peak;
}

static int
report(unsigned ncases)
{
	struct tally all = { .id = "all" };
	unsigned i;
	int bad = 0;

	for (i = 0; i < ncases; i++) {
		if (tally[i].status != 0)
			bad = 1;
		add(&all, &tally[i]);
	}
	row(&all);
	for (i = RULE_NONE + 1; i < RULE_MAX; i++)
		printf("accepted by rule: %8ju  %s\n",
		    (uintmax_t)all.rule[i], rule_text(i));
	if (all.flips == 0) {
		printf("nothing was judged\n");
		bad = 1;
	}
	return bad;
}

static void
usage(void)
{
	fprintf(stderr, "usage: mutate [-ax] [-n flips] [-s seed] [-j jobs] "
	    "[-k kind] [cases]\n");
	exit(2);
}

static void
options(struct plan *p, int argc, char **argv)
{
	int c, all = 0, bare = 0, n = 200;

	while ((c = getopt(argc, argv, "axn:s:j:k:")) != -1)
		switch (c) {
		case 'a':
			all = 1;
			break;
		case 'x':
			bare = 1;
			break;
		case 'n':
			n = atoi(optarg);
			break;
		case 's':
			p->seed = (unsigned)strtoul(optarg, NULL, 0);
			break;
		case 'j':
			p->jobs = atoi(optarg);
			break;
		case 'k':
			p->kind = optarg;
			break;
		default:
			usage();
		}
	if (n < 1 || p->jobs < 1 || argc - optind > 1)
		usage();
	p->logs = (struct pass){ LOG_FLIPS, LOG_CUTS, LOG_HEAD, bare };
	p->small = (struct pass){ 0, 0, 0, bare };
	if (!all)
		p->small = p->logs = (struct pass){ n, n / 4 + 1, 0, bare };
}

int
main(int argc, char *argv[])
{
	struct plan p = { .seed = MUTATE_SEED, .jobs = 1 };
	unsigned nforged, n;
	json_error_t e;
	int bad;

	/* what tss2 says of each refusal */
	setenv("TSS2_LOG", "all+none", 1);
	options(&p, argc, argv);
	if (optind < argc && (p.cases = json_load_file(argv[optind], 0,
	    &e)) == NULL)
		errx(1, "%s: %s", argv[optind], e.text);
	nforged = forged_count();
	n = nforged + json_array_size(p.cases);
	if (n > MUTATE_CASES)
		errx(1, "more cases than %d", MUTATE_CASES);
	tally = mmap(NULL, MUTATE_CASES * sizeof(*tally),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		err(1, "mmap");
	printf("seed %u\n", p.seed);
	printf("%-40s %8s %7s %8s %8s %8s %6s %6s\n", "case", "flips", "cuts",
	    "refused", "unjudged", "by rule", "WRONG", "KiB");
	run_all(&p, nforged, n);
	bad = report(n);
	json_decref(p.cases);
	return bad;
}
