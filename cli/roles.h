#ifndef CLI_ROLES_H
#define CLI_ROLES_H

#include "cli/msg.h"
#include "privsep/role.h"

/* Indexed by enum client_role. */
extern const struct role client_roles[CLIENT_MAX];

#endif
