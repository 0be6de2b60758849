/*
 * TPM 2.0 structures (tss2-mu) as they travel: TPMS_ATTEST, TPMT_SIGNATURE,
 * TPMT_PUBLIC, exact lengths.  Verification is in tpm_verify.h.
 */
#ifndef EVIDENCE_TPM_H
#define EVIDENCE_TPM_H

#include "evidence/alg.h"
#include "evidence/bytes.h"
#include "evidence/limits.h"

#define TPM_NAME_MAX	(2 + DIGEST_MAX)
/* What cosmian_fstool extends when it opens the sealed volume, or fails to. */
#define VOLUME_PCR	15u

/* Values of one bank; those not in mask are zero. */
struct tpm_pcrs {
	enum digest_alg	 bank;
	uint32_t	 mask;			/* bit i: PCR i */
	uint8_t		 value[TPM_PCRS][DIGEST_MAX];
};

struct tpm_select {
	uint16_t	 alg;			/* TPM_ALG_ID of the bank */
	uint32_t	 mask;
};

struct tpm_attest {
	uint32_t	 magic;
	uint16_t	 type;
	uint8_t		 signer[TPM_NAME_MAX];	/* qualified name */
	size_t		 signer_len;
	uint8_t		 extra[MAX_TPM_EXTRA];
	size_t		 extra_len;
	uint64_t	 clock;
	uint32_t	 reset_count;
	uint32_t	 restart_count;
	int		 safe;
	uint64_t	 firmware;
	size_t		 nselect;
	struct tpm_select select[MAX_TPM_SELECT];
	uint8_t		 pcr_digest[DIGEST_MAX];
	size_t		 pcr_digest_len;
};

enum tpm_scheme { TPM_SCHEME_NONE, TPM_ECDSA, TPM_RSASSA, TPM_RSAPSS };

struct tpm_signature {
	enum tpm_scheme	 scheme;
	enum digest_alg	 hash;
	uint8_t		 a[512];		/* RSA signature, or r */
	size_t		 a_len;
	uint8_t		 b[66];			/* s */
	size_t		 b_len;
};

enum tpm_key { TPM_KEY_NONE, TPM_KEY_RSA, TPM_KEY_P256, TPM_KEY_P384 };

struct tpm_public {
	struct span	 raw;			/* TPMT_PUBLIC as given */
	enum tpm_key	 key;
	enum digest_alg	 name_alg;
	uint32_t	 attributes;
	enum tpm_scheme	 scheme;		/* NONE: any */
	enum digest_alg	 scheme_hash;
	uint8_t		 x[512];		/* modulus, or x */
	size_t		 x_len;
	uint8_t		 y[66];
	size_t		 y_len;
	uint32_t	 exponent;		/* RSA */
	unsigned	 aes_bits;		/* of AES-CFB; 0: no such key */
};

/* Each: 0, or -1 when malformed, unsupported, or with trailing bytes. */
int	 tpm_attest_decode(struct span, struct tpm_attest *);
int	 tpm_signature_decode(struct span, struct tpm_signature *);
int	 tpm_public_decode(struct span, struct tpm_public *);

#endif
