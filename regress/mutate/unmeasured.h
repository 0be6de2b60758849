/*
 * What a changed file may still be accepted with: by rule, each with a proof
 * that nothing which is measured or signed became other.
 */
#ifndef REGRESS_MUTATE_UNMEASURED_H
#define REGRESS_MUTATE_UNMEASURED_H

#include "evidence/kind.h"

enum rule {
	RULE_NONE,	/* it must be refused */
	RULE_SPARE,
	RULE_TEXT,
	RULE_PADDING,
	RULE_IMA,
	RULE_EVENTS,
	RULE_UNQUOTED,
	RULE_PUBLIC,
	RULE_REFERENCE,
	RULE_MAX
};

/* One accepted change of one file. */
struct change {
	const struct evcase *c;
	const char	*role;
	struct span	 was, is;
	const json_t	*claims_was, *claims_is;
};

enum rule	 unmeasured_rule(const struct change *);
/* One sentence. */
const char	*rule_text(enum rule);
/* Of events or entries, with large files: changed at seeded places. */
int		 is_log(const char *role);

/* unmeasured_logs.c: the same registers are extended with the same. */
int	 ima_same(struct span, struct span, size_t digest_len);
/* The registers that a log has events for. */
uint32_t eventlog_mask(struct span);
/* Of the registers in the mask; DIGEST_NONE: in every bank that we know. */
int	 eventlog_same(struct span, struct span, int ccel, enum digest_alg,
	    uint32_t mask);

#endif
