#ifndef CLI_APPRAISE_KIND_H
#define CLI_APPRAISE_KIND_H

#include "cli/msg_case.h"
#include "evidence/kind.h"

/* One case of `evidence verify': what was handed over so far, then judged. */

/* A file; the span stays valid. -1: more than a case can have. */
int	kind_add_file(const struct case_place_of *, struct span);
/* -1: more than a case can have, or not a register. */
int	kind_add_register(const struct case_register *);

/*
 * Judge. ret_ck is filled for the user to read, ret_claims with an object of
 * JSON in ASCII (look at failed); ret_end is the verdict. -1: no memory.
 */
int	kind_decide(const struct case_ask *, struct checks *ret_ck,
	    struct buf *ret_claims, struct case_end *ret_end);

#endif
