#ifndef CLI_COLLECT_H
#define CLI_COLLECT_H

#include "cli/session.h"

/* What both commands do with the agent; -1 with the session's reason set. */

/*
 * Attestation first, then the IMA list, in the form that the user chose, and
 * the judgement over all. In the compatible form quote and list are fetched
 * again, three times at most, when the list moved in between. subject: the
 * snapshot's records are attested too. *ret_fd: the new snapshot, or -1. A
 * refusal is -1 with EXIT_REFUSED.
 */
int	collect_and_judge(struct session *, int subject, int *ret_fd);

/* A nonce: one for each attestation, never used again. */
int	fresh_nonce(struct session *, uint8_t ret_nonce[NONCE_LEN]);

#endif
