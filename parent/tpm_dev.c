#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parent/tpm_dev.h"

#define HEADER_LEN	10	/* TCG part 1, 18: tag, size, code */
#define RETRY_MS	20	/* swtpm needs less than this to start or to change clients */
#define REFUSED_MAX	250	/* 5 s: whoever restarts a TPM is done by then */

static void
sock_close(struct tpm_dev *d)
{
	if (d->io != NULL)
		event_free(d->io);
	d->io = NULL;
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}

/* The state is settled before done is called: it may start the next command. */
static void
finish_as(struct tpm_dev *d, enum tpm_dev_state state, size_t len)
{
	tpm_dev_done *done = d->done;

	if (d->sock != NULL)
		sock_close(d);
	event_del(d->timeout);
	event_del(d->retry);
	d->state = state;
	d->done = NULL;
	done(d->arg, d->buf, len);
}

static void
finish(struct tpm_dev *d, size_t len)
{
	finish_as(d, TPM_DEV_IDLE, len);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct tpm_dev *d = arg;

	(void)fd;
	(void)what;
	if (d->state == TPM_DEV_STALE || d->state == TPM_DEV_IDLE)
		return;
	/* a device cannot be told to stop: its answer is thrown away when it comes */
	finish_as(d, d->sock == NULL ? TPM_DEV_STALE : TPM_DEV_IDLE, 0);
}

/*
 * The kernel holds a lock of the descriptor while the TPM works, and poll,
 * read and write wait for it. So the event is edge-triggered and is added
 * before any command: then only the wake-up at the end of one polls.
 */
static void
on_device(evutil_socket_t fd, short what, void *arg)
{
	struct tpm_dev *d = arg;
	ssize_t n;

	(void)what;
	if (d->state != TPM_DEV_READING && d->state != TPM_DEV_STALE)
		return;
	n = read(fd, d->buf, sizeof(d->buf));
	if (n == 0 || (n == -1 && (errno == EAGAIN || errno == EINTR)))
		return;
	if (d->state == TPM_DEV_STALE)
		d->state = TPM_DEV_IDLE;
	else
		finish(d, n < HEADER_LEN ? 0 : (size_t)n);
}

static void	on_sock(evutil_socket_t, short, void *);

static int
watch(struct tpm_dev *d, short what, enum tpm_dev_state state)
{
	if (d->io != NULL)
		event_free(d->io);
	d->state = state;
	d->io = event_new(d->base, d->fd, what | EV_PERSIST, on_sock, d);
	return d->io == NULL ? -1 : event_add(d->io, NULL);
}

/*
 * Connect without waiting. -1 when that failed for good. A unix socket whose
 * backlog is full says EAGAIN and does not become writable: ask again.
 */
static int
sock_connect(struct tpm_dev *d)
{
	const struct timeval again = { 0, RETRY_MS * 1000 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	memcpy(sun.sun_path, d->sock, strlen(d->sock) + 1);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd == -1)
		return -1;
	if (connect(d->fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return watch(d, EV_WRITE, TPM_DEV_WRITING);
	if (errno != EAGAIN && errno != ECONNREFUSED)
		return -1;
	if (errno == ECONNREFUSED && ++d->refused > REFUSED_MAX)
		return -1;
	close(d->fd);
	d->fd = -1;
	d->state = TPM_DEV_CONNECTING;
	return event_add(d->retry, &again);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct tpm_dev *d = arg;

	(void)fd;
	(void)what;
	if (d->state == TPM_DEV_CONNECTING && sock_connect(d) == -1)
		finish(d, 0);
}

static void
sock_write(struct tpm_dev *d)
{
	ssize_t n;

	n = send(d->fd, d->buf + d->done_len, d->len - d->done_len,
	    MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(d, 0);
		return;
	}
	if ((d->done_len += (size_t)n) < d->len)
		return;
	d->done_len = 0;
	d->len = HEADER_LEN;
	if (watch(d, EV_READ, TPM_DEV_READING) == -1)
		finish(d, 0);
}

/* The size in the header is the only thing looked at: a stream has no frames. */
static void
sock_read(struct tpm_dev *d)
{
	ssize_t n;

	n = recv(d->fd, d->buf + d->done_len, d->len - d->done_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(d, 0);
		return;
	}
	d->done_len += (size_t)n;
	if (d->done_len == HEADER_LEN) {
		d->len = (size_t)d->buf[2] << 24 | (size_t)d->buf[3] << 16 |
		    (size_t)d->buf[4] << 8 | d->buf[5];
		if (d->len < HEADER_LEN || d->len > sizeof(d->buf)) {
			finish(d, 0);
			return;
		}
	}
	if (d->done_len == d->len)
		finish(d, d->len);
}

static void
on_sock(evutil_socket_t fd, short what, void *arg)
{
	struct tpm_dev *d = arg;

	(void)fd;
	(void)what;
	if (d->state == TPM_DEV_WRITING)
		sock_write(d);
	else if (d->state == TPM_DEV_READING)
		sock_read(d);
}

static int
device_open(struct tpm_dev *d, const char *path)
{
	if ((d->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC |
	    O_NOFOLLOW)) == -1)
		return -1;
	d->io = event_new(d->base, d->fd, EV_READ | EV_PERSIST | EV_ET,
	    on_device, d);
	return d->io == NULL ? -1 : event_add(d->io, NULL);
}

int
tpm_dev_init(struct tpm_dev *d, struct event_base *base, const char *path)
{
	static const struct sockaddr_un sun;
	int e;

	memset(d, 0, sizeof(*d));
	d->base = base;
	d->fd = -1;
	if (strncmp(path, "unix:", 5) == 0)
		d->sock = path + 5;
	if (d->sock != NULL && strlen(d->sock) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	d->timeout = evtimer_new(base, on_timeout, d);
	d->retry = evtimer_new(base, on_retry, d);
	if (d->timeout != NULL && d->retry != NULL &&
	    (d->sock != NULL || device_open(d, path) == 0))
		return 0;
	e = errno;
	tpm_dev_close(d);
	errno = e;
	return -1;
}

static int
command_start(struct tpm_dev *d)
{
	ssize_t n;

	if (d->sock != NULL)
		return sock_connect(d);
	/* the kernel takes all of a command or nothing, and only starts it */
	if ((n = write(d->fd, d->buf, d->len)) == -1)
		return -1;
	if ((size_t)n != d->len) {
		errno = EIO;
		return -1;
	}
	d->state = TPM_DEV_READING;
	return 0;
}

int
tpm_dev_command(struct tpm_dev *d, const uint8_t *cmd, size_t len,
    tpm_dev_done *done, void *arg)
{
	const struct timeval limit = { TPM_TIMEOUT_S, 0 };
	int e;

	if (d->state != TPM_DEV_IDLE) {
		errno = EBUSY;
		return -1;
	}
	if (len < HEADER_LEN || len > sizeof(d->buf)) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(d->buf, cmd, len);
	d->len = len;
	d->done_len = 0;
	d->refused = 0;
	if (event_add(d->timeout, &limit) == -1)
		return -1;
	if (command_start(d) == -1) {
		e = errno;
		event_del(d->timeout);
		if (d->sock != NULL)
			sock_close(d);
		d->state = TPM_DEV_IDLE;
		errno = e;
		return -1;
	}
	d->done = done;
	d->arg = arg;
	return 0;
}

void
tpm_dev_close(struct tpm_dev *d)
{
	sock_close(d);
	if (d->timeout != NULL)
		event_free(d->timeout);
	if (d->retry != NULL)
		event_free(d->retry);
	d->timeout = d->retry = NULL;
	d->state = TPM_DEV_IDLE;
	d->done = NULL;
}
