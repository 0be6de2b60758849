/*
 * Credential activation: a challenge that only a TPM can answer which holds
 * both an EK and an AK (TPM 2.0 Library, part 1, 24; part 3, 12.5 and 12.6).
 * The TPM gives the secret back to its owner; the agent shows only
 *	HMAC-SHA256(secret, "CVM-ACT-1" 0x00 || nonce || cert || conn || Name).
 */
#ifndef EVIDENCE_CREDENTIAL_H
#define EVIDENCE_CREDENTIAL_H

#include "evidence/bytes.h"
#include "evidence/tpm.h"

#define CREDENTIAL_SECRET_LEN	32u
#define CREDENTIAL_PROOF_LEN	32u

/* What goes to the TPM, and what is kept here. */
struct credential {
	uint8_t		 secret[CREDENTIAL_SECRET_LEN];
	uint8_t		 nonce[32];
	uint8_t		 ak_name[TPM_NAME_MAX];	/* it was made for */
	size_t		 ak_name_len;
	uint8_t		 ek_sha256[32];		/* SHA-256 of the TPMT_PUBLIC */
	size_t		 blob_len, seed_len;
	uint8_t		 blob[256];	/* TPMS_ID_OBJECT, without outer length */
	uint8_t		 seed[1024];	/* TPM2B_ENCRYPTED_SECRET's bytes */
};

/*
 * A challenge for the AK of this Name to the EK with this TPMT_PUBLIC (RSA
 * 2048 to 4096 with OAEP; ECC P-256, P-384).  Secret and nonce are random.
 * -1: ret_err (static text) says why the EK cannot be asked.  Clear with
 * credential_clear().
 */
int	 credential_make(struct span ek_public, struct span ak_name,
	    struct credential *, const char **ret_err);
void	 credential_clear(struct credential *);
/* The proof that the agent has to show. */
int	 credential_proof(const struct credential *, struct span cert,
	    struct span conn, uint8_t ret_proof[CREDENTIAL_PROOF_LEN]);

#endif
