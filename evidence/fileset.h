/*
 * A set of (path, digest) pairs: one arena, one sorted index.  Lookup is a
 * binary search over the full key, so no choice of input makes it slow.
 */
#ifndef EVIDENCE_FILESET_H
#define EVIDENCE_FILESET_H

#include "evidence/bytes.h"

struct fileset;

struct fileset	*fileset_new(void);
void		 fileset_free(struct fileset *);
/* Copies both.  -1: E2BIG (limits.h), ENOMEM, EINVAL (empty path or digest).
 * The set must not be sealed yet. */
int		 fileset_add(struct fileset *, struct span, struct span);
/* Sorts; lookups work from then on, additions no longer. */
int		 fileset_seal(struct fileset *);
/* 1 if the pair is there, the set's blanks taken as '_' (as the kernel writes
 * names into its list). */
int		 fileset_has(const struct fileset *, struct span, struct span);
/* 1 if the path is there with any digest (to say "other digest"). */
int		 fileset_has_path(const struct fileset *, struct span);
size_t		 fileset_count(const struct fileset *);
/* Pair i in the order of addition; spans live as long as the set. */
void		 fileset_get(const struct fileset *, size_t, struct span *,
		    struct span *);

/* Whitelist text: lines `path hex`, split at the last blank, `#` comments and
 * empty lines skipped.  -1: ret_line is the line at fault, 0 for memory. */
int		 whitelist_read(struct span, struct fileset *, size_t *);
/* Records of a snapshot ("CVMSNAP1", PROTOCOL.md).  -1 if malformed. */
int		 snaprec_read(struct span, struct fileset *);

#endif
