#ifndef REGRESS_TPM_RIG_H
#define REGRESS_TPM_RIG_H

#include "agentd/msg.h"
#include "parent/tpm_dev.h"
#include "parent/tpm_filter.h"
#include "privsep/chan.h"
#include "privsep/spawn.h"

/*
 * A swtpm in a folder of its own, and the parent's part played to one worker:
 * its commands pass the real filter and the real device side. Whatever goes
 * wrong with the rig itself ends the test.
 */

struct rig {
	char			 dir[128];
	char			 path[160];	/* "unix:PATH" */
	pid_t			 swtpm;
	struct event_base	*base;
	struct tpm_dev		 dev;
	int			 done;
	struct frame		 rsp;		/* of the last command */

	struct spawned		 worker;
	enum tpm_table		 table;
	const struct tpm_expect	*expect;	/* the quote that may pass */
	unsigned int		 commands;	/* of this worker */
	unsigned int		 quotes;
	unsigned int		 lines;		/* of its log */
	unsigned int		 cut_at;	/* the worker is killed after this command, 0 never */
	const char		*refused;	/* what the filter said */
	/* before a command goes to the TPM; 1: rsp is the answer instead */
	int			(*before)(struct rig *, const uint8_t *, size_t);
	/* may change the answer */
	void			(*after)(struct rig *);
	unsigned int		 moves;		/* for these two */
	size_t			 ticket_len;	/* what the first launch left for the EK */
	uint8_t			 ticket[EK_TICKET_MAX];
};

/* Why there is no rig on this machine, NULL when there is one. */
const char *rig_missing(void);

/* certs: options of swtpm_setup, NULL for a TPM without certificates. */
void	rig_start(struct rig *, const char *certs);
void	rig_power_cycle(struct rig *);
void	rig_stop(struct rig *);

/* One command by the test itself, unfiltered; the response code. Response in rig->rsp. */
uint32_t rig_command(struct rig *, const uint8_t *cmd, size_t len);
/* ReadPublic of a handle: response code. */
uint32_t rig_read_public(struct rig *, uint32_t handle);
/* One with an empty password for the first handle; it must succeed. */
void	rig_do(struct rig *, uint32_t cc, const uint32_t *handles, size_t n,
	    const void *params, size_t len);
/* Make an NV index of the owner's that anybody may read, and fill it. */
void	rig_nv_fill(struct rig *, uint32_t index, const void *, size_t len);
/* Extend PCR 10 in the SHA-256 bank, as IMA does. */
void	rig_extend(struct rig *);

/* Start a worker and say hello. */
void	worker_start(struct rig *, const char *name, enum tpm_table,
	    uint32_t flags);
/* A whole first launch by agent-tpminit; exits when it fails. */
void	rig_first_launch(struct rig *);
/* One of a later start, with the authorisations that the first one left. */
void	rig_relaunch(struct rig *);
/*
 * Its next frame that is no TPM command; those are served. 1, or 0 when it is
 * gone or was cut.
 */
int	worker_next(struct rig *, struct frame *);
/* Close, wait, print what it logged. Returns the exit status, -1 when killed. */
int	worker_end(struct rig *);

#endif
