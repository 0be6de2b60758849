#ifndef PARENT_CONN_H
#define PARENT_CONN_H

#include <sys/socket.h>

#include <stdint.h>

#include "agentd/limits.h"

struct agent;
struct frame;
struct proc;

#define CONN_ADDR_KEY	17	/* family and address: IPv4 whole, IPv6 its /64 */

/*
 * A connection as the parent knows it. Its id is given to one net and one
 * web, and only these two may speak for it. An id is slot and a count, so
 * that one that is late meets nobody else's connection.
 */
struct conn {
	uint32_t	id;		/* 0: free */
	struct proc	*net, *web;
	int		 tls;		/* net has told us the three below */
	uint8_t		 cert[32];	/* of the generation it was served with */
	uint8_t		 hash[32];	/* conn of PROTOCOL.md */
	uint8_t		 addr[CONN_ADDR_KEY];
	uint32_t	 next;		/* in its address bucket, slot + 1 */
};

#define CONN_BUCKETS	1024

struct conns {
	struct conn	*slot;		/* CONNECTIONS_MAX */
	uint32_t	 count[CONNECTIONS_MAX];	/* times a slot was used */
	uint32_t	 free_slot[CONNECTIONS_MAX];
	uint32_t	 nfree;
	uint32_t	 bucket[CONN_BUCKETS];
	uint32_t	 n;
};

void	conns_init(struct agent *);
/* The connection with this id, or NULL. */
struct conn *conn_find(struct agent *, uint32_t id);
/* Take a socket in (it is owned here): to a net and a web, or closed. */
void	conn_accept(struct agent *, int fd, const struct sockaddr *);
void	conn_end(struct agent *, struct conn *);
/* A net or web is gone: so are its connections. */
void	conns_of_gone(struct agent *, struct proc *);

int	parent_on_net_tls(struct agent *, struct proc *, struct frame *);
int	parent_on_net_end(struct agent *, struct proc *, struct frame *);

/* listen.c */
int	listen_open(struct agent *);
void	listen_start(struct agent *);
void	listen_stop(struct agent *);
/* The addresses as text, for -n and for the log. */
void	listen_log(struct agent *);

#endif
