/* Replay of an IMA list to a PCR, and the boot aggregate (libcrypto). */
#ifndef EVIDENCE_IMA_VERIFY_H
#define EVIDENCE_IMA_VERIFY_H

#include "evidence/checks.h"
#include "evidence/ima.h"
#include "evidence/tpm.h"

/*
 * What the prefix must replay to: the value of the PCR, or, when only a quote
 * over that single PCR is at hand (compatible form), H(value).
 */
struct ima_target {
	enum digest_alg	 bank;
	struct span	 value;		/* the PCR, or empty */
	enum digest_alg	 quote_alg;	/* with quote_digest: H */
	struct span	 quote_digest;	/* used when value is empty */
};

struct ima_replay {
	int		 matched;	/* a prefix replays to the target */
	size_t		 entries;	/* whole entries in the list */
	size_t		 attested;	/* entries of that prefix */
	size_t		 attested_end;	/* its length in bytes */
	size_t		 violations;	/* in the prefix, as are the next */
	size_t		 bad_digest;	/* template digest not H(data) */
	size_t		 first_bad;	/* number of the first of those */
	size_t		 other_pcr;	/* entries for another PCR than 10 */
	enum ima_status	 tail;		/* IMA_END, or how the list breaks */
	size_t		 tail_offset;
	uint8_t		 final[DIGEST_MAX];	/* PCR after all entries */
};

/* Replays in one pass, comparing after every entry.  -1: no memory or an
 * unusable bank (errno), *ret untouched.  With a target without value and
 * digest the whole list is the prefix and matched stays 0. */
int	 ima_replay(struct span, const struct ima_target *,
	    struct ima_replay *);
/* Adds the checks ima.list, ima.replay, ima.template, ima.pcr, ima.tail;
 * -1 if the list is refused. */
int	 ima_replay_checks(const struct ima_replay *, struct checks *);
/* ima.boot-aggregate: entry 0 against H(PCR 0-9) of the given values (of
 * their bank).  -1 refused. */
int	 ima_boot_aggregate_check(struct span, const struct tpm_pcrs *,
	    struct checks *);

#endif
