#ifndef FSTOOL_ROLES_H
#define FSTOOL_ROLES_H

#include "fstool/msg.h"
#include "privsep/role.h"

/* Indexed by enum fstool_role. */
extern const struct role fstool_roles[FSTOOL_MAX];

#endif
