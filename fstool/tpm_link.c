#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/log.h"
#include "workers/tpm_link.h"

/*
 * RES_FD is the TPM: the kernel's device, of which one read gives a whole
 * answer, or a socket connected to a simulated one, where the size in the
 * header says how much there is.
 */

#define RSP_HEADER_LEN	10	/* TCG part 1, 18: tag, size, code */
#define ANSWER_S	120	/* RSA keys take tens of seconds on a slow chip */

/* Set for good: command and answer can no longer be told to belong together. */
static int broken;

static void
give_up(const char *why)
{
	log_warnx("TPM: %s", why);
	broken = 1;
}

void
tpm_link_send(const struct wbuf *cmd)
{
	struct pollfd p = { .fd = RES_FD, .events = POLLIN };
	size_t at = 0;
	ssize_t n;

	if (!broken && poll(&p, 1, 0) != 0)
		give_up("it speaks without being asked");
	while (!broken && at < cmd->n) {
		n = write(RES_FD, cmd->b + at, cmd->n - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			give_up("cannot write to it");
		else
			at += (size_t)n;
	}
}

/* Wait until there is something, but not longer than until `end`. */
static int
wait_until(time_t end)
{
	struct pollfd p = { .fd = RES_FD, .events = POLLIN };
	struct timespec now;
	int r;

	do {
		if (clock_gettime(CLOCK_MONOTONIC, &now) == -1 ||
		    now.tv_sec >= end)
			return -1;
		r = poll(&p, 1, (int)(end - now.tv_sec) * 1000);
	} while (r == -1 && errno == EINTR);
	return r == 1 ? 0 : -1;
}

/* The size that stands in the header; 0 for one that cannot be. */
static size_t
size_of(const uint8_t *h)
{
	size_t n = (size_t)h[2] << 24 | (size_t)h[3] << 16 |
	    (size_t)h[4] << 8 | h[5];

	return n < RSP_HEADER_LEN || n > FRAME_MAX ? 0 : n;
}

void
tpm_link_receive(struct frame *f)
{
	size_t want = RSP_HEADER_LEN;
	struct timespec now;
	ssize_t n;

	f->len = 0;
	if (broken || clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return;
	while (f->len < want) {
		if (wait_until(now.tv_sec + ANSWER_S) == -1) {
			give_up("no answer");
			break;
		}
		n = read(RES_FD, f->data + f->len, sizeof(f->data) - f->len);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			give_up("its answer ends too early");
			break;
		}
		f->len += (size_t)n;
		if (f->len >= RSP_HEADER_LEN &&
		    ((want = size_of(f->data)) == 0 || f->len > want)) {
			give_up("its answer has another length than it says");
			break;
		}
	}
	if (broken)
		f->len = 0;
}
