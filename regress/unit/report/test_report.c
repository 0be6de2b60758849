/*
 * What the parent takes from a tee: for its own job, one sealed file, and a
 * kind that a tee can have. Anything else is a broken peer.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/log.h"
#include "regress/unit/check.h"

#define JOB	7
#define SEALS	(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

static struct agent agent;
static struct job jobs[ATTEST_QUEUE_MAX];
static int done;

/* Fakes of what tee.c calls. */

void
job_part_done(struct job *j)
{
	CHECK(j == &jobs[0]);
	done++;
}

void azure_next(struct agent *a) { (void)a; CHECK_NEVER("azure"); }
void proc_kill(struct proc *p, const char *why) { (void)p; (void)why; }

struct proc *
proc_start(struct agent *a, enum role_id role, unsigned int slot,
    const int *res, int nres)
{
	(void)a;
	(void)role;
	(void)slot;
	(void)res;
	(void)nres;
	return NULL;
}

int
proc_ask_when_ready(struct agent *a, struct proc *p, enum msg_type type,
    uint32_t id, const struct wbuf *w, const int *fds, int nfds)
{
	(void)a;
	(void)p;
	(void)type;
	(void)id;
	(void)w;
	(void)fds;
	(void)nfds;
	return -1;
}

void log_warn(const char *fmt, ...) { (void)fmt; }
void log_warnx(const char *fmt, ...) { (void)fmt; }
void fatal(const char *fmt, ...) { (void)fmt; abort(); }

/* The status of the handler for an answer with nfds files of len bytes. */
static int
answer(unsigned int ok, unsigned int kind, uint32_t id, int nfds, off_t len,
    unsigned int seals)
{
	struct frame f = { .type = MSG_REPORT_ANS, .id = id, .nfds = nfds };
	struct wbuf w;
	int i, rc;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)ok);
	put_u8(&w, (uint8_t)kind);
	put_str(&w, "");
	memcpy(f.data, w.b, w.n);
	f.len = w.n;
	for (i = 0; i < nfds; i++) {
		f.fds[i] = memfd_create("quote", MFD_ALLOW_SEALING);
		CHECK_OK(ftruncate(f.fds[i], len));
		CHECK_OK(fcntl(f.fds[i], F_ADD_SEALS, seals));
	}
	memset(&jobs[0], 0, sizeof(jobs[0]));
	jobs[0].id = JOB;
	jobs[0].tee = &agent.procs.tee[1];
	jobs[0].tee_waits = 1;
	jobs[0].tee_fd = -1;
	done = 0;
	rc = parent_on_report_ans(&agent, &agent.procs.tee[1], &f);
	frame_close(&f);
	CHECK_INT(done, rc == 0);
	CHECK_INT(jobs[0].tee_waits, rc == -1);
	CHECK_INT(jobs[0].tee_fd != -1, rc == 0 && ok);
	if (jobs[0].tee_fd != -1)
		close(jobs[0].tee_fd);
	return rc;
}

int
main(void)
{
	unsigned int kind;

	agent.jobs = jobs;
	test_begin("kinds");
	for (kind = 0; kind <= TEE_MAX; kind++)
		CHECK_INT(answer(1, kind, JOB, 1, 1184, SEALS), kind ==
		    TEE_SEV_SNP || kind == TEE_TDX ? 0 : -1);
	CHECK_OK(answer(0, TEE_NONE, JOB, 0, 0, 0));
	CHECK(jobs[0].failed);
	test_begin("not one sealed file of a quote's size");
	CHECK_FAIL(answer(1, TEE_TDX, JOB, 0, 0, SEALS));
	CHECK_FAIL(answer(1, TEE_TDX, JOB, 2, 1184, SEALS));
	CHECK_FAIL(answer(0, TEE_NONE, JOB, 1, 1184, SEALS));
	CHECK_FAIL(answer(1, TEE_TDX, JOB, 1, TEE_QUOTE_MAX + 1, SEALS));
	CHECK_FAIL(answer(1, TEE_TDX, JOB, 1, 1184, F_SEAL_GROW));
	CHECK_FAIL(answer(1, TEE_TDX, JOB, 1, 1184, F_SEAL_SHRINK |
	    F_SEAL_GROW));
	test_begin("another job");
	CHECK_FAIL(answer(1, TEE_TDX, JOB + 1, 1, 1184, SEALS));
	CHECK_FAIL(answer(2, TEE_TDX, JOB, 1, 1184, SEALS));
	return test_end();
}
