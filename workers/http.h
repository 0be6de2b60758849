#ifndef WORKERS_HTTP_H
#define WORKERS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A strict HTTP/1.0 and 1.1 request parser on byte spans: no I/O, no globals.
 * A line scanner of our own settles what a line, a header block and a request
 * line are, and what they may cost; llhttp then reads the very same bytes.
 * A request has to please both, so a disagreement between two readings, which
 * is what request smuggling lives on, ends as 400.
 */

#define HTTP_LINE_MAX	 2048	/* request line: ours are below 200, a proxy may prefix */
#define HTTP_HEADERS_MAX 16384	/* all header lines: what curl and nginx take as usual */
#define HTTP_COUNT_MAX	 64	/* header lines: browsers send about 20 */
#define HTTP_BODY_MAX	 65536	/* the default limit of a body: an app.conf in base64 */
#define HTTP_CHUNKS_MAX	 1024	/* chunks of one body: real clients send a few */
#define HTTP_METHOD_MAX	 32	/* bytes of a method: the longest registered has 17 */
#define HTTP_NAME_MAX	 32	/* bytes kept of a header name: ours are shorter */
#define HTTP_VALUE_MAX	 256	/* bytes kept of a header value: a Host is shorter */
#define HTTP_LLHTTP_SIZE 192	/* llhttp_t has 96 bytes (8.1); room for a newer one */

enum http_state {
	HTTP_MORE,		/* needs more bytes */
	HTTP_DONE,		/* one request is complete */
	HTTP_BAD		/* refused: answer req->status, then close */
};

enum http_phase {
	HTTP_PHASE_IDLE,	/* no byte of a request yet */
	HTTP_PHASE_HEADER,	/* request line or headers */
	HTTP_PHASE_BODY,
	HTTP_PHASE_END		/* done or refused */
};

enum http_verb {
	HTTP_VERB_NONE,
	HTTP_VERB_GET,
	HTTP_VERB_POST,
	HTTP_VERB_DELETE
};

/* All strings are NUL-terminated and, but for body, printable ASCII. */
struct http_req {
	/* for the caller, valid as soon as the phase is past HEADER */
	enum http_state	 state;
	enum http_phase	 phase;
	enum http_verb	 verb;
	int		 minor;		/* of HTTP/1.x: 0 or 1 */
	bool		 keep_alive;	/* never with 1.0 */
	bool		 expect_100;	/* client waits for 100 before the body */
	const char	*path;		/* percent-decoded, starts with '/' */
	const char	*query;		/* as sent, without '?'; "" if none */
	char		 user_agent[128];	/* these four: cut if longer, "" if none */
	char		 accept[HTTP_VALUE_MAX];	/* several lines are joined by ", " */
	char		 content_type[64];
	char		 range[64];
	uint8_t		*body;		/* owned by the request; NULL if empty */
	size_t		 body_len;
	int		 status;	/* of HTTP_BAD */
	const char	*reason;	/* of HTTP_BAD: constant text, safe in logs */

	/* private */
	size_t		 body_max;
	size_t		 body_size;	/* allocated */
	int		 scan;		/* enum scan of http.c */
	size_t		 line_len;	/* of the request line so far */
	size_t		 headers_len;
	unsigned int	 headers;	/* header lines */
	unsigned int	 chunks;
	char		 method[HTTP_METHOD_MAX + 1];
	size_t		 method_len;
	char		 target[HTTP_LINE_MAX + 1];
	size_t		 target_len;
	char		 version[9];	/* HTTP/1.1 */
	size_t		 version_len;
	char		 name[HTTP_NAME_MAX + 1];
	size_t		 name_len;
	char		 value[HTTP_VALUE_MAX + 1];
	size_t		 value_len;
	bool		 value_cut;
	char		 last;		/* byte given to llhttp before this call */
	uint32_t	 seen;		/* bit i: header i of the table has come */
	uint64_t	 content_length;
	_Alignas(8) unsigned char llhttp[HTTP_LLHTTP_SIZE];
};

/*
 * Make ready for a first request whose body may have up to body_max bytes.
 * The structure must stay where it is until http_free.
 */
void	 http_init(struct http_req *, size_t body_max);

/*
 * Consume up to the end of one request and return how many bytes that were;
 * what follows (pipelining) stays with the caller. Look at req->state after
 * each call. With HTTP_DONE or HTTP_BAD nothing more is consumed.
 */
size_t	 http_feed(struct http_req *, const void *buf, size_t len);

/* Forget the request, free its body, make ready for the next. */
void	 http_reset(struct http_req *);

/* Free what the request owns; http_init makes it usable again. */
void	 http_free(struct http_req *);

/* "GET" ..., or "-" before it is known: for logs. */
const char	*http_verb_name(enum http_verb);

#endif
