/* The parent's part, played to a real, confined tee. */
#ifndef REGRESS_PROC_TEE_PLAY_H
#define REGRESS_PROC_TEE_PLAY_H

#include <stdint.h>

#include "agentd/msg.h"
#include "privsep/spawn.h"

struct answer_got {
	int	 ok, kind;
	char	 reason[256];
	int	 fd;		/* -1 or the quote, the caller's */
};

/* Bytes of the report data that tee_ask() asks for. */
#define TEE_DATA	0xd5

/* Start one with nres descriptors lent, past HELLO. */
void	tee_start(struct spawned *, const int *res, int nres);
void	tee_ask(struct spawned *, enum tee_source);
void	tee_answer(struct spawned *, struct answer_got *ret_a);
/* It must end by itself; ret_log: what it has logged, NULL if of no interest. */
void	tee_end(struct spawned *, char *ret_log, size_t size);

#endif
