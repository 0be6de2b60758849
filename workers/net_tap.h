#ifndef WORKERS_NET_TAP_H
#define WORKERS_NET_TAP_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * conn of PROTOCOL.md: SHA-256 over the TLS 1.3 handshake messages, headers
 * included, in the order in which they passed, up to and including the real
 * ServerHello (RFC 8446 4.1.3; a HelloRetryRequest is not it). It covers both
 * key shares, so it differs for whoever terminates TLS in between.
 */

#define TAP_MESSAGE_MAX	(64 * 1024)	/* a ClientHello: OpenSSL takes up to 128 KiB, browsers send 2 */

enum tap_dir { TAP_IN, TAP_OUT, TAP_DIRS };

struct tap_side {
	uint8_t		 hdr[5];	/* of the record */
	size_t		 hdr_len;
	size_t		 left;		/* of the record's content */
	uint8_t		*msg;		/* handshake message being put together */
	size_t		 msg_len, msg_cap;
};

struct tap {
	struct tap_side	side[TAP_DIRS];
	EVP_MD_CTX	*sha;
	int		done;
	int		bad;
	uint8_t		conn[32];	/* valid once done */
};

/* bad is set when memory is out. */
void	tap_init(struct tap *);
/* Raw bytes of the connection in one direction; does nothing once done. */
void	tap_feed(struct tap *, enum tap_dir, const uint8_t *, size_t);
void	tap_free(struct tap *);

#endif
