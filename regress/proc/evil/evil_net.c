/*
 * A net that strangers have taken over. There is no TLS: who connects drives
 * it, see remote.h. Besides,
 *	web TEXT	sends TEXT and an empty line to web as plaintext
 */
#include <sys/socket.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "regress/proc/evil/remote.h"

static struct remote remotes[REMOTES_MAX];
static int driver = -1, keys = -1;

static void
on_line(struct remote *r, char *line)
{
	int rc = -1;

	driver = r->fd;
	if (strncmp(line, "parent ", 7) == 0)
		rc = frame_from_line(REQ_FD, line + 7);
	else if (strncmp(line, "keys ", 5) == 0)
		rc = frame_from_line(keys, line + 5);
	else if (strncmp(line, "web ", 4) == 0)
		rc = dprintf(r->other, "%s\r\nHost: x\r\n\r\n", line + 4);
	if (rc == -1)
		dprintf(r->fd, "what?\n");
}

static void
add_conn(struct frame *f)
{
	int i;

	for (i = 0; i < REMOTES_MAX; i++)
		if (remotes[i].fd == -1) {
			remotes[i].fd = frame_take(f, 0);
			remotes[i].other = frame_take(f, 1);
			remotes[i].id = f->id;
			remotes[i].n = 0;
			dprintf(remotes[i].fd, "conn %u %d\n", f->id,
			    (int)getpid());
			return;
		}
}

static void
end_conn(struct remote *r)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, NET_END_CLOSED);
	chan_send(REQ_FD, MSG_NET_END, r->id, &w, NULL, 0);
	if (driver == r->fd)
		driver = -1;
	close(r->fd);
	close(r->other);
	r->fd = r->other = -1;
}

static void
on_parent(void)
{
	struct frame f;

	ask_next(&f);
	if (f.type == MSG_NET_CONN)
		add_conn(&f);
	else if (f.type == MSG_NET_KEYS) {
		if (keys != -1)
			close(keys);
		keys = frame_take(&f, 0);
	} else if ((f.type & 1) != 0 && driver != -1)
		frame_to_line(driver, "parent", &f);
	frame_close(&f);
}

static void
on_keys(void)
{
	struct frame f;

	if (chan_recv(keys, &f) != 1) {
		dprintf(driver, "keys closed\n");
		close(keys);
		keys = -1;
		return;
	}
	frame_to_line(driver, "keys", &f);
	frame_close(&f);
}

/* What web says, as one line. */
static void
on_web(struct remote *r)
{
	char buf[2048];
	ssize_t n = recv(r->other, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	char *p;

	if (n <= 0) {
		close(r->other);
		r->other = -1;
		dprintf(r->fd, "web closed\n");
		return;
	}
	buf[n] = '\0';
	while ((p = strpbrk(buf, "\r\n")) != NULL)
		*p = ' ';
	dprintf(r->fd, "web %s\n", buf);
}

int
main(int argc, char **argv)
{
	struct pollfd pfd[2 + 2 * REMOTES_MAX];
	int i;

	agent_child_start(ROLE_NET, argc, argv, NULL);
	for (i = 0; i < REMOTES_MAX; i++)
		remotes[i].fd = remotes[i].other = -1;
	for (;;) {
		pfd[0] = (struct pollfd){ REQ_FD, POLLIN, 0 };
		pfd[1] = (struct pollfd){ keys, POLLIN, 0 };
		for (i = 0; i < REMOTES_MAX; i++) {
			pfd[2 + 2 * i] = (struct pollfd){ remotes[i].fd,
			    POLLIN, 0 };
			pfd[3 + 2 * i] = (struct pollfd){ remotes[i].other,
			    POLLIN, 0 };
		}
		if (poll(pfd, 2 + 2 * REMOTES_MAX, -1) == -1)
			fatal("poll");
		for (i = 0; i < REMOTES_MAX; i++) {
			if (pfd[3 + 2 * i].revents != 0)
				on_web(&remotes[i]);
			if (pfd[2 + 2 * i].revents != 0 &&
			    remote_read(&remotes[i], on_line) == -1)
				end_conn(&remotes[i]);
		}
		if (pfd[1].revents != 0)
			on_keys();
		if (pfd[0].revents != 0)
			on_parent();
	}
}
