#ifndef PRIVSEP_TEXT_H
#define PRIVSEP_TEXT_H

#include <stdio.h>

/*
 * Texts that a child sent may hold bytes of strangers: nothing of them may
 * move a terminal's cursor or break the JSON output.
 */

/* In place: control characters and what is not UTF-8 become '?'. */
void	text_clean(char *);

/* As a JSON string, quotes included. The text is UTF-8. */
void	text_json(FILE *, const char *);

#endif
