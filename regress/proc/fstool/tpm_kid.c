#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "regress/proc/fstool/tpm_kid.h"

#define TEST_UID	64299
#define WAIT_MS		30000	/* far above what a whole answer takes */
#define IDLE_US		200000	/* for what comes after the answer */

uint32_t
tpm_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
spawn(struct kid *k, int fd)
{
	struct spawn_req q = { .name = "fstool-tpm", .uid = TEST_UID,
	    .keep_stderr = 1, .res = &fd, .nres = 1 };
	struct frame f;
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/fstool-tpm", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, &k->p) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	close(fd);
	if (chan_recv(k->p.req_fd, &f) != 1 || f.type != FS_HELLO_REQ)
		errx(1, "no hello");
	wbuf_init(&w);
	put_u32(&w, FS_VERSION);
	if (chan_send(k->p.req_fd, FS_HELLO_ANS, 0, &w, NULL, 0) == -1)
		err(1, "hello");
}

void
kid_start(struct kid *k, struct rig *r)
{
	int fd[2];

	memset(k, 0, sizeof(*k));
	k->rig = r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		err(1, "socketpair");
	k->tpm = fd[0];
	spawn(k, fd[1]);
}

void
kid_start_direct(struct kid *k, struct rig *r)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	memset(k, 0, sizeof(*k));
	k->rig = r;
	k->tpm = -1;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", r->path + 5);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun,
	    sizeof(sun)) == -1)
		err(1, "%s", r->path);
	spawn(k, fd);
}

static int
log_take(struct kid *k)
{
	char line[2048];
	ssize_t n;

	n = recv(k->p.log_fd, line, sizeof(line) - 1, MSG_DONTWAIT);
	if (n > 1)
		printf("fstool-tpm: %.*s\n", (int)n - 1, line + 1);
	return n > 1;
}

int
kid_end(struct kid *k)
{
	struct pollfd p = { .fd = k->p.pidfd, .events = POLLIN };
	int code = 0, status = -1;

	close(k->p.req_fd);
	if (k->tpm != -1)
		close(k->tpm);
	if (poll(&p, 1, WAIT_MS) != 1) {
		spawn_kill(&k->p);
		errx(1, "fstool-tpm does not end");
	}
	while (log_take(k))
		continue;
	close(k->p.log_fd);
	spawn_reap(&k->p, &code, &status);
	close(k->p.pidfd);
	return code == CLD_EXITED ? status : -1;
}

static int
read_all(int fd, uint8_t *p, size_t n)
{
	ssize_t r;

	for (; n > 0; p += r, n -= (size_t)r)
		if ((r = read(fd, p, n)) <= 0)
			return -1;
	return 0;
}

static void
listen_to(struct kid *k, const uint8_t *p, size_t n)
{
	if (k->hidden != NULL && memmem(p, n, k->hidden, 32) != NULL)
		k->seen++;
}

/* 0 when there will be no more. */
static int
serve(struct kid *k)
{
	uint8_t cmd[FRAME_MAX];
	uint32_t n, cc;
	int r = 0;

	if (read_all(k->tpm, cmd, 10) == -1 || (n = tpm_be32(cmd + 2)) < 10 ||
	    n > sizeof(cmd) || read_all(k->tpm, cmd + 10, n - 10) == -1)
		return 0;
	k->commands++;
	cc = tpm_be32(cmd + 6);
	listen_to(k, cmd, n);
	if (k->before != NULL)
		r = k->before(k, cc);
	if (r == 0)
		rig_command(k->rig, cmd, n);
	if (r == 0 && k->after != NULL)
		k->after(k, cc);
	listen_to(k, k->rig->rsp.data, k->rig->rsp.len);
	if (send(k->tpm, k->rig->rsp.data, k->rig->rsp.len, MSG_NOSIGNAL) !=
	    (ssize_t)k->rig->rsp.len)
		return 0;
	if (r == 2)
		shutdown(k->tpm, SHUT_WR);
	return 1;
}

int
kid_ask(struct kid *k, enum fs_type type, const struct wbuf *w,
    struct frame *f)
{
	struct pollfd p[] = { { k->p.req_fd, POLLIN, 0 },
	    { k->p.log_fd, POLLIN, 0 }, { k->tpm, POLLIN, 0 } };

	if (chan_send(k->p.req_fd, (uint16_t)type, 0, w, NULL, 0) == -1)
		return 0;
	for (;;) {
		if (poll(p, 3, WAIT_MS) <= 0) {
			spawn_kill(&k->p);
			errx(1, "fstool-tpm hangs");
		}
		if (p[0].revents != 0)
			return chan_recv(k->p.req_fd, f) == 1 &&
			    f->type == type + 1;
		if (p[1].revents != 0 && !log_take(k))
			p[1].fd = -1;
		if (p[2].revents != 0 && !serve(k))
			p[2].fd = -1;
	}
}

void
kid_answer_code(struct kid *k, uint32_t rc)
{
	const uint8_t rsp[10] = { 0x80, 1, 0, 0, 0, 10, (uint8_t)(rc >> 24),
	    (uint8_t)(rc >> 16), (uint8_t)(rc >> 8), (uint8_t)rc };

	memcpy(k->rig->rsp.data, rsp, sizeof(rsp));
	k->rig->rsp.len = sizeof(rsp);
}

static int
no_ecc(struct kid *k, uint32_t cc)
{
	if (cc != 0x131 || k->moves++ != 0)
		return 0;
	kid_answer_code(k, 0x2e6);	/* TPM_RC_CURVE, parameter 2 */
	return 1;
}

void
kid_without_ecc(struct kid *k)
{
	k->moves = 0;
	k->before = no_ecc;
}

static int
count_in(int fd, unsigned long from, unsigned long to, const uint8_t *what,
    size_t n)
{
	static uint8_t b[1 << 16];
	unsigned long at;
	uint8_t *p;
	ssize_t got;
	int count = 0;

	/* pieces overlap by half, so that nothing is hidden by their edges */
	for (at = from; at < to; at += sizeof(b) / 2) {
		got = pread(fd, b, to - at < sizeof(b) ? to - at : sizeof(b),
		    (off_t)at);
		if (got > (ssize_t)n &&
		    (p = memmem(b, (size_t)got, what, n)) != NULL) {
			printf("at 0x%lx\n", at + (unsigned long)(p - b));
			count++;
		}
	}
	return count;
}

int
kid_memory_has(struct kid *k, const uint8_t *what, size_t n)
{
	char path[64], line[512], mode[8];
	unsigned long from, to;
	int fd, count = 0;
	FILE *maps;

	usleep(IDLE_US);	/* it wipes after it has answered */
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)k->p.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)k->p.pid);
	maps = fopen(path, "re");
	if (fd == -1 || maps == NULL)
		return -1;
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 &&
		    mode[1] == 'w')
			count += count_in(fd, from, to, what, n);
	fclose(maps);
	close(fd);
	return count;
}

int
kid_pcrs(struct kid *k, uint16_t bank, uint32_t mask, struct pcrs_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_u16(&w, bank);
	put_u32(&w, mask);
	if (!kid_ask(k, FS_PCRS_REQ, &w, &f))
		return 0;
	rbuf_init(&r, f.data, f.len);
	return pcrs_ans_get(&r, a) == 0;
}

int
kid_seal(struct kid *k, const struct seal_ask *q, struct seal_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	seal_ask_put(&w, q);
	if (!kid_ask(k, FS_SEAL_REQ, &w, &f))
		return 0;
	rbuf_init(&r, f.data, f.len);
	return seal_ans_get(&r, a) == 0;
}

int
kid_unseal(struct kid *k, const struct header_token *t, struct unseal_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	header_token_put(&w, t);
	if (!kid_ask(k, FS_UNSEAL_REQ, &w, &f))
		return 0;
	rbuf_init(&r, f.data, f.len);
	return unseal_ans_get(&r, a) == 0;
}

int
kid_cap(struct kid *k, const void *p, size_t n, struct simple_ans *a)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_blob(&w, p, n);
	if (!kid_ask(k, FS_CAP_REQ, &w, &f))
		return 0;
	rbuf_init(&r, f.data, f.len);
	return simple_ans_get(&r, a) == 0;
}

int
kid_nv(struct kid *k, enum fs_type type, uint32_t index, uint8_t auth,
    struct nv_ans *a)
{
	struct nv_ask q = { .index = index };
	struct frame f;
	struct wbuf w;
	struct rbuf r;

	memset(q.auth, auth, sizeof(q.auth));
	memset(q.proof, auth, sizeof(q.proof));
	wbuf_init(&w);
	nv_ask_put(&w, &q);
	if (!kid_ask(k, type, &w, &f))
		return 0;
	rbuf_init(&r, f.data, f.len);
	return nv_ans_get(&r, a) == 0;
}

static uint32_t
loaded(struct rig *r, uint32_t first)
{
	uint8_t c[22] = { 0x80, 1, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0, 1,
	    (uint8_t)(first >> 24), 0, 0, 0, 0, 0, 0, 8 };

	if (rig_command(r, c, sizeof(c)) != 0)
		errx(1, "get capability");
	return tpm_be32(r->rsp.data + 15);
}

int
tpm_clean(struct rig *r)
{
	return loaded(r, 0x80000000) == 0 && loaded(r, 0x02000000) == 0;
}

void
tpm_restart(struct rig *r)
{
	static const uint8_t shutdown_clear[12] = { 0x80, 1, 0, 0, 0, 12, 0, 0,
	    0x01, 0x45 };

	if (rig_command(r, shutdown_clear, sizeof(shutdown_clear)) != 0)
		errx(1, "shutdown");
	rig_power_cycle(r);
}

void
seal_ask_now(struct kid *k, uint32_t mask, struct seal_ask *q)
{
	struct pcrs_ans a;
	size_t i;

	memset(q, 0, sizeof(*q));
	for (i = 0; i < sizeof(q->secret); i++)
		q->secret[i] = (uint8_t)(0xa1 + 37 * i);
	q->bank = SHA256_BANK;
	q->mask = mask;
	if (!kid_pcrs(k, SHA256_BANK, mask, &a) || !a.ok)
		errx(1, "no PCRs");
	q->values_len = a.values_len;
	memcpy(q->values, a.values, a.values_len);
}

void
token_of(const struct seal_ask *q, const struct seal_ans *a,
    struct header_token *t)
{
	memset(t, 0, sizeof(*t));
	t->bind = BIND_TPM;
	t->pcr_mask = q->mask;
	t->bank = q->bank;
	t->primary_ecc = a->primary_ecc;
	t->policy_len = sizeof(a->policy);
	memcpy(t->policy, a->policy, sizeof(a->policy));
	t->blob_len = a->blob_len;
	memcpy(t->blob, a->blob, a->blob_len);
}
