#ifndef REGRESS_NET_CLIENT_H
#define REGRESS_NET_CLIENT_H

#include <pthread.h>
#include <stdint.h>

/*
 * A TLS client in a thread: connects, shakes hands, computes conn of
 * PROTOCOL.md from what OpenSSL's message callback shows it, says `say`, and
 * reads until the end.
 */
struct client {
	/* in */
	int		 port;
	const char	*groups;	/* NULL: the library's */
	int		 max_version;	/* 0: the library's */
	const char	*say;
	/* out, valid after client_join */
	int		 ok;		/* the handshake was done */
	int		 hellos;	/* ClientHellos: 2 after a HelloRetryRequest */
	uint8_t		 conn[32];
	char		 heard[64];

	pthread_t	 thread;
	void		*sha;
	int		 hashed;
};

void	client_start(struct client *);
void	client_join(struct client *);
/* A plain TCP connection. */
int	tcp_connect(int port);

#endif
