#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/log.h"
#include "workers/net_conn.h"

#define CHUNK		16384	/* a TLS record */
#define OUT_HIGH	65536	/* records waiting: web is not read any more */
#define UP_HIGH		16384	/* plaintext waiting: the peer is not read any more */
#define CONN_BUCKETS	1024

static struct net_conn *buckets[CONN_BUCKETS];

static void pump(struct net_conn *);

/* `next` and `prev` are the bucket's: looking one up is all that lists are for. */
static struct net_conn **
bucket(uint32_t id)
{
	return &buckets[id % CONN_BUCKETS];
}

struct net_conn *
net_conn_find(uint32_t id)
{
	struct net_conn *c;

	for (c = *bucket(id); c != NULL; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

void
net_conn_end(struct net_conn *c, enum net_end why)
{
	struct event *ev[] = {
		c->tcp_rd, c->tcp_wr, c->plain_rd, c->plain_wr, c->timer
	};
	size_t i;

	for (i = 0; i < sizeof(ev) / sizeof(ev[0]); i++)
		if (ev[i] != NULL)
			event_free(ev[i]);
	tls_free(c->tls);
	tap_free(&c->tap);
	netbuf_free(&c->raw_in);
	netbuf_free(&c->raw_out);
	netbuf_free(&c->up);
	close(c->tcp);
	close(c->plain);
	if (c->prev != NULL) {
		*c->prev = c->next;
		if (c->next != NULL)
			c->next->prev = c->prev;
	}
	c->ctx->ended(c->id, why);
	free(c);
}

static void
set_timer(struct net_conn *c, unsigned int s)
{
	struct timeval tv = { s, 0 };

	evtimer_add(c->timer, &tv);
}

/*
 * Handshake: one limit for all of it. Later: a peer that does not take what
 * is written for it is given up; how long it may be silent is web's matter.
 */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *c = arg;

	(void)fd;
	(void)what;
	if (c->state < NET_OPEN || (c->raw_out.len > 0 && c->stuck)) {
		net_conn_end(c, NET_END_TIMEOUT);
		return;
	}
	c->stuck = c->raw_out.len > 0;
	set_timer(c, c->ctx->stall_s);
}

static ssize_t
raw_read(struct tls *tls, void *buf, size_t n, void *arg)
{
	struct net_conn *c = arg;
	size_t k;

	(void)tls;
	if ((k = netbuf_take(&c->raw_in, buf, n)) > 0)
		return (ssize_t)k;
	return c->tcp_eof ? 0 : TLS_WANT_POLLIN;
}

static ssize_t
raw_write(struct tls *tls, const void *buf, size_t n, void *arg)
{
	struct net_conn *c = arg;

	(void)tls;
	if (c->state == NET_HANDSHAKE)
		tap_feed(&c->tap, TAP_OUT, buf, n);
	return netbuf_add(&c->raw_out, buf, n) == -1 ? -1 : (ssize_t)n;
}

/* -1 when the connection is over. */
static int
tcp_flush(struct net_conn *c)
{
	ssize_t n;

	while (c->raw_out.len > 0) {
		n = send(c->tcp, c->raw_out.p + c->raw_out.off, c->raw_out.len,
		    MSG_NOSIGNAL);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return errno == EAGAIN ? 0 : -1;
		}
		c->stuck = 0;
		netbuf_drop(&c->raw_out, (size_t)n);
	}
	return 0;
}

static int
plain_flush(struct net_conn *c)
{
	ssize_t n;

	while (c->up.len > 0) {
		n = send(c->plain, c->up.p + c->up.off, c->up.len, MSG_NOSIGNAL);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN)
				return 0;
			/* web takes no more; what it has sent still counts */
			netbuf_drop(&c->up, c->up.len);
			c->up_shut = 1;
			return 0;
		}
		netbuf_drop(&c->up, (size_t)n);
	}
	if (c->tcp_eof && !c->up_shut) {
		shutdown(c->plain, SHUT_WR);
		c->up_shut = 1;
	}
	return 0;
}

static void
handshake(struct net_conn *c)
{
	int r;

	if ((r = tls_handshake(c->tls)) == TLS_WANT_POLLIN ||
	    r == TLS_WANT_POLLOUT)
		return;
	if (r == -1 || c->tap.bad || !c->tap.done) {
		log_debug("TLS: %s", r == -1 ? tls_error(c->tls) : "no hash");
		tcp_flush(c);	/* the alert */
		c->state = NET_CLOSING;
		c->tcp_eof = c->plain_eof = 1;
		return;
	}
	c->state = NET_WAIT_ACK;
	c->ctx->tls_done(c->id, c->gen, c->tap.conn);
}

/* Decrypt for web; stops when web does not keep up. 1 when something moved. */
static int
move_up(struct net_conn *c)
{
	uint8_t *dst;
	ssize_t n;
	int moved = 0;

	while (c->up.len < UP_HIGH && !c->up_shut) {
		if ((dst = netbuf_room(&c->up, CHUNK)) == NULL)
			return -1;
		n = tls_read(c->tls, dst, CHUNK);
		if (n > 0) {
			netbuf_commit(&c->up, (size_t)n);
			moved = 1;
			continue;
		}
		netbuf_commit(&c->up, 0);
		if (n == 0)
			c->tcp_eof = 1;
		else if (n == -1)
			return -1;
		break;
	}
	plain_flush(c);
	return moved;
}

static int
move_down(struct net_conn *c)
{
	static uint8_t buf[CHUNK];
	ssize_t n, w;

	while (c->raw_out.len < OUT_HIGH && !c->plain_eof) {
		n = recv(c->plain, buf, sizeof(buf), 0);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN)
				break;
		}
		if (n <= 0) {
			c->plain_eof = 1;
			(void)tls_close(c->tls);	/* close_notify into raw_out */
			c->state = NET_CLOSING;
			break;
		}
		/* the write callback takes everything, so this is whole or an error */
		if ((w = tls_write(c->tls, buf, (size_t)n)) != n)
			return -1;
	}
	return 0;
}

static void
watch(struct event *ev, int on)
{
	int is = event_pending(ev, EV_READ | EV_WRITE, NULL) != 0;

	if (on && !is)
		event_add(ev, NULL);
	else if (!on && is)
		event_del(ev);
}

static void
rearm(struct net_conn *c)
{
	int talking = c->state == NET_HANDSHAKE || c->state == NET_OPEN ||
	    c->state == NET_WAIT_ACK;

	watch(c->tcp_rd, talking && !c->tcp_eof && c->raw_in.len < CHUNK &&
	    c->up.len < UP_HIGH);
	watch(c->tcp_wr, c->raw_out.len > 0);
	watch(c->plain_rd, c->state == NET_OPEN && !c->plain_eof &&
	    c->raw_out.len < OUT_HIGH);
	watch(c->plain_wr, c->up.len > 0);
}

/* Everything that can move, moves; then the loop is told what to wait for. */
static void
pump(struct net_conn *c)
{
	enum net_end why = NET_END_CLOSED;

	if (c->state == NET_HANDSHAKE) {
		why = NET_END_HANDSHAKE;
		handshake(c);
	}
	if (c->state == NET_OPEN && (move_up(c) == -1 || move_down(c) == -1)) {
		net_conn_end(c, NET_END_ERROR);
		return;
	}
	if (tcp_flush(c) == -1 || (c->state == NET_CLOSING &&
	    c->raw_out.len == 0) || (c->state < NET_OPEN && c->tcp_eof &&
	    c->raw_in.len == 0)) {
		net_conn_end(c, why);
		return;
	}
	rearm(c);
}

static void
on_tcp_read(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *c = arg;
	uint8_t *dst;
	ssize_t n;

	(void)what;
	if ((dst = netbuf_room(&c->raw_in, CHUNK)) == NULL) {
		net_conn_end(c, NET_END_ERROR);
		return;
	}
	n = recv(fd, dst, CHUNK, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		netbuf_commit(&c->raw_in, 0);
		return;
	}
	if (n <= 0)
		c->tcp_eof = 1;
	else if (c->state == NET_HANDSHAKE)
		tap_feed(&c->tap, TAP_IN, dst, (size_t)n);
	netbuf_commit(&c->raw_in, n > 0 ? (size_t)n : 0);
	pump(c);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

static void
on_plain_write(evutil_socket_t fd, short what, void *arg)
{
	struct net_conn *c = arg;

	(void)fd;
	(void)what;
	plain_flush(c);
	pump(c);
}

static int
make_events(struct net_conn *c)
{
	struct event_base *b = c->ctx->base;

	c->tcp_rd = event_new(b, c->tcp, EV_READ | EV_PERSIST, on_tcp_read, c);
	c->tcp_wr = event_new(b, c->tcp, EV_WRITE | EV_PERSIST, on_event, c);
	c->plain_rd = event_new(b, c->plain, EV_READ | EV_PERSIST, on_event, c);
	c->plain_wr = event_new(b, c->plain, EV_WRITE | EV_PERSIST,
	    on_plain_write, c);
	c->timer = evtimer_new(b, on_timer, c);
	return c->tcp_rd == NULL || c->tcp_wr == NULL || c->plain_rd == NULL ||
	    c->plain_wr == NULL || c->timer == NULL ? -1 : 0;
}

struct net_conn *
net_conn_new(struct net_ctx *ctx, uint32_t id, int tcp, int plain)
{
	struct net_conn *c, **b = bucket(id);

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(tcp);
		close(plain);
		ctx->ended(id, NET_END_ERROR);
		return NULL;
	}
	c->ctx = ctx;
	c->id = id;
	c->tcp = tcp;
	c->plain = plain;
	c->state = NET_WAIT_KEYS;
	tap_init(&c->tap);
	if (make_events(c) == -1) {
		net_conn_end(c, NET_END_ERROR);
		return NULL;
	}
	c->next = *b;
	c->prev = b;
	if (*b != NULL)
		(*b)->prev = &c->next;
	*b = c;
	set_timer(c, ctx->handshake_s);
	return c;
}

void
net_conn_start(struct net_conn *c)
{
	struct tls *server = c->ctx->server(&c->gen);

	if (c->state != NET_WAIT_KEYS)
		return;
	if (server == NULL || tls_accept_cbs(server, &c->tls, raw_read,
	    raw_write, c) == -1) {
		net_conn_end(c, NET_END_ERROR);
		return;
	}
	c->state = NET_HANDSHAKE;
	rearm(c);
}

void
net_conn_ack(struct net_conn *c)
{
	c->state = NET_OPEN;
	set_timer(c, c->ctx->stall_s);
	pump(c);
}

void
net_conns_start(void)
{
	struct net_conn *c, *next;
	int i;

	for (i = 0; i < CONN_BUCKETS; i++)
		for (c = buckets[i]; c != NULL; c = next) {
			next = c->next;
			net_conn_start(c);
		}
}

void
net_conns_drain(void)
{
	struct net_conn *c, *next;
	int i;

	for (i = 0; i < CONN_BUCKETS; i++)
		for (c = buckets[i]; c != NULL; c = next) {
			next = c->next;
			if (c->state == NET_WAIT_KEYS ||
			    c->state == NET_HANDSHAKE)
				net_conn_end(c, NET_END_CLOSED);
		}
}
