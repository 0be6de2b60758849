#ifndef FSTOOL_OPTIONS_HELP_H
#define FSTOOL_OPTIONS_HELP_H

#include <stdio.h>

#include "fstool/options.h"

/* What the program says about itself: at most one screen each. */

extern const char *const verb_names[VERB_MAX];

void	help_program(FILE *);
/* The line of a verb and the lines of its options, those of the table. */
void	help_verb(FILE *, enum verb);
void	help_usage(FILE *, enum verb);

/* One option as the parser and the help see it. */
enum option_kind {
	OPTION_TEXT,		/* a string of struct options, at `at` */
	OPTION_SET, OPTION_CLEAR,	/* an int there */
	OPTION_SIZE, OPTION_PASSWORD, OPTION_PCRS, OPTION_BANK, OPTION_BIND,
	OPTION_HELP
};

struct option_row {
	const char		*name;
	char			 letter;	/* or 0 */
	enum option_kind	 kind;
	size_t			 at;
	unsigned int		 verbs;		/* bits: who knows it */
	const char		*arg;		/* or NULL */
	const char		*help;		/* NULL: known to all, in the last line */
};

extern const struct option_row option_rows[];
extern const size_t option_count;

#endif
