#ifndef CLI_APPRAISE_PIECES_H
#define CLI_APPRAISE_PIECES_H

#include "cli/msg_appraise.h"
#include "cli/msg_pieces.h"
#include "evidence/attest.h"

/*
 * Take the answer of POST /attest apart. give() gets each piece there is; the
 * values of the binding are computed from what the verifier chose itself.
 */
void	pieces_take(struct span attest, const struct own *,
	    void (*give)(enum piece, struct span), struct pieces_end *ret_e);

#endif
