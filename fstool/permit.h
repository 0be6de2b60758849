#ifndef FSTOOL_PERMIT_H
#define FSTOOL_PERMIT_H

#include <stddef.h>

#include "fstool/msg.h"
#include "privsep/peer.h"

/*
 * What a child may say to the front: its answer, once, while it is waited
 * for.  What has no row is refused and the run ends: a child that breaks the
 * protocol has been taken over.
 */
struct fstool_permit {
	enum fstool_role	from;
	enum fs_type		type;
	size_t			min_len;	/* payload */
	size_t			max_len;
};

extern const struct fstool_permit fstool_permits[];
extern const size_t nfstool_permits;

/* As struct peer_program's refuses. */
const char *fstool_permit_refuses(unsigned int from, unsigned int type,
	    unsigned int awaited, size_t len, int nfds);

/* The front's two children. As an ordinary user (check) they have no uid of their own. */
const struct peer_program *fstool_program(void);

#endif
