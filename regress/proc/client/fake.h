#ifndef REGRESS_CLIENT_FAKE_H
#define REGRESS_CLIENT_FAKE_H

#include "privsep/peer.h"

/*
 * A peer as peer_start() leaves it, whose process only sleeps: what it says is
 * said by the test, at the other end of its channel, which is returned. Exits
 * when that cannot be had.
 */
int	peer_fake(struct peer *, const struct peer_program *,
	    unsigned int role);

#endif
