#ifndef PRIVSEP_CHAN_EV_H
#define PRIVSEP_CHAN_EV_H

#include <event2/event.h>

#include "privsep/chan.h"

/*
 * A channel in a libevent loop: never blocks, queues what does not go out at
 * once. Used by the parent and by the workers that have a loop (net, web).
 */

struct chan_out;

struct chan_ev {
	int		 fd;
	struct event	*rd;
	struct event	*wr;
	struct chan_out	*head;
	struct chan_out	**tail;
	unsigned int	 queued;
	unsigned int	 queue_max;	/* beyond this chan_ev_send fails */
	/* called for each frame; the descriptors it leaves in f are closed after */
	void		(*on_frame)(struct chan_ev *, struct frame *, void *);
	/* called once, when the peer is gone (0) or broke the framing (errno) */
	void		(*on_gone)(struct chan_ev *, int, void *);
	void		*arg;
};

/* Takes fd over, makes it non-blocking. -1 with errno on failure. */
int	chan_ev_open(struct chan_ev *, struct event_base *, int fd,
	    unsigned int queue_max,
	    void (*on_frame)(struct chan_ev *, struct frame *, void *),
	    void (*on_gone)(struct chan_ev *, int, void *), void *arg);
void	chan_ev_close(struct chan_ev *);

/*
 * Send or queue a frame. The descriptors are owned by this call, on success
 * and on failure. -1 when the queue is full or the peer is gone (ENOBUFS, EPIPE).
 */
int	chan_ev_send(struct chan_ev *, uint16_t type, uint32_t id,
	    const struct wbuf *, const int *fds, int nfds);

#endif
