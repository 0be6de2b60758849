#ifndef WORKERS_META_HTTP_H
#define WORKERS_META_HTTP_H

#include <stddef.h>
#include <stdint.h>

/*
 * One HTTP/1.1 exchange with a metadata service over a socket that somebody
 * else connected, and which ends with it. Nothing is followed: no redirect,
 * no second request. What the service may cost is bounded here; how long it
 * may take, by the parent, which kills this process.
 */

#define META_HEAD_MAX	16384	/* status line and headers, trailers too: Azure's are below 1 KiB */
#define META_BODY_MAX	(192 * 1024)	/* a TDX quote of TEE_QUOTE_MAX in base64, with room */
#define META_WIRE_MAX	(2 * META_BODY_MAX)	/* all that is read: chunks may be small, but not one byte each */
#define META_REASON_MAX	128

struct meta_answer {
	uint8_t	*body;			/* owned, free(3) */
	size_t	 len;
	char	 reason[META_REASON_MAX];	/* why there is none: our words only */
};

/*
 * Send the request and read its answer. 0 with a body, which is that of a 200;
 * else -1 with a reason.
 */
int	meta_exchange(int fd, const char *request, size_t len,
	    struct meta_answer *ret_a);

/*
 * The parser alone, for tests and fuzzing: the bytes of one answer, complete
 * or not. As meta_exchange.
 */
int	meta_parse(const void *bytes, size_t len, struct meta_answer *ret_a);

#endif
