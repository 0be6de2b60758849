/* The boot log in one bank, for boot.c and boot_next.c. */
#ifndef FSTOOL_BOOT_LOG_H
#define FSTOOL_BOOT_LOG_H

#include "evidence/eventlog_replay.h"
#include "evidence/hash.h"
#include "fstool/boot.h"

struct boot_log {
	struct eventlog		log;
	int			bank;	/* index in the log */
	struct hash		h;	/* of that bank */
	struct eventlog_replay	replay;
	uint32_t		carries;
};

/* What explains PCR 11: which phases came before "sysinit". */
enum boot_phases { PHASES_NONE, PHASES_IN_INITRD, PHASES_INITRD, PHASES_UNKNOWN };

/* -1 and ret_why (REASON_MAX bytes).  boot_log_close() in any case. */
int	 boot_log_open(struct span, uint16_t bank, struct boot_log *, char *ret_why);
void	 boot_log_close(struct boot_log *);
/* As boot_now(), with a log. */
int	 boot_replay(struct boot_log *, const struct boot_ask *,
	    struct boot_ans *, enum boot_phases *ret_p);

/* value = H(value || digest), or || H(data). -1: libcrypto. */
int	 boot_extend(struct hash *, uint8_t *value, const uint8_t *digest);
int	 boot_extend_data(struct hash *, uint8_t *value, struct span data);
/* The phases that come before "sysinit", onto a value. */
int	 boot_phases_add(struct hash *, enum boot_phases, uint8_t *value);

/* Not computed, with the reason. */
void	 boot_cannot(struct boot_ans *, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

#endif
