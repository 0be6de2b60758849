#include "evidence/kinds.h"

const struct kind evidence_kinds[] = {
	{ NULL, NULL },
};

const size_t evidence_nkinds =
    sizeof(evidence_kinds) / sizeof(evidence_kinds[0]) - 1;
