/* Replay of a boot log to PCRs or RTMRs (libcrypto). */
#ifndef EVIDENCE_EVENTLOG_REPLAY_H
#define EVIDENCE_EVENTLOG_REPLAY_H

#include "evidence/eventlog.h"

#define NO_EVENT	((size_t)-1)

struct eventlog_replay {
	size_t		 events;	/* without the Spec ID header */
	size_t		 extended;
	size_t		 consumed;	/* bytes, the header's too */
	int		 bad;		/* the log breaks at `consumed` ... */
	const char	*why;		/* ... for this reason */
	int		 locality;	/* of StartupLocality, -1: none */
	int		 late_locality;	/* it stands after an event of PCR 0 */
	uint32_t	 mask;		/* registers that have events */
	size_t		 digests[MAX_EVENTLOG_ALGS]; /* extended events that
						 * have this bank */
	/* H(data) in all banks that we know */
	size_t		 data_matches;
	/* First event whose type demands that and where it does not hold. */
	size_t		 bad_data;
	uint32_t	 bad_data_type;
	uint8_t		 value[MAX_EVENTLOG_ALGS][TPM_PCRS][DIGEST_MAX];
};

/* Index of a bank in the log, or -1. */
int	 eventlog_bank(const struct eventlog *, enum digest_alg);
/* 0, also when the log is broken (bad); -1: libcrypto failed. */
int	 eventlog_replay(const struct eventlog *, struct eventlog_replay *);
/* H(PCR 0-last) of the bank (an index as above), registers without events
 * being zero: boot_aggregate. */
int	 eventlog_aggregate(const struct eventlog *,
	    const struct eventlog_replay *, int, unsigned, uint8_t *);
/*
 * For a register that does not replay to a value: the number of the first
 * event that diverges, NO_EVENT when it cannot be told.  *ret_why says how it
 * was found; the event is put into *ret_event.
 */
size_t	 eventlog_diverges(const struct eventlog *, int, uint32_t,
	    struct span, struct event *, const char **ret_why);

#endif
