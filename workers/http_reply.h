#ifndef WORKERS_HTTP_REPLY_H
#define WORKERS_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Answers as bytes into buffers of the caller. */

#define HTTP_HEAD_MAX	 768	/* status line and all headers we can send: below 500 */
#define HTTP_ERROR_MAX	 1536	/* an error with its text: two thirds of it for the text */

#define HTTP_TYPE_JSON	 "application/json"
#define HTTP_TYPE_TEXT	 "text/plain; charset=utf-8"
#define HTTP_TYPE_BYTES	 "application/octet-stream"

/* Texts of WIRE 8: existing clients show or compare them. */
#define HTTP_TEXT_OLD	 "Please update the cosmian_vm cli to version 1.0"
#define HTTP_TEXT_BUSY	 "A snapshot is currently processing (hold on before " \
			 "processing other actions)"

enum http_length {
	HTTP_LENGTH_KNOWN,	/* Content-Length: length */
	HTTP_LENGTH_CHUNKED,
	HTTP_LENGTH_CLOSE	/* ends with the connection: streams to HTTP/1.0 */
};

struct http_head {
	int		 status;
	const char	*type;		/* Content-Type; NULL: none */
	enum http_length framing;
	uint64_t	 length;	/* of the body, HTTP_LENGTH_KNOWN */
	bool		 keep_alive;	/* ignored with HTTP_LENGTH_CLOSE */
	unsigned int	 retry_after;	/* seconds; 0: none */
	const char	*allow;		/* Allow, for 405; NULL: none */
	bool		 accept_ranges;
	uint64_t	 first;		/* 206: bytes first to total - 1 */
	uint64_t	 total;		/* 206 and 416: size of the whole */
};

/* Bytes written (no NUL), or -1 if they do not fit or the status is unknown. */
int	 http_head_format(const struct http_head *, char *buf, size_t size);

/*
 * A whole answer of text/plain with status, type and length set here; the
 * other members of head are as given. Bytes written, or -1.
 */
int	 http_error_format(const struct http_head *, int status,
	    const char *text, char *buf, size_t size);
/* 500 with the text of WIRE 8; id is a UUID that the log line has as well. */
int	 http_error_500(const struct http_head *, const char *id, char *buf,
	    size_t size);

/* "100 Continue", sent before a body that its client holds back. */
#define HTTP_CONTINUE	 "HTTP/1.1 100 Continue\r\n\r\n"

/*
 * Chunks are framed in place: leave HTTP_CHUNK_HEAD bytes before the data and
 * HTTP_CHUNK_TAIL after it. Data of no bytes make no chunk (it would end the
 * body) and return 0; else the length of all, which begins at *ret_start.
 */
#define HTTP_CHUNK_HEAD	 10	/* 8 hex digits, CR LF */
#define HTTP_CHUNK_TAIL	 2
#define HTTP_CHUNK_LAST	 "0\r\n\r\n"
size_t	 http_chunk_frame(char *buf, uint32_t len, char **ret_start);

/* True for "cli-version/V" with V below 1.0; any other agent passes. */
bool	 http_agent_is_old(const char *user_agent);

enum http_range {
	HTTP_RANGE_NONE,	/* no range, or one we may ignore: 200 */
	HTTP_RANGE_FROM,	/* 206 from *ret_first to the end */
	HTTP_RANGE_BEYOND	/* 416 */
};
/* Range header against a body of size bytes; only "bytes=N-" counts. */
enum http_range	 http_range_parse(const char *range, uint64_t size,
		    uint64_t *ret_first);

#endif
