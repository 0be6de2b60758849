#ifndef CLI_COLLATERAL_DIR_H
#define CLI_COLLATERAL_DIR_H

#include <limits.h>

#include "cli/msg_case.h"
#include "cli/options_evidence.h"

/* The files of --collateral, sealed; what is needed is found by its name. */
struct collateral_dir {
	int	n;
	char	name[CASE_COLLATERAL_MAX][ROLE_MAX];
	int	fd[CASE_COLLATERAL_MAX];
	char	why[PATH_MAX + 128];
};

/*
 * All of them but those whose name begins with a dot. 0, and the descriptors
 * are the caller's; or -1, why, and none is open.
 */
int	collateral_dir_read(const char *dir, struct collateral_dir *ret_d);

#endif
