#ifndef AGENTD_PERMIT_H
#define AGENTD_PERMIT_H

#include <stddef.h>

#include "agentd/msg.h"

/* States of a process, moved by the parent only. */
enum proc_state {
	ST_STARTED,	/* executed, not yet heard of */
	ST_READY,	/* said HELLO: confined, serves */
	ST_ENDING,	/* killed or gone, not yet reaped: no row is for it */
	ST_MAX
};

/* One thing that is allowed. What has no row is refused and kills the sender. */
struct permit {
	enum role_id	from;
	enum role_id	to;
	enum msg_type	type;
	enum proc_state	state;		/* of the child, be it sender or receiver */
	unsigned int	max;		/* in flight: unanswered requests; 0 = not counted */
	size_t		min_len;	/* payload */
	size_t		max_len;
	int		min_fds;
	int		max_fds;
};

extern const struct permit permits[];
extern const size_t npermits;

/* The row for this sender, receiver and type, or NULL. */
const struct permit *permit_find(unsigned int from, unsigned int to,
	    unsigned int type);

/* NULL if the frame may pass, else a short text saying which rule it breaks. */
const char *permit_refuses(const struct permit *, enum proc_state, size_t len,
	    int nfds, unsigned int in_flight);

#endif
