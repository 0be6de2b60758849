#ifndef CLI_MSG_FACTS_H
#define CLI_MSG_FACTS_H

#include "evidence/collateral_facts.h"
#include "privsep/wire.h"

/* Payload of FACTS_ANS; the decode is 0, or -1 when malformed. */
void	facts_put(struct wbuf *, const struct collateral_facts *);
int	facts_get(struct rbuf *, struct collateral_facts *ret_f);

#endif
