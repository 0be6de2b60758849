#ifndef PRIVSEP_PEER_H
#define PRIVSEP_PEER_H

#include <stddef.h>

#include "privsep/chan.h"
#include "privsep/role.h"
#include "privsep/spawn.h"

/*
 * A confined child as its front sees it, for programs that work off one thing
 * after the other: one request at a time, every frame against the program's
 * permit table, and what the child logs heard meanwhile.
 */

#define PEER_WORDS_MAX	512	/* of a child's last words */

/* What all children of one program have in common. */
struct peer_program {
	const char		*prefix;	/* "client": its children are client-ROLE */
	const struct role	*roles;
	uint32_t		 version;	/* of its messages, in both HELLOs */
	uint16_t		 hello;		/* its HELLO_REQ; the answer is one more */
	unsigned int		 flags;		/* CHILD_* */
	unsigned int		 uid_base;	/* unless CHILD_UNPRIVILEGED */
	const char		*(*msg_name)(unsigned int type);
	/*
	 * NULL if the frame may pass while the answer to `awaited` is waited
	 * for, else a short text saying which rule it breaks.
	 */
	const char		*(*refuses)(unsigned int role,
				    unsigned int type, unsigned int awaited,
				    size_t len, int nfds);
};

struct peer {
	const struct peer_program *program;
	unsigned int	 role;
	int		 running;
	struct spawned	 proc;
	int		 degraded;	/* its kernel has no landlock */
	int		 verbose;	/* show its log */
	char		 last[PEER_WORDS_MAX];	/* its last words in the log */
	char		 why[PEER_WORDS_MAX * 2];	/* why peer_* returned -1 */
};

/* So many seconds from now nothing is waited for any more (--timeout); 0: no limit. */
void	peer_time_limit(unsigned int seconds);

/*
 * Start it from libexec_dir, lend it what is in res (RES_FD and on; the
 * caller's), and hear its HELLO. 0, or -1 and why.
 */
int	peer_start(struct peer *, const struct peer_program *,
	    unsigned int role, const int *res, int nres, int verbose);

/* A frame without an answer. 0, or -1 and why. The descriptors stay the caller's. */
int	peer_tell(struct peer *, unsigned int type, const struct wbuf *,
	    const int *fds, int nfds);

/*
 * Request and answer. 0 with the answer in ret_f, whose descriptors are the
 * caller's; -1 and why when the child died or broke the protocol, and then it
 * has been killed. Everything that is not in the permit table is refused.
 * extra() is given what may come before the answer (PROGRESS, CHECK) and says
 * -1 when that is malformed.
 */
int	peer_ask(struct peer *, unsigned int type, const struct wbuf *,
	    const int *fds, int nfds, int (*extra)(void *, struct frame *),
	    void *arg, struct frame *ret_f);

void	peer_stop(struct peer *);

#endif
