#ifndef PARENT_PROC_H
#define PARENT_PROC_H

#include <stdint.h>
#include <time.h>

#include "agentd/limits.h"
#include "agentd/msg.h"
#include "agentd/permit.h"
#include "privsep/chan_ev.h"
#include "privsep/spawn.h"

struct agent;

/* One confined process, or the place where one will be again. */
struct proc {
	struct agent	*agent;
	enum role_id	 role;
	unsigned int	 slot;		/* which net, web or tee */
	int		 running;
	enum proc_state	 state;
	struct spawned	 sp;
	struct chan_ev	 chan;
	struct event	*log_ev;
	struct event	*pid_ev;
	struct event	*timer;		/* HELLO, then restart */
	unsigned int	 in_flight[MSG_MAX];
	unsigned int	 deaths;
	time_t		 started;
	time_t		 log_second;
	unsigned int	 log_lines, log_dropped;
	unsigned int	 nconns;	/* net, web */
	uint32_t	 job;		/* tee */
	/* a request that waits for HELLO */
	int		 ask_type;
	uint32_t	 ask_id;
	int		 ask_nfds, ask_fds[CHAN_FDS_MAX];
	struct wbuf	 ask;
};

struct procs {
	struct proc	conf, keys, tpm, tpminit, hasher, meta;
	struct proc	net[WORKERS_MAX], web[WORKERS_MAX];
	struct proc	tee[TEE_JOBS_MAX];
	int		exec_fd[ROLE_MAX];
	uint8_t		digest[ROLE_MAX][32];	/* SHA-256 of each program */
};

/* Open and digest every program; fatal when one is missing. */
void	procs_open(struct agent *);
void	procs_stop_all(struct agent *);

/* Start the process of a role and slot, lending it nres descriptors (the caller's). */
struct proc *proc_start(struct agent *, enum role_id, unsigned int slot,
	    const int *res, int nres);

/* End it on purpose: no restart, no complaint. */
void	proc_stop(struct proc *);

/* It broke a rule: log why, kill it; it will be replaced. */
void	proc_kill(struct proc *, const char *why);

/* Send if the permit table allows it; owns the descriptors. 0 or -1. */
int	proc_send(struct proc *, enum msg_type, uint32_t id,
	    const struct wbuf *, const int *fds, int nfds);

/* One request that goes out as soon as the process has said HELLO; owns the descriptors. */
int	proc_ask_when_ready(struct agent *, struct proc *, enum msg_type,
	    uint32_t id, const struct wbuf *, const int *fds, int nfds);

int	parent_on_hello(struct agent *, struct proc *, struct frame *);

/* hooks.c: what each role's coming and going means */
void	role_ready(struct agent *, struct proc *);
void	role_gone(struct agent *, struct proc *);
void	role_given_up(struct agent *, struct proc *);
int	role_restarts(const struct agent *, const struct proc *);

/* dispatch.c: a frame that the permit table has let through */
int	dispatch(struct agent *, struct proc *, struct frame *);

#endif
