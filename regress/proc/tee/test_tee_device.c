/*
 * A guest device played to a real, confined tee: the structures of the ioctls
 * over a socket, with every answer that kernel, firmware and host may give.
 */

#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "evidence/snp_report.h"
#include "privsep/guest_ioctl.h"
#include "regress/proc/tee/tee_play.h"
#include "regress/unit/check.h"

#define CERTS_MAX	0x4000

/* What the device answers to one call. */
struct turn {
	unsigned long	 number;	/* that the call must have */
	int		 error;
	uint32_t	 vmm_error, fw_error, status, size;
	int		 certs;		/* 0 none, 1 a table, 2 junk */
	uint32_t	 says;		/* number in the answer, 0: that of the call */
	int		 cut;		/* the answer ends after so many bytes */
};

#define GOOD(n)		.number = (n), .size = SNP_REPORT_SIZE
#define NTURNS_MAX	4

struct play {
	const char	*name;
	struct turn	 turn[NTURNS_MAX];
	int		 ok;
	size_t		 quote_len;
	const char	*reason, *said;
};

static uint8_t report[SNP_REPORT_SIZE];
static char said[1024];

static void
get(int fd, void *p, size_t n)
{
	if (recv(fd, p, n, MSG_WAITALL) != (ssize_t)n)
		err(1, "tee has asked for less");
}

/* One VCEK of three bytes. */
static void
certs_fill(uint8_t *p, int how)
{
	static const uint8_t head[] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64,
	    0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd,
	    48, 0, 0, 0, 3, 0, 0, 0 };

	if (how == 1) {
		memcpy(p, head, sizeof(head));
		memcpy(p + 48, "abc", 3);
	} else if (how == 2)
		memset(p, 0xff, CERTS_MAX);
}

static size_t
snp_fill(const struct turn *t, uint8_t *out)
{
	struct snp_guest_request_ioctl io = { .msg_version = 1 };
	struct snp_ext_report_req req;
	const uint32_t head[2] = { t->status, t->size };
	size_t n = 0, reqlen = t->number == SNP_GET_EXT_REPORT ?
	    sizeof(req) : sizeof(req.data);

	memset(&req, 0, sizeof(req));
	req.certs_len = 5 * 4096;
	io.vmm_error = t->vmm_error;
	io.fw_error = t->fw_error;
	memcpy(out + n, &io, sizeof(io));
	n += sizeof(io);
	memcpy(out + n, &req, reqlen);
	n += reqlen;
	memset(out + n, 0, sizeof(struct snp_report_resp));
	memcpy(out + n, head, sizeof(head));
	memcpy(out + n + 32, report, sizeof(report));
	n += sizeof(struct snp_report_resp);
	if (t->number == SNP_GET_EXT_REPORT) {
		memset(out + n, 0, CERTS_MAX);
		certs_fill(out + n, t->certs);
		n += CERTS_MAX;
	}
	return n;
}

static void
request_take(int fd, const struct turn *t)
{
	struct snp_guest_request_ioctl io;
	struct snp_ext_report_req req;
	struct tdx_report_req tdx;
	uint8_t data[64];
	uint32_t number;

	memset(data, TEE_DATA, sizeof(data));
	get(fd, &number, sizeof(number));
	CHECK_INT(number, t->number);
	if (number == TDX_CMD_GET_REPORT0) {
		get(fd, &tdx, sizeof(tdx));
		CHECK_MEM(tdx.reportdata, data, sizeof(data));
		return;
	}
	get(fd, &io, sizeof(io));
	CHECK_INT(io.msg_version, 1);
	CHECK(io.req_data == 0 && io.resp_data == 0);
	get(fd, &req, number == SNP_GET_EXT_REPORT ? sizeof(req) :
	    sizeof(req.data));
	CHECK_MEM(req.data.user_data, data, sizeof(data));
	CHECK_INT(req.data.vmpl, 0);
	if (number == SNP_GET_EXT_REPORT) {
		CHECK_INT(req.certs_len, CERTS_MAX);
		CHECK(req.certs_address == 0);
	}
}

static void
turn_play(int fd, const struct turn *t)
{
	static uint8_t out[8 + 32 + 112 + 4000 + CERTS_MAX];
	uint32_t head[2] = { t->says != 0 ? t->says : (uint32_t)t->number,
	    (uint32_t)t->error };
	size_t n = sizeof(head);

	request_take(fd, t);
	memcpy(out, head, sizeof(head));
	if (t->number == TDX_CMD_GET_REPORT0) {
		memset(out + n, 0, sizeof(struct tdx_report_req));
		n += sizeof(struct tdx_report_req);
	} else
		n += snp_fill(t, out + n);
	if (t->cut != 0)
		n = (size_t)t->cut;
	/* one that has seen enough may be gone */
	if (send(fd, out, n, MSG_NOSIGNAL) == -1 && errno != EPIPE &&
	    errno != ECONNRESET)
		err(1, "send");
}

static void
play_run(const struct play *p)
{
	struct answer_got a;
	struct spawned s;
	uint8_t quote[4096];
	int i, pair[2];

	test_begin(p->name);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	tee_start(&s, &pair[0], 1);
	close(pair[0]);
	tee_ask(&s, TEE_FROM_SOCKET);
	for (i = 0; i < NTURNS_MAX && p->turn[i].number != 0; i++)
		turn_play(pair[1], &p->turn[i]);
	close(pair[1]);
	tee_answer(&s, &a);
	tee_end(&s, said, sizeof(said));
	CHECK_INT(a.ok, p->ok);
	if (!CHECK(strstr(a.reason, p->reason) != NULL))
		printf("%s\n", a.reason);
	if (!CHECK(strstr(said, p->said) != NULL))
		printf("%s\n", said);
	if (a.fd == -1)
		return;
	CHECK_INT(a.kind, TEE_SEV_SNP);
	CHECK_INT(pread(a.fd, quote, sizeof(quote), 0), p->quote_len);
	CHECK_MEM(quote, report, sizeof(report));
	close(a.fd);
}

#define EXT	SNP_GET_EXT_REPORT
#define BARE	(SNP_REPORT_SIZE + 4)

static const struct play plays[] = {
	{ "a report with a certificate", { { GOOD(EXT), .certs = 1 } }, 1,
	    BARE + 4 + 16 + 3, "", "" },
	{ "a host without certificates", { { GOOD(EXT) } }, 1, BARE, "", "" },
	{ "a table that is none", { { GOOD(EXT), .certs = 2 } }, 1, BARE, "",
	    "certificates are no table" },
	{ "more certificates than the kernel takes", {
	    { .number = EXT, .error = EIO, .vmm_error =
	    SNP_GUEST_VMM_ERR_INVALID_LEN }, { GOOD(SNP_GET_REPORT) } }, 1,
	    BARE, "", "certificates need 20480 bytes" },
	{ "the same, said by errno", { { .number = EXT, .error = ENOSPC },
	    { GOOD(SNP_GET_REPORT) } }, 1, BARE, "", "without them" },
	{ "neither with nor without", { { .number = EXT, .error = ENOSPC },
	    { .number = SNP_GET_REPORT, .error = EIO, .fw_error = 0x16 } }, 0,
	    0, "SNP_GET_REPORT: Input/output error (firmware error 0x16, "
	    "host error 0x0)", "" },
	{ "throttled for a while", { { .number = EXT, .error = EAGAIN },
	    { .number = EXT, .error = EIO, .vmm_error =
	    SNP_GUEST_VMM_ERR_BUSY }, { .number = EXT, .error = EBUSY },
	    { GOOD(EXT), .certs = 1 } }, 1, BARE + 4 + 16 + 3, "", "" },
	{ "refused by the firmware", { { .number = EXT, .error = EIO,
	    .fw_error = 0x16 } }, 0, 0, "SNP_GET_EXT_REPORT: Input/output "
	    "error (firmware error 0x16, host error 0x0)", "" },
	{ "a status of the firmware", { { GOOD(EXT), .status = 0x16 } }, 0, 0,
	    "status 0x16", "" },
	{ "another size", { { .number = EXT, .size = 1183 } }, 0, 0,
	    "1183 bytes", "" },
	{ "an answer to another call", { { GOOD(EXT), .says = 7 } }, 0, 0,
	    "Protocol error", "" },
	{ "no such errno", { { GOOD(EXT), .error = 4096 } }, 0, 0,
	    "Protocol error", "" },
	{ "an answer that ends early", { { GOOD(EXT), .cut = 4000 } }, 0, 0,
	    "Connection reset", "" },
	{ "no answer", { { .number = 0 } }, 0, 0, "SNP_GET_EXT_REPORT: ", "" },
	{ "a TDX device", { { .number = EXT, .error = ENOTTY },
	    { .number = TDX_CMD_GET_REPORT0 } }, 0, 0,
	    "a quote needs the kernel's configfs-tsm", "" },
	{ "a TDX device that fails", { { .number = EXT, .error = ENOTTY },
	    { .number = TDX_CMD_GET_REPORT0, .error = EIO } }, 0, 0,
	    "TDX_CMD_GET_REPORT0: Input/output error", "" },
};

/* The filter lets the calls pass, and the kernel says that a file is no device. */
static void
test_ioctl(enum tee_source source, const char *reason)
{
	int fd = memfd_create("device", MFD_CLOEXEC);
	struct answer_got a;
	struct spawned s;

	test_begin(reason);
	tee_start(&s, &fd, 1);
	tee_ask(&s, source);
	tee_answer(&s, &a);
	tee_end(&s, NULL, 0);
	CHECK_INT(a.ok, 0);
	if (!CHECK(strncmp(a.reason, reason, strlen(reason)) == 0))
		printf("%s\n", a.reason);
	close(fd);
}

int
main(void)
{
	size_t i;

	if (geteuid() != 0)
		test_skip("needs root");
	for (i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)(i * 7);
	for (i = 0; i < sizeof(plays) / sizeof(plays[0]); i++)
		play_run(&plays[i]);
	test_ioctl(TEE_FROM_SEV_GUEST, "SNP_GET_EXT_REPORT: Inappropriate "
	    "ioctl for device");
	test_ioctl(TEE_FROM_TDX_GUEST, "TDX_CMD_GET_REPORT0: Inappropriate "
	    "ioctl for device");
	return test_end();
}
