#ifndef WORKERS_WEB_CONN_H
#define WORKERS_WEB_CONN_H

#include <event2/event.h>
#include <stdbool.h>
#include <time.h>

#include "agentd/msg.h"
#include "privsep/chan.h"
#include "workers/http.h"
#include "workers/web_stream.h"

#define WEB_PEER_MAX	128	/* an IPv6 address with port and zone */

struct web_conn;

/* What the parent said of itself and its programs; see PROTOCOL.md. */
#define WEB_PROGRAMS_MAX	32
struct web_config {
	uint8_t		item[32];
	uint8_t		toml[32], keys[32];
	uint32_t	flags;
	unsigned int	n;
	struct {
		char	name[64];
		uint8_t	digest[32];
	} program[WEB_PROGRAMS_MAX];
};

/* What a connection needs of the process it is in. */
struct web_ctx {
	struct event_base	*base;
	unsigned int		 header_s, body_s, idle_s;
	bool			 compat;	/* GET /quote/... is served */
	bool			 draining;
	/* the one before stays for answers that were composed before a reload */
	struct web_config	 config, config_before;
	/* a request is complete: give an answer, or ask the parent */
	void			(*request)(struct web_conn *);
	void			(*ask)(uint32_t id, enum msg_type, const struct wbuf *);
};

enum web_state {
	WEB_READ,	/* a request, or the first byte of one */
	WEB_WAIT,	/* for the parent */
	WEB_MEASURE,	/* the length of what is to be sent */
	WEB_SEND,
	WEB_END
};

/* One connection. One request at a time: the next ones wait in the socket. */
struct web_conn {
	struct web_conn		*next, **prev;
	struct web_ctx		*ctx;
	uint32_t		 id;
	int			 fd;
	char			 peer[WEB_PEER_MAX];
	struct event		*rd, *wr, *hup, *timer;
	enum web_state		 state;
	bool			 eof;		/* the peer sends nothing more */
	struct http_req		 req;
	enum http_phase		 timed;		/* the phase the timer runs for */
	uint8_t			*rest;		/* read, but of the next requests */
	size_t			 rest_off, rest_len;
	bool			 continued;	/* 100 was sent */
	struct timespec		 start;		/* of the request */

	/* waiting: the answer's type, and who takes it */
	unsigned int		 awaited;
	void			(*on_answer)(struct web_conn *, struct frame *);
	struct attest_req	 ask;
	int			 lent;		/* descriptor kept for a later step, or -1 */
	struct buf		 doc;		/* what a later step sends */

	/* answer */
	int			 status;	/* 0: none yet */
	bool			 keep;		/* keep alive after it */
	char			*out;		/* one filling, or a whole small answer */
	char			*out_p;		/* what of it is to be sent yet */
	size_t			 out_len;
	uint64_t		 sent;		/* bytes, with the head */
	struct web_stream	 stream;
	uint64_t		 first, measured;	/* WEB_MEASURE */
	bool			 beyond;
};

/* Takes fd. NULL: out of memory, fd is closed. */
struct web_conn	*web_conn_new(struct web_ctx *, uint32_t id, int fd,
	    const char *peer);
struct web_conn	*web_conn_find(uint32_t id);
/* A frame that may be the answer it waits for; others are ignored. */
void	web_conn_answer(struct web_conn *, struct frame *);
/* Close what is idle; the others end with their answer. */
void	web_conns_drain(void);

/* Ask the parent; the answer goes to on_answer. */
void	web_ask(struct web_conn *, enum msg_type, const struct wbuf *,
	    void (*on_answer)(struct web_conn *, struct frame *));

/* The answer, once a request. Texts are constant or of this process. */
void	web_reply_error(struct web_conn *, int status, const char *text);
void	web_reply_allow(struct web_conn *, const char *allow);	/* 405 */
/* 500, with an error id that is logged beside why */
void	web_reply_failed(struct web_conn *, const char *why);
/* A body in memory: small, or of bounded size. */
void	web_reply(struct web_conn *, int status, const char *type,
	    const void *body, size_t len);
/*
 * A file, from its start; takes fd. doc goes before it, tail after it. length
 * is that of the file when its size is to be trusted, else UINT64_MAX.
 */
void	web_reply_file(struct web_conn *, enum stream_kind, int fd,
	    uint64_t length, const char *tail);
/* The bytes of a growing file from `first` on: 206, or 416. Takes fd. */
void	web_reply_range(struct web_conn *, int fd, uint64_t first);

#endif
