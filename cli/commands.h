#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/session.h"

/* One a verb, after session_start(): 0, or -1 with the session's reason set. */

int	cmd_snapshot(struct session *);
int	cmd_verify(struct session *);
int	cmd_fetch(struct session *);	/* evidence fetch */

/* evidence verify and show, without a session; the exit status. */
int	cmd_evidence(const struct evidence_options *);

#endif
