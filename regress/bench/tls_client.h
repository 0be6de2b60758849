/* A TLS 1.3 client on loopback, and what a tree of processes has used. */
#ifndef BENCH_TLS_CLIENT_H
#define BENCH_TLS_CLIENT_H

#include <sys/types.h>

#include <openssl/ssl.h>

struct tls_client {
	SSL	*ssl;
	int	 fd;
};

/* TLS 1.3 with one cipher and one group, no resumption. */
SSL_CTX	*tls_client_ctx(void);
/* Connects and makes a full handshake; exits when it fails. */
void	 tls_client_open(struct tls_client *, SSL_CTX *, int);
/* Says close_notify and reads until the server has closed. */
void	 tls_client_close(struct tls_client *);
/* Sends one request, reads the whole answer (Content-Length or chunked) and
 * returns its status; exits when the connection or the answer is broken. */
int	 tls_client_ask(struct tls_client *, const char *);

/* CPU seconds that a process and its children have used. */
double	 tree_cpu(pid_t);
/* MiB of proportional set size, of the same processes. */
double	 tree_pss(pid_t);

#endif
