/* Kinds of Cosmian's snapshots: see kinds.c. */
#ifndef EVIDENCE_KIND_SNAPSHOT_H
#define EVIDENCE_KIND_SNAPSHOT_H

#include "evidence/kind.h"

kind_fn	 kind_snapshot;		/* snapshot: shown, its form checked */
kind_fn	 kind_snapshot_bundle;	/* snapshot, tee_quote_json,
				 * tpm_quote_json, ima_binary_json;
				 * ima_ascii_json */

#endif
