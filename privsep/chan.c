#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "privsep/chan.h"

#define HDR_LEN	8

union cbuf {
	struct cmsghdr	hdr;
	char		buf[CMSG_SPACE(CHAN_FDS_MAX * sizeof(int))];
};

int
chan_pair(int ret_fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fd);
}

static void
attach_fds(struct msghdr *m, union cbuf *cb, const int *fds, int nfds)
{
	struct cmsghdr *c;
	size_t n = (size_t)nfds * sizeof(int);

	memset(cb, 0, sizeof(*cb));
	m->msg_control = cb->buf;
	m->msg_controllen = CMSG_SPACE(n);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), fds, n);
}

int
chan_send(int fd, uint16_t type, uint32_t id, const struct wbuf *w,
    const int *fds, int nfds)
{
	uint8_t hdr[HDR_LEN] = {
		(uint8_t)(type >> 8), (uint8_t)type, 0, 0,
		(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
		(uint8_t)id
	};
	struct iovec iov[2] = { { hdr, sizeof(hdr) }, { NULL, 0 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 1 };
	union cbuf cb;
	ssize_t n;

	if ((w != NULL && w->bad) || nfds < 0 || nfds > CHAN_FDS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (w != NULL && w->n > 0) {
		iov[1].iov_base = (void *)w->b;
		iov[1].iov_len = w->n;
		m.msg_iovlen = 2;
	}
	if (nfds > 0)
		attach_fds(&m, &cb, fds, nfds);
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

static void
collect_fds(struct msghdr *m, struct frame *f)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (f->nfds < CHAN_FDS_MAX)
				f->fds[f->nfds++] = fd;
			else
				close(fd);
		}
	}
}

int
chan_recv(int fd, struct frame *f)
{
	uint8_t hdr[HDR_LEN];
	struct iovec iov[2] = {
		{ hdr, sizeof(hdr) }, { f->data, sizeof(f->data) }
	};
	union cbuf cb;
	struct msghdr m = {
		.msg_iov = iov, .msg_iovlen = 2,
		.msg_control = cb.buf, .msg_controllen = sizeof(cb.buf)
	};
	ssize_t n;

	f->nfds = 0;
	do {
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == ECONNRESET ? 0 : -1;
	/* an empty frame looks like the end, and may bring descriptors all the same */
	collect_fds(&m, f);
	if (n == 0) {
		frame_close(f);
		return 0;
	}
	if (n < HDR_LEN || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    hdr[2] != 0 || hdr[3] != 0) {
		frame_close(f);
		errno = EBADMSG;
		return -1;
	}
	f->type = (uint16_t)(hdr[0] << 8 | hdr[1]);
	f->id = (uint32_t)hdr[4] << 24 | (uint32_t)hdr[5] << 16 |
	    (uint32_t)hdr[6] << 8 | hdr[7];
	f->len = (size_t)n - HDR_LEN;
	return 1;
}

void
frame_close(struct frame *f)
{
	int i;

	for (i = 0; i < f->nfds; i++)
		if (f->fds[i] != -1)
			close(f->fds[i]);
	f->nfds = 0;
}

int
frame_take(struct frame *f, int i)
{
	int fd = f->fds[i];

	f->fds[i] = -1;
	return fd;
}
