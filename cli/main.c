/*
 * cosmian_vm: the front of the client. It reads arguments and the user's
 * files and prints; the network is client-fetch's, everything that came from
 * the agent is read by client-appraise only.
 */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"

/* With stdout closed, the next file opened would get the report into it. */
static void
fill_standard(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) == -1)
			err(EXIT_ERROR, "/dev/null");
	} while (fd <= STDERR_FILENO);
	close(fd);
}

static int (*const commands[VERB_MAX])(struct session *) = {
	[VERB_SNAPSHOT] = cmd_snapshot, [VERB_VERIFY] = cmd_verify,
	[VERB_FETCH] = cmd_fetch
};

int
main(int argc, char **argv)
{
	static struct options options;
	static struct session session;

	int rc;

	fill_standard();
	options_read(&options, argc, argv);
	output_init();
	if (options.evidence)
		return cmd_evidence(&options.ev);
	rc = session_start(&session, &options);
	if (rc == 0)
		rc = commands[options.verb](&session);
	/* whoever failed has said why; if not, it is still no success */
	if (rc == -1)
		session_fail(&session, EXIT_ERROR, "failed without a reason");
	return session_end(&session);
}
