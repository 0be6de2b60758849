#ifndef FSTOOL_CHILD_H
#define FSTOOL_CHILD_H

#include "fstool/msg.h"
#include "privsep/chan.h"

/* The common start of parse and tpm, and their talk with the front. */

/* Arguments, confinement, HELLO. Exits when a wall cannot be put up. */
void	fstool_child_start(enum fstool_role, int argc, char **argv);

/* The next frame of the front, blocking; exits 0 when the front is gone. */
void	front_next(struct frame *ret_f);

/* Send, blocking; fatal on failure. The payload is wiped. */
void	front_send(enum fs_type, struct wbuf *);

#endif
