/*
 * sev-guest: /dev/sev-guest in a machine that is none, by CUSE: the ioctls of
 * Linux's drivers/virt/coco/sev-guest, answered with the simulated keys.
 *
 * Usage: sev-guest DIR			(as forge-snp has made it)
 *
 * Every call is a line of output.  A file certs-len in DIR is what the host
 * says its table needs.  Such an ioctl has addresses in the caller's
 * memory: the kernel fetches and stores what is there when it is told where,
 * which takes it up to three calls with ever more input.
 */
#define FUSE_USE_VERSION 31

#include <cuse_lowlevel.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/guest_ioctl.h"
#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"
#include "regress/vm/snp_key.h"

#define CERTS_MAX	0x4000	/* SEV_FW_BLOB_MAX_SIZE */
#define PAGE		4096
#define HEAD_SIZE	32	/* of a response of the firmware */
#define BAD_PARAMETER	0x16	/* SEV_RET_INVALID_PARAM */

/* One call: where things are in the caller, and what is there. */
struct call {
	fuse_req_t			req;
	unsigned int			number;
	struct snp_guest_request_ioctl	io;
	union {
		struct snp_ext_report_req	report;
		struct snp_derived_key_req	key;
	}				in;
	size_t				in_len, resp_len;
	union {
		struct snp_report_resp		report;
		struct snp_derived_key_resp	key;
	}				resp;
	uint8_t				certs[CERTS_MAX];
	size_t				certs_len;	/* as asked for */
	int				error;
};

static const char	*dir;

static void
key_make(struct call *c)
{
	if (snp_key_derive(dir, &c->in.key, c->resp.key.data + HEAD_SIZE) == -1) {
		c->resp.key.data[0] = BAD_PARAMETER;
		c->io.fw_error = BAD_PARAMETER;
		c->error = EIO;
	}
}

/* The host's table, or that it does not fit. */
static void
certs_fill(struct call *c, const uint8_t *table, size_t len)
{
	size_t		 need = file_read_number(dir, "certs-len", len);

	if (need < len)
		need = len;
	if (need <= c->certs_len) {
		if (len > 0)
			memcpy(c->certs, table, len);
		return;
	}
	c->in.report.certs_len = (need + PAGE - 1) / PAGE * PAGE;
	c->io.vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
	c->error = EIO;
}

static void
report_make(struct call *c)
{
	uint8_t		*report, *table;
	size_t		 len, table_len;
	uint32_t	 head[2] = { 0 };

	if (snp_report_make(dir, c->in.report.data.user_data,
	    c->in.report.data.vmpl, &report, &len, &table, &table_len) == -1) {
		c->error = EIO;
		return;
	}
	if (c->number == SNP_GET_EXT_REPORT)
		certs_fill(c, table, table_len);
	if (len > sizeof(c->resp.report) - HEAD_SIZE)
		len = sizeof(c->resp.report) - HEAD_SIZE;
	head[1] = len;
	if (c->error == 0) {
		memcpy(c->resp.report.data, head, sizeof(head));
		memcpy(c->resp.report.data + HEAD_SIZE, report, len);
	}
	free(report);
	free(table);
}

/* The kernel is told to come again with more in hand. */
static void
ask(struct call *c, void *arg, size_t have, int want_out)
{
	struct iovec	 in[2] = { { arg, sizeof(c->io) } }, out[4] = { 0 };
	size_t		 nin = 1, nout = 0;

	if (have > 0) {
		in[nin++] = (struct iovec){ (void *)(uintptr_t)c->io.req_data,
		    c->in_len };
	}
	if (want_out) {
		out[nout++] = in[0];
		out[nout++] = in[1];
		out[nout++] = (struct iovec){
		    (void *)(uintptr_t)c->io.resp_data, c->resp_len };
		if (c->certs_len > 0)
			out[nout++] = (struct iovec){ (void *)(uintptr_t)
			    c->in.report.certs_address, c->certs_len };
	}
	fuse_reply_ioctl_retry(c->req, in, nin, out, nout);
}

static void
reply(struct call *c)
{
	struct iovec	 out[4] = {
		{ &c->io, sizeof(c->io) },
		{ &c->in, c->in_len },
		{ &c->resp, c->resp_len },
		{ c->certs, c->certs_len },
	};

	fuse_reply_ioctl_iov(c->req, -c->error, out, c->certs_len > 0 ? 4 : 3);
}

static void
serve(struct call *c)
{
	switch (c->number) {
	case SNP_GET_DERIVED_KEY:
		printf("SNP_GET_DERIVED_KEY 0x%llx\n",
		    (unsigned long long)c->in.key.guest_field_select);
		key_make(c);
		break;
	default:
		printf("%s\n", c->number == SNP_GET_REPORT ? "SNP_GET_REPORT" :
		    "SNP_GET_EXT_REPORT");
		report_make(c);
	}
	fflush(stdout);
	reply(c);
}

/* What a number takes and gives; 0, or -1 for one that is none of ours. */
static int
sizes_set(struct call *c)
{
	c->resp_len = sizeof(c->resp.report);
	switch (c->number) {
	case SNP_GET_REPORT:
		c->in_len = sizeof(c->in.report.data);
		return (0);
	case SNP_GET_EXT_REPORT:
		c->in_len = sizeof(c->in.report);
		return (0);
	case SNP_GET_DERIVED_KEY:
		c->in_len = sizeof(c->in.key);
		c->resp_len = sizeof(c->resp.key);
		return (0);
	}
	return (-1);
}

static int
certs_wanted(struct call *c)
{
	if (c->number != SNP_GET_EXT_REPORT)
		return (0);
	c->certs_len = c->in.report.certs_len;
	return (c->certs_len > CERTS_MAX || c->certs_len % PAGE != 0 ? -1 : 0);
}

static void
on_ioctl(fuse_req_t req, int cmd, void *arg, struct fuse_file_info *fi,
    unsigned int flags, const void *in, size_t in_len, size_t out_len)
{
	static struct call	 c;
	const uint8_t	*p = in;

	(void)fi;
	(void)flags;
	memset(&c, 0, sizeof(c));
	c.req = req;
	c.number = (unsigned int)cmd;
	if (sizes_set(&c) == -1) {
		fuse_reply_err(req, ENOTTY);
		return;
	}
	if (in_len < sizeof(c.io)) {
		ask(&c, arg, 0, 0);
		return;
	}
	memcpy(&c.io, p, sizeof(c.io));
	if (c.io.msg_version == 0 || c.io.req_data == 0 || c.io.resp_data == 0) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	c.io.exitinfo2 = 0;
	if (in_len < sizeof(c.io) + c.in_len) {
		ask(&c, arg, 1, 0);
		return;
	}
	memcpy(&c.in, p + sizeof(c.io), c.in_len);
	if (certs_wanted(&c) == -1)
		fuse_reply_err(req, EINVAL);
	else if (out_len == 0)
		ask(&c, arg, 1, 1);
	else
		serve(&c);
}

static void
on_open(fuse_req_t req, struct fuse_file_info *fi)
{
	fuse_reply_open(req, fi);
}

int
main(int argc, char **argv)
{
	static const struct cuse_lowlevel_ops ops = {
		.open = on_open, .ioctl = on_ioctl };
	const char	*name[] = { "DEVNAME=sev-guest" };
	struct cuse_info ci = { .dev_info_argc = 1, .dev_info_argv = name,
		.flags = CUSE_UNRESTRICTED_IOCTL };
	char		*args[] = { argv[0], "-f", "-s", NULL };

	if (argc != 2) {
		fprintf(stderr, "usage: sev-guest DIR\n");
		return (2);
	}
	dir = argv[1];
	return (cuse_lowlevel_main(3, args, &ci, &ops, NULL));
}
