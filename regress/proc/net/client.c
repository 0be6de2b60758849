#include <sys/socket.h>

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "regress/proc/net/client.h"

/* The random of a HelloRetryRequest is SHA-256 of its name (RFC 8446 4.1.3). */
static int
is_retry(const uint8_t *m, size_t n)
{
	uint8_t want[32];

	EVP_Digest("HelloRetryRequest", 17, want, NULL, EVP_sha256(), NULL);
	return n >= 38 && memcmp(m + 6, want, sizeof(want)) == 0;
}

static void
on_message(int is_write, int version, int type, const void *p, size_t n,
    SSL *ssl, void *arg)
{
	struct client *c = arg;
	const uint8_t *m = p;

	(void)version;
	(void)ssl;
	if (type != SSL3_RT_HANDSHAKE || c->hashed || n < 4)
		return;
	c->hellos += is_write && m[0] == SSL3_MT_CLIENT_HELLO;
	EVP_DigestUpdate(c->sha, m, n);
	if (!is_write && m[0] == SSL3_MT_SERVER_HELLO && !is_retry(m, n)) {
		EVP_DigestFinal_ex(c->sha, c->conn, NULL);
		c->hashed = 1;
	}
}

int
tcp_connect(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval tv = { 20, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || connect(fd, (struct sockaddr *)&in, sizeof(in)) == -1)
		err(1, "connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return fd;
}

static void *
run(void *arg)
{
	struct client *c = arg;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	int fd = tcp_connect(c->port), n, at = 0;

	if (c->max_version != 0)
		SSL_CTX_set_max_proto_version(ctx, c->max_version);
	if (c->groups != NULL && SSL_CTX_set1_groups_list(ctx, c->groups) != 1)
		errx(1, "groups");
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, c);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		c->ok = 1;
		if (c->say != NULL)
			SSL_write(ssl, c->say, (int)strlen(c->say));
		while (at < (int)sizeof(c->heard) - 1 && (n = SSL_read(ssl,
		    c->heard + at, (int)sizeof(c->heard) - 1 - at)) > 0)
			at += n;
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return NULL;
}

void
client_start(struct client *c)
{
	c->ok = c->hellos = c->hashed = 0;
	memset(c->heard, 0, sizeof(c->heard));
	if ((c->sha = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(c->sha, EVP_sha256(), NULL) != 1 ||
	    pthread_create(&c->thread, NULL, run, c) != 0)
		errx(1, "client");
}

void
client_join(struct client *c)
{
	pthread_join(c->thread, NULL);
	EVP_MD_CTX_free(c->sha);
}
