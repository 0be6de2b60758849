#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "fstool/options.h"
#include "fstool/options_help.h"
#include "fstool/options_value.h"

#define ROW_FIRST	256	/* getopt's value of the first row */
#define ROWS_MAX	32

#define HELP_PRINTED	1
#define USAGE		3

struct parse {
	struct options	*o;
	struct option	 rows[ROWS_MAX + 1];
	char		 letters[2 * ROWS_MAX + 3];
	uint32_t	 seen;		/* bits: rows */
	int		 has_verb;
	int		 help;
};

static void
getopt_prepare(struct parse *p)
{
	const struct option_row *r;
	char *l = p->letters;
	size_t i;

	*l++ = '+';	/* ends at the verb, so that --help of a verb is its own */
	*l++ = ':';	/* messages are ours: getopt's would show a password */
	for (i = 0; i < option_count && i < ROWS_MAX; i++) {
		r = &option_rows[i];
		p->rows[i].name = r->name;
		p->rows[i].has_arg = r->arg != NULL ? required_argument :
		    no_argument;
		p->rows[i].val = ROW_FIRST + (int)i;
		if (r->letter != 0) {
			*l++ = r->letter;
			if (r->arg != NULL)
				*l++ = ':';
		}
	}
	*l = '\0';
}

static size_t
row_of(int c)
{
	size_t i;

	if (c >= ROW_FIRST)
		return (size_t)(c - ROW_FIRST);
	for (i = 0; i < option_count; i++)
		if (option_rows[i].letter == c)
			return i;
	return option_count;
}

static int
option_take(struct parse *p, size_t i)
{
	const struct option_row *r = &option_rows[i];
	char *at = (char *)p->o + r->at;

	if ((p->seen & (1u << i)) != 0 && r->help != NULL) {
		/* a second password still has to be wiped */
		if (r->kind == OPTION_PASSWORD)
			explicit_bzero(optarg, strlen(optarg));
		warnx("--%s is given twice", r->name);
		return -1;
	}
	p->seen |= 1u << i;
	switch (r->kind) {
	case OPTION_TEXT:
		if (*optarg == '\0') {
			warnx("--%s: empty", r->name);
			return -1;
		}
		*(const char **)(void *)at = optarg;
		return 0;
	case OPTION_SET:	*(int *)(void *)at = 1; return 0;
	case OPTION_CLEAR:	*(int *)(void *)at = 0; return 0;
	case OPTION_SIZE:	return size_read(optarg, &p->o->size);
	case OPTION_PCRS:	return pcrs_read(optarg, &p->o->pcrs);
	case OPTION_BANK:	return bank_read(optarg, &p->o->bank);
	case OPTION_BIND:	return bind_read(optarg, &p->o->bind);
	case OPTION_PASSWORD:
		return password_take(optarg, &p->o->password);
	case OPTION_HELP:	p->help = 1; return 0;
	}
	return -1;
}

/* Without what may follow a "=", which may be a password under a wrong name. */
static int
option_unknown(const char *arg)
{
	warnx("%.*s: no such option, or not enough of its name",
	    (int)strcspn(arg, "="), arg);
	return -1;
}

/* Options up to the first word. How many arguments that were, or -1. */
static int
options_some(struct parse *p, int argc, char **argv)
{
	int c, at;

	optind = 0;	/* glibc: begin anew */
	opterr = 0;
	for (;;) {
		at = optind > 0 ? optind : 1;
		c = getopt_long(argc, argv, p->letters, p->rows, NULL);
		if (c == -1)
			return optind;
		if (c == ':') {
			warnx("%s: its value is missing", argv[optind - 1]);
			return -1;
		}
		if (c == '?' && optopt >= ROW_FIRST) {
			warnx("--%s takes no value",
			    option_rows[row_of(optopt)].name);
			return -1;
		}
		if (c == '?')
			return option_unknown(argv[at < argc ? at : argc - 1]);
		if (option_take(p, row_of(c)) == -1)
			return -1;
	}
}

static int
verb_read(struct parse *p, const char *word)
{
	unsigned int i;

	for (i = 0; i < VERB_MAX; i++)
		if (strcmp(word, verb_names[i]) == 0) {
			p->o->verb = (enum verb)i;
			p->has_verb = 1;
			return 0;
		}
	warnx("%s: no such verb", word);
	return -1;
}

static int
known_by_verb(const struct parse *p)
{
	size_t i;

	for (i = 0; i < option_count; i++)
		if ((p->seen & (1u << i)) != 0 &&
		    (option_rows[i].verbs & (1u << p->o->verb)) == 0) {
			warnx("%s: there is no --%s", verb_names[p->o->verb],
			    option_rows[i].name);
			return -1;
		}
	return 0;
}

static int
fit(const struct options *o)
{
	if (o->generate && o->password != NULL)
		warnx("--generate-password and --password: only one of them");
	else if (o->generate && !o->filesystem)
		warnx("--generate-password: without a file system there is no "
		    "place to keep it");
	else if (!o->filesystem && o->integrity)
		warnx("--no-filesystem touches no device, so there is nothing "
		    "to checksum: add --no-integrity");
	else if (o->compat && o->size == 0)
		warnx("--size is missing");
	else if (o->verb == VERB_BACKUP_HEADER && o->output == NULL)
		warnx("backup-header: -o FILE is missing");
	else if (o->verb == VERB_OPEN && o->create_from == NULL &&
	    (o->pcrs != 0 || o->bank != 0 || o->bind != 0 || !o->integrity))
		warnx("open: --pcrs, --bank, --bind and --no-integrity are for "
		    "--create only; what is there has its own");
	else if (o->bind == BIND_TEE && (o->pcrs != 0 || o->bank != 0))
		warnx("--bind tee seals nothing in a TPM: --pcrs and --bank "
		    "have no meaning");
	else if (o->verbose && o->quiet)
		warnx("--verbose and --quiet: only one of them");
	else
		return 0;
	return -1;
}

static void
defaults(struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->location = DEFAULT_LOCATION;
	o->header = DEFAULT_HEADER;
	o->mount = DEFAULT_MOUNT;
	o->name = DEFAULT_NAME;
	o->tpm = DEFAULT_TPM;
	o->tee = DEFAULT_TEE;
	o->boot_log = DEFAULT_BOOT_LOG;
	o->cmdline = DEFAULT_CMDLINE;
	o->integrity = 1;
	o->filesystem = 1;
}

static int
words(struct parse *p, int argc, char **argv)
{
	char *name = argc > 0 ? argv[0] : NULL;
	int n;

	if ((n = options_some(p, argc, argv)) == -1)
		return -1;
	if (n < argc) {
		if (verb_read(p, argv[n]) == -1)
			return -1;
		argc -= n;
		argv += n;
		argv[0] = name;
		if ((n = options_some(p, argc, argv)) == -1)
			return -1;
		if (n < argc) {
			warnx("%s: one word too many", argv[n]);
			return -1;
		}
	} else if (p->seen == 0)
		return -1;
	else
		p->o->compat = 1;
	return p->help ? 0 : known_by_verb(p) == -1 ? -1 : fit(p->o);
}

int
options_parse(int argc, char **argv, struct options *o)
{
	struct parse p = { .o = o };

	defaults(o);
	getopt_prepare(&p);
	if (words(&p, argc, argv) == -1) {
		if (p.has_verb) {
			help_usage(stderr, o->verb);
			fprintf(stderr, "       cosmian_fstool %s --help\n",
			    verb_names[o->verb]);
		} else
			help_program(stderr);
		return USAGE;
	}
	if (!p.help)
		return 0;
	if (p.has_verb)
		help_verb(stdout, o->verb);
	else
		help_program(stdout);
	return HELP_PRINTED;
}
