/*
 * The channel in a loop: a bounded queue that owns its descriptors, a bounded
 * burst of reading, and silence once the reader has had enough of its peer.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "privsep/chan_ev.h"
#include "regress/unit/check.h"

#define QUEUE	4

static struct event_base *base;
static struct chan_ev chan;
static int peer, frames, gone, gone_error, stop_after, close_after;

static void
on_frame(struct chan_ev *c, struct frame *f, void *arg)
{
	(void)f;
	CHECK(arg == &chan);
	frames++;
	if (frames == stop_after)
		event_del(c->rd);
	if (frames == close_after)
		chan_ev_close(c);
}

static void
on_gone(struct chan_ev *c, int error, void *arg)
{
	(void)c;
	(void)arg;
	gone++;
	gone_error = error;
}

static void
begin(const char *subject)
{
	int pair[2];

	test_begin(subject);
	frames = gone = gone_error = stop_after = close_after = 0;
	CHECK_OK(chan_pair(pair));
	peer = pair[0];
	CHECK_OK(chan_ev_open(&chan, base, pair[1], QUEUE, on_frame, on_gone,
	    &chan));
	CHECK((fcntl(pair[1], F_GETFL) & O_NONBLOCK) != 0);
}

static void
end(void)
{
	chan_ev_close(&chan);
	chan_ev_close(&chan);	/* twice is no error */
	if (peer != -1)
		close(peer);
}

static void
turn(void)
{
	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
send_frames(int n)
{
	while (n-- > 0)
		CHECK_OK(chan_send(peer, 2, 0, NULL, NULL, 0));
}

static void
test_reading(void)
{
	begin("burst");
	send_frames(40);
	turn();
	CHECK(frames > 0 && frames < 40);	/* the loop gets its turn */
	turn();
	turn();
	CHECK_INT(frames, 40);
	end();

	/* A process that is being killed for one frame: the next is not handled. */
	begin("stopped by its reader");
	stop_after = 3;
	send_frames(8);
	turn();
	turn();
	CHECK_INT(frames, 3);
	CHECK_INT(gone, 0);
	end();

	begin("closed by its reader");
	close_after = 2;
	send_frames(8);
	turn();
	CHECK_INT(frames, 2);
	end();

	begin("peer gone");
	send_frames(1);
	close(peer);
	peer = -1;
	turn();
	turn();
	CHECK_INT(frames, 1);
	CHECK_INT(gone, 1);
	CHECK_INT(gone_error, 0);
	end();

	begin("broken framing");
	CHECK_INT(send(peer, "x", 1, 0), 1);
	send_frames(2);
	turn();
	turn();
	CHECK_INT(frames, 0);
	CHECK_INT(gone, 1);
	CHECK_INT(gone_error, EBADMSG);
	end();
}

/* 1 when fd is open. */
static int
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
test_writing(void)
{
	struct wbuf w = { .n = FRAME_MAX }, bad = { .bad = 1 };
	struct frame f;
	int fd, n = 0, got = 0;

	begin("queue");
	while (chan.queued < QUEUE && n < 10000) {
		fd = dup(0);
		if (!CHECK_OK(chan_ev_send(&chan, 2, (uint32_t)n, &w, &fd, 1)))
			break;
		n++;
	}
	fd = dup(0);
	CHECK_ERRNO(chan_ev_send(&chan, 2, 0, &w, &fd, 1), ENOBUFS);
	CHECK(!is_open(fd));	/* owned by the call, also when it fails */
	fcntl(peer, F_SETFL, O_NONBLOCK);
	for (;;) {
		while (chan_recv(peer, &f) == 1) {
			CHECK_INT(f.id, got);	/* in order, none lost */
			CHECK_INT(f.nfds, 1);
			frame_close(&f);
			got++;
		}
		if (got >= n)
			break;
		turn();
	}
	CHECK_INT(got, n);
	CHECK_INT(chan.queued, 0);
	fd = dup(0);
	CHECK_ERRNO(chan_ev_send(&chan, 2, 0, &bad, &fd, 1), EMSGSIZE);
	CHECK(!is_open(fd));
	end();
	fd = dup(0);
	CHECK_ERRNO(chan_ev_send(&chan, 2, 0, NULL, &fd, 1), EPIPE);
	CHECK(!is_open(fd));
}

int
main(void)
{
	if ((base = event_base_new()) == NULL)
		return 1;
	test_reading();
	test_writing();
	event_base_free(base);
	return test_end();
}
