#ifndef PRIVSEP_CHAN_H
#define PRIVSEP_CHAN_H

#include <stdint.h>

#include "privsep/wire.h"

/*
 * Our imsg: one frame is one message of a SOCK_SEQPACKET pair, so that a
 * frame and its descriptors can neither be torn nor mixed with others.
 * On the wire: u16 type, u16 zero, u32 id, payload; all big-endian.
 */

#define CHAN_FDS_MAX	4	/* descriptors of one frame; no message needs more */

struct frame {
	uint16_t	type;
	uint32_t	id;		/* connection or job the frame is about, or 0 */
	size_t		len;
	uint8_t		data[FRAME_MAX];
	int		nfds;
	int		fds[CHAN_FDS_MAX];	/* owned by the receiver, O_CLOEXEC */
};

/* A connected pair, CLOEXEC. -1 and errno on failure. */
int	chan_pair(int ret_fd[2]);

/*
 * Send one frame; the descriptors stay the caller's. 0, or -1 with errno
 * (EAGAIN when fd is non-blocking and full; EMSGSIZE when w is bad).
 */
int	chan_send(int fd, uint16_t type, uint32_t id, const struct wbuf *w,
	    const int *fds, int nfds);

/*
 * Receive one frame. 1, 0 when the peer is gone, -1 with errno: EAGAIN, or
 * EBADMSG for a frame that is too short, too long or was cut, whose
 * descriptors have been closed.
 */
int	chan_recv(int fd, struct frame *ret_f);

/* Close what descriptors of f were not taken (set to -1 by the taker). */
void	frame_close(struct frame *f);

/* Take descriptor i out of f: the caller owns it now. */
int	frame_take(struct frame *f, int i);

#endif
