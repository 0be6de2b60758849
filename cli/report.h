#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/options.h"

/*
 * The check lines and facts of a run, printed at its end: as lines, or with
 * --json as one object with the same facts.
 */
struct report {
	const struct options *options;
	size_t		 n;
	size_t		 dropped;	/* did not fit, or were not sent */
	size_t		 count[LINE_RESULT_MAX];
	struct check_line lines[CHECKS_MAX];
	const char	*policy;	/* in force; NULL: nothing is judged */
	int		 judged;	/* facts holds something */
	struct judgement facts;
	int		 have_leaf;
	uint8_t		 leaf[DIGEST_LEN];
	const char	*fetched;	/* evidence fetch: what it says of it, lines */
	const char	*saved;		/* the file that was written, or NULL */
};

/* Texts are cleaned here. */
void	report_line(struct report *, enum line_result, const char *name,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* One line as text, on stdout. */
void	line_print(const struct check_line *);
/* "OK", "WARN", "SKIP", "FAIL". */
const char *line_result_name(unsigned int);

/* The last thing of a run. reason: why not verified, or NULL. -1: it could not be written. */
int	report_print(const struct report *, enum run_verdict, const char *reason);

#endif
