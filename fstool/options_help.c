#include <stddef.h>
#include <string.h>

#include "fstool/options_help.h"

#define V(verb)	(1u << VERB_##verb)
#define ALL	((1u << VERB_MAX) - 1)
#define MAKES	(V(CREATE) | V(OPEN))
#define SEALS	(MAKES | V(RESEAL) | V(ADOPT))
#define MOUNTS	(MAKES | V(CLOSE) | V(STATUS))
#define READS	(ALL & ~(V(CLOSE) | V(CAP)))	/* a header */
#define PASSES	(READS & ~V(STATUS))
#define AT(member)	offsetof(struct options, member)

/* Who knows which option: the order is that of the help. */
const struct option_row option_rows[] = {
	{ "size", 0, OPTION_SIZE, 0, V(CREATE), "SIZE",
	    "512M, 10G ...; a block device: all of it" },
	{ "location", 0, OPTION_TEXT, AT(location),
	    MAKES | V(STATUS) | V(CHECK), "FILE|DEVICE",
	    "the data (" DEFAULT_LOCATION ")" },
	{ "header", 0, OPTION_TEXT, AT(header), READS, "FILE",
	    "(" DEFAULT_HEADER ")" },
	{ "mount", 0, OPTION_TEXT, AT(mount), MOUNTS, "DIR",
	    "(" DEFAULT_MOUNT ")" },
	{ "name", 0, OPTION_TEXT, AT(name), MOUNTS, "NAME",
	    "in /dev/mapper (" DEFAULT_NAME ")" },
	{ "password", 0, OPTION_PASSWORD, 0, PASSES, "-|fd:N|file:PATH",
	    "where it comes from; else it is asked for" },
	{ "generate-password", 0, OPTION_SET, AT(generate), V(CREATE), NULL,
	    "a random one, kept inside: luks_password" },
	{ "create", 0, OPTION_TEXT, AT(create_from), V(OPEN), "FILE",
	    "make it when there is none; FILE: its MiB" },
	{ "bind", 0, OPTION_BIND, 0, SEALS, "tpm|tee|tpm+tee",
	    "who unlocks (tpm+tee where it can be)" },
	{ "pcrs", 0, OPTION_PCRS, 0, SEALS, "LIST",
	    "seal to these and 15 (4,7,9,11 as measured)" },
	{ "bank", 0, OPTION_BANK, 0, SEALS, "sha256|sha384",
	    "bank of PCRs (sha256)" },
	{ "next-boot", 0, OPTION_TEXT, AT(next_boot), V(RESEAL), "IMAGE",
	    "for the unified kernel image booted next" },
	{ "no-integrity", 0, OPTION_CLEAR, AT(integrity), MAKES, NULL,
	    "dm-crypt without dm-integrity" },
	{ "no-filesystem", 0, OPTION_CLEAR, AT(filesystem), V(CREATE), NULL,
	    "header and keys only; with --no-integrity" },
	{ "tpm", 0, OPTION_TEXT, AT(tpm), ALL & ~V(CLOSE), "DEVICE",
	    "or unix:PATH (" DEFAULT_TPM ")" },
	{ "tee-device", 0, OPTION_TEXT, AT(tee), READS, "DEVICE",
	    "or unix:PATH (" DEFAULT_TEE ")" },
	{ "boot-log", 0, OPTION_TEXT, AT(boot_log), SEALS | V(STATUS), "FILE",
	    "of the firmware (the kernel's)" },
	{ "cmdline", 0, OPTION_TEXT, AT(cmdline), SEALS | V(STATUS), "FILE",
	    "(/proc/cmdline)" },
	{ "output", 'o', OPTION_TEXT, AT(output),
	    V(BACKUP_HEADER) | V(RECOVERY_KEY), "FILE",
	    "write here; it must not exist" },
	{ "json", 0, OPTION_SET, AT(json), ALL, NULL, NULL },
	{ "verbose", 'v', OPTION_SET, AT(verbose), ALL, NULL, NULL },
	{ "quiet", 'q', OPTION_SET, AT(quiet), ALL, NULL, NULL },
	{ "help", 'h', OPTION_HELP, 0, ALL, NULL, NULL },
};
const size_t option_count = sizeof(option_rows) / sizeof(option_rows[0]);

const char *const verb_names[VERB_MAX] = {
	[VERB_CREATE] = "create", [VERB_OPEN] = "open",
	[VERB_CLOSE] = "close", [VERB_CAP] = "cap",
	[VERB_STATUS] = "status", [VERB_CHECK] = "check",
	[VERB_RESEAL] = "reseal", [VERB_ADOPT] = "adopt",
	[VERB_RECOVERY_KEY] = "recovery-key",
	[VERB_BACKUP_HEADER] = "backup-header"
};

static const char *const about[VERB_MAX] = {
	[VERB_CREATE] = "make an encrypted container, seal its key, mount it",
	[VERB_OPEN] = "check, unlock and mount it, then cap the TPM",
	[VERB_CLOSE] = "unmount and lock it",
	[VERB_CAP] = "until the next boot, nothing unseals any more",
	[VERB_STATUS] = "say what is there and what it is sealed to",
	[VERB_CHECK] = "judge header and record, open nothing",
	[VERB_RESEAL] = "seal anew, after or before an update of the boot chain",
	[VERB_ADOPT] = "accept a header that other tools have changed",
	[VERB_RECOVERY_KEY] = "add a key that opens it when nothing else does",
	[VERB_BACKUP_HEADER] = "copy the header to a safe place"
};

void
help_program(FILE *f)
{
	unsigned int i;

	fputs("usage: cosmian_fstool VERB [OPTION]...\n"
	    "       cosmian_fstool --size SIZE [--location FILE] "
	    "[--password -|VALUE]\n"
	    "                       as before: the same as create\n"
	    "       cosmian_fstool VERB --help\n\n", f);
	for (i = 0; i < VERB_MAX; i++)
		fprintf(f, "  %-15s %s\n", verb_names[i], about[i]);
	fputs("\nExit status: 0 done, 1 could not, 2 usage, 3 refused. "
	    "cosmian_fstool(8)\n", f);
}

void
help_usage(FILE *f, enum verb v)
{
	fprintf(f, "usage: cosmian_fstool %s%s [OPTION]...\n", verb_names[v],
	    v == VERB_CREATE ? " [--size SIZE]" :
	    v == VERB_BACKUP_HEADER ? " -o FILE" : "");
}

void
help_verb(FILE *f, enum verb v)
{
	const struct option_row *r;
	char left[64];
	size_t i;

	help_usage(f, v);
	fprintf(f, "  %s\n\n", about[v]);
	for (i = 0; i < option_count; i++) {
		r = &option_rows[i];
		if ((r->verbs & (1u << v)) == 0 || r->help == NULL)
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", r->name,
		    r->arg != NULL ? " " : "", r->arg != NULL ? r->arg : "");
		fprintf(f, "  %-28s %s\n", left, r->help);
	}
	fputs("  --json  -v, --verbose  -q, --quiet  -h, --help\n", f);
}
