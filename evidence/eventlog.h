/*
 * Boot logs (WIRE 5a): the TCG's SHA-1 form and the crypto-agile one, of a TPM
 * or of a TD (CCEL).  Reading only, nothing verified; libc.
 */
#ifndef EVIDENCE_EVENTLOG_H
#define EVIDENCE_EVENTLOG_H

#include "evidence/alg.h"
#include "evidence/bytes.h"
#include "evidence/limits.h"

#define EV_NO_ACTION			0x00000003u
#define EV_SEPARATOR			0x00000004u
#define EV_EVENT_TAG			0x00000006u
#define EV_S_CRTM_VERSION		0x00000008u
#define EV_IPL				0x0000000du
#define EV_EFI_VARIABLE_DRIVER_CONFIG	0x80000001u
#define EV_EFI_BOOT_APPLICATION		0x80000003u
#define EV_EFI_GPT_EVENT		0x80000006u
#define EV_EFI_ACTION			0x80000007u

enum eventlog_kind {
	EVENTLOG_TPM,
	EVENTLOG_CCEL		/* index = RTMR + 1, 0 = MRTD */
};

struct eventlog_alg {
	uint16_t	 id;
	enum digest_alg	 alg;		/* NONE: not one that we replay */
	size_t		 size;
};

struct eventlog {
	struct span	 raw;
	enum eventlog_kind kind;
	int		 agile;
	uint8_t		 major, minor, errata;
	size_t		 nalgs;
	struct eventlog_alg alg[MAX_EVENTLOG_ALGS];
	size_t		 first;		/* offset of the first event */
};

struct event {
	size_t		 offset;
	uint32_t	 index;
	uint32_t	 type;
	struct span	 digest[MAX_EVENTLOG_ALGS];	/* as alg[]; n 0:
							 * has none */
	struct span	 data;
};

enum event_status {
	EVENT_END,		/* the cursor stands at the end of the last */
	EVENT_OK,
	EVENT_BAD
};

/* Reads the header if there is one.  -1: malformed, *ret_why a constant. */
int		 eventlog_open(struct span, enum eventlog_kind,
		    struct eventlog *, const char **ret_why);
void		 eventlog_start(const struct eventlog *, struct cursor *);
/* On EVENT_BAD the cursor stays and *ret_why says what does not fit. */
enum event_status eventlog_next(const struct eventlog *, struct cursor *,
		    struct event *, const char **ret_why);
/* "EV_SEPARATOR", or "event type" for what has no name here. */
const char	*event_type_name(uint32_t);
/* TPM's name of an algorithm in the log, for claims; buffer for unknown. */
const char	*eventlog_alg_name(const struct eventlog_alg *, char [16]);

#endif
