#ifndef AGENTD_ROLES_H
#define AGENTD_ROLES_H

#include "agentd/msg.h"
#include "privsep/role.h"

/* Indexed by enum role_id; the row of ROLE_PARENT confines nothing. */
extern const struct role agent_roles[ROLE_MAX];

#endif
