/*
 * usage: azure-tpm --listen SOCKET --tpm SOCKET --hierarchy DIR [--tdx]
 *
 * Azure's vTPM, in front of swtpm: what a client says goes there and back as
 * it is, but before the paravisor's report is read it is made anew if user data
 * was written since.  Two files of the hierarchy folder change that:
 *	azure-stale	so many reads give the old report first (0)
 *	azure-swap	the report is over other user data than was written
 * The key at 0x81000003 and both NV indices are there before the start.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/sim/azure.h"

#define HEADER_SIZE	10
#define MESSAGE_MAX	4096
#define CHUNK		512		/* of an NV write */
#define CC_NV_WRITE	0x137
#define CC_NV_READ	0x14e
#define CC_READ_PUBLIC	0x173
#define ST_NO_SESSIONS	0x8001
#define ST_SESSIONS	0x8002
#define RH_OWNER	0x40000001

static const char	*tpm_path, *hierarchy;
static uint8_t		 modulus[AZURE_MODULUS_SIZE];
static uint8_t		 user_data[AZURE_DATA_SIZE];
static int		 tdx;		/* the hierarchy is of Intel's shape */
static int		 pending;	/* user data was written, the report is old */
static uint64_t		 stale;		/* reads that still give it */

static uint32_t
be(const uint8_t *p, size_t n)
{
	uint32_t	 v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return (v);
}

static void
add(struct sbuf *b, uint32_t v, size_t n)
{
	uint8_t		 x[4] = { v >> 24, v >> 16, v >> 8, v };

	sbuf_add(b, x + 4 - n, n);
}

static int
unix_socket(const char *path, int listening)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int		 fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		errx(1, "%s: path too long for a socket", path);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (listening) {
		if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
		    listen(fd, 64) == -1)
			err(1, "%s", path);
	} else if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		warn("%s", path);
		close(fd);
		return (-1);
	}
	return (fd);
}

static int
read_all(int fd, uint8_t *p, size_t n)
{
	ssize_t		 k;

	for (; n > 0; p += k, n -= k)
		if ((k = recv(fd, p, n, 0)) <= 0)
			return (-1);
	return (0);
}

/* One command or response; its length, 0 at the end. */
static size_t
message_read(int fd, uint8_t *p)
{
	size_t		 len;

	if (read_all(fd, p, HEADER_SIZE) == -1)
		return (0);
	len = be(p + 2, 4);
	if (len < HEADER_SIZE || len > MESSAGE_MAX ||
	    read_all(fd, p + HEADER_SIZE, len - HEADER_SIZE) == -1)
		return (0);
	return (len);
}

static size_t
exchange(int tpm, const uint8_t *cmd, size_t len, uint8_t *rsp)
{
	if (send(tpm, cmd, len, MSG_NOSIGNAL) != (ssize_t)len)
		return (0);
	return (message_read(tpm, rsp));
}

/* A command of our own; body stands behind the header.  Exits when it fails. */
static size_t
own_command(int tpm, uint16_t tag, uint32_t cc, struct sbuf *body, uint8_t *rsp)
{
	struct sbuf	 cmd = { 0 };
	size_t		 len;

	add(&cmd, tag, 2);
	add(&cmd, HEADER_SIZE + body->len, 4);
	add(&cmd, cc, 4);
	sbuf_add(&cmd, body->p, body->len);
	len = exchange(tpm, cmd.p, cmd.len, rsp);
	sbuf_free(&cmd);
	sbuf_free(body);
	if (len == 0 || be(rsp + 6, 4) != 0)
		errx(1, "TPM command 0x%x: code 0x%x", cc,
		    len == 0 ? 0 : be(rsp + 6, 4));
	return (len);
}

/* The unique part is the last of an RSA key's public area. */
static void
key_read(int tpm)
{
	uint8_t		 rsp[MESSAGE_MAX];
	struct sbuf	 body = { 0 };
	size_t		 n;

	add(&body, AZURE_AK, 4);
	own_command(tpm, ST_NO_SESSIONS, CC_READ_PUBLIC, &body, rsp);
	n = be(rsp + HEADER_SIZE, 2);
	if (n < AZURE_MODULUS_SIZE + 2 || n > MESSAGE_MAX - HEADER_SIZE - 2)
		errx(1, "the key at 0x%x is not RSA 2048", AZURE_AK);
	memcpy(modulus, rsp + HEADER_SIZE + 2 + n - AZURE_MODULUS_SIZE,
	    AZURE_MODULUS_SIZE);
}

static void
report_write(int tpm)
{
	uint8_t		 report[AZURE_REPORT_SIZE], rsp[MESSAGE_MAX];
	uint8_t		 data[AZURE_DATA_SIZE];
	struct sbuf	 body = { 0 };
	size_t		 at;

	memcpy(data, user_data, sizeof(data));
	if (file_read_number(hierarchy, "azure-swap", 0) != 0)
		data[0] ^= 1;
	if (azure_report(hierarchy, tdx, modulus, data, report) == -1)
		exit(1);
	for (at = 0; at < sizeof(report); at += CHUNK) {
		add(&body, RH_OWNER, 4);
		add(&body, AZURE_REPORT_INDEX, 4);
		add(&body, 9, 4);
		add(&body, 0x40000009, 4);
		add(&body, 0, 4);
		add(&body, 0, 1);
		add(&body, CHUNK, 2);
		sbuf_add(&body, report + at, CHUNK);
		add(&body, at, 2);
		own_command(tpm, ST_SESSIONS, CC_NV_WRITE, &body, rsp);
	}
	pending = 0;
}

static int
is_report_read(const uint8_t *cmd, size_t len)
{
	return (len > 18 && be(cmd + 6, 4) == CC_NV_READ &&
	    be(cmd + 14, 4) == AZURE_REPORT_INDEX &&
	    be(cmd + len - 2, 2) == 0);
}

/* TPM2B_MAX_NV_BUFFER and u16 offset end the command. */
static void
data_written(const uint8_t *cmd, size_t len)
{
	if (len < 18 + AZURE_DATA_SIZE + 4 || be(cmd + 6, 4) != CC_NV_WRITE ||
	    be(cmd + 14, 4) != AZURE_DATA_INDEX)
		return;
	memcpy(user_data, cmd + len - 2 - AZURE_DATA_SIZE, AZURE_DATA_SIZE);
	stale = file_read_number(hierarchy, "azure-stale", 0);
	pending = 1;
}

static void
serve(int client, int tpm)
{
	uint8_t		 cmd[MESSAGE_MAX], rsp[MESSAGE_MAX];
	size_t		 len, n;

	while ((len = message_read(client, cmd)) != 0) {
		if (pending && is_report_read(cmd, len)) {
			if (stale == 0)
				report_write(tpm);
			else
				stale--;
		}
		if ((n = exchange(tpm, cmd, len, rsp)) == 0)
			return;
		if (be(rsp + 6, 4) == 0)
			data_written(cmd, len);
		if (send(client, rsp, n, MSG_NOSIGNAL) != (ssize_t)n)
			return;
	}
}

int
main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "tpm", required_argument, NULL, 't' },
		{ "hierarchy", required_argument, NULL, 'h' },
		{ "tdx", no_argument, NULL, 'x' }, { 0 } };
	const char	*path = NULL;
	int		 ch, fd, client, tpm;

	while ((ch = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		if (ch == 'l')
			path = optarg;
		else if (ch == 't')
			tpm_path = optarg;
		else if (ch == 'h')
			hierarchy = optarg;
		else if (ch == 'x')
			tdx = 1;
		else
			return (2);
	}
	if (optind != argc || path == NULL || tpm_path == NULL ||
	    hierarchy == NULL)
		errx(2, "usage: azure-tpm --listen SOCKET --tpm SOCKET "
		    "--hierarchy DIR [--tdx]");
	if ((tpm = unix_socket(tpm_path, 0)) == -1)
		return (1);
	key_read(tpm);
	report_write(tpm);
	close(tpm);
	fd = unix_socket(path, 1);
	for (;;) {
		if ((client = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
			err(1, "accept");
		if ((tpm = unix_socket(tpm_path, 0)) != -1) {
			serve(client, tpm);
			close(tpm);
		}
		close(client);
	}
}
