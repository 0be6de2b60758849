#ifndef FSTOOL_KEYS_H
#define FSTOOL_KEYS_H

#include "fstool/record.h"
#include "privsep/secret.h"

/*
 * Keys from keys (RFC 5869, HKDF-SHA256, salted with the volume's UUID, one
 * label for each use).  What fails is said.
 */

#define SLOT_PASS_LEN	44u	/* base64 of 32 bytes, as systemd-cryptsetup takes it */

/* Zeroed memory for a secret; -1 said. */
int	keys_alloc(struct secret *ret_s, size_t n);
int	keys_random(void *dst, size_t n);

/*
 * The secret of a token's slot: for tpm what was sealed; for tpm+tee that and
 * the derived key mixed; for tee the derived key alone.  sealed and derived
 * are SECRET_LEN bytes each, NULL where they have no part in it.
 */
int	keys_slot(enum bind, const char *uuid, const uint8_t *sealed,
	    const uint8_t *derived, uint8_t ret_secret[SECRET_LEN]);
/* The passphrase of such a slot: SLOT_PASS_LEN characters, no NUL counted. */
void	keys_slot_pass(const uint8_t secret[SECRET_LEN],
	    char ret_pass[SLOT_PASS_LEN + 1]);
/* What hides the MAC key from all but this token. */
int	keys_pad(const char *uuid, const uint8_t secret[SECRET_LEN],
	    uint8_t ret_pad[MAC_LEN]);

/* From the volume key: the MAC key of the record, the authorisation of the counter. */
int	keys_mac_key(const char *uuid, const struct secret *volume_key,
	    uint8_t ret_key[MAC_LEN]);
int	keys_counter_auth(const char *uuid, const struct secret *volume_key,
	    uint8_t ret_auth[SECRET_LEN]);

/* The MAC of one entry. */
int	keys_mac(const uint8_t key[MAC_LEN], const struct record *,
	    const struct record_entry *, uint8_t ret_mac[MAC_LEN]);
int	keys_sha256(const void *, size_t n, uint8_t ret_digest[32]);

/* dst ^= src */
void	keys_xor(uint8_t dst[MAC_LEN], const uint8_t src[MAC_LEN]);

#endif
