/* The table of kinds; a new one is a file kind_NAME.c and a row in kinds.c. */
#ifndef EVIDENCE_KINDS_H
#define EVIDENCE_KINDS_H

#include "evidence/kind.h"

struct kind {
	const char	*name;
	kind_fn		*judge;
};

extern const struct kind	evidence_kinds[];
extern const size_t		evidence_nkinds;

#endif
