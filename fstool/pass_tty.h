#ifndef FSTOOL_PASS_TTY_H
#define FSTOOL_PASS_TTY_H

#include <stddef.h>

#include "privsep/secret.h"

/*
 * A line typed at the controlling terminal, not shown.  The terminal is put
 * back as it was, also when a signal ends the program or stops it; after a
 * stop it is asked anew.  What has no room is dropped.  0; or -1, said: there
 * is no terminal, or it was hung up.
 */
int	tty_ask(const char *prompt, struct secret *, size_t *ret_len);

#endif
