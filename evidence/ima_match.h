/* The entries of an IMA list against the files of a snapshot. */
#ifndef EVIDENCE_IMA_MATCH_H
#define EVIDENCE_IMA_MATCH_H

#include "evidence/checks.h"
#include "evidence/fileset.h"
#include "evidence/ima.h"
#include "evidence/rules.h"

struct ima_match {
	size_t	 entries;	/* looked at */
	size_t	 known;		/* in the snapshot */
	size_t	 allowed;	/* in the whitelist */
	size_t	 empty;		/* digest of a file without bytes */
	size_t	 unknown;
	size_t	 violations;
	size_t	 undecoded;	/* template not understood */
	size_t	 sha1;		/* no better digest of the file than that */
};

/*
 * Looks at the first `entries` entries (the attested ones).  files and
 * whitelist are sealed; whitelist may be NULL.  boot_ok: entry 0, if it is
 * boot_aggregate, was checked by other means and needs no pair.  A violation
 * passes only if the rule does not refuse it, or the whitelist has its path with
 * a zero digest.  Adds
 * ima.files and, for each finding up to a limit, ima.file (FAIL, path and
 * digest named), ima.violation, ima.entry; ima.sha1 (WARN): of a file with a
 * SHA-1 digest, who made it may keep a second one.  -1 if anything is refused.
 */
int	 ima_match(struct span, size_t, const struct fileset *,
	    const struct fileset *, int, enum rule violation, struct checks *,
	    struct ima_match *);

#endif
