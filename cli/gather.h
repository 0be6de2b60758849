#ifndef CLI_GATHER_H
#define CLI_GATHER_H

#include "cli/msg_pieces.h"
#include "cli/session.h"

/* Everything that whoever made the processor publishes for one machine. */

#define KDS_DEFAULT	"https://kdsintf.amd.com"
#define PCS_DEFAULT	"https://api.trustedservices.intel.com"
/* where Intel has the list of its root, which PCS has not */
#define PCS_ROOT	"https://certificates.trustedservices.intel.com"

/* The name of a piece among --collateral, "amd_crl.der". */
const char	*collateral_name(unsigned int what);

/*
 * By --kds-url or --pccs, and where neither is given by the manufacturer's
 * own service, which is asked for no machine that is simulated. A failure is a
 * WARN and -1 in fd, and the judge says what that means; but -1 with the
 * session's reason when hard is set and the user named the server.
 */
int	gather_collateral(struct session *, const struct platform *, int hard,
	    int ret_fd[COLLATERAL_MAX]);

#endif
