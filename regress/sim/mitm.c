/*
 * mitm: a man in the middle who holds the agent's own certificate and key.
 * It ends the client's TLS, speaks its own TLS with the agent, and passes the
 * HTTP messages on, changed as the mode says.
 *
 * Usage: mitm --upstream HOST:PORT --cert FILE --key FILE
 *	    [--listen-port N] [--mode MODE [ARG]]
 *
 * Listens on 127.0.0.1 and prints PORT=N.  Each connection has a process.
 */
#include <sys/socket.h>
#include <sys/prctl.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "regress/sim/mitm_http.h"
#include "regress/sim/mitm_modes.h"

#define MITM_BACKLOG	32
#define MITM_LIFETIME	900	/* seconds of one connection */

struct mitm {
	struct sockaddr_in	 upstream;
	SSL_CTX			*server;
	SSL_CTX			*client;
	const struct mitm_mode	*mode;
	const char		*arg;
};

static const struct option longopts[] = {
	{ "listen-port", required_argument, NULL, 'l' },
	{ "upstream", required_argument, NULL, 'u' },
	{ "cert", required_argument, NULL, 'c' },
	{ "key", required_argument, NULL, 'k' },
	{ "mode", required_argument, NULL, 'm' },
	{ 0 }
};

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: mitm --upstream HOST:PORT --cert FILE "
	    "--key FILE [--listen-port N] [--mode MODE [ARG]]\nmodes: %s\n",
	    mode_usage);
	exit(2);
}

static void
upstream_parse(struct mitm *m, char *arg)
{
	char		*colon = strrchr(arg, ':');

	if (colon == NULL)
		usage();
	*colon = '\0';
	m->upstream.sin_family = AF_INET;
	m->upstream.sin_port = htons(atoi(colon + 1));
	if (inet_pton(AF_INET, arg, &m->upstream.sin_addr) != 1)
		errx(2, "%s: not an IPv4 address", arg);
}

static int
listen_make(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t	 len = sizeof(sin);
	int		 fd, on = 1;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(port);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, MITM_BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	printf("PORT=%u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return (fd);
}

static SSL *
tls_start(SSL_CTX *ctx, int fd, int server)
{
	SSL		*ssl = SSL_new(ctx);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
	    (server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1) {
		SSL_free(ssl);
		return (NULL);
	}
	return (ssl);
}

static SSL *
upstream_connect(const struct mitm *m)
{
	int		 fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&m->upstream,
	    sizeof(m->upstream)) == -1)
		err(1, "upstream");
	return (tls_start(m->client, fd, 0));
}

/* One request and its answer; 0, or -1 when the connection is over. */
static int
exchange(const struct mitm *m, struct http_peer *client,
    struct http_peer *agent)
{
	struct http_msg	 req, answer;
	char		 value[32];
	int		 rc = -1, own;

	if (http_read(client, 0, &req) == -1)
		return (-1);
	own = mode_request(m->mode, m->arg, &req, &answer);
	if (own == -1)
		goto out;
	if (own == 0) {
		if (http_write(agent, 0, &req) == -1 ||
		    http_read(agent, 1, &answer) == -1)
			goto out;
		mode_answer(m->mode, m->arg, &req, &answer);
	}
	rc = http_write(client, 1, &answer);
	if (http_field_get(&answer, "Connection", value, sizeof(value)) &&
	    strcasecmp(value, "close") == 0)
		rc = -1;
	http_msg_free(&answer);
out:
	http_msg_free(&req);
	return (rc);
}

static void __attribute__((noreturn))
connection_run(const struct mitm *m, int fd)
{
	struct http_peer client = { 0 }, agent = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	alarm(MITM_LIFETIME);
	if ((client.ssl = tls_start(m->server, fd, 1)) == NULL)
		errx(1, "no TLS with the client");
	if ((agent.ssl = upstream_connect(m)) == NULL)
		errx(1, "no TLS with the agent");
	while (exchange(m, &client, &agent) == 0)
		;
	SSL_shutdown(client.ssl);
	exit(0);
}

static void
serve(const struct mitm *m, int port)
{
	int		 fd, conn;

	fd = listen_make(port);
	for (;;) {
		if ((conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) == -1) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			err(1, "accept");
		}
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			close(fd);
			connection_run(m, conn);
		}
		close(conn);
	}
}

int
main(int argc, char **argv)
{
	struct mitm	 m = { 0 };
	const char	*cert = NULL, *key = NULL;
	int		 ch, port = 0, args = 0;

	m.mode = mode_find("pass", &args);
	while ((ch = getopt_long(argc, argv, "l:u:c:k:m:", longopts,
	    NULL)) != -1)
		switch (ch) {
		case 'l': port = atoi(optarg); break;
		case 'u': upstream_parse(&m, optarg); break;
		case 'c': cert = optarg; break;
		case 'k': key = optarg; break;
		case 'm':
			if ((m.mode = mode_find(optarg, &args)) == NULL)
				usage();
			break;
		default: usage();
		}
	if (cert == NULL || key == NULL || m.upstream.sin_port == 0 ||
	    argc - optind != args)
		usage();
	m.arg = argv[optind];
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	if ((m.server = SSL_CTX_new(TLS_server_method())) == NULL ||
	    (m.client = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_use_certificate_chain_file(m.server, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(m.server, key,
	    SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		errx(1, "TLS cannot be set up");
	}
	serve(&m, port);
	return (0);
}
