#ifndef WORKERS_NET_CONN_H
#define WORKERS_NET_CONN_H

#include <event2/event.h>
#include <stdint.h>
#include <tls.h>

#include "agentd/msg.h"
#include "workers/net_tap.h"
#include "workers/netbuf.h"

enum net_state {
	NET_WAIT_KEYS,	/* nobody to sign yet */
	NET_HANDSHAKE,
	NET_WAIT_ACK,	/* the parent has been told, has not answered */
	NET_OPEN,
	NET_CLOSING	/* what is written still goes out, then the end */
};

/* What a connection needs of the process it is in. */
struct net_ctx {
	struct event_base	*base;
	struct tls		*(*server)(uint32_t *ret_gen);	/* of the current generation */
	void			(*tls_done)(uint32_t id, uint32_t gen, const uint8_t conn[32]);
	void			(*ended)(uint32_t id, enum net_end);
	unsigned int		handshake_s, stall_s;
};

/* One TCP connection: TLS on this side, plain bytes on web's. */
struct net_conn {
	struct net_conn	*next, **prev;
	struct net_ctx	*ctx;
	uint32_t	 id;
	uint32_t	 gen;
	enum net_state	 state;
	int		 tcp, plain;
	struct tls	*tls;
	struct tap	 tap;
	struct event	*tcp_rd, *tcp_wr, *plain_rd, *plain_wr, *timer;
	struct netbuf	 raw_in, raw_out;	/* TLS records */
	struct netbuf	 up;			/* plaintext for web that it has not taken */
	int		 tcp_eof, plain_eof;	/* no more from there */
	int		 up_shut;		/* web has been told */
	int		 stuck;			/* the last timer found bytes that do not move */
};

/* Takes both descriptors. NULL when it could not be set up (they are closed). */
struct net_conn	*net_conn_new(struct net_ctx *, uint32_t id, int tcp, int plain);
/* There is a signer now, or the parent's word has come. */
void	net_conn_start(struct net_conn *);
void	net_conn_ack(struct net_conn *);
void	net_conn_end(struct net_conn *, enum net_end why);

/* Start all that waited for a signer. */
void	net_conns_start(void);
/* End those that are not open yet: nothing of them is in flight. */
void	net_conns_drain(void);
struct net_conn	*net_conn_find(uint32_t id);

#endif
