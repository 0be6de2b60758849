#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fstool/derive.h"
#include "fstool/why.h"
#include "privsep/guest_ioctl.h"

/*
 * What is mixed in besides the root key (56860, table "MSG_KEY_REQ",
 * GUEST_FIELD_SELECT): the guest policy, without which a guest that was
 * started with debugging allowed would get the same key and the host could
 * read it there; and the launch measurement, without which any guest on this
 * processor would get it.  Bit 2, which has been taken for the measurement
 * elsewhere, is the family id, which whoever starts a guest may choose.
 *
 * Not mixed in: the TCB version (bit 5) and the guest's SVN (bit 4), because
 * the container has to open again after an update of firmware or image, and
 * because versions that may be given are upper bounds: a newer guest can ask
 * for an older one's key anyway.  What verifies that the firmware is new
 * enough is the attestation.
 *
 * VMPL 0 is the most privileged: a kernel below a paravisor gets an error, not
 * a key that the paravisor does not share.
 */
#define FIELD_POLICY		(1u << 0)
#define FIELD_MEASUREMENT	(1u << 3)

#define ROOT_VCEK	0u	/* VLEK where the provider has loaded one */

/* MSG_KEY_RSP */
#define STATUS_INVALID_PARAMS	0x16u
#define STATUS_INVALID_KEY	0x27u

struct key_resp {
	uint32_t	status;
	uint8_t		rsvd[28];
	uint8_t		key[DERIVED_LEN];
};

/*
 * The host limits how often its secure processor may be asked.  Pauses double
 * up to two seconds, 21 seconds in all: as agent-tee has it, and short enough
 * for a boot.
 */
#define TRIES_MAX	13
#define PAUSE_MIN_MS	100
#define PAUSE_MAX_MS	2000
#define ANSWER_S	30	/* a simulated device that says nothing */
#define ERRNO_MAX	4095

struct call {
	int				fd;
	int				is_socket;
	struct snp_guest_request_ioctl	io;
	struct snp_derived_key_req	req;
	struct snp_derived_key_resp	resp;
};

static const char *
socket_path(const char *device)
{
	return strncmp(device, "unix:", 5) == 0 ? device + 5 : NULL;
}

int
derive_possible(const char *device)
{
	const char *sock = socket_path(device);
	struct stat st;

	if (stat(sock != NULL ? sock : device, &st) == -1)
		return 0;
	return sock != NULL ? S_ISSOCK(st.st_mode) : S_ISCHR(st.st_mode);
}

static int
socket_open(const char *path)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, e;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

static int
put(int fd, const void *p, size_t n)
{
	const uint8_t *q = p;
	ssize_t r;

	for (; n > 0; q += r, n -= (size_t)r) {
		while ((r = send(fd, q, n, MSG_NOSIGNAL)) == -1 &&
		    errno == EINTR)
			continue;
		if (r == -1)
			return -1;
	}
	return 0;
}

static int
get(int fd, void *p, size_t n)
{
	uint8_t *q = p;
	ssize_t r;

	for (; n > 0; q += r, n -= (size_t)r) {
		while ((r = recv(fd, q, n, 0)) == -1 && errno == EINTR)
			continue;
		if (r == 0)
			errno = ECONNRESET;
		if (r <= 0) {
			if (errno == EAGAIN)	/* or it would be asked again */
				errno = ETIMEDOUT;
			return -1;
		}
	}
	return 0;
}

/*
 * As workers/tee_guest.h has it for reports:
 *	request	u32 ioctl number, snp_guest_request_ioctl, snp_derived_key_req
 *	answer	u32 ioctl number, u32 errno or 0, the same again,
 *		snp_derived_key_resp
 */
static int
socket_call(struct call *c)
{
	const uint32_t number = SNP_GET_DERIVED_KEY;
	struct snp_guest_request_ioctl io = c->io;
	uint32_t head[2];

	io.req_data = io.resp_data = 0;
	if (put(c->fd, &number, sizeof(number)) == -1 ||
	    put(c->fd, &io, sizeof(io)) == -1 ||
	    put(c->fd, &c->req, sizeof(c->req)) == -1 ||
	    get(c->fd, head, sizeof(head)) == -1 ||
	    get(c->fd, &io, sizeof(io)) == -1 ||
	    get(c->fd, &c->req, sizeof(c->req)) == -1 ||
	    get(c->fd, &c->resp, sizeof(c->resp)) == -1)
		return -1;
	if (head[0] != number || head[1] > ERRNO_MAX) {
		errno = EPROTO;
		return -1;
	}
	c->io.exitinfo2 = io.exitinfo2;
	errno = (int)head[1];
	return head[1] == 0 ? 0 : -1;
}

static int
call_once(struct call *c)
{
	memset(&c->io, 0, sizeof(c->io));
	memset(&c->req, 0, sizeof(c->req));
	memset(&c->resp, 0, sizeof(c->resp));
	c->io.msg_version = 1;
	c->io.req_data = (uintptr_t)&c->req;
	c->io.resp_data = (uintptr_t)&c->resp;
	c->req.root_key_select = ROOT_VCEK;
	c->req.guest_field_select = FIELD_POLICY | FIELD_MEASUREMENT;
	if (c->is_socket)
		return socket_call(c);
	return ioctl(c->fd, SNP_GET_DERIVED_KEY, &c->io);
}

static int
is_busy(const struct call *c)
{
	return errno == EAGAIN || errno == EBUSY || errno == EINTR ||
	    c->io.vmm_error == SNP_GUEST_VMM_ERR_BUSY;
}

static int
call_patiently(struct call *c)
{
	struct timespec ts;
	int tries = 0, ms = PAUSE_MIN_MS;

	while (call_once(c) == -1) {
		if (!is_busy(c) || ++tries == TRIES_MAX)
			return -1;
		ts.tv_sec = ms / 1000;
		ts.tv_nsec = ms % 1000 * 1000000L;
		nanosleep(&ts, NULL);
		ms = ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : ms * 2;
	}
	return 0;
}

/* What the firmware may say to a guest: linux/psp-sev.h, and 56860 above 0x18. */
static const char *
firmware_words(uint32_t e)
{
	switch (e) {
	case 0x00:		return "no firmware error";
	case 0x02:		return "firmware: the guest is in another state";
	case 0x10:		return "firmware: no such guest";
	case 0x15:		return "firmware: not supported";
	case 0x16:		return "firmware: invalid parameter";
	case 0x17:		return "firmware: out of resources";
	case 0x1d:		return "firmware: too many messages with this key";
	case 0x22:		return "firmware: unknown version of the message";
	case 0x27:		return "firmware: no such root key";
	case 0xffffffff:	return "the firmware was not asked";
	default:		return "firmware error";
	}
}

static int
call_failed(const struct call *c, const char *device)
{
	const int e = errno;

	if (e == ENOTTY)
		return could_not("%s derives no keys: only AMD SEV-SNP does",
		    device);
	if (is_busy(c))
		return could_not("%s: the host keeps the secure processor busy",
		    device);
	return could_not("%s: SNP_GET_DERIVED_KEY: %s (%s 0x%x, host error "
	    "0x%x)", device, strerror(e), firmware_words(c->io.fw_error),
	    (unsigned int)c->io.fw_error, (unsigned int)c->io.vmm_error);
}

static int
key_take(const struct call *c, const char *device, uint8_t *ret_key)
{
	struct key_resp r;
	uint8_t any = 0;
	size_t i;
	int rc = -1;

	_Static_assert(sizeof(r) == sizeof(c->resp.data), "MSG_KEY_RSP");
	memcpy(&r, c->resp.data, sizeof(r));
	for (i = 0; i < sizeof(r.key); i++)
		any |= r.key[i];
	if (r.status == STATUS_INVALID_PARAMS)
		could_not("%s: the firmware takes the request for invalid: "
		    "VMPL 0 is not ours to ask for (a paravisor has it)",
		    device);
	else if (r.status == STATUS_INVALID_KEY)
		could_not("%s: the firmware has no such root key", device);
	else if (r.status != 0)
		could_not("%s: the firmware answers with status 0x%x", device,
		    (unsigned int)r.status);
	else if (any == 0)
		/* older kernels copied nothing when something went wrong */
		could_not("%s: the key is all zero", device);
	else {
		memcpy(ret_key, r.key, sizeof(r.key));
		rc = 0;
	}
	explicit_bzero(&r, sizeof(r));
	return rc;
}

int
derive_key(const char *device, uint8_t ret_key[DERIVED_LEN])
{
	const char *sock = socket_path(device);
	struct call c = { .is_socket = sock != NULL };
	int rc;

	c.fd = sock != NULL ? socket_open(sock) :
	    open(device, O_RDWR | O_CLOEXEC);
	if (c.fd == -1)
		return could_not("%s: %s", device, strerror(errno));
	rc = call_patiently(&c) == -1 ? call_failed(&c, device) :
	    key_take(&c, device, ret_key);
	close(c.fd);
	explicit_bzero(&c, sizeof(c));
	return rc;
}
