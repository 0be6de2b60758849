/*
 * HTTP requests of strangers.  llhttp accepts more than we want (obs-fold,
 * HTTP/0.9, header blocks without end), so a byte-wise scanner goes first: it
 * holds the request line back until it is whole, bounds everything, and knows
 * where the header block ends.  Each error is found at one fixed byte, so the
 * outcome does not depend on how the bytes were cut on their way here.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifndef LLHTTP_STRICT_MODE
#define LLHTTP_STRICT_MODE 1	/* unit/http proves that the library has it too */
#endif
#include <llhttp.h>

#include "workers/http.h"

_Static_assert(sizeof(llhttp_t) <= HTTP_LLHTTP_SIZE, "llhttp_t has grown");

#define BODY_STEP	1024	/* first allocation: an attest request is 200 bytes */
#define LENGTH_DIGITS	19	/* any such number fits 64 bits */

enum scan {
	SCAN_METHOD,
	SCAN_TARGET,
	SCAN_VERSION,
	SCAN_LINE_LF,
	SCAN_START,		/* first byte of a header line */
	SCAN_HEADER,
	SCAN_HEADER_LF,
	SCAN_LAST_LF,
	SCAN_END
};

/* A refusal; the text goes to client and log, so it never quotes the peer. */
struct fault {
	int		 status;
	const char	*reason;
};

#define FAULT(name, st, text)						\
	static const struct fault fault_##name = { st, text }
FAULT(bare_lf, 400, "line feed without carriage return");
FAULT(bare_cr, 400, "carriage return without line feed");
FAULT(method, 400, "bad byte in method");
FAULT(method_long, 501, "method too long");
FAULT(method_other, 405, "method not allowed");
FAULT(method_unknown, 501, "unknown method");
FAULT(target, 400, "bad byte in target");
FAULT(target_form, 400, "target is not in origin form");
FAULT(target_escape, 400, "bad percent-encoding in target");
FAULT(line_long, 414, "request line too long");
FAULT(version, 400, "bad HTTP version");
FAULT(version_other, 505, "HTTP version not supported");
FAULT(fold, 400, "folded header");
FAULT(header_name, 400, "header without a name");
FAULT(header_byte, 400, "control byte in header");
FAULT(headers_long, 431, "headers too long");
FAULT(headers_many, 431, "too many headers");
#undef FAULT

enum header {
	HEADER_HOST,
	HEADER_CONTENT_LENGTH,
	HEADER_TRANSFER_ENCODING,
	HEADER_UPGRADE,
	HEADER_EXPECT,
	HEADER_USER_AGENT,
	HEADER_ACCEPT,
	HEADER_CONTENT_TYPE,
	HEADER_RANGE,
	HEADER_MAX
};

static const char *const header_names[HEADER_MAX] = {
	[HEADER_HOST] = "host",
	[HEADER_CONTENT_LENGTH] = "content-length",
	[HEADER_TRANSFER_ENCODING] = "transfer-encoding",
	[HEADER_UPGRADE] = "upgrade",
	[HEADER_EXPECT] = "expect",
	[HEADER_USER_AGENT] = "user-agent",
	[HEADER_ACCEPT] = "accept",
	[HEADER_CONTENT_TYPE] = "content-type",
	[HEADER_RANGE] = "range",
};

static int	 bad(struct http_req *, int, const char *);
static int	 field_add(llhttp_t *, const char *, size_t);
static int	 field_end(llhttp_t *);
static int	 value_add(llhttp_t *, const char *, size_t);
static int	 value_end(llhttp_t *);
static int	 headers_end(llhttp_t *);
static int	 extension_add(llhttp_t *, const char *, size_t);
static int	 chunk_begin(llhttp_t *);
static int	 body_add(llhttp_t *, const char *, size_t);
static int	 message_end(llhttp_t *);

static const llhttp_settings_t settings = {
	.on_header_field = field_add,
	.on_header_field_complete = field_end,
	.on_header_value = value_add,
	.on_header_value_complete = value_end,
	.on_headers_complete = headers_end,
	.on_chunk_extension_name = extension_add,
	.on_chunk_header = chunk_begin,
	.on_body = body_add,
	.on_message_complete = message_end,
};

static llhttp_t *
parser(struct http_req *req)
{
	return (llhttp_t *)(void *)req->llhttp;
}

/* Refuse; the first reason stays. Returns -1 for the callbacks of llhttp. */
static int
bad(struct http_req *req, int status, const char *reason)
{
	if (req->state != HTTP_BAD) {
		req->state = HTTP_BAD;
		req->phase = HTTP_PHASE_END;
		req->keep_alive = false;
		req->status = status;
		req->reason = reason;
	}
	return -1;
}

static int
has(const struct http_req *req, enum header h)
{
	return (req->seen >> h) & 1;
}

static bool
is_token(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* RFC 3986: pchar, '/' and '?'; escapes are judged when the target is whole. */
static bool
is_target(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("-._~!$&'()*+,;=:@/?%", c) != NULL);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that an escape stands for, or -1. */
static int
escape_value(const char *s)
{
	int	 hi, lo;

	if ((hi = hex_value(s[0])) == -1 || (lo = hex_value(s[1])) == -1)
		return -1;
	return hi << 4 | lo;
}

/* Request line. */

static const struct fault *
method_end(struct http_req *req)
{
	static const char *const others[] = { "HEAD", "PUT", "OPTIONS",
	    "PATCH", "TRACE", "CONNECT" };
	size_t	 i;

	if (strcmp(req->method, "GET") == 0)
		req->verb = HTTP_VERB_GET;
	else if (strcmp(req->method, "POST") == 0)
		req->verb = HTTP_VERB_POST;
	else if (strcmp(req->method, "DELETE") == 0)
		req->verb = HTTP_VERB_DELETE;
	else {
		for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (strcmp(req->method, others[i]) == 0)
				return &fault_method_other;
		return &fault_method_unknown;
	}
	req->scan = SCAN_TARGET;
	return NULL;
}

static const struct fault *
method_byte(struct http_req *req, unsigned char c)
{
	if (c == ' ' && req->method_len > 0)
		return method_end(req);
	if (!is_token(c))
		return &fault_method;
	if (req->method_len == HTTP_METHOD_MAX)
		return &fault_method_long;
	req->method[req->method_len++] = c;
	return NULL;
}

static const struct fault *
target_byte(struct http_req *req, unsigned char c)
{
	if (c == ' ' && req->target_len > 0) {
		req->scan = SCAN_VERSION;
		return NULL;
	}
	if (req->target_len == 0 && c != '/')
		return &fault_target_form;
	if (!is_target(c))
		return &fault_target;
	/* fits: the line has the same limit and is checked first */
	req->target[req->target_len++] = c;
	return NULL;
}

static const struct fault *
version_byte(struct http_req *req, unsigned char c)
{
	const char	*v = req->version;

	if (c == '\n')
		return &fault_bare_lf;
	if (c != '\r') {
		if (req->version_len == sizeof(req->version) - 1)
			return &fault_version;
		req->version[req->version_len++] = c;
		return NULL;
	}
	if (req->version_len != 8 || memcmp(v, "HTTP/", 5) != 0 ||
	    v[5] < '0' || v[5] > '9' || v[6] != '.' ||
	    v[7] < '0' || v[7] > '9')
		return &fault_version;
	if (v[5] != '1' || v[7] > '1')
		return &fault_version_other;
	req->minor = v[7] - '0';
	req->scan = SCAN_LINE_LF;
	return NULL;
}

/*
 * Decode the path in place and check the query's escapes.  An escaped slash
 * or blank would make one path look like another in a route or a log line.
 */
static const struct fault *
target_split(struct http_req *req)
{
	char	*r, *w, *query;
	int	 c;

	query = strchr(req->target, '?');
	if (query != NULL)
		*query++ = '\0';
	for (r = w = req->target; *r != '\0'; r++) {
		c = (unsigned char)*r;
		if (c == '%') {
			c = escape_value(r + 1);
			if (c <= ' ' || c >= 0x7f || c == '/')
				return &fault_target_escape;
			r += 2;
		}
		*w++ = c;
	}
	*w = '\0';
	req->path = req->target;
	req->query = query != NULL ? query : "";
	for (r = query; r != NULL && (r = strchr(r, '%')) != NULL; r += 3)
		if (escape_value(r + 1) <= 0)
			return &fault_target_escape;
	return NULL;
}

/* llhttp takes a lone line feed as the end of the chunks. */
static size_t
run_end(struct http_req *req, const char *buf, size_t used)
{
	char	 before = used > 1 ? buf[used - 2] : req->last;

	if (has(req, HEADER_TRANSFER_ENCODING) && before != '\r') {
		bad(req, 400, "trailers or bytes after the last chunk");
	} else {
		req->state = HTTP_DONE;
		req->phase = HTTP_PHASE_END;
	}
	return used;
}

/* Give bytes to llhttp and judge the outcome; returns how many it took. */
static size_t
run(struct http_req *req, const char *buf, size_t len)
{
	llhttp_t	*ll = parser(req);
	llhttp_errno_t	 e;

	if (len == 0 || req->state != HTTP_MORE)
		return 0;
	e = llhttp_execute(ll, buf, len);
	if (e == HPE_PAUSED)
		return run_end(req, buf, llhttp_get_error_pos(ll) - buf);
	req->last = buf[len - 1];
	if (e == HPE_OK)
		return len;
	if (ll->flags & F_TRAILING)
		bad(req, 400, "trailers or bytes after the last chunk");
	else if (req->phase == HTTP_PHASE_BODY)
		bad(req, 400, "malformed chunk or chunk extension");
	else if (e == HPE_INVALID_CONTENT_LENGTH ||
	    e == HPE_UNEXPECTED_CONTENT_LENGTH)
		bad(req, 400, "bad, repeated or unexpected Content-Length");
	else if (e == HPE_INVALID_TRANSFER_ENCODING)
		bad(req, 400, "bad or unexpected Transfer-Encoding");
	else
		bad(req, 400, "malformed header");
	return len;
}

/* The request line is whole and plausible: llhttp gets it as it came. */
static const struct fault *
line_end(struct http_req *req)
{
	run(req, req->method, req->method_len);
	run(req, " ", 1);
	run(req, req->target, req->target_len);
	run(req, " ", 1);
	run(req, req->version, req->version_len);
	run(req, "\r\n", 2);
	req->scan = SCAN_START;
	return target_split(req);
}

/* Judge one byte of request line or headers: NULL or the reason to refuse. */
static const struct fault *
line_byte(struct http_req *req, unsigned char c)
{
	if (req->scan != SCAN_LINE_LF && c != '\r' &&
	    ++req->line_len > HTTP_LINE_MAX)
		return &fault_line_long;
	switch (req->scan) {
	case SCAN_METHOD:
		return method_byte(req, c);
	case SCAN_TARGET:
		return target_byte(req, c);
	case SCAN_VERSION:
		return version_byte(req, c);
	default:
		return c == '\n' ? line_end(req) : &fault_bare_cr;
	}
}

static const struct fault *
header_byte(struct http_req *req, unsigned char c)
{
	if (++req->headers_len > HTTP_HEADERS_MAX)
		return &fault_headers_long;
	switch (req->scan) {
	case SCAN_START:
		if (c == ' ' || c == '\t')
			return &fault_fold;
		if (c == '\r') {
			req->scan = SCAN_LAST_LF;
			return NULL;
		}
		if (c == ':')	/* llhttp would take it */
			return &fault_header_name;
		if (++req->headers > HTTP_COUNT_MAX)
			return &fault_headers_many;
		req->scan = SCAN_HEADER;
		/* FALLTHROUGH */
	case SCAN_HEADER:
		if (c == '\n')
			return &fault_bare_lf;
		if (c == '\r')
			req->scan = SCAN_HEADER_LF;
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			return &fault_header_byte;
		return NULL;
	default:
		if (c != '\n')
			return &fault_bare_cr;
		req->scan = req->scan == SCAN_LAST_LF ? SCAN_END : SCAN_START;
		return NULL;
	}
}

/* Scan up to the end of the header block and let llhttp read what passed. */
static size_t
feed_header(struct http_req *req, const char *buf, size_t len)
{
	const struct fault	*f = NULL;
	size_t			 i, from = 0;

	for (i = 0; i < len && req->scan < SCAN_START; i++) {
		if ((f = line_byte(req, buf[i])) != NULL)
			break;
		from = i + 1;
	}
	for (; f == NULL && i < len && req->scan != SCAN_END; i++)
		if ((f = header_byte(req, buf[i])) != NULL)
			break;
	run(req, buf + from, i - from);
	if (f != NULL)
		bad(req, f->status, f->reason);
	else if (req->scan == SCAN_END && req->phase == HTTP_PHASE_HEADER)
		bad(req, 400, "malformed header block");
	return i;
}

/* Callbacks of llhttp: headers. */

static int
field_add(llhttp_t *ll, const char *at, size_t len)
{
	struct http_req	*req = ll->data;
	size_t		 i;

	if (req->phase == HTTP_PHASE_BODY)
		return bad(req, 400, "trailers or bytes after the last chunk");
	for (i = 0; i < len && req->name_len <= HTTP_NAME_MAX; i++)
		req->name[req->name_len++] =
		    at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i];
	return 0;
}

static int
field_end(llhttp_t *ll)
{
	struct http_req	*req = ll->data;

	req->value_len = 0;
	req->value_cut = false;
	return 0;
}

static int
value_add(llhttp_t *ll, const char *at, size_t len)
{
	struct http_req	*req = ll->data;
	size_t		 room = HTTP_VALUE_MAX - req->value_len;

	if (len > room) {
		req->value_cut = true;
		len = room;
	}
	memcpy(req->value + req->value_len, at, len);
	req->value_len += len;
	return 0;
}

static void
value_store(const char *value, char *slot, size_t size)
{
	size_t	 len = strnlen(value, size - 1);

	memcpy(slot, value, len);
	slot[len] = '\0';
}

/* Accept is a list: several lines mean the same as one with commas. */
static void
accept_add(struct http_req *req)
{
	size_t	 len = strlen(req->accept);

	if (len > 0 && len + 2 < sizeof(req->accept)) {
		memcpy(req->accept + len, ", ", 3);
		len += 2;
	}
	value_store(req->value, req->accept + len, sizeof(req->accept) - len);
}

static int
host_check(struct http_req *req)
{
	const char	*p;

	for (p = req->value; *p != '\0'; p++)
		if (!is_token(*p) && strchr(":[]", *p) == NULL)
			break;
	if (*p != '\0' || p == req->value)
		return bad(req, 400, "bad Host");
	return 0;
}

static int
length_check(struct http_req *req)
{
	if (req->value_len == 0 || req->value_len > LENGTH_DIGITS ||
	    strspn(req->value, "0123456789") != req->value_len)
		return bad(req, 400, "bad Content-Length");
	req->content_length = strtoull(req->value, NULL, 10);
	return 0;
}

static int
header_take(struct http_req *req, enum header h)
{
	switch (h) {
	case HEADER_HOST:
		return host_check(req);
	case HEADER_CONTENT_LENGTH:
		return length_check(req);
	case HEADER_TRANSFER_ENCODING:
		if (strcasecmp(req->value, "chunked") != 0)
			return bad(req, 400, "Transfer-Encoding is not chunked");
		return 0;
	case HEADER_UPGRADE:
		return bad(req, 400, "upgrades are not supported");
	case HEADER_EXPECT:
		if (strcasecmp(req->value, "100-continue") != 0)
			return bad(req, 417, "unknown expectation");
		return 0;
	case HEADER_ACCEPT:
		accept_add(req);
		return 0;
	case HEADER_USER_AGENT:
		value_store(req->value, req->user_agent,
		    sizeof(req->user_agent));
		return 0;
	case HEADER_CONTENT_TYPE:
		value_store(req->value, req->content_type,
		    sizeof(req->content_type));
		return 0;
	case HEADER_RANGE:
		value_store(req->value, req->range, sizeof(req->range));
		return 0;
	case HEADER_MAX:
		break;
	}
	return 0;
}

/* A value that is cut is fine where only a prefix matters, and only there. */
static bool
may_be_cut(enum header h)
{
	return h == HEADER_USER_AGENT || h == HEADER_ACCEPT ||
	    h == HEADER_CONTENT_TYPE || h == HEADER_RANGE;
}

static int
value_end(llhttp_t *ll)
{
	struct http_req	*req = ll->data;
	enum header	 h;
	size_t		 i;

	for (h = 0; h < HEADER_MAX; h++)
		if (strlen(header_names[h]) == req->name_len &&
		    memcmp(header_names[h], req->name, req->name_len) == 0)
			break;
	req->name_len = 0;
	if (h == HEADER_MAX)
		return 0;
	if (has(req, h) && h != HEADER_ACCEPT)
		return bad(req, 400, "repeated header");
	req->seen |= 1U << h;
	if (req->value_cut && !may_be_cut(h))
		return bad(req, 431, "header value too long");
	while (!req->value_cut && req->value_len > 0 &&
	    strchr(" \t", req->value[req->value_len - 1]) != NULL)
		req->value_len--;
	req->value[req->value_len] = '\0';
	for (i = 0; i < req->value_len; i++)
		if (req->value[i] < ' ' || req->value[i] > '~')
			return bad(req, 400, "bad byte in header value");
	return header_take(req, h);
}

/* All headers are known: decide about the body before any of it is read. */
static int
headers_end(llhttp_t *ll)
{
	struct http_req	*req = ll->data;
	bool		 chunked = has(req, HEADER_TRANSFER_ENCODING);

	if (ll->http_major != 1 || ll->http_minor != req->minor ||
	    chunked != ((ll->flags & F_CHUNKED) != 0) ||
	    (!chunked && ll->content_length != req->content_length))
		return bad(req, 400, "ambiguous request");
	if (req->minor == 1 && !has(req, HEADER_HOST))
		return bad(req, 400, "no Host");
	if (chunked && has(req, HEADER_CONTENT_LENGTH))
		return bad(req, 400, "Content-Length with Transfer-Encoding");
	if (chunked && req->minor == 0)
		return bad(req, 400, "Transfer-Encoding with HTTP/1.0");
	if (req->verb != HTTP_VERB_POST && (chunked || req->content_length > 0))
		return bad(req, 400, "body with a method that has none");
	if (req->content_length > req->body_max)
		return bad(req, 413, "body too long");
	req->keep_alive = req->minor == 1 && llhttp_should_keep_alive(ll);
	req->expect_100 = req->minor == 1 && has(req, HEADER_EXPECT) &&
	    (chunked || req->content_length > 0);
	req->phase = HTTP_PHASE_BODY;
	return 0;
}

/* Callbacks of llhttp: body. */

static int
extension_add(llhttp_t *ll, const char *at, size_t len)
{
	(void)at;
	(void)len;
	return bad(ll->data, 400, "malformed chunk or chunk extension");
}

static int
chunk_begin(llhttp_t *ll)
{
	struct http_req	*req = ll->data;

	if (ll->content_length > req->body_max - req->body_len)
		return bad(req, 413, "body too long");
	if (++req->chunks > HTTP_CHUNKS_MAX)
		return bad(req, 400, "too many chunks");
	return 0;
}

/* The buffer grows with what has come, not with what was announced. */
static int
body_add(llhttp_t *ll, const char *at, size_t len)
{
	struct http_req	*req = ll->data;
	size_t		 size = req->body_size;
	uint8_t		*p;

	if (len > req->body_max - req->body_len)
		return bad(req, 413, "body too long");
	while (size < req->body_len + len)
		size = size == 0 ? BODY_STEP : size * 2;
	if (size > req->body_size) {
		if ((p = realloc(req->body, size)) == NULL)
			return bad(req, 503, "out of memory");
		req->body = p;
		req->body_size = size;
	}
	memcpy(req->body + req->body_len, at, len);
	req->body_len += len;
	return 0;
}

/* Stop here: the bytes of the next request are the caller's. */
static int
message_end(llhttp_t *ll)
{
	(void)ll;
	return HPE_PAUSED;
}

/* Interface. */

void
http_init(struct http_req *req, size_t body_max)
{
	memset(req, 0, sizeof(*req));
	req->path = req->query = "";
	req->body_max = body_max;
	llhttp_init(parser(req), HTTP_REQUEST, &settings);
	parser(req)->data = req;
}

size_t
http_feed(struct http_req *req, const void *buf, size_t len)
{
	const char	*p = buf;
	size_t		 used = 0;

	if (len > 0 && req->phase == HTTP_PHASE_IDLE)
		req->phase = HTTP_PHASE_HEADER;
	while (used < len && req->state == HTTP_MORE) {
		if (req->phase == HTTP_PHASE_HEADER)
			used += feed_header(req, p + used, len - used);
		else
			used += run(req, p + used, len - used);
	}
	return used;
}

void
http_reset(struct http_req *req)
{
	size_t	 body_max = req->body_max;

	http_free(req);
	http_init(req, body_max);
}

void
http_free(struct http_req *req)
{
	free(req->body);
	req->body = NULL;
	req->body_len = req->body_size = 0;
}

const char *
http_verb_name(enum http_verb verb)
{
	switch (verb) {
	case HTTP_VERB_GET:
		return "GET";
	case HTTP_VERB_POST:
		return "POST";
	case HTTP_VERB_DELETE:
		return "DELETE";
	default:
		return "-";
	}
}
