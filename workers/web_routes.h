#ifndef WORKERS_WEB_ROUTES_H
#define WORKERS_WEB_ROUTES_H

#include "workers/web_conn.h"

/* Answer the request of c that is complete, or ask the parent for it. */
void	web_route(struct web_conn *c);

/* For the files that serve a route; each of these is an answer. */

/* The text in b, which is freed. */
void	web_reply_doc(struct web_conn *, struct buf *b);
/* What is not ANSWER_OK, in words; absent is what this machine lacks. */
void	web_reply_status(struct web_conn *, unsigned int status,
	    const char *absent);

/* 1, or 0 when the body says it is something else and the request is answered. */
int	web_body_is_json(struct web_conn *);
/*
 * What a worker left in a sealed memfd, of 1 to max bytes; the caller frees. 0
 * or -1.
 */
int	web_read_sealed(int fd, size_t max, uint8_t **ret_p, size_t *ret_n);

#endif
