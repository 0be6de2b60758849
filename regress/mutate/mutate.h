/*
 * Evidence that is accepted, changed bit by bit and cut at each byte: judged
 * again, it must be refused.  What may be accepted all the same is said by
 * rule in unmeasured.c: bytes that nobody measures or signs.
 */
#ifndef REGRESS_MUTATE_MUTATE_H
#define REGRESS_MUTATE_MUTATE_H

#include "evidence/kind.h"
#include "regress/mutate/unmeasured.h"

#define MUTATE_CASES	512
#define MUTATE_SEED	20260101u	/* of positions, unless -s says other */

/* How a file is gone through; 0: all of it. */
struct pass {
	size_t		 flips, cuts;	/* seeded, at most this many */
	size_t		 head;		/* and each bit of so many bytes */
	int		 no_rules;	/* nothing may be accepted: a self-test */
};

/* Counters of one case, in memory that its process shares. */
struct tally {
	char		 id[96];
	char		 kind[32];
	uint64_t	 flips, cuts;
	uint64_t	 refused, unjudged;
	uint64_t	 rule[RULE_MAX];	/* accepted by that rule */
	uint64_t	 wrong;
	uint64_t	 peak;		/* bytes allocated for one judgement */
	uint64_t	 size;		/* of the files of the case */
	int		 status;	/* of its process */
};

/* The files' bytes must be the caller's and exact. */
void	 mutate_case(struct evcase *, const struct pass *small,
	    const struct pass *logs, unsigned seed, struct tally *);

/* forged.c: evidence of our own, by number. */
unsigned forged_count(void);
void	 forged_case(unsigned, struct evcase *, const char **ret_id);

/* memory.c: bytes in use at most since the last start, 0 if not counted. */
void	 memory_start(void);
size_t	 memory_peak(void);

#endif
