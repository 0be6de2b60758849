#ifndef FSTOOL_TOKEN_H
#define FSTOOL_TOKEN_H

#include "fstool/store.h"

/* Slots that TPM or TEE open, and the tokens that say how. */

/* What a secret is sealed to. */
struct target {
	enum bind	 bind;
	struct seal_ask	 seal;		/* bank, mask, values; no secret */
	int		 root_measured;
};

/*
 * By the options, the boot log and the PCRs: what to seal to (--next-boot: for
 * the next boot).  Refuses PCR 7 alone and PCRs that say nothing, and what it
 * cannot predict.  0 or -1.
 */
int	target_find(struct store *, const char *next_boot,
	    struct target *ret_t);

/*
 * A new secret: sealed, seen to unseal, then a slot and a token in the header
 * that v has open, and its wrap in s->record.  0 or -1.
 */
int	token_make(struct store *, const struct target *, struct volume *v,
	    const struct secret *volume_key);

/* 1 when a token is sealed to just this, 0 when not. */
int	token_is_for(const struct header_token *, const struct target *);
/* 1 when such a token is in the header and its wrap in the record. */
int	token_is_there(const struct store *, const struct target *);

/*
 * The MAC key and the passphrase of the slot by the first token that TPM and
 * TEE open.  0; -1 said, with what each token failed for.
 */
int	token_open(struct store *, uint8_t ret_mac_key[MAC_LEN],
	    char ret_pass[SLOT_PASS_LEN + 1], int *ret_slot);
/* The secret of one token's slot, without a wrap. 1, 0 when it does not open (ret_why), -1. */
int	token_secret(struct store *, const struct header_token *,
	    uint8_t ret_secret[SECRET_LEN], char ret_why[REASON_MAX]);

/* A wrap of the MAC key for a token, in s->record; replaces one of that number. */
int	token_wrap(struct store *, unsigned int token,
	    const uint8_t secret[SECRET_LEN], const struct secret *volume_key);
void	token_unwrap(struct store *, unsigned int token);

/*
 * PCR 15 extended, if nothing did so in this boot; and when the volume opens,
 * if something else did: it must not go on telling of another one, that was
 * there first and did not open. 0 or -1.
 */
int	cap_now(struct store *, int opens);

#endif
