#include <sys/random.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/log.h"
#include "workers/web_conn.h"

#define CONN_BUCKETS	1024
#define READ_MAX	16384	/* taken from a socket at once */
#define TURNS		16	/* steps of one connection before the others get theirs */
#define LOG_PATH_MAX	128	/* bytes of a path that stranger's hands typed */

static struct web_conn *buckets[CONN_BUCKETS];

static void conn_run(struct web_conn *);

static struct web_conn **
bucket(uint32_t id)
{
	return &buckets[id % CONN_BUCKETS];
}

struct web_conn *
web_conn_find(uint32_t id)
{
	struct web_conn *c;

	for (c = *bucket(id); c != NULL; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static unsigned int
elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned int)((now.tv_sec - since->tv_sec) * 1000 +
	    (now.tv_nsec - since->tv_nsec) / 1000000);
}

/* The path only: the query holds the nonce. Quotes would end the field early. */
static void
log_request(const struct web_conn *c, const char *how)
{
	const struct http_req *q = &c->req;
	char path[LOG_PATH_MAX + 1];
	size_t i;

	snprintf(path, sizeof(path), "%.*s", LOG_PATH_MAX,
	    q->path[0] != '\0' ? q->path : "-");
	for (i = 0; path[i] != '\0'; i++)
		if (path[i] == '"' || path[i] == '\\')
			path[i] = '_';
	log_info("%s \"%s %s\" %d %" PRIu64 " %u%s%s%s", c->peer,
	    http_verb_name(q->verb), path, c->status, c->sent,
	    elapsed_ms(&c->start), how,
	    q->state == HTTP_BAD ? " " : "",
	    q->state == HTTP_BAD ? q->reason : "");
}

static void
conn_free(struct web_conn *c)
{
	struct event *ev[] = { c->rd, c->wr, c->hup, c->timer };
	size_t i;

	for (i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (ev[i] != NULL)
			event_free(ev[i]);
	http_free(&c->req);
	stream_close(&c->stream);
	if (c->lent != -1)
		close(c->lent);
	buf_free(&c->doc);
	free(c->rest);
	free(c->out);
	close(c->fd);
	if (c->prev != NULL) {
		*c->prev = c->next;
		if (c->next != NULL)
			c->next->prev = c->prev;
	}
	free(c);
}

/* The end of a request that was not answered in full. */
static void
conn_cut(struct web_conn *c)
{
	if (c->state != WEB_READ && c->state != WEB_END)
		log_request(c, " cut");
	c->state = WEB_END;
}

static void
set_timer(struct web_conn *c, unsigned int s)
{
	struct timeval tv = { s, 0 };

	evtimer_add(c->timer, &tv);
}

/* One limit for the whole of a phase: a byte now and then buys no time. */
static void
time_phase(struct web_conn *c)
{
	if (c->req.phase == c->timed)
		return;
	if (c->timed == HTTP_PHASE_IDLE)
		clock_gettime(CLOCK_MONOTONIC, &c->start);
	c->timed = c->req.phase;
	if (c->timed == HTTP_PHASE_HEADER)
		set_timer(c, c->ctx->header_s);
	else if (c->timed == HTTP_PHASE_BODY)
		set_timer(c, c->ctx->body_s);
	else if (c->timed == HTTP_PHASE_IDLE)
		set_timer(c, c->ctx->idle_s);
}

/* Answers. */

static struct http_head
head_make(struct web_conn *c, int status)
{
	c->keep = c->req.keep_alive && !c->ctx->draining && !c->eof;
	c->status = status;
	return (struct http_head){ .status = status, .keep_alive = c->keep };
}

static void
send_start(struct web_conn *c, char *out, size_t len)
{
	free(c->out);
	c->out = c->out_p = out;
	c->out_len = len;
	c->state = WEB_SEND;
	set_timer(c, c->ctx->idle_s);
}

/* Frees nothing: a connection without memory ends. */
static char *
out_new(struct web_conn *c, size_t size)
{
	char *out;

	if ((out = malloc(size)) == NULL) {
		log_warn("%s", c->peer);
		conn_cut(c);
	}
	return out;
}

static void
error_send(struct web_conn *c, const struct http_head *h, int status,
    const char *text)
{
	char *out;
	int n;

	if ((out = out_new(c, HTTP_ERROR_MAX)) == NULL)
		return;
	n = http_error_format(h, status, text, out, HTTP_ERROR_MAX);
	if (n == -1)
		fatalx("answer %d does not fit", status);
	send_start(c, out, (size_t)n);
}

void
web_reply_error(struct web_conn *c, int status, const char *text)
{
	struct http_head h = head_make(c, status);

	if (status == 503)
		h.retry_after = 1;
	if (status == 405)	/* of the parser, which knows no path yet */
		h.allow = "GET, POST, DELETE";
	error_send(c, &h, status, text);
}

void
web_reply_allow(struct web_conn *c, const char *allow)
{
	struct http_head h = head_make(c, 405);

	h.allow = allow;
	error_send(c, &h, 405, "method not allowed");
}

/* RFC 9562 4: version 4. */
static void
uuid_make(char dst[37])
{
	uint8_t b[16];
	char *p = dst;
	size_t i;

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		fatal("getrandom");
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (i = 0; i < sizeof(b); i++)
		p += sprintf(p, "%s%02x", i == 4 || i == 6 || i == 8 ||
		    i == 10 ? "-" : "", b[i]);
}

void
web_reply_failed(struct web_conn *c, const char *why)
{
	struct http_head h = head_make(c, 500);
	char id[37], *out;
	int n;

	uuid_make(id);
	log_warnx("%s: error id %s: %s", c->peer, id, why);
	if ((out = out_new(c, HTTP_ERROR_MAX)) == NULL)
		return;
	if ((n = http_error_500(&h, id, out, HTTP_ERROR_MAX)) == -1)
		fatalx("answer 500 does not fit");
	send_start(c, out, (size_t)n);
}

void
web_reply(struct web_conn *c, int status, const char *type, const void *body,
    size_t len)
{
	struct http_head h = head_make(c, status);
	char *out;
	int n;

	h.type = type;
	h.length = len;
	if ((out = out_new(c, HTTP_HEAD_MAX + len)) == NULL)
		return;
	if ((n = http_head_format(&h, out, HTTP_HEAD_MAX)) == -1)
		fatalx("head of %d does not fit", status);
	memcpy(out + n, body, len);
	send_start(c, out, (size_t)n + len);
}

/* Head, then doc as a chunk of its own; the file follows filling by filling. */
static void
stream_start(struct web_conn *c, struct http_head *h, char *out)
{
	struct span doc = buf_span(&c->doc);
	char *start, *p;
	size_t n;
	int len;

	h->framing = c->stream.framing;
	c->keep = c->keep && h->framing != HTTP_LENGTH_CLOSE;
	if ((len = http_head_format(h, out, HTTP_HEAD_MAX)) == -1)
		fatalx("head of %d does not fit", h->status);
	p = out + len;
	if (doc.n > STREAM_BUF - HTTP_HEAD_MAX - HTTP_CHUNK_HEAD -
	    HTTP_CHUNK_TAIL)
		fatalx("what goes before a file is too long");
	if (doc.n > 0 && h->framing == HTTP_LENGTH_CHUNKED) {
		memcpy(p + HTTP_CHUNK_HEAD, doc.p, doc.n);
		n = http_chunk_frame(p, (uint32_t)doc.n, &start);
		memmove(p, start, n);
		p += n;
	} else if (doc.n > 0) {
		memcpy(p, doc.p, doc.n);
		p += doc.n;
	}
	send_start(c, out, (size_t)(p - out));
}

static enum http_length
framing(const struct web_conn *c)
{
	return c->req.minor == 0 ? HTTP_LENGTH_CLOSE : HTTP_LENGTH_CHUNKED;
}

void
web_reply_file(struct web_conn *c, enum stream_kind kind, int fd,
    uint64_t length, const char *tail)
{
	struct http_head h = head_make(c, 200);
	char *out;

	stream_init(&c->stream, kind, fd, 0);
	c->stream.framing = framing(c);
	c->stream.tail = tail;
	c->stream.end = length;
	h.type = kind == STREAM_RAW ? HTTP_TYPE_BYTES : HTTP_TYPE_JSON;
	h.accept_ranges = kind == STREAM_RAW && length == UINT64_MAX;
	if (length != UINT64_MAX) {
		c->stream.framing = HTTP_LENGTH_KNOWN;
		h.length = length;
	}
	if ((out = out_new(c, STREAM_BUF)) != NULL)
		stream_start(c, &h, out);
}

/*
 * A file of securityfs has no size, and 206 must name the last byte. The log
 * only grows: it is read once to count, then as far as was counted.
 */
void
web_reply_range(struct web_conn *c, int fd, uint64_t first)
{
	stream_init(&c->stream, STREAM_RAW, fd, first);
	/* past what an offset can be, with the bytes that are read from there */
	c->beyond = first > INT64_MAX - STREAM_BUF;
	c->first = first;
	c->measured = c->beyond ? 0 : first;
	free(c->out);
	if ((c->out = out_new(c, STREAM_BUF)) == NULL)
		return;
	c->state = WEB_MEASURE;
	set_timer(c, c->ctx->idle_s);
}

static void
range_send(struct web_conn *c)
{
	struct http_head h = head_make(c, c->beyond ? 416 : 206);
	char *out = c->out;

	c->out = NULL;
	h.total = c->measured;
	if (c->beyond) {
		stream_close(&c->stream);
		error_send(c, &h, 416, "range not satisfiable");
		free(out);
		return;
	}
	c->stream.framing = HTTP_LENGTH_KNOWN;
	c->stream.end = c->measured;
	h.type = HTTP_TYPE_BYTES;
	h.accept_ranges = true;
	h.first = c->first;
	h.length = c->measured - c->first;
	stream_start(c, &h, out);
}

/* A turn of counting. Nothing at or after `first`: the whole is counted, for 416. */
static void
measure(struct web_conn *c)
{
	int r = stream_measure(c->stream.fd, &c->measured, c->out);

	if (r == -1) {
		stream_close(&c->stream);
		web_reply_failed(c, strerror(errno));
	} else if (r == 1 && !c->beyond && c->measured == c->first) {
		c->beyond = true;
		c->measured = 0;
	} else if (r == 1)
		range_send(c);
}

/* Requests. */

void
web_ask(struct web_conn *c, enum msg_type type, const struct wbuf *w,
    void (*on_answer)(struct web_conn *, struct frame *))
{
	c->awaited = type + 1U;
	c->on_answer = on_answer;
	c->state = WEB_WAIT;
	evtimer_del(c->timer);	/* the parent has its own limits */
	c->ctx->ask(c->id, type, w);
}

void
web_conn_answer(struct web_conn *c, struct frame *f)
{
	if (c->state != WEB_WAIT || c->awaited != f->type)
		return;
	c->awaited = 0;
	c->on_answer(c, f);
	conn_run(c);
}

/* After an answer: the next request, or the end. */
static void
request_end(struct web_conn *c)
{
	log_request(c, "");
	stream_close(&c->stream);
	if (c->lent != -1)
		close(c->lent);
	c->lent = -1;
	buf_free(&c->doc);
	buf_init(&c->doc, STREAM_BUF / 2);
	free(c->out);
	c->out = c->out_p = NULL;
	c->out_len = 0;
	c->sent = 0;
	c->status = 0;
	c->continued = c->beyond = false;
	http_reset(&c->req);
	c->timed = HTTP_PHASE_END;
	c->state = WEB_END;
	if (c->keep && !c->ctx->draining) {
		c->state = WEB_READ;
		time_phase(c);
	}
}

static void
feed(struct web_conn *c, const uint8_t *p, size_t n, size_t *ret_used)
{
	static const char go_on[] = HTTP_CONTINUE;

	*ret_used = http_feed(&c->req, p, n);
	time_phase(c);
	if (c->req.phase == HTTP_PHASE_BODY && c->req.expect_100 &&
	    !c->continued && *ret_used == n) {
		c->continued = true;
		/* 25 bytes into an empty socket; else the client goes on by itself */
		if (send(c->fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL) == -1 &&
		    errno != EAGAIN)
			conn_cut(c);
	}
	if (c->req.state == HTTP_BAD)
		web_reply_error(c, c->req.status, c->req.reason);
	else if (c->req.state == HTTP_DONE)
		c->ctx->request(c);
}

static void
rest_keep(struct web_conn *c, const uint8_t *p, size_t n)
{
	if ((c->rest = malloc(n)) == NULL) {
		log_warn("%s", c->peer);
		c->state = WEB_END;
		return;
	}
	memcpy(c->rest, p, n);
	c->rest_off = 0;
	c->rest_len = n;
}

static void
feed_rest(struct web_conn *c)
{
	size_t used;

	feed(c, c->rest + c->rest_off, c->rest_len, &used);
	c->rest_off += used;
	c->rest_len -= used;
	if (c->rest_len == 0) {
		free(c->rest);
		c->rest = NULL;
	}
}

/* false: nothing to read now */
static bool
read_some(struct web_conn *c)
{
	static uint8_t in[READ_MAX];
	size_t used;
	ssize_t n;

	if (c->rest != NULL) {
		feed_rest(c);
		return true;
	}
	n = recv(c->fd, in, sizeof(in), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		c->eof = true;
		c->state = WEB_END;	/* half a request is none */
		return true;
	}
	feed(c, in, (size_t)n, &used);
	if (used < (size_t)n && c->state != WEB_END)
		rest_keep(c, in + used, (size_t)n - used);
	return true;
}

/* false: the socket is full */
static bool
send_some(struct web_conn *c)
{
	ssize_t n;

	if (c->out_len == 0) {
		if (c->stream.fd == -1 || c->stream.done) {
			request_end(c);
			return true;
		}
		if (stream_fill(&c->stream, c->out, &c->out_p, &c->out_len) ==
		    -1) {
			/* the head is out: only cutting tells the client */
			log_warn("%s: what was being sent", c->peer);
			conn_cut(c);
			return true;
		}
		if (c->out_len == 0)
			return true;
	}
	n = send(c->fd, c->out_p, c->out_len, MSG_NOSIGNAL);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return false;
		conn_cut(c);
		return true;
	}
	c->out_p += n;
	c->out_len -= (size_t)n;
	c->sent += (uint64_t)n;
	set_timer(c, c->ctx->idle_s);
	return true;
}

static void
watch(struct event *ev, bool on)
{
	bool is = event_pending(ev, EV_READ | EV_WRITE | EV_CLOSED, NULL) != 0;

	if (on && !is)
		event_add(ev, NULL);
	else if (!on && is)
		event_del(ev);
}

/* Do what can be done; then the loop is told what to wait for. May free c. */
static void
conn_run(struct web_conn *c)
{
	bool more = true;
	int i;

	for (i = 0; i < TURNS && more && c->state != WEB_END; i++) {
		if (c->state == WEB_READ)
			more = read_some(c);
		else if (c->state == WEB_SEND)
			more = send_some(c);
		else if (c->state == WEB_MEASURE) {
			measure(c);
			more = c->state != WEB_MEASURE;	/* long enough a turn */
		} else
			break;
	}
	if (c->state == WEB_END) {
		conn_free(c);
		return;
	}
	/* bytes that were read wake nobody; a socket with room does */
	watch(c->rd, c->state == WEB_READ && c->rest == NULL);
	watch(c->wr, c->state == WEB_SEND || c->state == WEB_MEASURE ||
	    (c->state == WEB_READ && c->rest != NULL));
	watch(c->hup, (c->state == WEB_WAIT || c->state == WEB_MEASURE) &&
	    !c->eof);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_run(arg);
}

/*
 * While the parent works, or a file is measured: a peer that only says it will
 * send no more gets its answer, one that is gone is forgotten, and the answer
 * with it.
 */
static void
on_closed(evutil_socket_t fd, short what, void *arg)
{
	struct pollfd p = { .fd = fd };
	struct web_conn *c = arg;

	(void)what;
	c->eof = true;
	if (poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0)
		conn_cut(c);
	conn_run(c);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct web_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->state == WEB_READ && c->req.phase != HTTP_PHASE_IDLE) {
		c->req.keep_alive = false;
		web_reply_error(c, 408, c->req.phase == HTTP_PHASE_BODY ?
		    "the body took too long" : "the header took too long");
	} else if (c->state == WEB_READ)
		c->state = WEB_END;
	else
		conn_cut(c);	/* it does not take its answer */
	conn_run(c);
}

static int
make_events(struct web_conn *c)
{
	struct event_base *b = c->ctx->base;

	c->rd = event_new(b, c->fd, EV_READ | EV_PERSIST, on_event, c);
	c->wr = event_new(b, c->fd, EV_WRITE | EV_PERSIST, on_event, c);
	c->hup = event_new(b, c->fd, EV_CLOSED | EV_PERSIST, on_closed, c);
	c->timer = evtimer_new(b, on_timer, c);
	return c->rd == NULL || c->wr == NULL || c->hup == NULL ||
	    c->timer == NULL || fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1 ||
	    event_add(c->rd, NULL) == -1 ? -1 : 0;
}

struct web_conn *
web_conn_new(struct web_ctx *ctx, uint32_t id, int fd, const char *peer)
{
	struct web_conn *c, **b = bucket(id);

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return NULL;
	}
	c->ctx = ctx;
	c->id = id;
	c->fd = fd;
	c->lent = c->stream.fd = -1;
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	http_init(&c->req, ATTEST_BODY_MAX);
	buf_init(&c->doc, STREAM_BUF / 2);
	if (make_events(c) == -1) {
		conn_free(c);
		return NULL;
	}
	c->next = *b;
	c->prev = b;
	if (*b != NULL)
		(*b)->prev = &c->next;
	*b = c;
	c->timed = HTTP_PHASE_END;
	time_phase(c);
	return c;
}

void
web_conns_drain(void)
{
	struct web_conn *c, *next;
	int i;

	for (i = 0; i < CONN_BUCKETS; i++)
		for (c = buckets[i]; c != NULL; c = next) {
			next = c->next;
			if (c->state == WEB_READ && c->rest == NULL &&
			    c->req.phase == HTTP_PHASE_IDLE)
				conn_free(c);
		}
}
