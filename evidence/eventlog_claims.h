/*
 * What a boot log says was started, by name: Secure Boot, boot loaders,
 * kernel, initrd, command line.  The names are the log's own; only the digests
 * are measured, so a name explains a change and never decides.
 */
#ifndef EVIDENCE_EVENTLOG_CLAIMS_H
#define EVIDENCE_EVENTLOG_CLAIMS_H

#include <jansson.h>

#include "evidence/eventlog.h"

/* Adds secure_boot (true, false, null), boot_loaders, kernels, initrds (each
 * a list of {"name", "alg", "digest"}) and command_lines (a list of texts) to
 * the object.  -1: no memory. */
int	 eventlog_names(const struct eventlog *, json_t *);
/* The same of some registers only: those whose value the log explains. */
int	 eventlog_names_of(const struct eventlog *, uint32_t, json_t *);

#endif
