#ifndef WORKERS_ACTIVATE_JSON_H
#define WORKERS_ACTIVATE_JSON_H

#include "agentd/tpm_msg.h"
#include "evidence/bytes.h"

#define ACTIVATE_BODY_MAX	4096	/* full size is below 1100 */

/*
 * The body of POST /activate (PROTOCOL.md): strict, unknown and repeated
 * members refused. 0, or -1 and a constant text fit for client and log.
 */
int	activate_body_parse(const void *body, size_t len,
	    struct activate_req *ret_req, const char **ret_reason);

/*
 * The answer to GET /tpm/certs out of the file that came with TPM_CERTS_ANS.
 * -1: these are no rows of tpm_msg.h, or too many.
 */
int	certs_render(struct buf *, struct span file);

#endif
