#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/version.h"

#define DEFAULT_OUTPUT	"./cosmian_vm.snapshot"
#define HTTPS_PORT	443

enum {
	OPT_INSECURE = 256, OPT_COMPAT, OPT_JSON, OPT_TRUST_ROOT,
	OPT_ACCEPT_ROOT, OPT_WITHOUT, OPT_ACCEPT_LEGACY, OPT_URL,
	OPT_KDS_URL, OPT_PCCS, OPT_POLICY, OPT_COLLATERAL, OPT_NO_REVOCATION,
	OPT_SAME_BOOT, OPT_TIMEOUT
};

static const char short_options[] = "+o:s:w:a:vVh";
static const struct option long_options[] = {
	{ "url",		required_argument, NULL, OPT_URL },
	{ "allow-insecure-tls",	no_argument,	   NULL, OPT_INSECURE },
	{ "compat",		no_argument,	   NULL, OPT_COMPAT },
	{ "json",		no_argument,	   NULL, OPT_JSON },
	{ "verbose",		no_argument,	   NULL, 'v' },
	{ "output",		required_argument, NULL, 'o' },
	{ "snapshot",		required_argument, NULL, 's' },
	{ "whitelist",		required_argument, NULL, 'w' },
	{ "application",	required_argument, NULL, 'a' },
	{ "trust-root",		required_argument, NULL, OPT_TRUST_ROOT },
	{ "accept-root",	required_argument, NULL, OPT_ACCEPT_ROOT },
	{ "accept-legacy",	no_argument,	   NULL, OPT_ACCEPT_LEGACY },
	{ "kds-url",		required_argument, NULL, OPT_KDS_URL },
	{ "pccs",		required_argument, NULL, OPT_PCCS },
	{ "policy",		required_argument, NULL, OPT_POLICY },
	{ "collateral",		required_argument, NULL, OPT_COLLATERAL },
	{ "no-revocation",	no_argument,	   NULL, OPT_NO_REVOCATION },
	{ "timeout",		required_argument, NULL, OPT_TIMEOUT },
	{ "same-boot",		no_argument,	   NULL, OPT_SAME_BOOT },
	{ "without",		required_argument, NULL, OPT_WITHOUT },
	{ "help",		no_argument,	   NULL, 'h' },
	{ "version",		no_argument,	   NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static const char usage_text[] =
    "usage: cosmian_vm --url URL [--allow-insecure-tls] [--compat] [--json] [-v]\n"
    "           [--policy FILE|default|strict] [--trust-root FILE]...\n"
    "           [--accept-root ROOT] [--without CHECK,...] [--no-revocation]\n"
    "           [--collateral DIR | [--kds-url URL] [--pccs URL]]\n"
    "           [--timeout SECONDS]\n"
    "           snapshot [-o FILE]\n"
    "       cosmian_vm --url URL [the same] verify -s FILE [-w FILE]\n"
    "           [-a HOST[:PORT]]... [--accept-legacy] [--same-boot]\n"
    "       cosmian_vm --url URL [--allow-insecure-tls] [--json] [-v]\n"
    "           [--without CHECK,...] evidence fetch -o DIR [--kds-url URL]\n"
    "           [--pccs URL]\n"
    "       cosmian_vm evidence verify | show --kind KIND --file ROLE=PATH ...\n"
    "       cosmian_vm --help | --version\n";

static void usage(void) __attribute__((noreturn));

static void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

/* Names given in several options make one list. */
static void
add_names(char *list, const char *more)
{
	size_t n = strlen(list);

	if (n + 1 + strlen(more) >= NAMES_MAX)
		errx(2, "list of names too long: %s", more);
	snprintf(list + n, NAMES_MAX - n, "%s%s", n == 0 ? "" : ",", more);
}

static int
port_read(const char *s, uint16_t *ret_port)
{
	unsigned long v = 0;

	if (*s == '\0' || strlen(s) > 5)
		return -1;
	for (; *s != '\0'; s++) {
		if (!isdigit((unsigned char)*s))
			return -1;
		v = v * 10 + (unsigned long)(*s - '0');
	}
	if (v == 0 || v > UINT16_MAX)
		return -1;
	*ret_port = (uint16_t)v;
	return 0;
}

int
application_read(const char *text, struct application *ret_a)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._";
	struct application a = { .port = HTTPS_PORT };
	size_t n;

	if (*text == '[') {
		n = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
		if (n < 3 || text[n++] != ']')
			return -1;
	} else
		n = strspn(text, name);
	if (n == 0 || n >= sizeof(a.host))
		return -1;
	memcpy(a.host, text, n);
	a.host[n] = '\0';
	if (text[n] != '\0' &&
	    (text[n] != ':' || port_read(text + n + 1, &a.port) == -1))
		return -1;
	*ret_a = a;
	return 0;
}

static void
add_application(struct options *o, const char *text)
{
	if (o->napps == APPLICATIONS_MAX)
		errx(2, "more than %d applications", APPLICATIONS_MAX);
	if (application_read(text, &o->apps[o->napps++]) == -1)
		errx(2, "-a %s: not HOST or HOST:PORT", text);
}

static unsigned int
seconds_read(const char *text)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 ||
	    v == 0 || v > TIMEOUT_MAX_S)
		errx(2, "--timeout %s: not seconds, at most %d", text,
		    TIMEOUT_MAX_S);
	return (unsigned int)v;
}

static void
add_root(struct options *o, const char *path)
{
	if (o->nroots == CASE_ROOTS_MAX)
		errx(2, "more than %d trust roots", CASE_ROOTS_MAX);
	o->root[o->nroots++] = path;
}

static void
set_policy(struct options *o, const char *text)
{
	if (o->policy[0] != '\0' || o->policy_file != NULL)
		errx(2, "--policy is given twice");
	if (strcmp(text, "default") == 0 || strcmp(text, "strict") == 0)
		snprintf(o->policy, sizeof(o->policy), "%s", text);
	else
		o->policy_file = text;
}

static void
one_option(struct options *o, int c)
{
	switch (c) {
	case OPT_URL:		o->url = optarg; break;
	case OPT_INSECURE:	o->insecure = 1; break;
	case OPT_COMPAT:	o->compat = 1; break;
	case OPT_JSON:		o->json = 1; break;
	case OPT_TRUST_ROOT:	add_root(o, optarg); break;
	case OPT_POLICY:	set_policy(o, optarg); break;
	case OPT_COLLATERAL:	o->collateral = optarg; break;
	case OPT_NO_REVOCATION:	o->no_revocation = 1; break;
	case OPT_SAME_BOOT:	o->same_boot = 1; break;
	case OPT_TIMEOUT:	o->timeout = seconds_read(optarg); break;
	case OPT_ACCEPT_ROOT:	add_names(o->accept_root, optarg); break;
	case OPT_WITHOUT:	add_names(o->without, optarg); break;
	case OPT_PCCS:		o->pccs = optarg; break;
	case OPT_KDS_URL:	o->kds_url = optarg; break;
	case OPT_ACCEPT_LEGACY:	o->accept_legacy = 1; break;
	case 'v':		o->verbose = 1; break;
	case 'o':		o->output = optarg; break;
	case 's':		o->snapshot = optarg; break;
	case 'w':		o->whitelist = optarg; break;
	case 'a':		add_application(o, optarg); break;
	case 'V':
		puts("cosmian_vm " CLI_VERSION);
		exit(0);
	case 'h':
		fputs(usage_text, stdout);
		exit(0);
	default:
		usage();
	}
}

/* Options up to the first word; returns how many arguments that were. */
static int
read_some(struct options *o, int argc, char **argv)
{
	int c;

	optind = 0;	/* glibc: begin anew */
	while ((c = getopt_long(argc, argv, short_options, long_options,
	    NULL)) != -1)
		one_option(o, c);
	return optind;
}

static void
check_fetch(const struct options *o)
{
	if (o->output == NULL)
		errx(2, "evidence fetch: -o DIR is missing");
	if (o->compat)
		errx(2, "evidence fetch: there is no --compat: its answers "
		    "bind too little to be worth keeping");
	if (o->nroots != 0 || o->accept_root[0] != '\0' ||
	    o->policy[0] != '\0' || o->policy_file != NULL ||
	    o->no_revocation || o->collateral != NULL)
		errx(2, "evidence fetch verifies nothing: --trust-root, "
		    "--accept-root, --policy, --collateral and "
		    "--no-revocation are for the other commands");
}

static void
check_server(const char *option, const char *url)
{
	static const char scheme[] = "https://";

	if (url == NULL)
		return;
	if (strlen(url) >= URL_MAX)
		errx(2, "%s: too long", option);
	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		errx(2, "%s %s: not an https URL", option, url);
}

static void
check_collateral(const struct options *o)
{
	check_server("--kds-url", o->kds_url);
	check_server("--pccs", o->pccs);
	if (o->collateral != NULL && (o->kds_url != NULL || o->pccs != NULL))
		errx(2, "--collateral reads files, and no server is asked: "
		    "give either it or --kds-url and --pccs");
}

static void
check(const struct options *o)
{
	const int verify = o->verb == VERB_VERIFY;

	if (o->url == NULL)
		errx(2, "--url is missing: where is the agent?");
	if (strlen(o->url) >= URL_MAX)
		errx(2, "--url: too long");
	if (verify && o->snapshot == NULL)
		errx(2, "verify: -s FILE is missing; `cosmian_vm snapshot' "
		    "makes one");
	if (verify && o->output != NULL)
		errx(2, "-o is for snapshot only");
	check_collateral(o);
	if (o->verb == VERB_FETCH)
		check_fetch(o);
	if (!verify && (o->snapshot != NULL || o->whitelist != NULL ||
	    o->napps != 0 || o->accept_legacy || o->same_boot))
		errx(2, "-s, -w, -a, --accept-legacy and --same-boot are for "
		    "verify only");
}

/* 1: fetch, which is a command like the others; 0: verify or show. */
static int
evidence_fetch_word(int argc, char **argv)
{
	const char *word = argc < 2 ? "" : argv[1];

	if (strcmp(word, "fetch") == 0)
		return 1;
	if (strcmp(word, "verify") == 0 || strcmp(word, "show") == 0)
		return 0;
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		fputs(usage_text, stdout);
		exit(0);
	}
	warnx("evidence: there are fetch, show and verify");
	usage();
}

/* What stands before it: --json and -v only, the rest is for an agent. */
static void
evidence_word(struct options *o, int argc, char **argv)
{
	if (o->url != NULL)
		errx(2, "evidence %s reads files: --url is for the other "
		    "commands", argv[1]);
	evidence_options_read(&o->ev, argc - 1, argv + 1);
	o->ev.json |= o->json;
	o->ev.verbose |= o->verbose;
	o->evidence = 1;
}

void
options_read(struct options *o, int argc, char **argv)
{
	int n;

	memset(o, 0, sizeof(*o));
	n = read_some(o, argc, argv);
	argc -= n;
	argv += n;
	if (argc == 0)
		usage();
	if (strcmp(argv[0], "snapshot") == 0)
		o->verb = VERB_SNAPSHOT;
	else if (strcmp(argv[0], "verify") == 0)
		o->verb = VERB_VERIFY;
	else if (strcmp(argv[0], "evidence") == 0) {
		if (!evidence_fetch_word(argc, argv)) {
			evidence_word(o, argc, argv);
			return;
		}
		o->verb = VERB_FETCH;
		argc--;
		argv++;
	}
	else {
		warnx("%s: no such command", argv[0]);
		usage();
	}
	/* getopt prints argv[0] before its complaints */
	argv[0] = program_invocation_name;
	if (read_some(o, argc, argv) != argc)
		usage();
	check(o);
	if (o->output == NULL)
		o->output = DEFAULT_OUTPUT;
}
