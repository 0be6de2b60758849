#ifndef PARENT_FIRST_LAUNCH_H
#define PARENT_FIRST_LAUNCH_H

#include "privsep/spawn.h"

struct agent;
struct event;

/*
 * The encrypted container, which has to be mounted before any key is made.
 * cosmian_fstool makes or opens it: as mount_luks.service where there is
 * systemd, so that the mount is everybody's and outlives us, else as our
 * child.  Both are fixed programs with fixed arguments and no environment;
 * nothing of libcryptsetup is in this process.
 */

struct first_launch {
	struct spawned	 sp;		/* its pid and pidfd only */
	struct event	*ended;
	struct event	*late;
	int		 by_systemd;
};

/* -n: would a start make one? */
int	first_launch_would(struct agent *);

/*
 * Has the container mounted at data, where one is wanted and can be had.  Ends
 * in boot_next(), at once or when the child is done, or in boot_fail().  -1
 * with a line in the log.
 */
int	first_launch(struct agent *);

#endif
