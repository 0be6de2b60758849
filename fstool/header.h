/*
 * A LUKS2 header read as an enemy's: both copies, every field against a list
 * of what cosmian_fstool writes (LUKS2 On-Disk Format Specification 1.1.3).
 * Pure: no I/O, no libcryptsetup.  What passes here is what libcryptsetup is
 * given, byte for byte.
 */
#ifndef FSTOOL_HEADER_H
#define FSTOOL_HEADER_H

#include "evidence/bytes.h"

/* Largest header area that is read: both copies and the keyslots.  cryptsetup
 * writes 16 MiB by default. */
#define HEADER_MAX		(32u * 1024 * 1024)
/* Sizes of one copy with its JSON that the specification allows. */
#define HEADER_COPY_MIN		16384u
#define HEADER_COPY_MAX		(4u * 1024 * 1024)
#define HEADER_UUID_LEN		36u
#define HEADER_SLOTS_MAX	8u	/* password, recovery key, TPM, spare */
#define HEADER_TOKENS_MAX	4u
#define HEADER_NUMBERS		32u	/* keyslots and tokens have numbers below it */
#define HEADER_REASON_MAX	160u
#define TOKEN_BLOB_MAX		1536u	/* TPM2B_PRIVATE and TPM2B_PUBLIC; two fit in a frame */
#define TOKEN_DIGEST_MAX	64u

/* Floors of key derivation.  A slot that a token opens holds 32 random bytes,
 * so there is nothing to stretch. */
#define ARGON2_TIME_MIN		4u
#define ARGON2_MEMORY_MIN	65536u	/* KiB */
#define PBKDF2_MIN		1000u	/* slots of tokens only */
/* And ceilings: a password is tried before there is a key for the MAC, and
 * must not keep a boot busy for hours or take all memory. Of argon2id for all
 * slots together, for each of them may be tried. */
#define ARGON2_MEMORY_MAX	(4u << 20)	/* KiB: argon2id's own in cryptsetup */
#define ARGON2_LANES_MAX	4u		/* the same */
#define ARGON2_WORK_MAX		(128ull << 20)	/* passes times KiB: two minutes or so on one core */
#define PBKDF2_MAX		10000000u	/* seconds; cryptsetup takes what one second has */

enum header_kdf { KDF_ARGON2ID, KDF_PBKDF2 };

struct header_slot {
	unsigned int	 number;
	enum header_kdf	 kdf;
	uint64_t	 cost;		/* argon2id: time; pbkdf2: iterations */
	uint64_t	 memory;	/* KiB, argon2id */
	int		 of_token;	/* a token names it */
};

/* What it takes to get the secret of a slot: systemd's token, or one of ours
 * into whose secret a key derived by the TEE is mixed. */
enum bind { BIND_TPM = 1, BIND_TEE, BIND_TPM_TEE, BIND_MAX };

/*
 * A sealed secret, in the form of systemd-cryptenroll (type "systemd-tpm2"),
 * or the same members in a token of type "cosmian-fstool" whose "bind" is
 * "tpm+tee"; with "tee" there is nothing sealed and the rest is 0.
 */
struct header_token {
	unsigned int	 number;
	uint8_t		 bind;		/* enum bind */
	unsigned int	 slot;
	uint32_t	 pcr_mask;
	uint16_t	 bank;		/* TPM_ALG_ID */
	int		 primary_ecc;	/* else RSA */
	size_t		 policy_len;
	uint8_t		 policy[TOKEN_DIGEST_MAX];
	size_t		 blob_len;
	uint8_t		 blob[TOKEN_BLOB_MAX];
	size_t		 srk_len;	/* tpm2_srk: 0 when absent */
	uint8_t		 srk[TOKEN_BLOB_MAX];
};

struct header_facts {
	char		 uuid[HEADER_UUID_LEN + 1];
	uint64_t	 seqid;
	uint64_t	 size;		/* of header, copies and keyslots */
	int		 integrity;	/* hmac(sha256) */
	unsigned int	 sector_size;	/* bytes */
	unsigned int	 key_size;	/* bytes, that of integrity included */
	uint64_t	 data_offset;	/* bytes, on the data device */
	size_t		 nslots;
	struct header_slot slot[HEADER_SLOTS_MAX];
	size_t		 ntokens;
	struct header_token token[HEADER_TOKENS_MAX];
};

/*
 * 0 and the facts; or -1, and ret_why (HEADER_REASON_MAX bytes) names the rule
 * that is broken, with no byte of the header in it.
 */
int	 header_check(struct span, struct header_facts *, char *);

/* 1 when it is a UUID in lower-case hex with its dashes, else 0. */
int	 header_uuid_valid(const void *, size_t);

#endif
