#ifndef REGRESS_PROBE_PLAY_H
#define REGRESS_PROBE_PLAY_H

#include "agentd/msg.h"
#include "privsep/chan.h"
#include "privsep/spawn.h"

/* The parent's part played to one real, confined process. */

#define PLAY_UID	64298	/* nobody's */
#define PLAY_WAIT_MS	20000	/* for its answer or its end: the machine may be busy */
#define PLAY_ALIVE	(-1)

/* argv[0] and path of the program; exits when it cannot be started. */
void	play_spawn(struct spawned *, const char *name, const char *path,
	    const int *res, int nres);
/* A worker agent-ROLE of this build, as far as before the parent's HELLO. */
void	play_spawn_role(struct spawned *, enum role_id, const int *res,
	    int nres);
/* Take its HELLO and answer; 0, or -1 when it did not say it. */
int	play_hello(struct spawned *, enum role_id, uint32_t version);

/* The next frame within PLAY_WAIT_MS: 1, 0 at its end, -1 when none comes. */
int	play_recv(int fd, struct frame *);

/*
 * Wait for its end and clean up. Its exit status, 128 + signal, or PLAY_ALIVE
 * when it does not end by itself (it is killed then). With quiet, what it
 * logged is not printed.
 */
int	play_end(struct spawned *, int quiet);
/* The same for one that is to be ended. */
void	play_stop(struct spawned *);

#endif
