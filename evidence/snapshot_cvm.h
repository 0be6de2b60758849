/* The "cvm" object of a snapshot. */
#ifndef EVIDENCE_SNAPSHOT_CVM_H
#define EVIDENCE_SNAPSHOT_CVM_H

#include <jansson.h>

#include "evidence/snapshot.h"

/* -1: malformed; pairs of paths that are not UTF-8 go to the file set. */
int	 cvm_read(const json_t *, struct snapshot_cvm *, struct fileset *);
/* Pairs that are not UTF-8 are taken from the file set. */
void	 cvm_write(const struct snapshot_cvm *, const struct fileset *,
	    struct buf *);

#endif
