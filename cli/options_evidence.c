#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kind_roles.h"
#include "cli/options_evidence.h"
#include "evidence/alg.h"
#include "evidence/utc.h"

#define PCRS		24
#define RTMRS		4
#define RTMR_LEN	48	/* SHA-384 */

enum {
	OPT_KIND = 256, OPT_FILE, OPT_AT, OPT_NONCE, OPT_DATA, OPT_PCR,
	OPT_RTMR, OPT_POLICY, OPT_ROOT, OPT_COLLATERAL, OPT_DEBUG, OPT_JSON
};

static const struct option long_options[] = {
	{ "kind",	required_argument, NULL, OPT_KIND },
	{ "file",	required_argument, NULL, OPT_FILE },
	{ "at",		required_argument, NULL, OPT_AT },
	{ "nonce",	required_argument, NULL, OPT_NONCE },
	{ "report-data", required_argument, NULL, OPT_DATA },
	{ "pcr",	required_argument, NULL, OPT_PCR },
	{ "rtmr",	required_argument, NULL, OPT_RTMR },
	{ "policy",	required_argument, NULL, OPT_POLICY },
	{ "trust-root",	required_argument, NULL, OPT_ROOT },
	{ "collateral",	required_argument, NULL, OPT_COLLATERAL },
	{ "allow-debug", no_argument,	   NULL, OPT_DEBUG },
	{ "json",	no_argument,	   NULL, OPT_JSON },
	{ "verbose",	no_argument,	   NULL, 'v' },
	{ "help",	no_argument,	   NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static const char usage_text[] =
    "usage: cosmian_vm evidence verify --kind KIND --file ROLE=PATH ...\n"
    "           [--at RFC3339] [--nonce HEX] [--report-data HEX]\n"
    "           [--pcr BANK:N=HEX]... [--rtmr N=HEX]...\n"
    "           [--policy FILE|default|strict] [--trust-root FILE]...\n"
    "           [--collateral DIR] [--allow-debug] [--json] [-v]\n"
    "       cosmian_vm evidence show --kind KIND --file ROLE=PATH ... "
    "[--json] [-v]\n";

static void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static int
digits(const char *s, size_t n, unsigned int *ret_v)
{
	unsigned int v = 0;

	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (unsigned int)(*s - '0');
	}
	*ret_v = v;
	return 0;
}

int
date_read(const char *s, int64_t *ret_t)
{
	char utc[UTC_TEXT_LEN];
	unsigned int h, m;
	int64_t t;

	/* as far as the seconds it is the form that utc_parse() takes */
	if (strlen(s) < UTC_TEXT_LEN - 1)
		return -1;
	memcpy(utc, s, UTC_TEXT_LEN - 2);
	memcpy(utc + UTC_TEXT_LEN - 2, "Z", 2);
	if (utc[10] == 't')
		utc[10] = 'T';
	if (utc_parse(span_str(utc), &t) == -1)
		return -1;
	s += UTC_TEXT_LEN - 2;
	if (*s == '.') {
		if ((m = (unsigned int)strspn(s + 1, "0123456789")) == 0)
			return -1;
		s += 1 + m;
	}
	if (strcmp(s, "Z") != 0 && strcmp(s, "z") != 0) {
		if ((*s != '+' && *s != '-') || strlen(s) != 6 ||
		    s[3] != ':' || digits(s + 1, 2, &h) == -1 ||
		    digits(s + 4, 2, &m) == -1 || h > 23 || m > 59)
			return -1;
		t += (*s == '+' ? -1 : 1) * (int64_t)(h * 3600 + m * 60);
	}
	if (t < 0)
		return -1;
	*ret_t = t;
	return 0;
}

static void
read_value(const char *option, const char *hex, struct case_value *v)
{
	if (hex_decode(span_str(hex), v->b, sizeof(v->b), &v->n) == -1 ||
	    v->n == 0)
		errx(2, "%s %s: not bytes in hexadecimal, at most %d", option,
		    hex, CASE_VALUE_MAX);
}

/* The role is checked when the kind is known. */
static void
add_file(struct evidence_options *o, const char *text)
{
	const char *eq = strchr(text, '=');
	int i;

	if (eq == NULL || eq == text || eq[1] == '\0' ||
	    eq - text >= ROLE_MAX)
		errx(2, "--file %s: not ROLE=PATH", text);
	if (o->nfiles == CASE_FILES_MAX)
		errx(2, "more than %d files", CASE_FILES_MAX);
	snprintf(o->file[o->nfiles].role, ROLE_MAX, "%.*s", (int)(eq - text),
	    text);
	for (i = 0; i < o->nfiles; i++)
		if (strcmp(o->file[i].role, o->file[o->nfiles].role) == 0)
			errx(2, "--file %s: the role is given twice", text);
	o->file[o->nfiles++].path = eq + 1;
}

static struct case_register *
new_register(struct evidence_options *o, const char *text)
{
	if (o->nregisters == CASE_REGISTERS_MAX)
		errx(2, "%s: more than %d registers", text,
		    CASE_REGISTERS_MAX);
	return &o->reg[o->nregisters++];
}

static int
register_read(struct case_register *r, const char *text, unsigned int count,
    size_t len)
{
	const char *eq = strchr(text, '=');
	unsigned int index;

	if (eq == NULL || eq == text || eq - text > 2 ||
	    digits(text, (size_t)(eq - text), &index) == -1 ||
	    index >= count ||
	    hex_decode_exact(span_str(eq + 1), r->value, len) == -1)
		return -1;
	r->index = (uint8_t)index;
	r->n = (uint8_t)len;
	return 0;
}

static void
no_duplicate(const struct evidence_options *o, const char *text)
{
	const struct case_register *r = &o->reg[o->nregisters - 1];
	int i;

	for (i = 0; i < o->nregisters - 1; i++)
		if (o->reg[i].rtmr == r->rtmr && o->reg[i].index == r->index &&
		    strcmp(o->reg[i].bank, r->bank) == 0)
			errx(2, "%s: the register is given twice", text);
}

static void
add_pcr(struct evidence_options *o, const char *text)
{
	struct case_register *r = new_register(o, text);
	const char *colon = strchr(text, ':');
	enum digest_alg alg;

	if (colon == NULL)
		errx(2, "--pcr %s: not BANK:N=HEX", text);
	alg = digest_by_name(span_make(text, (size_t)(colon - text)));
	if (alg == DIGEST_NONE)
		errx(2, "--pcr %s: there are the banks sha1, sha256, sha384 "
		    "and sha512", text);
	snprintf(r->bank, sizeof(r->bank), "%s", digest_name(alg));
	if (register_read(r, colon + 1, PCRS, digest_size(alg)) == -1)
		errx(2, "--pcr %s: not N=HEX with N below %d and the %zu bytes "
		    "of %s", text, PCRS, digest_size(alg), r->bank);
	no_duplicate(o, text);
}

static void
add_rtmr(struct evidence_options *o, const char *text)
{
	struct case_register *r = new_register(o, text);

	r->rtmr = 1;
	if (register_read(r, text, RTMRS, RTMR_LEN) == -1)
		errx(2, "--rtmr %s: not N=HEX with N below %d and %d bytes",
		    text, RTMRS, RTMR_LEN);
	no_duplicate(o, text);
}

static void
set_policy(struct evidence_options *o, const char *text)
{
	if (strcmp(text, "default") == 0 || strcmp(text, "strict") == 0)
		snprintf(o->ask.policy, sizeof(o->ask.policy), "%s", text);
	else
		o->policy_file = text;
}

static void
set_at(struct evidence_options *o, const char *text)
{
	int64_t t;

	if (date_read(text, &t) == -1)
		errx(2, "--at %s: not a date of RFC 3339, such as "
		    "2026-01-31T12:00:00Z", text);
	o->ask.at = (uint64_t)t;
	o->has_at = 1;
}

static void
add_root(struct evidence_options *o, const char *path)
{
	if (o->nroots == CASE_ROOTS_MAX)
		errx(2, "more than %d trust roots", CASE_ROOTS_MAX);
	o->root[o->nroots++] = path;
}

static void
one_option(struct evidence_options *o, int c)
{
	struct case_ask *a = &o->ask;

	switch (c) {
	case OPT_KIND:
		if (kind_roles(optarg) == NULL)
			errx(2, "--kind %s: no such kind; cosmian_vm(1) names "
			    "them", optarg);
		snprintf(a->kind, sizeof(a->kind), "%s", optarg);
		break;
	case OPT_NONCE:
		read_value("--nonce", optarg, &a->nonce);
		a->flags |= CASE_NONCE;
		break;
	case OPT_DATA:
		read_value("--report-data", optarg, &a->report_data);
		a->flags |= CASE_REPORT_DATA;
		break;
	case OPT_FILE:		add_file(o, optarg); break;
	case OPT_AT:		set_at(o, optarg); break;
	case OPT_PCR:		add_pcr(o, optarg); break;
	case OPT_RTMR:		add_rtmr(o, optarg); break;
	case OPT_POLICY:	set_policy(o, optarg); break;
	case OPT_ROOT:		add_root(o, optarg); break;
	case OPT_COLLATERAL:	o->collateral = optarg; break;
	case OPT_DEBUG:		a->flags |= CASE_ALLOW_DEBUG; break;
	case OPT_JSON:		o->json = 1; break;
	case 'v':		o->verbose = 1; break;
	case 'h':
		fputs(usage_text, stdout);
		exit(0);
	default:		usage();
	}
}

static void
check(const struct evidence_options *o)
{
	const char *roles = kind_roles(o->ask.kind);
	int i;

	if (o->ask.kind[0] == '\0')
		errx(2, "--kind is missing: what is it?");
	if (o->nfiles == 0)
		errx(2, "--file is missing; %s has the roles: %s",
		    o->ask.kind, roles);
	for (i = 0; i < o->nfiles; i++)
		if (!role_known(roles, o->file[i].role,
		    strlen(o->file[i].role)))
			errx(2, "--file %s=%s: no role of %s, which has: %s",
			    o->file[i].role, o->file[i].path, o->ask.kind,
			    roles);
	if (o->ask.policy[0] != '\0' && o->policy_file != NULL)
		errx(2, "--policy is given twice");
	if ((o->ask.flags & CASE_SHOW) != 0 && (o->has_at ||
	    o->nregisters != 0 || o->nroots != 0 || o->collateral != NULL ||
	    o->policy_file != NULL || o->ask.policy[0] != '\0' ||
	    (o->ask.flags & ~CASE_SHOW) != 0))
		errx(2, "show takes --kind, --file, --json and -v only: it "
		    "verifies nothing");
}

void
evidence_options_read(struct evidence_options *o, int argc, char **argv)
{
	int c;

	memset(o, 0, sizeof(*o));
	if (strcmp(argv[0], "show") == 0)
		o->ask.flags = CASE_SHOW;
	/* getopt prints argv[0] before its complaints */
	argv[0] = program_invocation_name;
	optind = 0;
	while ((c = getopt_long(argc, argv, "+vh", long_options, NULL)) != -1)
		one_option(o, c);
	if (optind != argc)
		usage();
	check(o);
}
