#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/chan_ev.h"

/* Frames read in one wake-up: keeps one talkative peer from starving the rest. */
#define READ_BURST	16

struct chan_out {
	struct chan_out	*next;
	uint16_t	 type;
	uint32_t	 id;
	int		 nfds;
	int		 fds[CHAN_FDS_MAX];
	struct wbuf	 w;
};

static void
close_fds(const int *fds, int nfds)
{
	int i;

	for (i = 0; i < nfds; i++)
		close(fds[i]);
}

static void
drop_head(struct chan_ev *c)
{
	struct chan_out *o = c->head;

	c->head = o->next;
	if (c->head == NULL)
		c->tail = &c->head;
	c->queued--;
	close_fds(o->fds, o->nfds);
	free(o);
}

static void
on_write(evutil_socket_t fd, short what, void *arg)
{
	struct chan_ev *c = arg;
	struct chan_out *o;

	(void)what;
	while ((o = c->head) != NULL) {
		if (chan_send(fd, o->type, o->id, &o->w, o->fds, o->nfds) == -1
		    && errno == EAGAIN)
			return;
		/* any other error shows itself to the reader as a peer that is gone */
		drop_head(c);
	}
	event_del(c->wr);
}

static void
on_read(evutil_socket_t fd, short what, void *arg)
{
	struct chan_ev *c = arg;
	struct frame f;
	int i, r;

	(void)what;
	/* who handles a frame may close the channel, or stop reading it */
	for (i = 0; i < READ_BURST && c->fd == fd &&
	    event_pending(c->rd, EV_READ, NULL); i++) {
		if ((r = chan_recv(fd, &f)) == 1) {
			c->on_frame(c, &f, c->arg);
			frame_close(&f);
			continue;
		}
		if (r == -1 && errno == EAGAIN)
			return;
		event_del(c->rd);
		c->on_gone(c, r == 0 ? 0 : errno, c->arg);
		return;
	}
}

int
chan_ev_open(struct chan_ev *c, struct event_base *base, int fd,
    unsigned int queue_max,
    void (*on_frame)(struct chan_ev *, struct frame *, void *),
    void (*on_gone)(struct chan_ev *, int, void *), void *arg)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->tail = &c->head;
	c->queue_max = queue_max;
	c->on_frame = on_frame;
	c->on_gone = on_gone;
	c->arg = arg;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return -1;
	c->rd = event_new(base, fd, EV_READ | EV_PERSIST, on_read, c);
	c->wr = event_new(base, fd, EV_WRITE | EV_PERSIST, on_write, c);
	if (c->rd == NULL || c->wr == NULL || event_add(c->rd, NULL) == -1) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
chan_ev_close(struct chan_ev *c)
{
	if (c->rd != NULL)
		event_free(c->rd);
	if (c->wr != NULL)
		event_free(c->wr);
	c->rd = c->wr = NULL;
	while (c->head != NULL)
		drop_head(c);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

static int
enqueue(struct chan_ev *c, uint16_t type, uint32_t id, const struct wbuf *w,
    const int *fds, int nfds)
{
	struct chan_out *o;

	if (c->queued >= c->queue_max || (o = malloc(sizeof(*o))) == NULL) {
		close_fds(fds, nfds);
		errno = ENOBUFS;
		return -1;
	}
	o->next = NULL;
	o->type = type;
	o->id = id;
	o->nfds = nfds;
	if (nfds > 0)
		memcpy(o->fds, fds, (size_t)nfds * sizeof(int));
	wbuf_init(&o->w);
	if (w != NULL)
		put_raw(&o->w, w->b, w->n);
	*c->tail = o;
	c->tail = &o->next;
	c->queued++;
	event_add(c->wr, NULL);
	return 0;
}

int
chan_ev_send(struct chan_ev *c, uint16_t type, uint32_t id,
    const struct wbuf *w, const int *fds, int nfds)
{
	int rc;

	if (c->fd == -1 || (w != NULL && w->bad)) {
		close_fds(fds, nfds);
		errno = c->fd == -1 ? EPIPE : EMSGSIZE;
		return -1;
	}
	if (c->head != NULL)
		return enqueue(c, type, id, w, fds, nfds);
	rc = chan_send(c->fd, type, id, w, fds, nfds);
	if (rc == -1 && errno == EAGAIN)
		return enqueue(c, type, id, w, fds, nfds);
	close_fds(fds, nfds);
	return rc;
}
