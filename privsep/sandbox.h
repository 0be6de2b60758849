#ifndef PRIVSEP_SANDBOX_H
#define PRIVSEP_SANDBOX_H

#include "privsep/role.h"

/*
 * The three kernel walls that confine() puts up last. Each returns 0, or -1
 * with errno; ENOSYS or EOPNOTSUPP mean that this kernel has none.
 */

/* No right to the file system but to read below the n directories; no TCP, no scope outside. */
int	landlock_wall(const int *dirs, int n);

/* For the client: what is below dirs may be read (names, CA store), nothing written; TCP may connect. */
int	landlock_read_only(const int *dirs, int n);

/* The system calls of SC_* and no other: death of the process is the default. */
int	seccomp_wall(unsigned int sc);

#endif
