#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "privsep/guest_ioctl.h"
#include "privsep/log.h"
#include "workers/tee_guest.h"

/*
 * The host limits how often its secure processor may be asked, and then says
 * busy. Pauses double up to two seconds: 21 seconds in all, less than
 * TEE_TIMEOUT_S, so that the reason gets into the log.
 */
#define TRIES_MAX	13
#define PAUSE_MIN_MS	100
#define PAUSE_MAX_MS	2000

#define ERRNO_MAX	4095	/* of the kernel's, so of an answer's */

/* One call, and what its addresses lead to. */
struct call {
	int				fd;
	enum tee_source			source;
	struct snp_guest_request_ioctl	io;
	struct snp_ext_report_req	req;	/* begins with an snp_report_req */
	struct snp_report_resp		resp;
	uint8_t				certs[GUEST_CERTS_MAX];
};

/* What the response begins with: MSG_REPORT_RSP, SEV-SNP ABI 56860 table 25. */
struct report_head {
	uint32_t	status;
	uint32_t	size;
	uint8_t		rsvd[24];
};

static int
send_all(int fd, const void *p, size_t n)
{
	const uint8_t *q = p;
	ssize_t r;

	while (n > 0) {
		r = send(fd, q, n, MSG_NOSIGNAL);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		q += r;
		n -= (size_t)r;
	}
	return 0;
}

static int
read_all(int fd, void *p, size_t n)
{
	uint8_t *q = p;
	ssize_t r;

	while (n > 0) {
		r = read(fd, q, n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == 0)
			errno = ECONNRESET;
		if (r <= 0)
			return -1;
		q += r;
		n -= (size_t)r;
	}
	return 0;
}

/* The head of a simulated device's answer. */
static int
answer_head(int fd, uint32_t number, int *ret_errno)
{
	uint32_t head[2];

	if (read_all(fd, head, sizeof(head)) == -1)
		return -1;
	if (head[0] != number || head[1] > ERRNO_MAX) {
		errno = EPROTO;
		return -1;
	}
	*ret_errno = (int)head[1];
	return 0;
}

static int
socket_snp(struct call *c, uint32_t number)
{
	const int ext = number == SNP_GET_EXT_REPORT;
	struct snp_guest_request_ioctl io = { .msg_version = 1 };
	struct snp_ext_report_req req = c->req;
	int e;

	req.certs_address = 0;
	if (send_all(c->fd, &number, sizeof(number)) == -1 ||
	    send_all(c->fd, &io, sizeof(io)) == -1 ||
	    send_all(c->fd, &req, ext ? sizeof(req) : sizeof(req.data)) == -1 ||
	    answer_head(c->fd, number, &e) == -1 ||
	    read_all(c->fd, &io, sizeof(io)) == -1 ||
	    read_all(c->fd, &req, ext ? sizeof(req) : sizeof(req.data)) == -1 ||
	    read_all(c->fd, &c->resp, sizeof(c->resp)) == -1 ||
	    (ext && read_all(c->fd, c->certs, sizeof(c->certs)) == -1))
		return -1;
	c->io.exitinfo2 = io.exitinfo2;
	c->req.certs_len = req.certs_len;
	errno = e;
	return e == 0 ? 0 : -1;
}

static int
is_busy(const struct call *c)
{
	return errno == EAGAIN || errno == EBUSY || errno == EINTR ||
	    c->io.vmm_error == SNP_GUEST_VMM_ERR_BUSY;
}

static int
call_once(struct call *c, uint32_t number)
{
	memset(&c->io, 0, sizeof(c->io));
	memset(&c->resp, 0, sizeof(c->resp));
	memset(c->certs, 0, sizeof(c->certs));
	c->io.msg_version = 1;
	c->io.req_data = (uintptr_t)&c->req;
	c->io.resp_data = (uintptr_t)&c->resp;
	c->req.certs_address = (uintptr_t)c->certs;
	c->req.certs_len = sizeof(c->certs);
	if (c->source == TEE_FROM_SOCKET)
		return socket_snp(c, number);
	return ioctl(c->fd, number, &c->io);
}

static int
call_snp(struct call *c, uint32_t number)
{
	struct timespec ts;
	int tries = 0, ms = PAUSE_MIN_MS;

	while (call_once(c, number) == -1) {
		if (!is_busy(c) || ++tries == TRIES_MAX)
			return -1;
		ts.tv_sec = ms / 1000;
		ts.tv_nsec = ms % 1000 * 1000000L;
		nanosleep(&ts, NULL);
		ms = ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : ms * 2;
	}
	return 0;
}

static int
snp_failed(const struct call *c, const char *what, struct guest_report *r)
{
	const int e = errno;

	snprintf(r->reason, sizeof(r->reason), "%s: %s (firmware error 0x%x, "
	    "host error 0x%x)", what, strerror(e),
	    (unsigned int)c->io.fw_error, (unsigned int)c->io.vmm_error);
	errno = e;
	return -1;
}

static int
report_take(const struct call *c, struct guest_report *r)
{
	struct report_head head;

	memcpy(&head, c->resp.data, sizeof(head));
	if (head.status != 0 || head.size != SNP_REPORT_SIZE) {
		snprintf(r->reason, sizeof(r->reason), "sev-guest: the firmware "
		    "answers with status 0x%x and %u bytes",
		    (unsigned int)head.status, (unsigned int)head.size);
		errno = EBADMSG;
		return -1;
	}
	memcpy(r->report, c->resp.data + sizeof(head), SNP_REPORT_SIZE);
	return 0;
}

/* Only the host says how long its table is: one too long is not waited for. */
static int
snp_report_get(struct call *c, struct guest_report *r)
{
	if (call_snp(c, SNP_GET_EXT_REPORT) == 0) {
		memcpy(r->certs, c->certs, sizeof(r->certs));
		r->certs_len = sizeof(r->certs);
		return report_take(c, r);
	}
	if (c->io.vmm_error != SNP_GUEST_VMM_ERR_INVALID_LEN &&
	    errno != ENOSPC)
		return snp_failed(c, "SNP_GET_EXT_REPORT", r);
	log_warnx("the host's certificates need %u bytes and the kernel takes "
	    "%d: the report is served without them",
	    (unsigned int)c->req.certs_len, GUEST_CERTS_MAX);
	if (call_snp(c, SNP_GET_REPORT) == -1)
		return snp_failed(c, "SNP_GET_REPORT", r);
	return report_take(c, r);
}

static int
socket_tdx(int fd, struct tdx_report_req *q)
{
	const uint32_t number = TDX_CMD_GET_REPORT0;
	int e;

	if (send_all(fd, &number, sizeof(number)) == -1 ||
	    send_all(fd, q, sizeof(*q)) == -1 ||
	    answer_head(fd, number, &e) == -1 ||
	    read_all(fd, q, sizeof(*q)) == -1)
		return -1;
	errno = e;
	return e == 0 ? 0 : -1;
}

/*
 * What a TDREPORT says only this processor can check. The quoting enclave is
 * reached by the kernel's configfs-tsm alone.
 */
static int
tdx_report_get(const struct call *c, const uint8_t data[64],
    struct guest_report *r)
{
	struct tdx_report_req q;
	int rc;

	memset(&q, 0, sizeof(q));
	memcpy(q.reportdata, data, sizeof(q.reportdata));
	rc = c->source == TEE_FROM_SOCKET ? socket_tdx(c->fd, &q) :
	    ioctl(c->fd, TDX_CMD_GET_REPORT0, &q);
	if (rc == -1)
		snprintf(r->reason, sizeof(r->reason),
		    "TDX_CMD_GET_REPORT0: %s", strerror(errno));
	else
		snprintf(r->reason, sizeof(r->reason), "tdx_guest gives a "
		    "TDREPORT, which only this processor can check: a quote "
		    "needs the kernel's configfs-tsm (Linux 6.7)");
	return -1;
}

int
guest_report(int fd, enum tee_source source, const uint8_t data[64],
    struct guest_report *ret_r)
{
	static struct call c;

	c.fd = fd;
	c.source = source;
	ret_r->certs_len = 0;
	memcpy(c.req.data.user_data, data, sizeof(c.req.data.user_data));
	if (source == TEE_FROM_TDX_GUEST)
		return tdx_report_get(&c, data, ret_r);
	if (snp_report_get(&c, ret_r) == 0)
		return 0;
	/* a socket may stand for either device */
	if (source == TEE_FROM_SOCKET && errno == ENOTTY)
		return tdx_report_get(&c, data, ret_r);
	return -1;
}
