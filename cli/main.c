/*
 * cosmian_vm: the front of the client. It reads arguments and the user's
 * files and prints; the network is client-fetch's, everything that came from
 * the agent is read by client-appraise only.
 */
#include "cli/commands.h"
#include "cli/output.h"

int
main(int argc, char **argv)
{
	static struct options options;
	static struct session session;

	options_read(&options, argc, argv);
	output_init();
	if (session_start(&session, &options) == 0) {
		if (options.verb == VERB_SNAPSHOT)
			cmd_snapshot(&session);
		else
			cmd_verify(&session);
	}
	return session_end(&session);
}
