/*
 * A web that strangers have taken over: it speaks to the parent what the one
 * behind the connection tells it, see remote.h.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "regress/proc/evil/remote.h"

static struct remote remotes[REMOTES_MAX];
static int driver = -1;		/* the stream that spoke last */

static void
on_line(struct remote *r, char *line)
{
	driver = r->fd;
	if (strncmp(line, "parent ", 7) != 0 ||
	    frame_from_line(REQ_FD, line + 7) == -1)
		dprintf(r->fd, "what?\n");
}

static void
on_parent(void)
{
	struct frame f;
	int i;

	ask_next(&f);
	for (i = 0; f.type == MSG_WEB_CONN && i < REMOTES_MAX; i++)
		if (remotes[i].fd == -1) {
			remotes[i].fd = frame_take(&f, 0);
			remotes[i].id = f.id;
			remotes[i].n = 0;
			dprintf(remotes[i].fd, "conn %u %d\n", f.id,
			    (int)getpid());
			break;
		}
	if ((f.type & 1) != 0 && driver != -1)
		frame_to_line(driver, "parent", &f);
	frame_close(&f);
}

int
main(int argc, char **argv)
{
	struct pollfd pfd[1 + REMOTES_MAX];
	int i;

	agent_child_start(ROLE_WEB, argc, argv, NULL);
	for (i = 0; i < REMOTES_MAX; i++)
		remotes[i].fd = -1;
	for (;;) {
		pfd[0] = (struct pollfd){ REQ_FD, POLLIN, 0 };
		for (i = 0; i < REMOTES_MAX; i++)
			pfd[1 + i] = (struct pollfd){ remotes[i].fd, POLLIN, 0 };
		if (poll(pfd, 1 + REMOTES_MAX, -1) == -1)
			fatal("poll");
		for (i = 0; i < REMOTES_MAX; i++)
			if (pfd[1 + i].revents != 0 &&
			    remote_read(&remotes[i], on_line) == -1) {
				if (driver == remotes[i].fd)
					driver = -1;
				close(remotes[i].fd);
				remotes[i].fd = -1;
			}
		if (pfd[0].revents != 0)
			on_parent();
	}
}
