#ifndef CLI_APPRAISE_PIECES_H
#define CLI_APPRAISE_PIECES_H

#include "cli/msg_appraise.h"
#include "cli/msg_pieces.h"
#include "evidence/attest.h"

/*
 * Take the answers of POST /attest and GET /tpm/certs (or none) apart. give() gets each piece there is; the
 * values of the binding are computed from what the verifier chose itself.
 */
void	pieces_take(struct span attest, struct span certs, const struct own *,
	    void (*give)(enum piece, struct span), struct pieces_end *ret_e);

/*
 * Whose collateral a run needs, by POST /attest's answer or, where that is
 * empty, by the one of /quote/tee. All zero when it cannot be told.
 */
void	platform_take(struct span attest, struct span quote_tee,
	    struct platform *ret_p);

#endif
