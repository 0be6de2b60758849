/* The kinds of IMA lists. */
#ifndef EVIDENCE_KIND_IMA_H
#define EVIDENCE_KIND_IMA_H

#include "evidence/kind.h"

kind_fn	 kind_ima_binary, kind_ima_ascii, kind_ima_perbank;

#endif
