#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/proc/client/tls_peer.h"

#define SEEN_WAIT_MS	500

/* Handshake messages of one connection, as the server saw them. */
struct transcript {
	EVP_MD_CTX	*md;
	int		 done;
	struct tls_seen	 seen;
};

static void
make_cert(X509 **ret_cert, EVP_PKEY **ret_key)
{
	X509_EXTENSION *san;
	X509_NAME *name;
	X509 *c = X509_new();
	EVP_PKEY *k = EVP_EC_gen("P-256");

	if (c == NULL || k == NULL)
		errx(1, "certificate");
	X509_set_version(c, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
	X509_gmtime_adj(X509_getm_notBefore(c), -3600);
	X509_gmtime_adj(X509_getm_notAfter(c), 86400);
	name = X509_get_subject_name(c);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(c, name);
	san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "IP:127.0.0.1,DNS:localhost");
	X509_add_ext(c, san, -1);
	X509_EXTENSION_free(san);
	X509_set_pubkey(c, k);
	if (X509_sign(c, k, EVP_sha256()) == 0)
		errx(1, "certificate");
	*ret_cert = c;
	*ret_key = k;
}

static void
on_message(int writing, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	/* as in RFC 8446 4.1.3, its first bytes are enough here */
	static const uint8_t retry[4] = { 0xcf, 0x21, 0xad, 0x74 };
	struct transcript *t = arg;
	const uint8_t *p = buf;

	(void)writing;
	(void)version;
	(void)ssl;
	if (type != 22 || t->done)
		return;
	EVP_DigestUpdate(t->md, p, len);
	if (p[0] == 2 && memcmp(p + 6, retry, sizeof(retry)) != 0) {
		EVP_DigestFinal_ex(t->md, t->seen.conn, NULL);
		t->done = 1;
	}
}

static void
reply(SSL *ssl, const char *head, const char *body)
{
	char out[16384];
	int n;

	n = snprintf(out, sizeof(out), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
	    "\r\n%s", head, strlen(body), body);
	SSL_write(ssl, out, n);
}

/* Each path has its own manners; returns 0 to close. */
static int
answer(SSL *ssl, const char *request)
{
	static const char json[] = "200 OK\r\nContent-Type: application/json";
	char big[8193];

	if (strncmp(request, "POST /attest ", 13) == 0 ||
	    strncmp(request, "POST /activate ", 15) == 0)
		reply(ssl, json, strstr(request, "\r\n\r\n") + 4);
	else if (strncmp(request, "GET /ima/binary ", 16) == 0)
		reply(ssl, "302 Found\r\nLocation: /version", "");
	else if (strncmp(request, "DELETE /snapshot ", 17) == 0)
		reply(ssl, "503 Busy\r\nRetry-After: 7", "queue full");
	else if (strncmp(request, "GET /snapshot ", 14) == 0)
		reply(ssl, "202 Accepted\r\nContent-Type: application/json",
		    "{\"files\":17,\"bytes\":123456789012}");
	else if (strncmp(request, "GET /quote/tpm?", 15) == 0 ||
	    strncmp(request, "GET /tpm/certs ", 15) == 0)
		reply(ssl, json, strndupa(request, strcspn(request, "\r")));
	else if (strncmp(request, "GET /quote/tee?", 15) == 0) {
		reply(ssl, "200 OK\r\nContent-Type: application/json\r\n"
		    "Connection: close", "[]");
		return 0;
	} else {
		memset(big, 'x', sizeof(big) - 1);
		big[sizeof(big) - 1] = '\0';
		reply(ssl, json, big);
	}
	return 1;
}

static void
serve(SSL *ssl)
{
	char buf[8192];
	size_t n = 0;
	int r;

	for (;;) {
		r = SSL_read(ssl, buf + n, (int)(sizeof(buf) - 1 - n));
		if (r <= 0)
			return;
		n += (size_t)r;
		buf[n] = '\0';
		if (strstr(buf, "\r\n\r\n") == NULL)
			continue;
		/* the only request with a body has "}" as its last byte */
		if (buf[0] == 'P' && buf[n - 1] != '}')
			continue;
		if (!answer(ssl, buf))
			return;
		n = 0;
	}
}

static SSL_CTX *
make_context(unsigned int flags, X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		errx(1, "context");
	if (flags & TLS_PEER_TLS12)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (flags & TLS_PEER_RETRY)
		SSL_CTX_set1_groups_list(ctx, "P-384");
	return ctx;
}

static void
one_connection(int fd, int out, unsigned int flags, X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = make_context(flags, cert, key);
	struct transcript t;
	SSL *ssl;

	memset(&t, 0, sizeof(t));
	t.md = EVP_MD_CTX_new();
	EVP_DigestInit_ex(t.md, EVP_sha256(), NULL);
	X509_digest(cert, EVP_sha256(), t.seen.leaf, NULL);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, &t);
	ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		if (write(out, &t.seen, sizeof(t.seen)) == -1)
			_exit(1);
		serve(ssl);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	EVP_MD_CTX_free(t.md);
	close(fd);
}

static void
run(int listener, int out, unsigned int flags, X509 *cert, EVP_PKEY *key)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		one_connection(fd, out, flags, cert, key);
		if (flags & TLS_PEER_CHANGE)
			make_cert(&cert, &key);
	}
	_exit(0);
}

static void
keep_pem(struct tls_peer *p, X509 *cert)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *data;
	long n;

	if (b == NULL || PEM_write_bio_X509(b, cert) != 1)
		errx(1, "PEM");
	n = BIO_get_mem_data(b, &data);
	if ((p->pem = malloc((size_t)n)) == NULL)
		err(1, "malloc");
	memcpy(p->pem, data, (size_t)n);
	p->pem_len = (size_t)n;
	BIO_free(b);
}

void
tls_peer_start(struct tls_peer *p, unsigned int flags)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	socklen_t len = sizeof(a);
	EVP_PKEY *key;
	X509 *cert;
	int s, fd[2];

	make_cert(&cert, &key);
	keep_pem(p, cert);
	s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s == -1 || bind(s, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(s, 8) == -1 ||
	    getsockname(s, (struct sockaddr *)&a, &len) == -1 ||
	    pipe2(fd, O_CLOEXEC) == -1)
		err(1, "server");
	p->port = ntohs(a.sin_port);
	if ((p->pid = fork()) == -1)
		err(1, "fork");
	if (p->pid == 0) {
		close(fd[0]);
		run(s, fd[1], flags, cert, key);
	}
	close(fd[1]);
	close(s);
	p->pipe = fd[0];
	fcntl(p->pipe, F_SETFL, O_NONBLOCK);
	X509_free(cert);
	EVP_PKEY_free(key);
}

int
tls_peer_seen(struct tls_peer *p, struct tls_seen *ret_s)
{
	struct pollfd pfd = { .fd = p->pipe, .events = POLLIN };

	/* the client may be done with the handshake before the server is */
	if (poll(&pfd, 1, SEEN_WAIT_MS) != 1)
		return -1;
	return read(p->pipe, ret_s, sizeof(*ret_s)) == sizeof(*ret_s) ? 0 : -1;
}

void
tls_peer_stop(struct tls_peer *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->pipe);
	free(p->pem);
}
