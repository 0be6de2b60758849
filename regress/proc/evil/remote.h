#ifndef REGRESS_EVIL_REMOTE_H
#define REGRESS_EVIL_REMOTE_H

#include "privsep/chan.h"

/*
 * A taken process, driven from outside over one of its connections: lines of
 * text become frames, frames become lines. What can be had by any code that
 * runs there can be had in this way.
 *	TO TYPE ID HEX		send a frame; TO is "parent" or "keys", HEX may be "-"
 *	FROM TYPE ID NFDS HEX	a frame that came
 */

#define REMOTES_MAX	64
#define LINE_MAX_LEN	(2 * FRAME_MAX + 128)

struct remote {
	int		fd;		/* who drives us, -1: free */
	int		other;		/* the connection's other end here, or -1 */
	uint32_t	id;
	char		line[LINE_MAX_LEN];
	size_t		n;
};

/* Bytes of hexadecimal to w; -1 when it is none. */
int	hex_put(struct wbuf *, const char *);
/* Send the frame that the rest of a line describes. */
int	frame_from_line(int fd, char *text);
void	frame_to_line(int fd, const char *from, const struct frame *);
/* Read; on_line is called for each whole line. -1 at the end. */
int	remote_read(struct remote *, void (*on_line)(struct remote *, char *));

#endif
