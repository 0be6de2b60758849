#ifndef WORKERS_META_JSON_H
#define WORKERS_META_JSON_H

#include "evidence/bytes.h"

/* What Azure's metadata service says, and what it is asked with (WIRE 3). */

#define META_CERTS	3	/* VCEK, ASK, ARK */

/*
 * The answer to GET /metadata/THIM/amd/certification: its certificates as
 * PEM, VCEK first, added to the buffer. -1: *ret_why, a constant text, says
 * what is wrong. Members that are not needed are passed over.
 */
int	meta_certs(struct span json, struct buf *, const char **ret_why);

/* The same for POST /acc/tdquote: the bytes of the quote. */
int	meta_td_quote(struct span json, struct buf *, const char **ret_why);

/* {"report":"..."} of a TDREPORT, added to the buffer. */
void	meta_td_request(struct span report, struct buf *);

#endif
