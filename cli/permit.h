#ifndef CLI_PERMIT_H
#define CLI_PERMIT_H

#include <stddef.h>

#include "cli/msg.h"
#include "privsep/peer.h"

/*
 * What a child may say to the front. What has no row is refused, and the run
 * ends: a child that breaks the protocol has been taken over.
 */
struct client_permit {
	enum client_role	from;
	enum cl_type		type;
	enum cl_type		awaited;	/* the request that must be open; 0: started, nothing said yet */
	size_t			min_len;	/* payload */
	size_t			max_len;
	int			max_fds;
};

extern const struct client_permit client_permits[];
extern const size_t nclient_permits;

/*
 * NULL if the frame may pass while the answer to `awaited` is waited for, else
 * a short text saying which rule it breaks.
 */
const char *client_permit_refuses(unsigned int from, unsigned int type,
	    unsigned int awaited, size_t len, int nfds);

/* The front's two children. */
extern const struct peer_program client_program;

#endif
