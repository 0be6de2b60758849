#ifndef CLI_COLLATERAL_H
#define CLI_COLLATERAL_H

#include "cli/msg_pieces.h"
#include "cli/session.h"

/*
 * Collateral for a verification: from the cache while it is good, else from
 * the network, and of two the newer one.
 */

#define COLLATERAL_LACKING	0x01u	/* a 404 is no failure: *ret_fd is -1 */
#define COLLATERAL_SOFT		0x02u	/* nor any other: *ret_fd is -1, and a WARN */
#define COLLATERAL_CACHED	0x04u	/* the server is not asked */

/*
 * name: as among --collateral ("amd_crl.der"); what: for people. When the
 * server fails and there is an old piece, that one is given, with a WARN: the
 * judge says whether it is still good. -1 with the session's reason.
 */
int	collateral_get(struct session *, const struct collateral_ask *,
	    const char *name, const char *what, unsigned int flags,
	    int *ret_fd);

/*
 * After the judge: what came from the network and is good is kept, also where
 * the machine is refused.
 */
void	collateral_keep(struct report *);

#endif
