#include <errno.h>
#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workers/meta_http.h"

#define READ_MAX	16384

struct parser {
	llhttp_t		 llhttp;
	llhttp_settings_t	 settings;
	struct meta_answer	*a;
	size_t			 wire;		/* bytes so far */
	int			 headers;	/* they are complete */
	int			 done;
};

static int
refuse(struct meta_answer *a, const char *what)
{
	snprintf(a->reason, sizeof(a->reason), "%s", what);
	return -1;
}

static int
on_headers(llhttp_t *l)
{
	struct parser *p = l->data;
	unsigned int status = l->status_code;

	p->headers = 1;
	if (status == 200)
		return 0;
	snprintf(p->a->reason, sizeof(p->a->reason), "answers with status %u%s",
	    status, status >= 300 && status < 400 ?
	    ", and nothing is followed" : "");
	return -1;
}

static int
on_body(llhttp_t *l, const char *at, size_t n)
{
	struct parser *p = l->data;

	if (n > META_BODY_MAX - p->a->len)
		return refuse(p->a, "the body is too long");
	memcpy(p->a->body + p->a->len, at, n);
	p->a->len += n;
	return 0;
}

/* The parser stops here: what follows one answer is nobody's. */
static int
on_complete(llhttp_t *l)
{
	struct parser *p = l->data;

	p->done = 1;
	return HPE_PAUSED;
}

static int
parser_init(struct parser *p, struct meta_answer *a)
{
	memset(p, 0, sizeof(*p));
	memset(a, 0, sizeof(*a));
	llhttp_settings_init(&p->settings);
	p->settings.on_headers_complete = on_headers;
	p->settings.on_body = on_body;
	p->settings.on_message_complete = on_complete;
	llhttp_init(&p->llhttp, HTTP_RESPONSE, &p->settings);
	p->llhttp.data = p;
	p->a = a;
	if ((a->body = malloc(META_BODY_MAX)) == NULL)
		return refuse(a, "no memory");
	return 0;
}

/* 1 done, 0 more is needed, -1 with a reason */
static int
parser_feed(struct parser *p, const char *bytes, size_t n)
{
	llhttp_errno_t e;

	p->wire += n;
	e = llhttp_execute(&p->llhttp, bytes, n);
	if (p->done)
		return 1;
	if (p->a->reason[0] != '\0')
		return -1;
	if (e != HPE_OK)
		return refuse(p->a, "what it answers is no HTTP");
	if (p->wire > META_WIRE_MAX ||
	    (!p->headers && p->wire > META_HEAD_MAX))
		return refuse(p->a, "the answer is too long");
	return 0;
}

/* A body without a length ends with the connection. */
static int
parser_end(struct parser *p)
{
	llhttp_finish(&p->llhttp);
	if (p->done)
		return 1;
	return refuse(p->a, "the answer ends early");
}

static int
outcome(struct meta_answer *a, int r)
{
	if (r == 1 && a->len == 0)
		r = refuse(a, "the body is empty");
	if (r == 1)
		return 0;
	free(a->body);
	a->body = NULL;
	a->len = 0;
	return -1;
}

static int
request_send(int fd, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

int
meta_exchange(int fd, const char *request, size_t len,
    struct meta_answer *ret_a)
{
	static char buf[READ_MAX];
	struct parser p;
	ssize_t n;
	int r = 0;

	if (parser_init(&p, ret_a) == -1)
		return outcome(ret_a, -1);
	if (request_send(fd, request, len) == -1)
		r = refuse(ret_a, "the request cannot be sent");
	while (r == 0) {
		n = read(fd, buf, sizeof(buf));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			r = refuse(ret_a, "the connection is lost");
		else if (n == 0)
			r = parser_end(&p);
		else
			r = parser_feed(&p, buf, (size_t)n);
	}
	return outcome(ret_a, r);
}

int
meta_parse(const void *bytes, size_t len, struct meta_answer *ret_a)
{
	struct parser p;
	int r;

	if (parser_init(&p, ret_a) == -1)
		return outcome(ret_a, -1);
	if ((r = parser_feed(&p, bytes, len)) == 0)
		r = parser_end(&p);
	return outcome(ret_a, r);
}
