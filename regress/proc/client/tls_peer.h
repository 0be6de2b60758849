#ifndef REGRESS_PROC_CLIENT_TLS_PEER_H
#define REGRESS_PROC_CLIENT_TLS_PEER_H

#include <sys/types.h>

#include <stdint.h>

/* A TLS server on loopback, in a process of its own, that answers by path. */

#define TLS_PEER_TLS12	0x01	/* TLS 1.2 only */
#define TLS_PEER_RETRY	0x02	/* a group that makes a HelloRetryRequest */
#define TLS_PEER_CHANGE	0x04	/* another certificate for every connection */

struct tls_peer {
	pid_t		 pid;
	uint16_t	 port;
	int		 pipe;		/* one struct tls_seen a connection */
	uint8_t		*pem;		/* the first certificate */
	size_t		 pem_len;
};

/* What the server saw of a handshake. */
struct tls_seen {
	uint8_t	leaf[32];
	uint8_t	conn[32];
};

void	tls_peer_start(struct tls_peer *, unsigned int flags);
/* The next connection's; -1 when there was none. */
int	tls_peer_seen(struct tls_peer *, struct tls_seen *ret_s);
void	tls_peer_stop(struct tls_peer *);

#endif
