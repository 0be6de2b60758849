/*
 * netprobe: two small questions of the scripts about the network.
 *
 * Usage:	netprobe free
 *		netprobe wait HOST PORT SECONDS [PID]
 *
 * free prints a TCP port of loopback that nobody listens on.  wait returns 0
 * as soon as a TLS handshake with HOST works, 1 when the time is over or the
 * process PID has ended.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define PROBE_STEP_NS	50000000L
#define PROBE_TIMEOUT_S	5

static int
port_free(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t	 len = sizeof(sin);
	int		 fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "no free port");
	printf("%u\n", ntohs(sin.sin_port));
	close(fd);
	return (0);
}

static int
tls_try(SSL_CTX *ctx, const struct sockaddr_in *sin)
{
	struct timeval	 tv = { .tv_sec = PROBE_TIMEOUT_S };
	SSL		*ssl = NULL;
	int		 fd, ok = 0;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(fd, (const struct sockaddr *)sin, sizeof(*sin)) == 0 &&
	    (ssl = SSL_new(ctx)) != NULL && SSL_set_fd(ssl, fd) == 1 &&
	    SSL_connect(ssl) == 1) {
		ok = 1;
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	close(fd);
	return (ok);
}

static int
server_wait(const char *host, int port, int seconds, pid_t pid)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct timespec	 step = { 0, PROBE_STEP_NS }, now, end;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	int		 rc = 1;

	if (ctx == NULL || inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		errx(1, "%s: not an IPv4 address", host);
	sin.sin_port = htons(port);
	signal(SIGPIPE, SIG_IGN);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		if (tls_try(ctx, &sin)) {
			rc = 0;
			break;
		}
		if (pid > 0 && kill(pid, 0) == -1 && errno == ESRCH)
			break;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= end.tv_sec)
			break;
		nanosleep(&step, NULL);
	}
	SSL_CTX_free(ctx);
	return (rc);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "free") == 0)
		return (port_free());
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "wait") == 0)
		return (server_wait(argv[2], atoi(argv[3]), atoi(argv[4]),
		    argc == 6 ? atoi(argv[5]) : 0));
	fprintf(stderr, "usage: netprobe free\n"
	    "       netprobe wait HOST PORT SECONDS [PID]\n");
	return (2);
}
