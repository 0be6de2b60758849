/*
 * teedev: a guest device at a socket: the structures of the kernel's ioctls,
 * in the form of workers/tee_guest.h, answered as drivers/virt/coco/sev-guest
 * of Linux 6.12 does.  The reports are those of snp.h.
 *
 * Usage: teedev SOCKET --hierarchy DIR
 *
 * Read anew for every call, all optional, besides what snp.h names:
 *	busy		so many calls are answered with EAGAIN; counts down
 *	host-busy	the same, said by the host (vmm_error) with EIO
 *	errno, fw-error	every call fails with these
 *	hang		calls are not answered at all
 *	certs-len	what the host says its table needs
 *	junk-certs	bytes that are no table
 *	tdx-guest	it is /dev/tdx_guest
 *	key-status	what MSG_KEY_RSP says in place of 0
 * A derived key is HMAC-SHA256 over the request and the fields that it selects,
 * with a secret that is the hierarchy's: another processor, another key.
 * Every call is a line of output.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/guest_ioctl.h"
#include "regress/sim/simutil.h"
#include "regress/sim/snp.h"

#define CERTS_MAX	0x4000	/* SEV_FW_BLOB_MAX_SIZE */
#define PAGE		4096

/* One call: what came, and what goes back. */
struct call {
	uint32_t			number;
	uint32_t			error;
	struct snp_guest_request_ioctl	io;
	struct snp_ext_report_req	req;
	struct snp_report_resp		resp;
	struct snp_derived_key_req	key_req;
	struct snp_derived_key_resp	key_resp;
	uint8_t				certs[CERTS_MAX];
};

static const char	*dir;

static void
get(int fd, void *p, size_t len)
{
	if (recv(fd, p, len, MSG_WAITALL) != (ssize_t)len)
		exit(0);		/* the caller is gone */
}

static void
put(int fd, const void *p, size_t len)
{
	if (send(fd, p, len, MSG_NOSIGNAL) != (ssize_t)len)
		exit(0);
}

/* A number in a file that counts down to none. */
static int
count_down(const char *name)
{
	uint64_t	 n = file_read_number(dir, name, 0);
	char		 text[32];

	if (n == 0)
		return (0);
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)n - 1);
	file_write(dir, name, text, strlen(text), 0644);
	return (1);
}

/* Whether a file of the hierarchy makes the call fail. */
static int
fails(struct call *c)
{
	if (count_down("busy"))
		c->error = EAGAIN;
	else if (count_down("host-busy")) {
		c->error = EIO;
		c->io.vmm_error = SNP_GUEST_VMM_ERR_BUSY;
	} else {
		c->error = file_read_number(dir, "errno", 0);
		c->io.fw_error = file_read_number(dir, "fw-error", 0);
	}
	return (c->error != 0);
}

/* The host's table, or that it does not fit. */
static void
certs_fill(struct call *c, const uint8_t *table, size_t len)
{
	size_t		 need = file_read_number(dir, "certs-len", len);

	if (c->req.certs_len > CERTS_MAX || c->req.certs_len % PAGE != 0) {
		c->error = EINVAL;
	} else if (need > c->req.certs_len || len > c->req.certs_len) {
		c->req.certs_len = (need + PAGE - 1) / PAGE * PAGE;
		c->io.vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
		c->error = EIO;
	} else if (file_read_number(dir, "junk-certs", 0) != 0) {
		memset(c->certs, 0xff, sizeof(c->certs));
	} else if (len > 0)
		memcpy(c->certs, table, len);
}

static void
report_fill(struct call *c)
{
	uint8_t		*report, *table;
	size_t		 len, table_len;
	uint32_t	 head[2] = { 0 };

	if (snp_report_make(dir, c->req.data.user_data, c->req.data.vmpl,
	    &report, &len, &table, &table_len) == -1) {
		c->error = EIO;
		return;
	}
	if (c->number == SNP_GET_EXT_REPORT)
		certs_fill(c, table, table_len);
	if (len > sizeof(c->resp.data) - 32)
		len = sizeof(c->resp.data) - 32;
	head[1] = len;
	if (c->error == 0) {
		memcpy(c->resp.data, head, sizeof(head));
		memcpy(c->resp.data + 32, report, len);
	}
	free(report);
	free(table);
}

static void
snp_serve(int fd, struct call *c, int is_tdx)
{
	const int	 ext = c->number == SNP_GET_EXT_REPORT;
	const size_t	 reqlen = ext ? sizeof(c->req) : sizeof(c->req.data);
	size_t		 certs_len;
	uint64_t	 ms = file_read_number(dir, "delay-ms", 0);

	get(fd, &c->io, sizeof(c->io));
	get(fd, &c->req, reqlen);
	certs_len = c->req.certs_len;
	c->io.exitinfo2 = 0;
	usleep(ms * 1000);
	if (is_tdx)
		c->error = ENOTTY;
	else if (!fails(c))
		report_fill(c);
	put(fd, &c->number, sizeof(c->number));
	put(fd, &c->error, sizeof(c->error));
	put(fd, &c->io, sizeof(c->io));
	put(fd, &c->req, reqlen);
	put(fd, &c->resp, sizeof(c->resp));
	if (ext)
		put(fd, c->certs, certs_len < CERTS_MAX ? certs_len :
		    CERTS_MAX);
}

/* The root key: of the VCEK's file, for that is this processor's own. */
static int
root_key(uint8_t key[EVP_MAX_MD_SIZE])
{
	uint8_t		*pem;
	size_t		 len;
	int		 ok;

	if (file_read(dir, "vcek.key", &pem, &len) == -1)
		return (-1);
	ok = EVP_Digest(pem, len, key, NULL, EVP_sha256(), NULL);
	free(pem);
	return (ok == 1 ? 0 : -1);
}

/* What a bit of GUEST_FIELD_SELECT puts in. */
static void
field_add(struct sbuf *b, const struct snp_derived_key_req *q, int bit)
{
	static const char *const	 names[] = { NULL, "image-id",
	    "family-id", "measurement" };
	uint8_t				 field[48] = { 0 };
	uint64_t			 policy;

	if ((q->guest_field_select & (1u << bit)) == 0)
		return;
	if (bit == 0) {
		policy = file_read_number(dir, "policy", 0x30000);
		sbuf_add(b, &policy, sizeof(policy));
	} else if (bit < 4) {
		file_read_fixed(dir, names[bit], field, bit == 3 ? 48 : 16);
		sbuf_add(b, field, sizeof(field));
	} else if (bit == 4)
		sbuf_add(b, &q->guest_svn, sizeof(q->guest_svn));
	else
		sbuf_add(b, &q->tcb_version, sizeof(q->tcb_version));
}

static void
key_fill(struct call *c)
{
	const struct snp_derived_key_req *q = &c->key_req;
	struct sbuf	 b = { 0 };
	uint8_t		 root[EVP_MAX_MD_SIZE];
	unsigned int	 n = 32;
	uint32_t	 status = file_read_number(dir, "key-status", 0);
	int		 bit;

	if (c->io.msg_version != 1 || root_key(root) == -1) {
		c->error = c->io.msg_version != 1 ? EINVAL : EIO;
		return;
	}
	if (q->root_key_select > 1 || q->rsvd != 0 || q->vmpl > 3 ||
	    q->guest_field_select >> 6 != 0 ||
	    q->vmpl < file_read_number(dir, "vmpl-floor", 0))
		status = 0x16;		/* INVALID_PARAMS */
	memcpy(c->key_resp.data, &status, sizeof(status));
	if (status != 0)
		return;
	sbuf_add(&b, q, sizeof(*q));
	for (bit = 0; bit < 6; bit++)
		field_add(&b, q, bit);
	HMAC(EVP_sha256(), root, 32, b.p, b.len, c->key_resp.data + 32, &n);
	sbuf_free(&b);
}

static void
key_serve(int fd, struct call *c, int is_tdx)
{
	get(fd, &c->io, sizeof(c->io));
	get(fd, &c->key_req, sizeof(c->key_req));
	c->io.exitinfo2 = 0;
	if (is_tdx)
		c->error = ENOTTY;
	else if (!fails(c))
		key_fill(c);
	put(fd, &c->number, sizeof(c->number));
	put(fd, &c->error, sizeof(c->error));
	put(fd, &c->io, sizeof(c->io));
	put(fd, &c->key_req, sizeof(c->key_req));
	put(fd, &c->key_resp, sizeof(c->key_resp));
}

/* A TDREPORT is a MAC by a key of the processor's: any bytes will do. */
static void
tdx_serve(int fd, struct call *c, int is_tdx)
{
	struct tdx_report_req	 q;

	get(fd, &q, sizeof(q));
	memset(q.tdreport, 0x81, sizeof(q.tdreport));
	c->error = is_tdx ? 0 : ENOTTY;
	put(fd, &c->number, sizeof(c->number));
	put(fd, &c->error, sizeof(c->error));
	put(fd, &q, sizeof(q));
}

static void
serve(int fd)
{
	static struct call	 c;
	int		 is_tdx;

	for (;;) {
		memset(&c, 0, sizeof(c));
		get(fd, &c.number, sizeof(c.number));
		printf("%s\n", c.number == SNP_GET_REPORT ? "SNP_GET_REPORT" :
		    c.number == SNP_GET_EXT_REPORT ? "SNP_GET_EXT_REPORT" :
		    c.number == SNP_GET_DERIVED_KEY ? "SNP_GET_DERIVED_KEY" :
		    c.number == TDX_CMD_GET_REPORT0 ? "TDX_CMD_GET_REPORT0" :
		    "unknown");
		fflush(stdout);
		while (file_read_number(dir, "hang", 0) != 0)
			usleep(100000);
		is_tdx = file_read_number(dir, "tdx-guest", 0) != 0;
		if (c.number == SNP_GET_REPORT ||
		    c.number == SNP_GET_EXT_REPORT)
			snp_serve(fd, &c, is_tdx);
		else if (c.number == SNP_GET_DERIVED_KEY)
			key_serve(fd, &c, is_tdx);
		else if (c.number == TDX_CMD_GET_REPORT0)
			tdx_serve(fd, &c, is_tdx);
		else
			return;
	}
}

static int
listen_at(const char *path)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int		 fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	strcpy(sun.sun_path, path);
	unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    listen(fd, 8) == -1)
		err(1, "%s", path);
	return (fd);
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "hierarchy", required_argument, NULL, 'h' }, { 0 } };
	int		 ch, fd, conn;

	while ((ch = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		if (ch != 'h')
			goto usage;
		dir = optarg;
	}
	if (optind != argc - 1 || dir == NULL)
		goto usage;
	signal(SIGCHLD, SIG_IGN);
	fd = listen_at(argv[optind]);
	for (;;) {
		if ((conn = accept(fd, NULL, NULL)) == -1)
			err(1, "accept");
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(fd);
			serve(conn);
			return (0);
		}
		close(conn);
	}
usage:
	fprintf(stderr, "usage: teedev SOCKET --hierarchy DIR\n");
	return (2);
}
