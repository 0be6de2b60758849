#include <dirent.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "evidence/limits.h"
#include "evidence/rules.h"
#include "regress/unit/kinds/caseargs.h"

static struct evcase	 ec;
static struct buf	 kept[256];
static size_t		 nkept;

static struct buf *
keep(void)
{
	if (nkept == sizeof(kept) / sizeof(kept[0]))
		caseargs_usage();
	buf_init(&kept[nkept], 0);
	return &kept[nkept++];
}

/* 0 and a span that is never NULL, -1 when the file cannot be read. */
static int
file_read(const char *path, struct span *ret)
{
	struct buf *b = keep();
	uint8_t chunk[65536];
	size_t n;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL)
		return -1;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	fclose(f);
	*ret = b->n != 0 ? buf_span(b) : span_str("");
	return 0;
}

static struct span
hex_arg(const char *s)
{
	size_t n = strlen(s) / 2 + 1, m;
	uint8_t *p = malloc(n);
	struct buf *b = keep();

	if (p == NULL || hex_decode(span_str(s), p, n, &m) == -1)
		caseargs_usage();
	buf_add(b, p, m);
	free(p);
	return m != 0 ? buf_span(b) : span_str("");
}

/* 1: the file is not there */
static int
file_arg(char *arg)
{
	struct case_file *f = &ec.file[ec.nfiles];
	char *eq = strchr(arg, '=');

	if (eq == NULL || ec.nfiles == MAX_CASE_FILES)
		caseargs_usage();
	*eq = '\0';
	f->role = arg;
	if (file_read(eq + 1, &f->data) == -1) {
		warn("%s", eq + 1);
		return 1;
	}
	ec.nfiles++;
	return 0;
}

static int64_t
time_arg(const char *s)
{
	struct tm tm;
	const char *end;

	memset(&tm, 0, sizeof(tm));
	end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		caseargs_usage();
	return timegm(&tm);
}

static void
register_arg(char *arg, int pcr)
{
	struct case_pcr *v = pcr ? &ec.pcr[ec.npcrs] : &ec.rtmr[ec.nrtmrs];
	char *eq = strchr(arg, '='), *n = arg, *end;

	if (eq == NULL || (pcr ? ec.npcrs == MAX_CASE_PCRS :
	    ec.nrtmrs == MAX_CASE_RTMRS))
		caseargs_usage();
	*eq = '\0';
	if (pcr) {
		if ((n = strchr(arg, ':')) == NULL)
			caseargs_usage();
		*n++ = '\0';
		if ((v->bank = digest_by_name(span_str(arg))) == DIGEST_NONE)
			caseargs_usage();
	}
	v->index = strtoul(n, &end, 10);
	v->value = hex_arg(eq + 1);
	if (*n == '\0' || *end != '\0' || (pcr &&
	    v->value.n != digest_size(v->bank)))
		caseargs_usage();
	if (pcr)
		ec.npcrs++;
	else
		ec.nrtmrs++;
}

static void
collateral_arg(const char *dir)
{
	struct dirent *e;
	char path[4096];
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		err(1, "%s", dir);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (ec.ncollateral == MAX_COLLATERAL)
			caseargs_usage();
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		ec.collateral[ec.ncollateral].role = strdup(e->d_name);
		if (file_read(path,
		    &ec.collateral[ec.ncollateral].data) == 0)
			ec.ncollateral++;
	}
	closedir(d);
}

static void
policy_arg(const char *arg)
{
	static struct policy_rules rules;
	struct span text;
	char why[128];

	if ((ec.policy = rules_named(arg)) != NULL)
		return;
	if (file_read(arg, &text) == -1)
		err(1, "%s", arg);
	if (rules_read(text, &rules, why, sizeof(why)) == -1)
		errx(2, "%s: %s", arg, why);
	ec.policy = &rules;
}

static const struct option options[] = {
	{ "kind", required_argument, NULL, 'k' },
	{ "file", required_argument, NULL, 'f' },
	{ "at", required_argument, NULL, 't' },
	{ "nonce", required_argument, NULL, 'n' },
	{ "report-data", required_argument, NULL, 'd' },
	{ "pcr", required_argument, NULL, 'p' },
	{ "rtmr", required_argument, NULL, 'r' },
	{ "policy", required_argument, NULL, 'P' },
	{ "trust-root", required_argument, NULL, 'R' },
	{ "collateral", required_argument, NULL, 'c' },
	{ "allow-debug", no_argument, NULL, 'g' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 }
};

static int
option(int c)
{
	switch (c) {
	case 'k':
		ec.kind = optarg;
		break;
	case 'f':
		return file_arg(optarg);
	case 't':
		ec.at = time_arg(optarg);
		break;
	case 'n':
		ec.nonce = hex_arg(optarg);
		ec.has_nonce = 1;
		break;
	case 'd':
		ec.report_data = hex_arg(optarg);
		ec.has_report_data = 1;
		break;
	case 'p':
	case 'r':
		register_arg(optarg, c == 'p');
		break;
	case 'P':
		policy_arg(optarg);
		break;
	case 'R':
		if (ec.nroots == MAX_CASE_ROOTS)
			caseargs_usage();
		if (file_read(optarg, &ec.root[ec.nroots]) == -1)
			err(1, "%s", optarg);
		ec.nroots++;
		break;
	case 'c':
		collateral_arg(optarg);
		break;
	case 'g':
		ec.allow_debug = 1;
		break;
	case 'j':
		break;
	default:
		caseargs_usage();
	}
	return 0;
}

struct evcase *
caseargs_parse(int argc, char **argv)
{
	int c, missing = 0;

	memset(&ec, 0, sizeof(ec));
	ec.at = time(NULL);
	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		missing |= option(c);
	if (ec.kind == NULL || optind != argc)
		caseargs_usage();
	return missing ? NULL : &ec;
}

void
caseargs_free(void)
{
	while (nkept > 0)
		buf_free(&kept[--nkept]);
}

void
caseargs_usage(void)
{
	fprintf(stderr, "usage: judge --kind KIND --file ROLE=PATH ... "
	    "[--at RFC3339] [--nonce HEX]\n\t[--report-data HEX] "
	    "[--pcr BANK:N=HEX] [--rtmr N=HEX]\n\t"
	    "[--policy FILE|default|strict]\n\t[--trust-root FILE] [--collateral DIR] [--allow-debug] "
	    "[--json]\n");
	exit(2);
}
