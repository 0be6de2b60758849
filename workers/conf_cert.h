#ifndef WORKERS_CONF_CERT_H
#define WORKERS_CONF_CERT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads the server's certificate chain, so that no other process parses a
 * file from the disk.  No I/O.
 */

/* Certificates in a file: leaf, intermediates, root, and room for cross-signed ones. */
#define CERT_CHAIN_MAX		10
#define CERT_HASH_LEN		32
/* Faults that a running server may have: expired, no SAN, is a CA. */
#define CERT_WARNINGS_MAX	4

enum cert_key {
	CERT_KEY_P256,
	CERT_KEY_P384,
	CERT_KEY_MAX
};

struct cert_text {
	char	text[240];
};

struct cert_facts {
	uint8_t		 leaf_hash[CERT_HASH_LEN];	/* SHA-256 of the leaf's DER */
	uint8_t		 spki_hash[CERT_HASH_LEN];	/* SHA-256 of its SubjectPublicKeyInfo */
	enum cert_key	 key;
	int64_t		 not_before;	/* seconds since 1970 */
	int64_t		 not_after;
	struct cert_text	 names;	/* "CN=a, DNS:a, IP:192.0.2.1", printable */
	struct cert_text	 warnings[CERT_WARNINGS_MAX];
	size_t		 nwarnings;
	char		*chain;		/* the chain again as plain PEM, leaf first */
	size_t		 chain_len;
	size_t		 ncerts;
};

/*
 * Reads len bytes of PEM.  Text between the blocks is passed over, blocks that
 * are no certificates are refused, a private key by name.  The leaf comes
 * first, then the issuer of each; its key is EC P-256 or P-384.  now is for
 * the warnings.
 * 0 and facts for cert_facts_free(), or -1 and in *ret_err what is wrong and
 * what is allowed; *ret_facts is then untouched.
 */
int	 conf_cert_read(const char *pem, size_t len, int64_t now,
	    struct cert_facts *ret_facts, struct cert_text *ret_err);
void	 cert_facts_free(struct cert_facts *);

#endif
