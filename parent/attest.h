#ifndef PARENT_ATTEST_H
#define PARENT_ATTEST_H

#include <stdint.h>

#include "agentd/attest_msg.h"
#include "parent/tpm_filter.h"

struct agent;
struct frame;
struct proc;

/*
 * One request for evidence, from ATTEST_REQ to ATTEST_ANS. What the TPM and
 * the TEE sign is composed here, from what the parent knows: the worker that
 * asked has no say in it beyond its nonce.
 */
struct job {
	uint32_t		id;		/* 0: free */
	uint32_t		conn;		/* frame id to answer with */
	struct proc		*web;
	struct attest_ans	ans;
	int			tpm_waits, tee_waits;	/* not yet there */
	int			failed;
	uint16_t		bank;
	uint8_t			mask[3];
	uint8_t			qualifying[NONCE_MAX];
	size_t			qualifying_len;
	struct tpm_expect	expect;		/* the one Quote that may pass */
	uint8_t			report_data[64];
	struct proc		*tee;		/* at work on it */
	int			tee_fd;		/* the quote, -1 */
};

void	attest_init(struct agent *);
int	parent_on_attest(struct agent *, struct proc *, struct frame *);
int	parent_on_quote_ans(struct agent *, struct proc *, struct frame *);
int	parent_on_ak_ans(struct agent *, struct proc *, struct frame *);
/* The tpm worker or a web is gone. */
void	attest_tpm_gone(struct agent *);
void	attest_web_gone(struct agent *, struct proc *);
/* No other tpm will come: what waits for one has failed. */
void	attest_tpm_never(struct agent *);
/* A connection has ended: nobody waits for its jobs, so they leave the queue. */
void	attest_conn_gone(struct agent *, uint32_t conn);
/* The next quote, when the tpm worker is free. */
void	attest_next_quote(struct agent *);

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
