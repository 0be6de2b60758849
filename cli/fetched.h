#ifndef CLI_FETCHED_H
#define CLI_FETCHED_H

#include <time.h>

#include "cli/msg_pieces.h"

/* What evidence fetch had, and what can be said of it. */

/* Besides the pieces of the attestation. */
enum {
	GOT_IMA = PIECE_MAX, GOT_EVENTLOG, GOT_ATTEST, GOT_CERTS, GOT_CHAIN, GOT_CRL,
	GOT_VCEK, GOT_TCB, GOT_SIGNING, GOT_QE, GOT_PCK_CRL, GOT_ROOT_CRL,
	GOT_MAX
};

extern const char *const fetched_names[GOT_MAX];

/* What was had; -1 where there is nothing. */
struct fetched {
	int		 fd[GOT_MAX];
	time_t		 at;
	struct pieces_end end;
};

/*
 * kinds.json: which files are which kind; no date and no nonce is in it. Or,
 * with the directory, the command lines that verify them. The caller's; NULL
 * without memory.
 */
char	*fetched_text(const struct fetched *, const char *dir);

#endif
