#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "regress/sim/mitm_http.h"

/* More bytes from the peer; 0 at its end. */
static int
peer_more(struct http_peer *p)
{
	char		 block[16384];
	int		 n;

	if (p->in.len > HTTP_MESSAGE_MAX ||
	    (n = SSL_read(p->ssl, block, sizeof(block))) <= 0)
		return (0);
	sbuf_add(&p->in, block, n);
	return (1);
}

static void
peer_take(struct http_peer *p, size_t len)
{
	memmove(p->in.p, p->in.p + len, p->in.len - len);
	p->in.len -= len;
	p->in.p[p->in.len] = '\0';
}

/* Length of the line at off without CRLF; reads on until there is one. */
static ssize_t
peer_line(struct http_peer *p, size_t off)
{
	uint8_t		*q;

	for (;;) {
		if (p->in.len > off + 1 && (q = memmem(p->in.p + off,
		    p->in.len - off, "\r\n", 2)) != NULL)
			return (q - p->in.p - off);
		if (!peer_more(p))
			return (-1);
	}
}

static int
head_read(struct http_peer *p, struct sbuf *head)
{
	size_t		 off = 0;
	ssize_t		 n;

	while ((n = peer_line(p, off)) > 0)
		off += n + 2;
	if (n == -1 || off == 0)
		return (-1);
	sbuf_add(head, p->in.p, off);
	peer_take(p, off + 2);
	return (0);
}

static int
body_read(struct http_peer *p, size_t len, struct sbuf *body)
{
	while (p->in.len < len)
		if (!peer_more(p))
			return (-1);
	sbuf_add(body, p->in.p, len);
	peer_take(p, len);
	return (0);
}

static int
chunks_read(struct http_peer *p, struct sbuf *body)
{
	unsigned long	 len;
	ssize_t		 n;

	for (;;) {
		if ((n = peer_line(p, 0)) == -1)
			return (-1);
		len = strtoul((char *)p->in.p, NULL, 16);
		peer_take(p, n + 2);
		if (len > HTTP_MESSAGE_MAX || body_read(p, len, body) == -1)
			return (-1);
		if (len == 0)
			break;
		if (peer_line(p, 0) != 0)
			return (-1);
		peer_take(p, 2);
	}
	while ((n = peer_line(p, 0)) > 0)	/* trailers are dropped */
		peer_take(p, n + 2);
	if (n == 0)
		peer_take(p, 2);
	return (n == 0 ? 0 : -1);
}

static int
status_get(const struct http_msg *m)
{
	int		 status = 0;

	if (sscanf((char *)m->head.p, "HTTP/1.%*c %d", &status) != 1)
		return (-1);
	return (status);
}

static int
has_no_body(const struct http_msg *m)
{
	int		 s = status_get(m);

	return (s / 100 == 1 || s == 204 || s == 304);
}

int
http_read(struct http_peer *p, int response, struct http_msg *ret_msg)
{
	char		 value[64];

	memset(ret_msg, 0, sizeof(*ret_msg));
	if (head_read(p, &ret_msg->head) == -1)
		return (-1);
	sbuf_add(&ret_msg->body, "", 0);
	if (response && has_no_body(ret_msg))
		return (0);
	if (http_field_get(ret_msg, "Transfer-Encoding", value,
	    sizeof(value)))
		return (chunks_read(p, &ret_msg->body));
	if (http_field_get(ret_msg, "Content-Length", value, sizeof(value)))
		return (body_read(p, strtoul(value, NULL, 10),
		    &ret_msg->body));
	if (response) {
		while (peer_more(p))
			;
		return (body_read(p, p->in.len, &ret_msg->body));
	}
	return (0);
}

int
http_write(struct http_peer *p, int response, struct http_msg *m)
{
	struct sbuf	 out = { 0 };
	char		 line[64];
	size_t		 off = 0;
	int		 n;

	http_field_drop(m, "Transfer-Encoding");
	http_field_drop(m, "Content-Length");
	sbuf_add(&out, m->head.p, m->head.len);
	if (response ? !has_no_body(m) : m->body.len > 0 ||
	    strncmp((char *)m->head.p, "POST", 4) == 0) {
		snprintf(line, sizeof(line), "Content-Length: %zu\r\n",
		    m->body.len);
		sbuf_str(&out, line);
	}
	sbuf_str(&out, "\r\n");
	sbuf_add(&out, m->body.p, m->body.len);
	while (off < out.len) {
		n = SSL_write(p->ssl, out.p + off, out.len - off > 16384 ?
		    16384 : (int)(out.len - off));
		if (n <= 0)
			break;
		off += n;
	}
	n = off == out.len ? 0 : -1;
	sbuf_free(&out);
	return (n);
}

/* The field's line within the head, or NULL. */
static char *
field_find(const struct http_msg *m, const char *name)
{
	char		*line = (char *)m->head.p;
	size_t		 len = strlen(name);

	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return (line);
	}
	return (NULL);
}

void
http_field_drop(struct http_msg *m, const char *name)
{
	char		*line, *end;

	while ((line = field_find(m, name)) != NULL) {
		end = strstr(line, "\r\n") + 2;
		memmove(line, end, (char *)m->head.p + m->head.len - end + 1);
		m->head.len -= end - line;
	}
}

int
http_field_get(const struct http_msg *m, const char *name, char *buf,
    size_t size)
{
	char		*line = field_find(m, name);
	size_t		 len;

	buf[0] = '\0';
	if (line == NULL)
		return (0);
	line += strlen(name) + 1;
	line += strspn(line, " \t");
	len = strcspn(line, "\r\n");
	snprintf(buf, size, "%.*s", (int)len, line);
	return (1);
}

void
http_target_get(const struct http_msg *m, char *buf, size_t size)
{
	const char	*p = (char *)m->head.p;
	size_t		 method = strcspn(p, " \r\n"), len = method;

	if (p[len] == ' ')
		len += 1 + strcspn(p + len + 1, "? \r\n");
	snprintf(buf, size, "%.*s", (int)len, p);
}

void
http_msg_free(struct http_msg *m)
{
	sbuf_free(&m->head);
	sbuf_free(&m->body);
}
