/*
 * The options of `cosmian_vm evidence verify` as one case, for test programs:
 * no sandbox, and what is wrong ends the program.
 */
#ifndef REGRESS_UNIT_KINDS_CASEARGS_H
#define REGRESS_UNIT_KINDS_CASEARGS_H

#include "evidence/kind.h"

/*
 * The case that argv[1..] describes, static: a second call gives another and
 * keeps the first one's bytes until caseargs_free().  NULL: a file cannot be
 * read, which was said.  Usage errors exit 2.
 */
struct evcase	*caseargs_parse(int, char **);
void		 caseargs_free(void);
void		 caseargs_usage(void) __attribute__((__noreturn__));

#endif
