#ifndef WORKERS_TPM_KEYS_H
#define WORKERS_TPM_KEYS_H

#include <tss2/tss2_esys.h>

/*
 * The two keys of a machine: its endorsement key, which says which TPM this
 * is, and the restricted signing key under it, which signs quotes.
 */

#define TPM_EK_HANDLE	0x81000050
#define TPM_AK_HANDLE	0x81000051

struct tpm_key {
	ESYS_TR		tr;		/* in the context it was read with */
	TPM2B_PUBLIC	pub;
	TPM2B_NAME	name;		/* as computed from pub */
	TPM2B_NAME	qualified;	/* ties the key to its parent */
};

/*
 * The key at a persistent handle. 1, 0 when there is none, -1 (logged). Its
 * Name is computed from the public area here, not taken from the TPM.
 */
int	key_read(ESYS_CONTEXT *, TPM2_HANDLE, struct tpm_key *ret_key);

/* Why this is no key for quotes, NULL when it is one. */
const char *ak_refuses(const struct tpm_key *);
/* The same for the key that Azure's paravisor has made. */
const char *hcl_ak_refuses(const struct tpm_key *);

/* TPMT_PUBLIC as the TPM hashes it; 0 or -1. */
int	key_public_bytes(const struct tpm_key *, uint8_t *dst, size_t cap,
	    size_t *ret_len);

/* 1 when the qualified name of ak is that of a child of ek, a primary endorsement key. */
int	key_is_child(const struct tpm_key *ak, const struct tpm_key *ek);

/* The AK below ek. The endorsement authorisation is set in the context. 0 or -1 (logged). */
int	ak_make(ESYS_CONTEXT *, const struct tpm_key *ek);

/* Keep the loaded key at the persistent handle and unload it, also on failure. */
int	key_persist(ESYS_CONTEXT *, ESYS_TR loaded, TPM2_HANDLE);

/*
 * A session that proves knowledge of authorisations without showing them.
 * With ek it is salted, and the first parameter is encrypted. Flush it.
 */
int	key_session(ESYS_CONTEXT *, const struct tpm_key *ek,
	    ESYS_TR *ret_session);
void	key_flush(ESYS_CONTEXT *, ESYS_TR);

/* 1 when the key opens by its password, which is empty; else by its policy. */
int	key_takes_password(const struct tpm_key *);
/* A policy session for a key, of which nothing is fulfilled yet. Flush it. 0 or -1 (logged). */
int	key_policy_session(ESYS_CONTEXT *, const struct tpm_key *,
	    ESYS_TR *ret_session);

/*
 * A ticket that opens an EK of the low range in place of the endorsement
 * authorisation, which is set in the context, until the TPM is reset: marshalled
 * TPM2B_TIMEOUT and TPMT_TK_AUTH. 0 or -1 (logged).
 */
int	ek_ticket_make(ESYS_CONTEXT *, const struct tpm_key *ek, uint8_t *dst,
	    size_t cap, size_t *ret_len);

#endif
