#ifndef FSTOOL_REPORT_H
#define FSTOOL_REPORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a verb found and did, on standard output: aligned text, or with json
 * one object:
 *
 *	{"verb":"open","result":"done","reason":"","uuid":"…","epoch":3,
 *	 "tokens":[{"number":0,"bind":"tpm"}]}
 *
 * result is "done", "refused" or "failed".  Nothing is printed before
 * report_end(), so that the object is whole whatever happens.  Texts are
 * cleaned of what could move a cursor.  Names are ours, letters, digits and
 * blanks, less than 48, and are copied; in JSON a blank is "_".
 */

/* Exit statuses of the program. */
#define EXIT_DONE	0
#define EXIT_COULD_NOT	1
#define EXIT_USAGE	2
#define EXIT_REFUSED	3

void	report_begin(const char *verb, int json);

void	report_fact(const char *name, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	report_flag(const char *name, int);	/* true, false; "yes", "no" */
void	report_number(const char *name, uint64_t);
void	report_hex(const char *name, const void *, size_t n);
/* A text that is not copied: it must stay until report_end(), which forgets it. */
void	report_secret(const char *name, const char *text);

/* Facts between these belong to an element of a list; lists do not nest. */
void	report_list(const char *name);		/* may stay empty */
void	report_element(void);			/* the next one begins */
void	report_list_end(void);

/*
 * Print, and return status, or EXIT_COULD_NOT when what was to be printed
 * could not be.  A reason goes to standard error as well.
 */
int	report_end(int status, const char *reason);

#endif
