#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/store_file.h"
#include "privsep/log.h"

/*
 * The other work of the tpm worker: the certificates that are in the TPM, and
 * credential activation (PROTOCOL.md). For whom a proof is, certificate and
 * handshake of the connection, is composed here, as for a quote.
 */

void
activate_status(struct proc *web, uint32_t conn, enum job_kind kind,
    enum answer status)
{
	struct activate_ans ans = { .status = (uint8_t)status };
	struct wbuf w;

	wbuf_init(&w);
	if (kind == JOB_CERTS)
		put_u8(&w, (uint8_t)status);
	else
		activate_ans_put(&w, &ans);
	proc_send(web, kind == JOB_CERTS ? MSG_TPM_CERTS_ANS :
	    MSG_ACTIVATE_ANS, conn, &w, NULL, 0);
}

static void
certs_lend(struct proc *web, uint32_t conn, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	put_u8(&w, ANSWER_OK);
	proc_send(web, MSG_TPM_CERTS_ANS, conn, &w, &fd, 1);
}

void
activate_answer(struct job *j)
{
	enum answer status = (enum answer)j->activated.status;
	int fd = j->tee_fd;
	struct wbuf w;

	if (j->failed || status != ANSWER_OK) {
		activate_status(j->web, j->conn, j->kind,
		    j->failed ? ANSWER_FAILED : status);
	} else if (j->kind == JOB_CERTS) {
		j->tee_fd = -1;
		certs_lend(j->web, j->conn, fd);
	} else {
		wbuf_init(&w);
		activate_ans_put(&w, &j->activated);
		proc_send(j->web, MSG_ACTIVATE_ANS, j->conn, &w, NULL, 0);
	}
}

int
activate_send(struct proc *tpm, const struct job *j)
{
	struct wbuf w;

	wbuf_init(&w);
	if (j->kind == JOB_CERTS)
		return proc_send(tpm, MSG_TPM_CERTS_REQ, j->id, NULL, NULL, 0);
	activate_job_put(&w, &j->activate);
	return proc_send(tpm, MSG_ACTIVATE_REQ, j->id, &w, NULL, 0);
}

/* Whether the queue may be joined: 0, else the request is answered. */
static int
tpm_missing(struct agent *a, struct proc *p, uint32_t conn, enum job_kind kind)
{
	if (a->have_tpm && a->ak_name_len != 0)
		return 0;
	/* without a Name tpm is being replaced */
	activate_status(p, conn, kind, a->have_tpm ? ANSWER_BUSY :
	    ANSWER_ABSENT);
	return 1;
}

/* 0 when they are there and the descriptor is the caller's, -1 when not. */
static int
certs_dup(const struct agent *a, int *ret_fd)
{
	int fd;

	if (a->certs_fd == -1)
		return -1;
	if ((fd = fcntl(a->certs_fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("certificates of the TPM");
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

/* They do not change while a machine runs, and reading them is slow: once is enough. */
int
parent_on_tpm_certs(struct agent *a, struct proc *p, struct frame *f)
{
	const struct conn *c;
	struct job *j;
	int fd, rc;

	if ((rc = job_take(a, p, f, JOB_CERTS, &j, &c)) != 1)
		return rc;
	if (certs_dup(a, &fd) == 0) {
		job_free(j);
		certs_lend(p, f->id, fd);
		return 0;
	}
	if (tpm_missing(a, p, f->id, JOB_CERTS)) {
		job_free(j);
		return 0;
	}
	j->tpm_waits = 1;
	attest_next_quote(a);
	return 0;
}

/* The others that wait for them have them now as well. */
static void
certs_for_all(struct agent *a)
{
	struct job *j;
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id == 0 || j->kind != JOB_CERTS || !j->tpm_waits ||
		    j == a->quoting || certs_dup(a, &j->tee_fd) == -1)
			continue;
		j->tpm_waits = 0;
		job_part_done(j);
	}
}

int
parent_on_tpm_certs_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct job *j = a->quoting;
	unsigned int status;
	struct rbuf r;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	status = get_u8(&r);
	if (j == NULL || f->id != j->id || j->kind != JOB_CERTS ||
	    msg_end(&r) == -1 || f->nfds != (status == ANSWER_OK) ||
	    (status != ANSWER_OK && status != ANSWER_ABSENT &&
	    status != ANSWER_FAILED))
		return -1;
	j->activated.status = (uint8_t)status;
	if (status == ANSWER_OK) {
		/* all webs hold it at the same time */
		if (!fd_is_sealed(f->fds[0], TPM_CERTS_MAX))
			return -1;
		certs_forget(a);
		a->certs_fd = frame_take(f, 0);
		certs_for_all(a);
		j->failed |= certs_dup(a, &j->tee_fd) == -1;
	}
	job_tpm_done(a);
	return 0;
}

void
certs_forget(struct agent *a)
{
	if (a->certs_fd != -1)
		close(a->certs_fd);
	a->certs_fd = -1;
}

int
parent_on_activate(struct agent *a, struct proc *p, struct frame *f)
{
	struct activate_req q;
	const struct conn *c;
	struct rbuf r;
	struct job *j;
	int rc;

	rbuf_init(&r, f->data, f->len);
	if (activate_req_get(&r, &q) == -1)
		return -1;
	if ((rc = job_take(a, p, f, JOB_ACTIVATE, &j, &c)) != 1)
		return rc;
	if (tpm_missing(a, p, f->id, JOB_ACTIVATE)) {
		job_free(j);
		return 0;
	}
	j->activate.req = q;
	memcpy(j->activate.cert, c->cert, sizeof(j->activate.cert));
	memcpy(j->activate.conn, c->hash, sizeof(j->activate.conn));
	j->activate.ticket_len = a->ek_ticket_len;
	memcpy(j->activate.ticket, a->ek_ticket, a->ek_ticket_len);
	if (tpm_activate_command(q.credential, q.credential_len, q.secret,
	    q.secret_len, a->ek_ticket_len != 0, &j->expect) == -1) {
		job_free(j);
		return -1;
	}
	j->tpm_waits = 1;
	attest_next_quote(a);
	return 0;
}

int
parent_on_activate_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct job *j = a->quoting;
	struct activate_ans ans;
	struct rbuf r;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	if (j == NULL || f->id != j->id || j->kind != JOB_ACTIVATE ||
	    activate_ans_get(&r, &ans) == -1 || (ans.status != ANSWER_OK &&
	    ans.status != ANSWER_REFUSED && ans.status != ANSWER_FAILED))
		return -1;
	j->activated = ans;
	job_tpm_done(a);
	return 0;
}
