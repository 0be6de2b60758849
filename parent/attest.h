#ifndef PARENT_ATTEST_H
#define PARENT_ATTEST_H

#include <stdint.h>

#include "agentd/attest_msg.h"
#include "agentd/tpm_msg.h"
#include "parent/tpm_filter.h"

struct agent;
struct conn;
struct frame;
struct proc;

enum job_kind {
	JOB_ATTEST,
	JOB_CERTS,	/* GET /tpm/certs */
	JOB_ACTIVATE	/* POST /activate */
};

/*
 * One request for evidence, from ATTEST_REQ to ATTEST_ANS. What the TPM and
 * the TEE sign is composed here, from what the parent knows: the worker that
 * asked has no say in it beyond its nonce. Whatever needs the TPM besides goes
 * through the same queue.
 */
struct job {
	uint32_t		id;		/* 0: free */
	enum job_kind		kind;
	uint32_t		conn;		/* frame id to answer with */
	struct proc		*web;
	struct attest_ans	ans;
	int			tpm_waits, tee_waits;	/* not yet there */
	int			hcl_waits;	/* Azure: nor is the report, which comes before what goes with it */
	int			failed;
	uint16_t		bank;
	uint8_t			mask[3];
	uint8_t			qualifying[NONCE_MAX];
	size_t			qualifying_len;
	struct tpm_expect	expect;		/* the one command that may pass */
	struct tpm_expect	hcl;		/* the same while hcl_waits */
	struct activate_job	activate;
	struct activate_ans	activated;
	uint8_t			report_data[64];
	struct proc		*tee;		/* at work on it */
	int			tee_fd;		/* the quote, or certificates; -1 */
	int			extra_fd;	/* what goes with the quote, -1 */
};

void	attest_init(struct agent *);
int	parent_on_attest(struct agent *, struct proc *, struct frame *);
int	parent_on_quote_ans(struct agent *, struct proc *, struct frame *);
int	parent_on_ak_ans(struct agent *, struct proc *, struct frame *);
/* The tpm worker has said HELLO: what is its AK? */
void	attest_tpm_ready(struct agent *, struct proc *);
/* The tpm worker or a web is gone. */
void	attest_tpm_gone(struct agent *);
void	attest_web_gone(struct agent *, struct proc *);
/* No other tpm will come: what waits for one has failed. */
void	attest_tpm_never(struct agent *);
/* A connection has ended: nobody waits for its jobs, so they leave the queue. */
void	attest_conn_gone(struct agent *, uint32_t conn);
/* The next quote, or other work, when the tpm worker is free. */
void	attest_next_quote(struct agent *);
/*
 * A place in the queue for the connection that f names. 1; 0 when f is
 * answered already, with a status alone; -1 when p speaks for somebody else's.
 */
int	job_take(struct agent *, struct proc *p, const struct frame *f,
	    enum job_kind, struct job **ret_job, const struct conn **ret_conn);
void	job_free(struct job *);
/* The tpm worker has done its part of the job at it: answer, and go on. */
void	job_tpm_done(struct agent *);

/* activate.c: certificates of the TPM, and credentials for its AK */
int	parent_on_tpm_certs(struct agent *, struct proc *, struct frame *);
int	parent_on_tpm_certs_ans(struct agent *, struct proc *, struct frame *);
int	parent_on_activate(struct agent *, struct proc *, struct frame *);
int	parent_on_activate_ans(struct agent *, struct proc *, struct frame *);
/* Hand the job to the tpm worker. 0 or -1. */
int	activate_send(struct proc *tpm, const struct job *);
/* An answer of this kind that has nothing but a status. */
void	activate_status(struct proc *web, uint32_t conn, enum job_kind,
	    enum answer);
/* The answer to one whose parts are there. */
void	activate_answer(struct job *);
/* Forget what a tpm worker that is gone has said. */
void	certs_forget(struct agent *);

/* tee.c */
void	tee_next(struct agent *);
/* The configfs entry, if there is one, of a slot whose process is gone. */
void	tee_entry_remove(struct agent *, unsigned int slot);
void	tee_gone(struct agent *, struct proc *);
/* Its HELLO has come: now the time limit of the report runs. */
void	tee_ready(struct agent *, struct proc *);
/* Looks where reports can be had; -1 if nowhere and agent.toml wants them. */
int	tee_open(struct agent *);
/* Where that is, for messages. */
const char *tee_place(struct agent *);
int	parent_on_report_ans(struct agent *, struct proc *, struct frame *);
/* A part of a job has come or failed; answers when it was the last. */
void	job_part_done(struct job *);

/* tpm.c: the commands of tpm and tpminit on their way to the device */
int	tpm_open(struct agent *);
int	parent_on_tpm_cmd(struct agent *, struct proc *, struct frame *);
void	tpm_caller_gone(struct agent *, struct proc *);

#endif
