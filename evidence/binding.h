#ifndef EVIDENCE_BINDING_H
#define EVIDENCE_BINDING_H

#include <stddef.h>
#include <stdint.h>

/*
 * The strong form of PROTOCOL.md: what a TEE report and a TPM quote of
 * POST /attest are made over. Only the packing is here, no hash: the root
 * process hashes with libmd, the client with libcrypto.
 */

#define BINDING_NONCE_LEN	32
#define BINDING_DIGEST_LEN	32	/* cert, conn, config, subject: SHA-256 */
#define BINDING_SEAL_PK_LEN	32	/* X25519 */
#define BINDING_NAME_MAX	66	/* TPM Name: u16 nameAlg, SHA-512 at most */
#define BINDING_PCRS_LEN	5	/* u16 TPM_ALG_ID of the bank, 3 bytes of bitmap */
#define BINDING_PACK_MAX	512	/* label and all items at their longest: 2*8 + 10 + 297 */
#define BINDING_QUALIFYING_LEN	34	/* "CV" and a SHA-256 */
#define BINDING_REPORT_LEN	64	/* SHA-512 */

/* NULL means absent: a length of zero. */
struct binding {
	const uint8_t	*nonce;		/* BINDING_NONCE_LEN */
	const uint8_t	*cert;		/* SHA-256 of the DER leaf of this connection */
	const uint8_t	*conn;		/* SHA-256 of the handshake up to the real ServerHello */
	const uint8_t	*seal_pk;	/* vault's public key */
	const uint8_t	*config;	/* SHA-256 of the agent's configuration and programs */
	const uint8_t	*ak_name;
	size_t		 ak_name_len;
	uint16_t	 bank;		/* TPM_ALG_ID; 0: no TPM, the item is absent */
	uint8_t		 mask[3];	/* TPMS_PCR_SELECTION: PCR i is bit i%8 of byte i/8 */
	const uint8_t	*subject;	/* digest of what is attested besides */
};

enum binding_for { BINDING_TEE, BINDING_TPM };

/*
 * Write label and items, the preimage of the digest, to dst. Returns its
 * length, 0 if it does not fit or an item is too long.
 */
size_t	binding_pack(const struct binding *, enum binding_for, uint8_t *dst,
	    size_t cap);

/* "CV" || digest: the qualifying data of a TPM quote. */
void	binding_qualifying(const uint8_t sha256[32],
	    uint8_t ret_q[BINDING_QUALIFYING_LEN]);

#endif
