#ifndef PRIVSEP_CHILD_H
#define PRIVSEP_CHILD_H

#include "privsep/role.h"

/*
 * The common start of every confined process. What the parent passes stands
 * in argv, so that ps(1) shows it; none of it is secret:
 *	agent-ROLE UID PARENT-PID FLAGS
 */

#define REQ_FD		3	/* SOCK_SEQPACKET to the parent */
#define RES_FD		5	/* the first lent descriptor */
#define RES_MAX		24	/* lent at start, at most: roots and two files */

#define CHILD_DEGRADED_OK	0x01	/* a missing kernel feature is logged, not fatal */
#define CHILD_VERBOSE		0x02
#define CHILD_UNPRIVILEGED	0x04	/* the client: no root, so no chroot and no uid */

struct child {
	unsigned int	uid;
	int		ppid;
	unsigned int	flags;		/* CHILD_* */
};

/* Read argv; exits on anything unexpected. */
void	child_args(struct child *ret_c, int argc, char **argv);

/*
 * Put up every wall of STYLE 3 in its order. dirs: directories that may be
 * read below, -1 terminated, or NULL. Every failure is fatal; a missing kernel
 * feature too unless CHILD_DEGRADED_OK, and then it returns 1 instead of 0.
 */
int	confine(const struct role *, const struct child *, const int *dirs);

/* The first kernel feature of confine() that this kernel lacks, or NULL. */
const char *confine_missing(void);

#endif
