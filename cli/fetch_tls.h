#ifndef CLI_FETCH_TLS_H
#define CLI_FETCH_TLS_H

#include <curl/curl.h>
#include <openssl/evp.h>

#include "cli/msg_fetch.h"

/*
 * Watches the one TLS connection of a run: the hash of its handshake (conn of
 * PROTOCOL.md), the leaf certificate as it was presented, and that there never
 * is a second connection.
 */
struct watch {
	unsigned int	 contexts;	/* TLS connections begun */
	int		 done;		/* the handshake is over: leaf is pinned */
	const char	*why;		/* why the run must end, or NULL */
	EVP_MD_CTX	*md;		/* handshake messages so far */
	int		 hello;		/* the real ServerHello was hashed */
	int		 have_conn;	/* and this is TLS 1.3 */
	uint8_t		 conn[DIGEST_LEN];
	uint8_t		 leaf[DIGEST_LEN];
};

/* Before confine(): what OpenSSL looks for on disk at its first use. */
void	watch_warm_up(void);

/* Put the callbacks on a handle; w must live as long. -1 on failure. */
int	watch_attach(struct watch *w, CURL *);
void	watch_free(struct watch *);

/* SSL_CTX_set_msg_callback's: hashes until the real ServerHello. For tests. */
void	watch_message(struct watch *, int content_type, const void *, size_t);

#endif
