/*
 * Frames: nothing is torn, what is not a frame is EBADMSG, and whatever
 * descriptors come with it are closed, or the receiver fills up with them.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "privsep/chan.h"
#include "regress/unit/check.h"

#define FDS_TOO_MANY	8

static int pair[2];

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* What a peer sends that does not use our chan_send. */
static void
send_raw(const void *p, size_t len, const int *fds, int nfds)
{
	char cb[CMSG_SPACE(FDS_TOO_MANY * sizeof(int))];
	struct iovec iov = { (void *)p, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(cb, 0, sizeof(cb));
	if (nfds > 0) {
		m.msg_control = cb;
		m.msg_controllen = CMSG_SPACE((size_t)nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)nfds * sizeof(int));
	}
	CHECK_INT(sendmsg(pair[0], &m, 0), len);
}

static void
test_round_trip(void)
{
	struct wbuf w = { .n = FRAME_MAX };
	struct frame f;
	int fds[CHAN_FDS_MAX] = { 0, 1, 2, 0 }, before = count_fds(), fd, i;

	test_begin("round trip");
	for (i = 0; i < FRAME_MAX; i++)
		w.b[i] = (uint8_t)(i * 7);
	CHECK_OK(chan_send(pair[0], 0xabcd, 0x12345678, &w, fds, CHAN_FDS_MAX));
	CHECK_INT(chan_recv(pair[1], &f), 1);
	CHECK_INT(f.type, 0xabcd);
	CHECK_INT(f.id, 0x12345678);
	CHECK_INT(f.len, FRAME_MAX);
	CHECK_MEM(f.data, w.b, FRAME_MAX);
	CHECK_INT(f.nfds, CHAN_FDS_MAX);
	CHECK((fcntl(f.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
	fd = frame_take(&f, 2);
	frame_close(&f);
	CHECK_INT(count_fds(), before + 1);	/* the one that was taken */
	close(fd);

	CHECK_OK(chan_send(pair[0], 2, 0, NULL, NULL, 0));
	CHECK_INT(chan_recv(pair[1], &f), 1);
	CHECK_INT(f.len, 0);
	CHECK_INT(f.nfds, 0);
}

static void
test_refused_to_send(void)
{
	struct wbuf bad = { .bad = 1 };
	struct frame f;

	test_begin("what is not sent");
	CHECK_ERRNO(chan_send(pair[0], 2, 0, &bad, NULL, 0), EMSGSIZE);
	CHECK_ERRNO(chan_send(pair[0], 2, 0, NULL, NULL, -1), EMSGSIZE);
	CHECK_ERRNO(chan_send(pair[0], 2, 0, NULL, NULL, CHAN_FDS_MAX + 1),
	    EMSGSIZE);
	CHECK_ERRNO(chan_recv(pair[1], &f), EAGAIN);
}

static void
check_bad(const char *what, const void *p, size_t len, int nfds)
{
	static const int fds[FDS_TOO_MANY] = { 0, 1, 2, 0, 1, 2, 0, 1 };
	struct frame f;
	int before = count_fds();

	test_begin(what);
	send_raw(p, len, fds, nfds);
	CHECK_ERRNO(chan_recv(pair[1], &f), EBADMSG);
	CHECK_INT(count_fds(), before);
}

static void
test_broken(void)
{
	static uint8_t big[8 + FRAME_MAX + 1];
	static const uint8_t hdr[8] = { 0, 2 }, reserved[8] = { 0, 2, 0, 1 };
	static const uint8_t reserved2[8] = { 0, 2, 0x80, 0 };
	static const int fds[2] = { 0, 1 };
	struct frame f;
	int before = count_fds();

	check_bad("one byte", hdr, 1, 2);
	check_bad("header cut", hdr, 7, 2);
	check_bad("reserved bits", reserved, 8, 1);
	check_bad("reserved bits, high", reserved2, 8, 1);
	check_bad("too long", big, sizeof(big), 3);
	check_bad("too many descriptors", hdr, 8, CHAN_FDS_MAX + 1);
	check_bad("far too many descriptors", hdr, 8, FDS_TOO_MANY);

	/* looks like the end, and must not leave descriptors behind */
	test_begin("empty frame with descriptors");
	send_raw("", 0, fds, 2);
	CHECK_INT(chan_recv(pair[1], &f), 0);
	CHECK_INT(count_fds(), before);

	test_begin("channel after that");
	CHECK_OK(chan_send(pair[0], 2, 3, NULL, NULL, 0));
	CHECK_INT(chan_recv(pair[1], &f), 1);
	CHECK_INT(f.id, 3);
}

static void
test_end_of_peer(void)
{
	struct frame f;

	test_begin("peer gone");
	close(pair[0]);
	CHECK_INT(chan_recv(pair[1], &f), 0);
	CHECK_ERRNO(chan_send(pair[1], 2, 0, NULL, NULL, 0), EPIPE);
	close(pair[1]);
}

int
main(void)
{
	test_begin("pair");
	CHECK_OK(chan_pair(pair));
	CHECK((fcntl(pair[0], F_GETFD) & FD_CLOEXEC) != 0);
	CHECK_OK(fcntl(pair[1], F_SETFL, O_NONBLOCK));
	test_round_trip();
	test_refused_to_send();
	test_broken();
	test_end_of_peer();
	return test_end();
}
