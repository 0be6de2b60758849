#ifndef REGRESS_PROC_WEB_PLAY_H
#define REGRESS_PROC_WEB_PLAY_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/attest_msg.h"
#include "agentd/msg.h"
#include "agentd/tpm_msg.h"
#include "privsep/chan.h"
#include "privsep/spawn.h"

/* The parent's and net's part played to a real, confined web. */

#define PLAY_WAIT_MS	10000	/* longer than any answer of a working web */

/* Start it; limits in seconds. Dies when that does not work. */
void	web_start(struct spawned *, unsigned int header_s, unsigned int body_s,
	    unsigned int idle_s, int compat);
void	web_limits(struct spawned *, unsigned int header_s,
	    unsigned int body_s, unsigned int idle_s, int compat);
/* It must end by itself, with status 0, once its channel is closed. */
int	web_end(struct spawned *);

/* A new connection; our end of its stream. */
int	conn_open(struct spawned *, uint32_t id);
void	conn_say(int fd, const char *text);
/*
 * One answer into buf, terminated: up to its Content-Length, its last chunk, or
 * the end of the stream. Returns the bytes; 0 when the stream ended at once.
 */
size_t	conn_answer(int fd, char *buf, size_t size);
/* 1 when the stream ends without another byte. */
int	conn_ended(int fd);
/* The status of an answer, and its body. */
int	answer_status(const char *answer);
const char *answer_body(const char *answer);

/* The next frame, which must be of this type and connection; 0 or -1. */
int	parent_take(struct spawned *, unsigned int type, uint32_t id,
	    struct frame *ret_f);
/* Answers; the descriptor is closed here, -1 for none. */
void	parent_log(struct spawned *, uint32_t id, enum answer, int fd);
void	parent_deleted(struct spawned *, uint32_t id, enum answer);
void	parent_snapshot(struct spawned *, uint32_t id, enum answer, int fd);
void	parent_attest(struct spawned *, uint32_t id, const struct attest_ans *,
	    int fd);
/* To TPM_CERTS_REQ, and to ACTIVATE_REQ with a proof of 0xab. */
void	parent_certs(struct spawned *, uint32_t id, enum answer, int fd);
void	parent_activated(struct spawned *, uint32_t id, enum answer);
/* A memfd with these bytes. */
int	file_of(const void *, size_t);
/* The next line of its log into buf; 0, or -1 when none comes. */
int	log_take(struct spawned *, char *buf, size_t size);

#endif
