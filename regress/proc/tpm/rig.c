#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "regress/proc/tpm/rig.h"

#define TEST_UID	64298
#define LINES_MAX	50	/* of a worker's log that are shown */

const char *
rig_missing(void)
{
	if (geteuid() != 0)
		return "needs root";
	if (access("/usr/bin/swtpm", X_OK) == -1)
		return "no swtpm";
	return NULL;
}

static void
power_on(struct rig *r)
{
	char state[160], server[200], ctrl[200];
	pid_t parent = getpid();

	snprintf(state, sizeof(state), "dir=%s/tpm", r->dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s", r->path + 5);
	/* where libtss2-tcti-swtpm looks for it */
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s.ctrl", r->path + 5);
	unlink(r->path + 5);
	unlink(strchr(ctrl, '/'));
	if ((r->swtpm = fork()) == -1)
		err(1, "fork");
	if (r->swtpm == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		/* it says a line for each connection */
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		execl("/usr/bin/swtpm", "swtpm", "socket", "--tpm2",
		    "--tpmstate", state, "--server", server, "--ctrl", ctrl,
		    "--flags", "not-need-init,startup-clear", (char *)NULL);
		_exit(1);
	}
	while (access(r->path + 5, F_OK) == -1) {
		if (waitpid(r->swtpm, NULL, WNOHANG) != 0)
			errx(1, "swtpm does not start");
		usleep(2000);
	}
}

static void
power_off(struct rig *r)
{
	kill(r->swtpm, SIGTERM);
	waitpid(r->swtpm, NULL, 0);
}

/* The maker's part: an own CA in the folder, nothing of the system's is used. */
static const char make_tpm[] =
    "mkdir $D/ca && cd $D/ca && cat >localca.conf <<X\n"
    "statedir = $D/ca\n"
    "signingkey = $D/ca/key.pem\n"
    "issuercert = $D/ca/cert.pem\n"
    "certserial = $D/ca/serial\n"
    "X\n"
    "printf -- '--platform-manufacturer Simulated\\n--platform-version 1\\n"
    "--platform-model cvm\\n' >options\n"
    "cat >setup.conf <<X\n"
    "create_certs_tool = $(command -v swtpm_localca)\n"
    "create_certs_tool_config = $D/ca/localca.conf\n"
    "create_certs_tool_options = $D/ca/options\n"
    "X\n"
    "swtpm_setup --tpm2 --tpmstate $D/tpm --config setup.conf --runas root "
    "--overwrite $C --pcr-banks sha1,sha256 >setup.log 2>&1 || "
    "{ cat setup.log; exit 1; }";

static void
manufacture(struct rig *r, const char *certs)
{
	if (setenv("D", r->dir, 1) == -1 || setenv("C", certs, 1) == -1 ||
	    system(make_tpm) != 0)
		errx(1, "swtpm_setup");
}

void
rig_start(struct rig *r, const char *certs)
{
	const char *tmp = getenv("TMPDIR");
	char tpm[160];

	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "%s/tpmrig.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(r->dir) == NULL)
		err(1, "%s", r->dir);
	snprintf(r->path, sizeof(r->path), "unix:%s/s", r->dir);
	snprintf(tpm, sizeof(tpm), "%s/tpm", r->dir);
	if (mkdir(tpm, 0700) == -1)
		err(1, "%s", tpm);
	if (certs != NULL)
		manufacture(r, certs);
	power_on(r);
	if ((r->base = event_base_new()) == NULL ||
	    tpm_dev_init(&r->dev, r->base, r->path) == -1)
		err(1, "%s", r->path);
}

void
rig_power_cycle(struct rig *r)
{
	power_off(r);
	power_on(r);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

void
rig_stop(struct rig *r)
{
	tpm_dev_close(&r->dev);
	event_base_free(r->base);
	power_off(r);
	nftw(r->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
on_response(void *arg, const uint8_t *rsp, size_t len)
{
	struct rig *r = arg;

	memcpy(r->rsp.data, rsp, len);
	r->rsp.len = len;
	r->done = 1;
}

uint32_t
rig_command(struct rig *r, const uint8_t *cmd, size_t len)
{
	r->done = 0;
	if (tpm_dev_command(&r->dev, cmd, len, on_response, r) == -1)
		err(1, "tpm_dev_command");
	while (!r->done)
		event_base_loop(r->base, EVLOOP_ONCE);
	if (r->rsp.len < 10)
		return ~0U;
	return (uint32_t)r->rsp.data[6] << 24 | (uint32_t)r->rsp.data[7] << 16 |
	    (uint32_t)r->rsp.data[8] << 8 | r->rsp.data[9];
}

uint32_t
rig_read_public(struct rig *r, uint32_t h)
{
	const uint8_t cmd[14] = { 0x80, 1, 0, 0, 0, 14, 0, 0, 0x01, 0x73,
	    (uint8_t)(h >> 24), (uint8_t)(h >> 16), (uint8_t)(h >> 8),
	    (uint8_t)h };

	return rig_command(r, cmd, sizeof(cmd));
}

void
rig_extend(struct rig *r)
{
	uint8_t cmd[65] = { 0x80, 2, 0, 0, 0, 65, 0, 0, 0x01, 0x82,
	    0, 0, 0, 10, 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,
	    0, 0, 0, 1, 0, 0x0b };

	memset(cmd + 33, 0x5a, 32);
	if (rig_command(r, cmd, sizeof(cmd)) != 0)
		errx(1, "PCR extend");
}

void
rig_do(struct rig *r, uint32_t cc, const uint32_t *h, size_t nh,
    const void *params, size_t len)
{
	const uint32_t auth[] = { 9, 0x40000009, 0 };
	struct wbuf w;
	size_t i;

	wbuf_init(&w);
	put_u16(&w, 0x8002);
	put_u32(&w, (uint32_t)(10 + 4 * nh + 13 + len));
	put_u32(&w, cc);
	for (i = 0; i < nh; i++)
		put_u32(&w, h[i]);
	for (i = 0; i < 3; i++)
		put_u32(&w, auth[i]);
	put_u8(&w, 0);
	put_raw(&w, params, len);
	if (w.bad || rig_command(r, w.b, w.n) != 0)
		errx(1, "command 0x%x fails", cc);
}

void
rig_nv_fill(struct rig *r, uint32_t index, const void *p, size_t len)
{
	const uint32_t h[2] = { 0x40000001, index };
	const uint32_t attributes = 0x02060002;	/* NO_DA, AUTHREAD, OWNERREAD, OWNERWRITE */
	struct wbuf w;
	size_t at, n;

	wbuf_init(&w);
	put_u16(&w, 0);			/* no password */
	put_u16(&w, 14);
	put_u32(&w, index);
	put_u16(&w, 0x000b);
	put_u32(&w, attributes);
	put_u16(&w, 0);
	put_u16(&w, (uint16_t)len);
	rig_do(r, 0x12a, h, 1, w.b, w.n);
	for (at = 0; at < len; at += n) {
		n = len - at < 512 ? len - at : 512;
		wbuf_init(&w);
		put_blob(&w, (const uint8_t *)p + at, n);
		put_u16(&w, (uint16_t)at);
		rig_do(r, 0x137, h, 2, w.b, w.n);
	}
}

void
worker_start(struct rig *r, const char *name, enum tpm_table table,
    uint32_t flags)
{
	struct spawn_req q = { .name = name, .uid = TEST_UID,
	    .keep_stderr = 1 };
	struct frame f;
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", libexec_dir, name);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, &r->worker) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	r->table = table;
	r->commands = r->quotes = r->lines = 0;
	r->refused = NULL;
	if (chan_recv(r->worker.req_fd, &f) != 1 || f.type != MSG_HELLO_REQ) {
		worker_end(r);
		errx(1, "%s: no hello", name);
	}
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, flags);
	if (chan_send(r->worker.req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0) == -1)
		err(1, "hello");
}

/* 0 when the worker was cut or is gone. */
static int
serve_command(struct rig *r, const struct frame *f)
{
	const char *why;
	struct wbuf w;

	wbuf_init(&w);
	r->commands++;
	if (f->len >= 10 && f->data[8] == 0x01 && f->data[9] == 0x58)
		r->quotes++;
	if ((why = tpm_filter(r->table, f->data, f->len, r->expect)) != NULL) {
		r->refused = why;
		printf("refused: command 0x%02x%02x: %s\n", f->data[8],
		    f->data[9], why);
	} else if (r->before == NULL || !r->before(r, f->data, f->len)) {
		rig_command(r, f->data, f->len);
		if (r->after != NULL)
			r->after(r);
	}
	if (why == NULL)
		put_raw(&w, r->rsp.data, r->rsp.len);
	if (r->cut_at != 0 && r->commands == r->cut_at) {
		spawn_kill(&r->worker);
		return 0;
	}
	/* the worker may have left us for what `before` did */
	return chan_send(r->worker.req_fd, MSG_TPM_CMD_ANS, 0, &w, NULL,
	    0) == 0;
}

/* Until it has a frame for us: its lines are taken, or it would wait for that. */
static void
lines_take(struct rig *r)
{
	struct pollfd p[] = { { r->worker.req_fd, POLLIN, 0 },
	    { r->worker.log_fd, POLLIN, 0 } };
	char line[2048];
	ssize_t n;

	while (poll(p, 2, -1) > 0 && p[0].revents == 0) {
		n = recv(r->worker.log_fd, line, sizeof(line) - 1,
		    MSG_DONTWAIT);
		if (n <= 1)
			p[1].fd = -1;	/* it is gone */
		else if (r->lines++ < LINES_MAX)
			printf("worker: %.*s\n", (int)n - 1, line + 1);
	}
}

int
worker_next(struct rig *r, struct frame *f)
{
	for (;;) {
		lines_take(r);
		if (chan_recv(r->worker.req_fd, f) != 1)
			return 0;
		if (f->type != MSG_TPM_CMD_REQ)
			return 1;
		if (!serve_command(r, f))
			return 0;
	}
}

int
worker_end(struct rig *r)
{
	struct pollfd p = { .fd = r->worker.pidfd, .events = POLLIN };
	char line[2048];
	ssize_t n;
	int code = 0, status = -1;

	close(r->worker.req_fd);
	if (poll(&p, 1, 10000) != 1) {
		printf("worker does not end\n");
		spawn_kill(&r->worker);
		poll(&p, 1, 10000);
	}
	while ((n = recv(r->worker.log_fd, line, sizeof(line) - 1,
	    MSG_DONTWAIT)) > 1) {
		line[n] = '\0';
		printf("worker: %s\n", line + 1);
	}
	close(r->worker.log_fd);
	spawn_reap(&r->worker, &code, &status);
	close(r->worker.pidfd);
	return code == CLD_EXITED ? status : -1;
}

static void
launch(struct rig *r, int have_auth)
{
	char path[160];
	struct frame f;
	struct rbuf b;
	struct wbuf w;
	char text[256];
	int fd, ok = 0;

	snprintf(path, sizeof(path), "%s/auth", r->dir);
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1)
		err(1, "%s", path);
	worker_start(r, "agent-tpminit", TPM_INIT, AGENT_SIMULATED);
	wbuf_init(&w);
	put_u8(&w, (uint8_t)have_auth);
	chan_send(r->worker.req_fd, MSG_TPMINIT_REQ, 0, &w, &fd, 1);
	close(fd);
	while (worker_next(r, &f)) {
		if (f.type == MSG_TPMINIT_ANS) {
			rbuf_init(&b, f.data, f.len);
			ok = get_u8(&b);
			get_str(&b, text, sizeof(text));
			r->ticket_len = get_blob(&b, r->ticket,
			    sizeof(r->ticket));
			break;
		}
		wbuf_init(&w);
		put_u8(&w, 1);
		chan_send(r->worker.req_fd, MSG_TPMINIT_SAVED_ANS, 0, &w,
		    NULL, 0);
	}
	if (worker_end(r) != 0 || ok != 1)
		errx(1, "no launch");
}

void
rig_first_launch(struct rig *r)
{
	launch(r, 0);
}

void
rig_relaunch(struct rig *r)
{
	launch(r, 1);
}
