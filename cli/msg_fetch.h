#ifndef CLI_MSG_FETCH_H
#define CLI_MSG_FETCH_H

#include "cli/limits.h"
#include "cli/msg.h"
#include "privsep/wire.h"

/* Payloads between the front and fetch. Each decode is 0, or -1 when malformed. */

#define NONCE_LEN	32
#define DIGEST_LEN	32

#define TARGET_INSECURE	0x01	/* no Web PKI check */
#define TARGET_TLS12	0x02	/* compatible form: TLS 1.2 will do */

/* Where to go, said once, before any request. */
struct target {
	char		url[URL_MAX];
	uint8_t		flags;
	char		proxy[PROXY_MAX];	/* empty: none */
	char		no_proxy[PROXY_MAX];
};

struct attest_ask {
	uint8_t		nonce[NONCE_LEN];
	uint8_t		bank;		/* digest size in bytes: 20, 32, 48, 64 */
	uint32_t	pcrs;		/* bit i: PCR i */
	uint8_t		tee;
	uint8_t		snapshot;	/* the subject is the snapshot */
};

enum fetch_end {
	FETCH_OK,		/* there is an HTTP status (LEAF, TARGET: done) */
	FETCH_BAD_TARGET,
	FETCH_CONNECT,
	FETCH_TLS,
	FETCH_PKI,		/* the certificate is not vouched for */
	FETCH_SECOND,		/* a second connection would have been made */
	FETCH_TOO_LARGE,
	FETCH_TIMEOUT,
	FETCH_FAILED,
	FETCH_MAX
};

struct answer {
	uint8_t		end;		/* enum fetch_end */
	uint16_t	status;
	uint8_t		content;	/* enum content */
	uint32_t	retry_after;	/* seconds, 0 when not said */
	uint64_t	files, bytes;	/* of a snapshot being made (202) */
	uint8_t		leaf[DIGEST_LEN];	/* SHA-256 of the DER leaf */
	uint8_t		have_conn;	/* TLS 1.3 only */
	uint8_t		conn[DIGEST_LEN];
	char		reason[REASON_MAX];	/* for people; a stranger's words in it */
};

void	target_put(struct wbuf *, const struct target *);
int	target_get(struct rbuf *, struct target *ret_t);
void	attest_ask_put(struct wbuf *, const struct attest_ask *);
int	attest_ask_get(struct rbuf *, struct attest_ask *ret_a);
void	answer_put(struct wbuf *, const struct answer *);
int	answer_get(struct rbuf *, struct answer *ret_a);

#endif
