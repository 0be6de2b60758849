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

/* snapshot_tee.c: the optional members "policy" and "tee".  Reading: NULL is
 * none.  Writing: with the comma before, nothing if there is none. */
int	 cvm_policy_read(const json_t *, struct snapshot_cvm *);
void	 cvm_policy_write(const struct snapshot_cvm *, struct buf *);
int	 cvm_tee_read(const json_t *, struct tee_pin *);
void	 cvm_tee_write(const struct tee_pin *, struct buf *);
/* snapshot_boot.c: "tpm_root" and "boot", in the same way. */
int	 cvm_tpm_root_read(const json_t *, struct snapshot_cvm *);
int	 cvm_boot_read(const json_t *, struct snapshot_cvm *);
void	 cvm_boot_write(const struct snapshot_cvm *, struct buf *);

#endif
