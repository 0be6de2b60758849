/*
 * Whole HTTP/1.1 messages over TLS, for the man in the middle.
 */
#ifndef SIM_MITM_HTTP_H
#define SIM_MITM_HTTP_H

#include <openssl/ssl.h>

#include "regress/sim/simutil.h"

#define HTTP_MESSAGE_MAX	(256 * 1024 * 1024)

/* One side: its TLS and the bytes read beyond the last message. */
struct http_peer {
	SSL		*ssl;
	struct sbuf	 in;
};

/* Start line and fields, each ending in CRLF, and the decoded body. */
struct http_msg {
	struct sbuf	 head;
	struct sbuf	 body;
};

/*
 * Read one message, a response or a request.  -1 at the end of the connection
 * or on nonsense.
 */
int	http_read(struct http_peer *p, int response, struct http_msg *ret_msg);

/* Send it with a Content-Length of its own.  0 or -1. */
int	http_write(struct http_peer *p, int response, struct http_msg *m);

/* Remove every field of that name. */
void	http_field_drop(struct http_msg *m, const char *name);

/* Value of a field in buf, "" without; 1 if there is one. */
int	http_field_get(const struct http_msg *m, const char *name, char *buf,
	    size_t size);

/* "METHOD /path" of a request without its query. */
void	http_target_get(const struct http_msg *m, char *buf, size_t size);

void	http_msg_free(struct http_msg *m);

#endif
