/* What other kinds need of a boot log: a TPM quote that comes with one. */
#ifndef EVIDENCE_KIND_EVENTLOG_H
#define EVIDENCE_KIND_EVENTLOG_H

#include "evidence/eventlog_replay.h"
#include "evidence/kind.h"

/* Reads and replays; adds the checks eventlog.format, .locality, .data,
 * .padding and the log's claims.  -1 when it cannot be used. */
int	 eventlog_judge(struct evout *, struct span, enum eventlog_kind,
	    struct eventlog *, struct eventlog_replay *);
/* 0, or -1 with eventlog.replay (FAIL) and the event that diverges. */
int	 eventlog_compare(struct evout *, const struct eventlog *,
	    const struct eventlog_replay *, enum digest_alg, uint32_t,
	    struct span);

kind_fn	 kind_tcg_eventlog, kind_ccel, kind_ccel_acpi_table,
	 kind_boot_aggregate;

#endif
