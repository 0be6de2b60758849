#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "cli/msg.h"
#include "privsep/chan.h"

/* The common start of fetch and appraise, and their talk with the front. */

/*
 * Arguments, confinement, HELLO. dirs: what may be read, -1 terminated, or
 * NULL. Exits when a wall cannot be put up; landlock alone may be missing, and
 * then the front says so.
 */
void	client_child_start(enum client_role, int argc, char **argv,
	    const int *dirs);

/* The next frame of the front, blocking; exits 0 when the front is gone. */
void	front_next(struct frame *ret_f);

/* Send, blocking; fatal on failure. The descriptors stay the caller's. */
void	front_send(enum cl_type, const struct wbuf *, const int *fds, int nfds);

#endif
