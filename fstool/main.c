/*
 * cosmian_fstool: the front.  It has root's rights, libcryptsetup and the
 * secrets, and looks into nothing that lies on a disk: parse does, and tells
 * it what it may act on.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fstool/commands.h"
#include "fstool/report.h"
#include "fstool/why.h"
#include "privsep/log.h"

static const struct {
	const char	*name;
	int		(*run)(struct store *);
	int		 root;
} verbs[VERB_MAX] = {
	[VERB_CREATE] =		{ "create", cmd_create, 1 },
	[VERB_OPEN] =		{ "open", cmd_open, 1 },
	[VERB_CLOSE] =		{ "close", cmd_close, 1 },
	[VERB_CAP] =		{ "cap", cmd_cap, 1 },
	[VERB_STATUS] =		{ "status", cmd_status, 1 },
	[VERB_CHECK] =		{ "check", cmd_check, 0 },
	[VERB_RESEAL] =		{ "reseal", cmd_reseal, 1 },
	[VERB_ADOPT] =		{ "adopt", cmd_adopt, 1 },
	[VERB_RECOVERY_KEY] =	{ "recovery-key", cmd_recovery_key, 1 },
	[VERB_BACKUP_HEADER] =	{ "backup-header", cmd_backup_header, 1 },
};

/* Neither swap, nor core, nor a debugger of the same user sees what we hold. */
static void
guard_memory(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		err(1, "this process cannot be kept from core dumps");
	if (geteuid() == 0 && mlockall(MCL_CURRENT | MCL_FUTURE) == -1)
		err(1, "memory cannot be locked");
}

static int
run(const struct options *o)
{
	static struct store s;
	int rc;

	if (verbs[o->verb].root && geteuid() != 0)
		return could_not("%s wants root: it sets up devices and asks "
		    "the TPM", verbs[o->verb].name);
	if (store_init(&s, o) == -1)
		return -1;
	rc = verbs[o->verb].run(&s);
	store_end(&s);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o;
	int rc;

	if ((rc = options_parse(argc, argv, &o)) != 0)
		return rc - 1;
	log_init_parent("cosmian_fstool", LOG_TO_STDERR, o.verbose);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (o.json || o.quiet)
		progress_off();
	guard_memory();
	report_begin(verbs[o.verb].name, o.json);
	rc = run(&o) == 0 ? 0 : why_status();
	return report_end(rc, why_text());
}
