#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence/binding.h"
#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/azure.h"
#include "privsep/log.h"

#define TPM_ALG_SHA256	0x000b	/* TCG Algorithm Registry */
#define TPM_ALG_SHA384	0x000c
#define TPM_ALG_SHA512	0x000d
#define IMA_PCR		10	/* CONFIG_IMA_MEASURE_PCR_IDX */

/* A tpm that does not answer would hold up everybody's quotes; so would one without an AK. */
static void
on_quote_late(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;

	(void)fd;
	(void)what;
	if (!a->procs.tpm.running)
		return;
	if (a->quoting != NULL)
		proc_kill(&a->procs.tpm, "no quote in time");
	else if (a->ak_name_len == 0)
		proc_kill(&a->procs.tpm, "no AK in time");
}

void
attest_init(struct agent *a)
{
	a->jobs = calloc(ATTEST_QUEUE_MAX, sizeof(*a->jobs));
	a->quote_timer = evtimer_new(a->base, on_quote_late, a);
	if (a->jobs == NULL || a->quote_timer == NULL)
		fatal("jobs");
}

/* Those of the address that c comes from. */
static int
jobs_of_address(struct agent *a, const struct conn *c)
{
	const struct conn *other;
	int i, n = 0;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++)
		if (a->jobs[i].id != 0 &&
		    (other = conn_find(a, a->jobs[i].conn)) != NULL &&
		    memcmp(other->addr, c->addr, CONN_ADDR_KEY) == 0)
			n++;
	return n;
}

static struct job *
job_new(struct agent *a, struct proc *web, uint32_t conn, enum job_kind kind)
{
	struct job *j;
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id != 0)
			continue;
		memset(j, 0, sizeof(*j));
		if (++a->job_seq == 0)
			a->job_seq = 1;
		j->id = a->job_seq;
		j->kind = kind;
		j->web = web;
		j->conn = conn;
		j->tee_fd = j->extra_fd = -1;
		return j;
	}
	return NULL;
}

void
job_free(struct job *j)
{
	if (j->tee_fd != -1)
		close(j->tee_fd);
	if (j->extra_fd != -1)
		close(j->extra_fd);
	j->id = 0;
}

static void
answer_status(struct proc *web, uint32_t conn, enum job_kind kind,
    enum answer status)
{
	struct attest_ans ans = { .status = (uint8_t)status };
	struct wbuf w;

	if (kind != JOB_ATTEST) {
		activate_status(web, conn, kind, status);
		return;
	}
	wbuf_init(&w);
	attest_ans_put(&w, &ans);
	proc_send(web, MSG_ATTEST_ANS, conn, &w, NULL, 0);
}

static void
attest_answer(struct job *j)
{
	struct wbuf w;
	int fds[2] = { j->tee_fd, j->extra_fd };

	j->ans.status = j->failed ? ANSWER_FAILED : ANSWER_OK;
	wbuf_init(&w);
	attest_ans_put(&w, &j->ans);
	if (w.bad) {
		log_warnx("tpm: a quote too long for an answer");
		j->failed = 1;
		j->ans.status = ANSWER_FAILED;
		wbuf_init(&w);
		attest_ans_put(&w, &j->ans);
	}
	if (j->failed || fds[0] == -1) {
		proc_send(j->web, MSG_ATTEST_ANS, j->conn, &w, NULL, 0);
		return;
	}
	j->tee_fd = j->extra_fd = -1;
	proc_send(j->web, MSG_ATTEST_ANS, j->conn, &w, fds,
	    fds[1] != -1 ? 2 : 1);
}

void
job_part_done(struct job *j)
{
	if (j->tpm_waits || j->tee_waits || j->hcl_waits)
		return;
	if (j->web != NULL && j->kind == JOB_ATTEST)
		attest_answer(j);
	else if (j->web != NULL)
		activate_answer(j);
	job_free(j);
}

static void
fill_binding(struct agent *a, struct job *j, const struct attest_req *q,
    struct binding *b)
{
	memset(b, 0, sizeof(*b));
	b->nonce = q->nonce;
	b->cert = j->ans.cert;
	b->conn = j->ans.conn;
	b->config = j->ans.config;
	if (a->have_tpm) {
		b->ak_name = j->ans.ak_name;
		b->ak_name_len = j->ans.ak_name_len;
		b->bank = q->bank;
		memcpy(b->mask, q->mask, sizeof(b->mask));
	}
	if (j->ans.have_subject)
		b->subject = j->ans.subject;
}

/* PROTOCOL.md, strong form: what TEE and TPM sign. */
static int
compose_strong(struct agent *a, struct job *j, const struct attest_req *q)
{
	uint8_t pack[BINDING_PACK_MAX], sha256[32];
	struct binding b;
	SHA2_CTX sha;
	size_t n;

	fill_binding(a, j, q, &b);
	if ((n = binding_pack(&b, BINDING_TEE, pack, sizeof(pack))) == 0)
		return -1;
	SHA512Init(&sha);
	SHA512Update(&sha, pack, n);
	SHA512Final(j->report_data, &sha);
	if ((n = binding_pack(&b, BINDING_TPM, pack, sizeof(pack))) == 0)
		return -1;
	SHA256Init(&sha);
	SHA256Update(&sha, pack, n);
	SHA256Final(sha256, &sha);
	binding_qualifying(sha256, j->qualifying);
	j->qualifying_len = BINDING_QUALIFYING_LEN;
	return 0;
}

static int
strong_refuses(const struct attest_req *q)
{
	static const uint8_t zero[32];

	return q->nonce_len != sizeof(zero) ||
	    memcmp(q->nonce, zero, sizeof(zero)) == 0 ||
	    (q->bank != TPM_ALG_SHA256 && q->bank != TPM_ALG_SHA384 &&
	    q->bank != TPM_ALG_SHA512) ||
	    (q->mask[0] | q->mask[1] | q->mask[2]) == 0;
}

/* -1: a value that web cannot have let through; 0 with *ret_status set otherwise */
static int
make_strong(struct agent *a, struct job *j, const struct conn *c,
    const struct attest_req *q, enum answer *ret_status)
{
	if (strong_refuses(q))
		return -1;
	memcpy(j->ans.cert, c->cert, sizeof(j->ans.cert));
	memcpy(j->ans.conn, c->hash, sizeof(j->ans.conn));
	memcpy(j->ans.config, a->config, sizeof(j->ans.config));
	if (q->subject == SUBJECT_SNAPSHOT) {
		if (a->snap.state != SNAP_READY) {
			*ret_status = ANSWER_WORKING;
			return 0;
		}
		j->ans.have_subject = 1;
		memcpy(j->ans.subject, a->snap.digest, 32);
	}
	if (a->have_tpm) {
		if (a->ak_name_len == 0) {
			*ret_status = ANSWER_BUSY;	/* tpm is being replaced */
			return 0;
		}
		j->ans.ak_name_len = a->ak_name_len;
		memcpy(j->ans.ak_name, a->ak_name, a->ak_name_len);
		j->bank = q->bank;
		memcpy(j->mask, q->mask, sizeof(j->mask));
	}
	if (compose_strong(a, j, q) == -1)
		return -1;
	j->tpm_waits = a->have_tpm;
	j->tee_waits = a->have_tee && q->want_tee;
	j->hcl_waits = j->tee_waits && a->azure.kind != TEE_NONE;
	*ret_status = j->tpm_waits || j->tee_waits ? ANSWER_OK : ANSWER_ABSENT;
	return 0;
}

/* WIRE 8. A nonce of 34 bytes could be the strong form's: never over TPM quotes. */
static int
make_compat(struct agent *a, struct job *j, const struct conn *c,
    const struct attest_req *q, enum answer *ret_status)
{
	*ret_status = ANSWER_ABSENT;
	if (q->form == FORM_COMPAT_TPM) {
		if (q->nonce_len > NONCE_MAX ||
		    q->nonce_len == BINDING_QUALIFYING_LEN)
			return -1;
		if (!a->conf.num[CI_COMPAT_QUOTES] || !a->have_tpm)
			return 0;
		memcpy(j->qualifying, q->nonce, q->nonce_len);
		j->qualifying_len = q->nonce_len;
		if (a->ak_name_len == 0) {
			*ret_status = ANSWER_BUSY;	/* tpm is being replaced */
			return 0;
		}
		j->bank = TPM_ALG_SHA256;
		j->mask[IMA_PCR / 8] = 1 << (IMA_PCR % 8);
		j->tpm_waits = 1;
	} else {
		if (q->nonce_len != 32)
			return -1;
		if (!a->conf.num[CI_COMPAT_QUOTES] || !a->have_tee)
			return 0;
		memcpy(j->report_data, q->nonce, 32);
		memcpy(j->report_data + 32, c->cert, 32);
		j->tee_waits = 1;
		j->hcl_waits = a->azure.kind != TEE_NONE;
	}
	*ret_status = ANSWER_OK;
	return 0;
}

static int
job_compose(struct agent *a, struct job *j, const struct conn *c,
    const struct attest_req *q, enum answer *ret_status)
{
	int rc;

	if (q->form == FORM_STRONG)
		rc = make_strong(a, j, c, q, ret_status);
	else
		rc = make_compat(a, j, c, q, ret_status);
	if (rc == 0 && *ret_status == ANSWER_OK && j->tpm_waits)
		rc = tpm_quote_command(j->bank, j->mask, j->qualifying,
		    j->qualifying_len, &j->expect);
	if (a->azure.kind != TEE_NONE)
		tpm_quote_azure(&j->expect);
	return rc;
}

int
job_take(struct agent *a, struct proc *p, const struct frame *f,
    enum job_kind kind, struct job **ret_job, const struct conn **ret_conn)
{
	struct conn *c;
	struct job *j;

	if ((c = conn_find(a, f->id)) != NULL && c->web != p)
		return -1;	/* it speaks for somebody else's connection */
	if (c == NULL || !c->tls) {
		/* ended meanwhile; or a net passed plaintext without TLS */
		answer_status(p, f->id, kind, ANSWER_FAILED);
		return 0;
	}
	if (jobs_of_address(a, c) >= ATTEST_PER_ADDRESS ||
	    (j = job_new(a, p, f->id, kind)) == NULL) {
		answer_status(p, f->id, kind, ANSWER_BUSY);
		return 0;
	}
	*ret_job = j;
	*ret_conn = c;
	return 1;
}

int
parent_on_attest(struct agent *a, struct proc *p, struct frame *f)
{
	enum answer status = ANSWER_FAILED;
	const struct conn *c;
	struct attest_req q;
	struct rbuf r;
	struct job *j;
	int rc;

	rbuf_init(&r, f->data, f->len);
	if (attest_req_get(&r, &q) == -1)
		return -1;
	if ((rc = job_take(a, p, f, JOB_ATTEST, &j, &c)) != 1)
		return rc;
	if (job_compose(a, j, c, &q, &status) == -1) {
		job_free(j);
		return -1;
	}
	if (status != ANSWER_OK) {
		job_free(j);
		answer_status(p, f->id, JOB_ATTEST, status);
		return 0;
	}
	attest_next_quote(a);
	tee_next(a);
	return 0;
}

static int
quote_send(struct proc *tpm, const struct job *j)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u16(&w, j->bank);
	put_raw(&w, j->mask, sizeof(j->mask));
	put_blob(&w, j->qualifying, j->qualifying_len);
	return proc_send(tpm, MSG_QUOTE_REQ, j->id, &w, NULL, 0);
}

void
attest_next_quote(struct agent *a)
{
	const struct timeval tv = { QUOTE_TIMEOUT_S, 0 };
	struct proc *tpm = &a->procs.tpm;
	struct job *j, *next = NULL;
	int i;

	if (a->quoting != NULL || !tpm->running || tpm->state != ST_READY ||
	    a->ak_name_len == 0)
		return;
	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id != 0 && (j->tpm_waits || j->hcl_waits) &&
		    (next == NULL || (int32_t)(j->id - next->id) < 0))
			next = j;
	}
	if (next == NULL)
		return;
	a->quoting = next;
	evtimer_add(a->quote_timer, &tv);
	if ((next->hcl_waits ? azure_job_start(a, next) :
	    next->kind == JOB_ATTEST ? quote_send(tpm, next) :
	    activate_send(tpm, next)) == -1)
		a->quoting = NULL;
}

void
job_tpm_done(struct agent *a)
{
	struct job *j = a->quoting;

	a->quoting = NULL;
	evtimer_del(a->quote_timer);
	if (j->hcl_waits)
		j->hcl_waits = 0;
	else
		j->tpm_waits = 0;
	job_part_done(j);
	attest_next_quote(a);
}

int
parent_on_quote_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct job *j = a->quoting;
	struct rbuf r;

	(void)p;
	if (j == NULL || f->id != j->id || j->kind != JOB_ATTEST ||
	    j->hcl_waits)
		return -1;
	rbuf_init(&r, f->data, f->len);
	if (get_u8(&r) == 1) {
		if (quote_part_get(&r, &j->ans.quote) == -1 ||
		    memcmp(j->ans.quote.mask, j->mask, sizeof(j->mask)) != 0)
			return -1;
		j->ans.have_quote = 1;
	} else {
		if (msg_end(&r) == -1)
			return -1;
		j->failed = 1;
	}
	job_tpm_done(a);
	return 0;
}

void
attest_tpm_ready(struct agent *a, struct proc *tpm)
{
	const struct timeval tv = { QUOTE_TIMEOUT_S, 0 };
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, (uint8_t)a->azure.looking);
	proc_send(tpm, MSG_AK_REQ, 0, &w, NULL, 0);
	evtimer_add(a->quote_timer, &tv);
}

int
parent_on_ak_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct rbuf r;
	unsigned int ok, kind;

	evtimer_del(a->quote_timer);
	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	kind = get_u8(&r);
	a->ak_name_len = get_blob(&r, a->ak_name, sizeof(a->ak_name));
	if (msg_end(&r) == -1 || ok > 1 || (ok && a->ak_name_len == 0) ||
	    azure_found(a, kind) == -1) {
		a->ak_name_len = 0;
		return -1;
	}
	if (!ok)
		a->ak_name_len = 0;
	if (a->step == BOOT_AK)
		boot_next(a);
	else if (ok)
		attest_next_quote(a);
	else	/* it does not ask again by itself: its replacement does */
		proc_kill(p, "has no AK");
	return 0;
}

/* What it would have got of the TPM does not come any more. */
static void
job_tpm_failed(struct job *j)
{
	j->failed = 1;
	if (j->hcl_waits)
		j->tee_waits = 0;	/* nothing to go with */
	j->tpm_waits = j->hcl_waits = 0;
	job_part_done(j);
}

/* The quote under way is lost; those that wait go to the replacement. */
void
attest_tpm_gone(struct agent *a)
{
	struct job *j = a->quoting;

	a->ak_name_len = 0;
	certs_forget(a);
	evtimer_del(a->quote_timer);
	if (j == NULL)
		return;
	a->quoting = NULL;
	job_tpm_failed(j);
}

void
attest_tpm_never(struct agent *a)
{
	struct job *j;
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id != 0 && (j->tpm_waits || j->hcl_waits))
			job_tpm_failed(j);
	}
}

/* What has not begun for it does not begin; what has begun ends by itself. */
static void
job_cancel(struct agent *a, struct job *j)
{
	j->failed = 1;
	if (j != a->quoting || j->hcl_waits)
		j->tpm_waits = 0;
	if (j != a->quoting)
		j->hcl_waits = 0;
	if (j->tee == NULL)
		j->tee_waits = 0;
	job_part_done(j);
}

void
attest_web_gone(struct agent *a, struct proc *web)
{
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++)
		if (a->jobs[i].id != 0 && a->jobs[i].web == web) {
			a->jobs[i].web = NULL;
			job_cancel(a, &a->jobs[i]);
		}
}

void
attest_conn_gone(struct agent *a, uint32_t conn)
{
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++)
		if (a->jobs[i].id != 0 && a->jobs[i].conn == conn)
			job_cancel(a, &a->jobs[i]);
}
