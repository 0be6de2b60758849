#ifndef PRIVSEP_AGENT_CHILD_H
#define PRIVSEP_AGENT_CHILD_H

#include "agentd/msg.h"
#include "privsep/chan.h"
#include "privsep/child.h"

/*
 * What each of the agent's workers calls first: arguments, confinement, HELLO.
 * When it returns, the parent has said go on. dirs as in confine().
 * Returns the agent's flags (AGENT_*).
 */
uint32_t agent_child_start(enum role_id, int argc, char **argv,
	    const int *dirs);

/*
 * For workers without an event loop. Receive the next frame from the parent,
 * blocking; exits 0 when the parent is gone, fatal on broken framing.
 */
void	ask_next(struct frame *ret_f);

/* Send to the parent, blocking; fatal on failure. The descriptors stay the caller's. */
void	ask_send(enum msg_type, uint32_t id, const struct wbuf *, const int *fds,
	    int nfds);

#endif
