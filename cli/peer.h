#ifndef CLI_PEER_H
#define CLI_PEER_H

#include "cli/limits.h"
#include "cli/msg.h"
#include "privsep/chan.h"
#include "privsep/spawn.h"

/* A child of the front: one request at a time, every frame against permit.c. */
struct peer {
	enum client_role role;
	int		 running;
	struct spawned	 proc;
	int		 degraded;	/* its kernel has no landlock */
	int		 verbose;	/* show its log */
	char		 last[REASON_MAX];	/* its last words in the log */
	char		 why[REASON_MAX * 2];	/* why peer_* returned -1 */
};

/* So many seconds from now nothing is waited for any more (--timeout); 0: no limit. */
void	peer_time_limit(unsigned int seconds);

/* Start it from libexec_dir and hear its HELLO. 0, or -1 and why. */
int	peer_start(struct peer *, enum client_role, int verbose);

/* A frame without an answer. 0, or -1 and why. The descriptors stay the caller's. */
int	peer_tell(struct peer *, enum cl_type, const struct wbuf *,
	    const int *fds, int nfds);

/*
 * Request and answer. 0 with the answer in ret_f, whose descriptors are the
 * caller's; -1 and why when the child died or broke the protocol, and then it
 * has been killed. Everything that is not in the permit table is refused.
 * extra() is given what may come before the answer (PROGRESS, CHECK) and says
 * -1 when that is malformed.
 */
int	peer_ask(struct peer *, enum cl_type, const struct wbuf *,
	    const int *fds, int nfds, int (*extra)(void *, struct frame *),
	    void *arg, struct frame *ret_f);

void	peer_stop(struct peer *);

#endif
