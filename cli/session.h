#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/options.h"
#include "privsep/peer.h"
#include "cli/report.h"

/* Exit statuses, the contract with scripts. */
enum {
	EXIT_VERIFIED = 0,
	EXIT_ERROR = 1,		/* could not be done */
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3	/* verified and refused */
};

/* One run: the two children, what was learned, and how it ends. */
struct session {
	const struct options *o;
	struct peer	 fetch;
	struct peer	 appraise;
	struct plan	 plan;
	struct own	 own;
	int		 connected;	/* own.leaf and own.conn are set */
	struct report	 report;
	int		 exit;
	char		 reason[REASON_MAX * 3];
};

/*
 * Start the children, have the user's files read and the plan made. Like all
 * that return -1 here: then exit and reason are set.
 */
int	session_start(struct session *, const struct options *);

/* Say why it ends; always -1. The first reason stays. */
int	session_fail(struct session *, int status, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Print the report, stop the children; the exit status. */
int	session_end(struct session *);

#endif
