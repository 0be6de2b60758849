#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/log.h"

#define CONF_DEFAULT	"/etc/cosmian_vm/agent.toml"

static struct agent agent;

static const char usage_text[] =
"usage: cosmian_vm_agent [-dhnv] [-f file]\n"
"  -d  log to standard error, whatever agent.toml says\n"
"  -f  configuration (default: $COSMIAN_VM_AGENT_CONF, else " CONF_DEFAULT ")\n"
"  -n  check the configuration, say what a start would do, and exit\n"
"  -v  say more\n"
"COSMIAN_VM_PREINIT=0 skips the first-launch steps. See cosmian_vm_agent(8).\n";

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
	struct agent *a = arg;

	(void)what;
	if (sig == SIGHUP)
		reload_start(a);
	else if (a->step == BOOT_DONE)
		drain_start(a);
	else {
		a->draining = 1;
		event_base_loopbreak(a->base);
	}
}

static void
watch_signals(struct agent *a)
{
	static const int sigs[] = { SIGHUP, SIGTERM, SIGINT };
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		a->signals[i] = evsignal_new(a->base, sigs[i], on_signal, a);
		if (a->signals[i] == NULL || event_add(a->signals[i], NULL) == -1)
			fatalx("signal events");
	}
}

static void
start_log(int foreground, int verbose)
{
	enum log_to to = LOG_TO_SYSLOG;

	if (foreground || isatty(STDERR_FILENO))
		to = LOG_TO_STDERR;
	else if (getenv("JOURNAL_STREAM") != NULL)
		to = LOG_TO_JOURNAL;
	log_init_parent("cosmian_vm_agent", to, verbose);
}

/* Sockets are many: two descriptors a connection in a net, one in a web. */
static void
raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		fatal("getrlimit");
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1)
		fatal("setrlimit");
}

static int
run(struct agent *a)
{
	if (geteuid() != 0)
		errx(1, "must be started as root: it lends TPM, IMA log and "
		    "sockets to processes without any right");
	if ((a->base = event_base_new()) == NULL)
		errx(1, "libevent");
	raise_files();
	procs_open(a);
	conns_init(a);
	attest_init(a);
	watch_signals(a);
	if (conf_load(a) == -1)
		return 1;
	event_base_dispatch(a->base);
	procs_stop_all(a);
	if (a->exit_code == 0 && !a->check_only)
		log_info("ended");
	return a->exit_code;
}

int
main(int argc, char **argv)
{
	struct agent *a = &agent;
	const char *env;
	int ch;

	a->snap.fd = a->auth_fd = a->certs_fd = -1;
	azure_init(a);
	a->conf_path = CONF_DEFAULT;
	if ((env = getenv("COSMIAN_VM_AGENT_CONF")) != NULL && *env != '\0')
		a->conf_path = env;
	env = getenv("COSMIAN_VM_PREINIT");
	a->preinit = env == NULL || strcmp(env, "0") != 0;
	while ((ch = getopt(argc, argv, "df:hnv")) != -1) {
		switch (ch) {
		case 'd':
			a->foreground = 1;
			break;
		case 'f':
			a->conf_path = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'n':
			a->check_only = a->foreground = 1;
			break;
		case 'v':
			a->verbose = 1;
			break;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}
	if (argc > optind) {
		fputs(usage_text, stderr);
		return 2;
	}
	start_log(a->foreground, a->verbose);
	return run(a);
}
