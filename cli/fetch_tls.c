#include <openssl/ssl.h>
#include <string.h>

#include "cli/fetch_tls.h"

#define HANDSHAKE	22	/* TLS record type */
#define SERVER_HELLO	2	/* handshake message type */
#define RANDOM_OFF	6	/* in a ServerHello: header 4, version 2 */

static const char second[] = "the connection was lost, and a second one would "
    "not be the one that the evidence is bound to: run the command again";

/* RFC 8446 4.1.3: the random of a ServerHello that only asks for another ClientHello. */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11,
	0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};

static int watch_index = -1;

void
watch_message(struct watch *w, int content_type, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	unsigned int n;

	if (content_type != HANDSHAKE || w->hello || w->why != NULL)
		return;
	if (EVP_DigestUpdate(w->md, p, len) != 1) {
		w->why = "SHA-256 failed";
		return;
	}
	if (len < RANDOM_OFF + sizeof(retry_random) || p[0] != SERVER_HELLO ||
	    memcmp(p + RANDOM_OFF, retry_random, sizeof(retry_random)) == 0)
		return;
	w->hello = 1;
	if (EVP_DigestFinal_ex(w->md, w->conn, &n) != 1)
		w->why = "SHA-256 failed";
}

static void
on_message(int writing, int version, int content_type, const void *buf,
    size_t len, SSL *ssl, void *arg)
{
	(void)writing;
	(void)version;
	(void)ssl;
	watch_message(arg, content_type, buf, len);
}

static int
leaf_digest(const SSL *ssl, uint8_t ret_digest[DIGEST_LEN])
{
	unsigned int n;
	X509 *leaf;
	int rc = -1;

	if ((leaf = SSL_get1_peer_certificate(ssl)) == NULL)
		return -1;
	if (X509_digest(leaf, EVP_sha256(), ret_digest, &n) == 1)
		rc = 0;
	X509_free(leaf);
	return rc;
}

/*
 * At the end of the handshake the leaf is pinned. OpenSSL calls this again
 * for every session ticket; the certificate must then be the same.
 */
static void
on_info(const SSL *ssl, int where, int ret)
{
	struct watch *w = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl),
	    watch_index);
	uint8_t leaf[DIGEST_LEN];

	(void)ret;
	if ((where & SSL_CB_HANDSHAKE_DONE) == 0 || w == NULL)
		return;
	if (leaf_digest(ssl, leaf) == -1) {
		w->why = "the server showed no certificate";
		return;
	}
	if (w->done && memcmp(leaf, w->leaf, sizeof(leaf)) != 0)
		w->why = "the server changed its certificate";
	memcpy(w->leaf, leaf, sizeof(leaf));
	/* only in TLS 1.3 does the ServerHello carry the key share */
	w->have_conn = w->hello && SSL_version(ssl) == TLS1_3_VERSION;
	w->done = 1;
}

static CURLcode
on_context(CURL *curl, void *sslctx, void *arg)
{
	struct watch *w = arg;
	SSL_CTX *ctx = sslctx;

	(void)curl;
	if (w->contexts++ > 0) {
		w->why = second;
		return CURLE_ABORTED_BY_CALLBACK;
	}
	if (SSL_CTX_set_ex_data(ctx, watch_index, w) != 1)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_msg_callback_arg(ctx, w);
	SSL_CTX_set_info_callback(ctx, on_info);
	return CURLE_OK;
}

/* Several addresses may be tried for one connection, but none after it stood. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct watch *w = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (w->done) {
		w->why = second;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

int
watch_attach(struct watch *w, CURL *curl)
{
	memset(w, 0, sizeof(*w));
	if ((w->md = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) != 1)
		return -1;
	if (curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, on_context) ||
	    curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, w) ||
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket) ||
	    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, w))
		return -1;
	return 0;
}

void
watch_free(struct watch *w)
{
	EVP_MD_CTX_free(w->md);
	w->md = NULL;
}

void
watch_warm_up(void)
{
	SSL_CTX *ctx;

	watch_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_free(ctx);
}
