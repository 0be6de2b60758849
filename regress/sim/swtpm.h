/*
 * Raw TPM 2.0 commands over swtpm's unix data socket, as the kernel of the
 * simulated machine would send them.  swtpm serves one client at a time: a
 * connection is held for one job only, and waits its turn.
 */
#ifndef SIM_SWTPM_H
#define SIM_SWTPM_H

#include <stddef.h>
#include <stdint.h>

#define TPM_BANKS_MAX	8
#define TPM_DIGEST_MAX	64

struct tpm_bank {
	uint16_t	 alg;		/* TPM_ALG_ID */
	const char	*name;		/* "sha256", libcrypto knows it too */
	size_t		 size;
};

struct tpm {
	int		 fd;
	struct tpm_bank	 banks[TPM_BANKS_MAX];	/* the active ones */
	size_t		 nbanks;
};

/* Connect and ask for the active banks; exits with a message on failure. */
void	tpm_open(struct tpm *t, const char *path);
void	tpm_close(struct tpm *t);

/* Extend one PCR: digests[i] is that of banks[i].  Exits on failure. */
void	tpm_pcr_extend(struct tpm *t, uint32_t pcr,
	    uint8_t digests[][TPM_DIGEST_MAX]);

/* The value of one PCR in one bank, bank->size bytes.  Exits on failure. */
void	tpm_pcr_read(struct tpm *t, uint16_t alg, uint32_t pcr,
	    uint8_t *ret_value);

/* TPM2_Shutdown(CLEAR), as an orderly power-off; exits on failure. */
void	tpm_shutdown(struct tpm *t);

/* H(data) with a digest of libcrypto's name; its length.  Exits on failure. */
size_t	digest_make(const char *name, const void *p, size_t len,
	    uint8_t *ret_digest);

#endif
