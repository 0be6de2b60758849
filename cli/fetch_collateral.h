#ifndef CLI_FETCH_COLLATERAL_H
#define CLI_FETCH_COLLATERAL_H

#include "cli/fetch_http.h"
#include "cli/msg_pieces.h"

/*
 * Get it over a connection of its own, with the proxy and CAs of the agent's
 * target. As agent_request().
 */
void	collateral_request(const struct agent *, const struct collateral_ask *,
	    struct answer *ret_ans, int *ret_fd);

#endif
