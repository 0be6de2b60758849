#ifndef WORKERS_WEB_RENDER_H
#define WORKERS_WEB_RENDER_H

#include "workers/web_conn.h"

/* Evidence as JSON, added to a buffer. */

/* What a TEE attests; extra only from Azure, and there it may be empty. */
struct tee_bytes {
	struct span	quote, extra;
};

/* PROTOCOL.md: the answer to POST /attest. tee is empty when there is none. */
void	render_attest(struct buf *, const struct attest_req *,
	    const struct attest_ans *, const struct web_config *,
	    const struct tee_bytes *tee);

/* WIRE 8: the answer to GET /quote/tpm. */
void	render_quote_tpm(struct buf *, const struct quote_part *);

/*
 * WIRE 7: tee_policy of a quote, and tpm_policy of a TPMS_ATTEST; -1 when the
 * quote is none.
 */
int	render_tee_policy(struct buf *, unsigned int kind,
	    const struct tee_bytes *);
int	render_tpm_policy(struct buf *, struct span attest);

#endif
