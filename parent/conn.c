#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/log.h"

#define SLOT_BITS	14	/* CONNECTIONS_MAX is 2^14 */

_Static_assert(CONNECTIONS_MAX == 1 << SLOT_BITS, "an id holds a slot");

void
conns_init(struct agent *a)
{
	struct conns *cs = &a->conns;
	uint32_t i;

	if ((cs->slot = calloc(CONNECTIONS_MAX, sizeof(*cs->slot))) == NULL)
		fatal("connections");
	for (i = 0; i < CONNECTIONS_MAX; i++)
		cs->free_slot[i] = CONNECTIONS_MAX - 1 - i;
	cs->nfree = CONNECTIONS_MAX;
}

struct conn *
conn_find(struct agent *a, uint32_t id)
{
	struct conn *c = &a->conns.slot[id & (CONNECTIONS_MAX - 1)];

	return id != 0 && c->id == id ? c : NULL;
}

static void
addr_key(const struct sockaddr *sa, uint8_t key[CONN_ADDR_KEY])
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	memset(key, 0, CONN_ADDR_KEY);
	if (sa->sa_family == AF_INET) {
		key[0] = 4;
		memcpy(key + 1, &in->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		key[0] = 4;
		memcpy(key + 1, in6->sin6_addr.s6_addr + 12, 4);
	} else {
		key[0] = 6;
		memcpy(key + 1, &in6->sin6_addr, 8);
	}
}

static uint32_t *
bucket_of(struct agent *a, const uint8_t key[CONN_ADDR_KEY])
{
	uint32_t h = 2166136261u, i;

	for (i = 0; i < CONN_ADDR_KEY; i++)
		h = (h ^ key[i]) * 16777619u;
	return &a->conns.bucket[h % CONN_BUCKETS];
}

static unsigned int
count_of(struct agent *a, const uint8_t key[CONN_ADDR_KEY])
{
	const struct conn *c;
	unsigned int n = 0;
	uint32_t i;

	for (i = *bucket_of(a, key); i != 0; i = c->next) {
		c = &a->conns.slot[i - 1];
		if (memcmp(c->addr, key, CONN_ADDR_KEY) == 0)
			n++;
	}
	return n;
}

static struct conn *
conn_new(struct agent *a, const uint8_t key[CONN_ADDR_KEY])
{
	struct conns *cs = &a->conns;
	uint32_t slot, *b;
	struct conn *c;

	if (cs->nfree == 0 || cs->n >= a->conf.num[CI_CONNECTIONS] ||
	    count_of(a, key) >= a->conf.num[CI_PER_ADDRESS])
		return NULL;
	slot = cs->free_slot[--cs->nfree];
	c = &cs->slot[slot];
	memset(c, 0, sizeof(*c));
	if ((++cs->count[slot] & (UINT32_MAX >> SLOT_BITS)) == 0)
		cs->count[slot] = 1;
	c->id = cs->count[slot] << SLOT_BITS | slot;
	memcpy(c->addr, key, CONN_ADDR_KEY);
	b = bucket_of(a, key);
	c->next = *b;
	*b = slot + 1;
	cs->n++;
	return c;
}

void
conn_end(struct agent *a, struct conn *c)
{
	struct conns *cs = &a->conns;
	uint32_t slot = (uint32_t)(c - cs->slot), *i;

	for (i = bucket_of(a, c->addr); *i != slot + 1; i = &cs->slot[*i - 1].next)
		continue;
	*i = c->next;
	if (c->net != NULL)
		c->net->nconns--;
	if (c->web != NULL)
		c->web->nconns--;
	attest_conn_gone(a, c->id);
	c->id = 0;
	cs->free_slot[cs->nfree++] = slot;
	cs->n--;
	drain_check(a);
}

void
conns_of_gone(struct agent *a, struct proc *p)
{
	uint32_t i;

	for (i = 0; i < CONNECTIONS_MAX; i++) {
		struct conn *c = &a->conns.slot[i];

		if (c->id == 0)
			continue;
		/* when a web dies its net sees the stream end and says so itself */
		if (c->net == p)
			conn_end(a, c);
		else if (c->web == p) {
			p->nconns--;
			c->web = NULL;
		}
	}
}

static struct proc *
least_busy(struct agent *a, struct proc *list)
{
	struct proc *best = NULL;
	unsigned int i, n = (unsigned int)a->conf.num[CI_WORKERS];

	for (i = 0; i < n; i++)
		if (list[i].running && list[i].state == ST_READY &&
		    (best == NULL || list[i].nconns < best->nconns))
			best = &list[i];
	return best;
}

static void
peer_text(const struct sockaddr *sa, char *dst, size_t len)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	char ip[INET6_ADDRSTRLEN];

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, ip, sizeof(ip));
		snprintf(dst, len, "%s:%u", ip, ntohs(in->sin_port));
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof(ip));
		snprintf(dst, len, "[%s]:%u", ip, ntohs(in6->sin6_port));
	}
}

static int
hand_over(struct agent *a, struct conn *c, int fd, const char *peer)
{
	struct wbuf w;
	int pair[2], to_net[2];

	c->net = c->web = NULL;
	if (least_busy(a, a->procs.net) == NULL ||
	    least_busy(a, a->procs.web) == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    pair) == -1) {
		close(fd);
		return -1;
	}
	c->net = least_busy(a, a->procs.net);
	c->web = least_busy(a, a->procs.web);
	c->net->nconns++;
	c->web->nconns++;
	wbuf_init(&w);
	put_str(&w, peer);
	to_net[0] = fd;
	to_net[1] = pair[0];
	if (proc_send(c->web, MSG_WEB_CONN, c->id, &w, &pair[1], 1) == -1) {
		close(pair[0]);
		close(fd);
		return -1;
	}
	return proc_send(c->net, MSG_NET_CONN, c->id, NULL, to_net, 2);
}

void
conn_accept(struct agent *a, int fd, const struct sockaddr *sa)
{
	uint8_t key[CONN_ADDR_KEY];
	char peer[64];
	struct conn *c;

	addr_key(sa, key);
	peer_text(sa, peer, sizeof(peer));
	if ((c = conn_new(a, key)) == NULL) {
		log_debug("%s: too many connections", peer);
		close(fd);
		return;
	}
	if (hand_over(a, c, fd, peer) == -1)
		conn_end(a, c);
}

int
parent_on_net_tls(struct agent *a, struct proc *p, struct frame *f)
{
	struct conn *c;
	struct rbuf r;
	uint8_t hash[32];
	uint32_t gen;
	int i;

	rbuf_init(&r, f->data, f->len);
	gen = get_u32(&r);
	get_raw(&r, hash, sizeof(hash));
	if (msg_end(&r) == -1)
		return -1;
	if ((c = conn_find(a, f->id)) == NULL || c->net != p || c->tls)
		return -1;
	if (gen == 0 || gen > a->gen)
		return -1;
	for (i = 0; i < GENERATIONS_MAX && a->gens[i].id != gen; i++)
		continue;
	/*
	 * A handshake that saw so many reloads gets no answer, and net ends it
	 * when its time is over: a slow client must not get a net killed.
	 */
	if (i == GENERATIONS_MAX) {
		p->in_flight[MSG_NET_TLS_REQ]--;
		return 0;
	}
	memcpy(c->cert, a->gens[i].cert, sizeof(c->cert));
	memcpy(c->hash, hash, sizeof(c->hash));
	c->tls = 1;
	proc_send(p, MSG_NET_TLS_ANS, f->id, NULL, NULL, 0);
	return 0;
}

int
parent_on_net_end(struct agent *a, struct proc *p, struct frame *f)
{
	struct conn *c = conn_find(a, f->id);

	if (c == NULL || c->net != p || f->data[0] >= NET_END_MAX)
		return -1;
	conn_end(a, c);
	return 0;
}
