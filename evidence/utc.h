/* Seconds since 1970 and RFC 3339 in UTC, without a clock or a zone. */
#ifndef EVIDENCE_UTC_H
#define EVIDENCE_UTC_H

#include "evidence/bytes.h"

#define UTC_TEXT_LEN	21	/* "2026-01-27T09:49:59Z" and NUL */

/* Month and day from 1; nothing is checked. */
int64_t	 utc_seconds(int64_t, unsigned, unsigned, unsigned, unsigned,
	    unsigned);
/* "" when the year has not four digits. */
void	 utc_text(int64_t, char [UTC_TEXT_LEN]);
/* Exactly the form of UTC_TEXT_LEN, a date that exists. */
int	 utc_parse(struct span, int64_t *);

#endif
