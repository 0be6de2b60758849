/*
 * The parent's part played to a real, confined tee. Files and pipes stand for
 * the attributes of a report entry; a script of what each says.
 */

#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agentd/msg.h"
#include "evidence/snp_report.h"
#include "privsep/chan.h"
#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "privsep/spawn.h"
#include "regress/unit/check.h"

#define TEST_UID	64297
#define JOB		9
#define WAIT_MS		10000
#define NATTR		5

struct script {
	const char	*provider, *generation;
	size_t		 out_len, aux_len;
	const uint8_t	*aux;
};

struct answer_got {
	int	 ok, kind;
	char	 reason[256];
	int	 fd;
	uint8_t	 inblob[128];
	ssize_t	 inblob_len;
};

static uint8_t outblob[40000];

static int
attribute(const void *p, size_t n)
{
	int fd = memfd_create("attribute", MFD_CLOEXEC);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) == -1)
		err(1, "memfd");
	return fd;
}

static void
tee_start(struct spawned *s, const int res[NATTR])
{
	struct spawn_req q = { .name = "agent-tee", .uid = TEST_UID,
	    .res = res, .nres = NATTR };
	struct frame f;
	struct wbuf w;
	char path[4096];

	snprintf(path, sizeof(path), "%s/agent-tee", libexec_dir);
	if ((q.exec_fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (spawn_child(&q, s) == -1)
		err(1, "spawn");
	close(q.exec_fd);
	CHECK_INT(chan_recv(s->req_fd, &f), 1);
	CHECK_INT(f.type, MSG_HELLO_REQ);
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, 0);
	CHECK_OK(chan_send(s->req_fd, MSG_HELLO_ANS, 0, &w, NULL, 0));
}

static void
tee_end(struct spawned *s)
{
	struct pollfd p = { .fd = s->pidfd, .events = POLLIN };
	int code = 0, status = -1;

	if (!CHECK_INT(poll(&p, 1, WAIT_MS), 1))
		spawn_kill(s);
	CHECK_OK(spawn_reap(s, &code, &status));
	CHECK_INT(code, CLD_EXITED);
	CHECK_INT(status, 0);
	close(s->req_fd);
	close(s->log_fd);
}

static void
answer_take(struct spawned *s, struct answer_got *ret_a)
{
	struct pollfd p = { .fd = s->req_fd, .events = POLLIN };
	struct frame f;
	struct rbuf r;

	ret_a->fd = -1;
	if (!CHECK_INT(poll(&p, 1, WAIT_MS), 1) ||
	    !CHECK_INT(chan_recv(s->req_fd, &f), 1))
		return;
	CHECK_INT(f.type, MSG_REPORT_ANS);
	CHECK_INT(f.id, JOB);
	rbuf_init(&r, f.data, f.len);
	ret_a->ok = get_u8(&r);
	ret_a->kind = get_u8(&r);
	get_str(&r, ret_a->reason, sizeof(ret_a->reason));
	CHECK_OK(msg_end(&r));
	CHECK_INT(f.nfds, ret_a->ok);
	if (f.nfds == 1)
		ret_a->fd = frame_take(&f, 0);
}

static void
tee_run(const struct script *sc, struct answer_got *ret_a)
{
	const int res[NATTR] = {
		attribute("", 0), attribute(outblob, sc->out_len),
		sc->aux != NULL ? attribute(sc->aux, sc->aux_len) :
		    open("/dev/null", O_RDONLY | O_CLOEXEC),
		attribute(sc->provider, strlen(sc->provider)),
		attribute(sc->generation, strlen(sc->generation))
	};
	uint8_t data[64];
	struct spawned s;
	struct wbuf w;
	int i;

	memset(ret_a, 0, sizeof(*ret_a));
	memset(data, 0xd5, sizeof(data));
	tee_start(&s, res);
	wbuf_init(&w);
	put_raw(&w, data, sizeof(data));
	CHECK_OK(chan_send(s.req_fd, MSG_REPORT_REQ, JOB, &w, NULL, 0));
	answer_take(&s, ret_a);
	tee_end(&s);
	ret_a->inblob_len = pread(res[0], ret_a->inblob,
	    sizeof(ret_a->inblob), 0);
	for (i = 0; i < NATTR; i++)
		close(res[i]);
}

static void
test_snp(void)
{
	/* one certificate of three bytes as VCEK, as the host's table has it */
	static uint8_t aux[48 + 3] = {
		0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5,
		0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd, 48, 0, 0, 0, 3, 0, 0, 0
	};
	struct script sc = { "sev_guest\n", "1\n", SNP_REPORT_SIZE,
	    sizeof(aux), aux };
	uint8_t quote[4096], data[64];
	struct snp_certs certs;
	struct span report;
	struct answer_got a;
	ssize_t n;

	test_begin("SNP with a certificate");
	memcpy(aux + 48, "abc", 3);
	memset(data, 0xd5, sizeof(data));
	tee_run(&sc, &a);
	CHECK_INT(a.ok, 1);
	CHECK_INT(a.kind, TEE_SEV_SNP);
	CHECK_STR(a.reason, "");
	CHECK_INT(a.inblob_len, sizeof(data));
	CHECK_MEM(a.inblob, data, sizeof(data));
	n = pread(a.fd, quote, sizeof(quote), 0);
	CHECK_INT(n, SNP_REPORT_SIZE + 4 + 4 + 16 + 3);
	if (CHECK_OK(snp_blob_decode(span_make(quote, n > 0 ? (size_t)n : 0),
	    &report, &certs))) {
		CHECK_MEM(report.p, outblob, SNP_REPORT_SIZE);
		CHECK(span_eq_str(certs.vcek, "abc"));
	}
	CHECK_INT(fcntl(a.fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK | F_SEAL_SEAL);
	CHECK_ERRNO(ftruncate(a.fd, 0), EPERM);
	close(a.fd);

	test_begin("SNP without certificates");
	sc.aux = NULL;
	tee_run(&sc, &a);
	CHECK_INT(a.ok, 1);
	CHECK_INT(pread(a.fd, quote, sizeof(quote), 0), SNP_REPORT_SIZE + 4);
	close(a.fd);
}

static void
test_tdx(void)
{
	const struct script sc = { "tdx_guest\n", "1\n", 8000, 0, NULL };
	uint8_t quote[9000];
	struct answer_got a;

	test_begin("TDX");
	tee_run(&sc, &a);
	CHECK_INT(a.ok, 1);
	CHECK_INT(a.kind, TEE_TDX);
	CHECK_INT(pread(a.fd, quote, sizeof(quote), 0), 8000);
	CHECK_MEM(quote, outblob, 8000);
	close(a.fd);
}

static void
test_refused(void)
{
	static const uint8_t junk[24] = { 1 };
	static const struct {
		const char	*name;
		struct script	 sc;
		const char	*reason;
	} t[] = {
		{ "other provider", { "arm_cca_guest\n", "1\n", 1184, 0, NULL },
		    "provider arm_cca_guest is neither" },
		{ "short report", { "sev_guest\n", "1\n", 1183, 0, NULL },
		    "outblob: 1183 bytes" },
		{ "nothing", { "tdx_guest\n", "1\n", 0, 0, NULL },
		    "outblob: empty" },
		{ "too long", { "tdx_guest\n", "1\n", 33000, 0, NULL },
		    "outblob: File too large" },
		{ "table cut off", { "sev_guest\n", "1\n", 1184, 24, junk },
		    "auxblob: not a table" },
		{ "another writer", { "sev_guest\n", "2\n", 1184, 0, NULL },
		    "generation is 2, not 1" },
		{ "our write is not there", { "sev_guest\n", "0\n", 1184, 0,
		    NULL }, "generation is 0, not 1" },
		{ "no number", { "sev_guest\n", "1x\n", 1184, 0, NULL },
		    "generation: " },
	};
	struct answer_got a;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		test_begin(t[i].name);
		tee_run(&t[i].sc, &a);
		CHECK_INT(a.ok, 0);
		CHECK_INT(a.kind, TEE_NONE);
		if (!CHECK(strncmp(a.reason, t[i].reason,
		    strlen(t[i].reason)) == 0))
			printf("%s\n", a.reason);
	}
}

int
main(void)
{
	size_t i;

	if (geteuid() != 0)
		test_skip("needs root");
	for (i = 0; i < sizeof(outblob); i++)
		outblob[i] = (uint8_t)(i * 7);
	test_snp();
	test_tdx();
	test_refused();
	return test_end();
}
