/* Status line, headers, chunks and error texts. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workers/http_reply.h"

#define RANGE_DIGITS	20	/* of 2^64 - 1 */
#define TEXT_500	\
	"Something went wrong from the cosmian_vm agent. See "		\
	"cosmian_vm_agent logs for additional information. (error id: %s)"

struct out {
	char	*buf;
	size_t	 size;
	size_t	 len;
	bool	 full;
};

static void	 add(struct out *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));

static void
add(struct out *o, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	if (o->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->len, o->size - o->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= o->size - o->len)
		o->full = true;
	else
		o->len += n;
}

static const char *
status_text(int status)
{
	static const struct {
		int		 status;
		const char	*text;
	} t[] = {
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 206, "Partial Content" },
		{ 400, "Bad Request" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (t[i].status == status)
			return t[i].text;
	return NULL;
}

/* No Server and no Date: they help only whoever looks for a known fault. */
int
http_head_format(const struct http_head *h, char *buf, size_t size)
{
	struct out	 o = { buf, size, 0, false };
	const char	*text = status_text(h->status);
	bool		 keep = h->keep_alive;

	if (text == NULL)
		return -1;
	add(&o, "HTTP/1.1 %d %s\r\n", h->status, text);
	if (h->type != NULL)
		add(&o, "Content-Type: %s\r\n", h->type);
	switch (h->framing) {
	case HTTP_LENGTH_KNOWN:
		add(&o, "Content-Length: %" PRIu64 "\r\n", h->length);
		break;
	case HTTP_LENGTH_CHUNKED:
		add(&o, "Transfer-Encoding: chunked\r\n");
		break;
	case HTTP_LENGTH_CLOSE:
		keep = false;
		break;
	}
	if (h->status == 206)
		add(&o, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%"
		    PRIu64 "\r\n", h->first, h->total - 1, h->total);
	if (h->status == 416)
		add(&o, "Content-Range: bytes */%" PRIu64 "\r\n", h->total);
	if (h->accept_ranges)
		add(&o, "Accept-Ranges: bytes\r\n");
	if (h->allow != NULL)
		add(&o, "Allow: %s\r\n", h->allow);
	if (h->retry_after > 0)
		add(&o, "Retry-After: %u\r\n", h->retry_after);
	add(&o, "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\nConnection: %s\r\n\r\n",
	    keep ? "keep-alive" : "close");
	return o.full ? -1 : (int)o.len;
}

int
http_error_format(const struct http_head *head, int status, const char *text,
    char *buf, size_t size)
{
	struct http_head h = *head;
	size_t		 len = strlen(text);
	int		 n;

	h.status = status;
	h.type = HTTP_TYPE_TEXT;
	h.framing = HTTP_LENGTH_KNOWN;
	h.length = len;
	n = http_head_format(&h, buf, size);
	if (n == -1 || size - n < len)
		return -1;
	memcpy(buf + n, text, len);
	return n + (int)len;
}

int
http_error_500(const struct http_head *head, const char *id, char *buf,
    size_t size)
{
	char	 text[sizeof(TEXT_500) + 64];
	int	 n;

	n = snprintf(text, sizeof(text), TEXT_500, id);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -1;
	return http_error_format(head, 500, text, buf, size);
}

size_t
http_chunk_frame(char *buf, uint32_t len, char **ret_start)
{
	char	 head[HTTP_CHUNK_HEAD + 1];
	char	*data = buf + HTTP_CHUNK_HEAD;
	int	 n;

	if (len == 0)
		return 0;
	n = snprintf(head, sizeof(head), "%" PRIx32 "\r\n", len);
	memcpy(data - n, head, n);
	memcpy(data + len, "\r\n", 2);
	*ret_start = data - n;
	return n + (size_t)len + HTTP_CHUNK_TAIL;
}

bool
http_agent_is_old(const char *ua)
{
	static const char	 prefix[] = "cli-version/";
	size_t			 n;

	if (strncmp(ua, prefix, sizeof(prefix) - 1) != 0)
		return false;
	ua += sizeof(prefix) - 1;
	/* below 1.0 is a major number of nothing but zeros */
	n = strspn(ua, "0");
	return n > 0 && strchr(".-+ ", ua[n]) != NULL;
}

enum http_range
http_range_parse(const char *range, uint64_t size, uint64_t *ret_first)
{
	uint64_t	 n = 0;
	unsigned int	 d;
	size_t		 i;

	if (strncmp(range, "bytes=", 6) != 0)
		return HTTP_RANGE_NONE;
	range += 6;
	for (i = 0; range[i] >= '0' && range[i] <= '9'; i++)
		continue;
	if (i == 0 || i > RANGE_DIGITS || strcmp(range + i, "-") != 0)
		return HTTP_RANGE_NONE;
	for (i = 0; range[i] != '-'; i++) {
		d = range[i] - '0';
		if (n > (UINT64_MAX - d) / 10)
			return HTTP_RANGE_BEYOND;
		n = n * 10 + d;
	}
	if (n >= size)
		return HTTP_RANGE_BEYOND;
	*ret_first = n;
	return HTTP_RANGE_FROM;
}
