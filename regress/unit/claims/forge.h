/*
 * A machine made of nothing: TPM key and quotes, an AMD-shaped hierarchy with
 * reports, an IMA list; all keys live in this process only.
 */
#ifndef REGRESS_UNIT_CLAIMS_FORGE_H
#define REGRESS_UNIT_CLAIMS_FORGE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "evidence/attest_verify.h"
#include "evidence/ima.h"
#include "evidence/snp_report.h"
#include "evidence/tpm.h"

#define FORGE_AK	0x00050072u	/* restricted sign fixedTPM ... */
#define FORGE_NOW	1790000000	/* within the certificates' dates */
#define FORGE_POLICY	0x30000u

struct forge_quote {
	uint8_t	 attest[512];
	size_t	 attest_len;
	uint8_t	 sig[512];
	size_t	 sig_len;
};

/* What a test may change before making evidence. */
struct forge {
	/* TPM */
	EVP_PKEY	*ak;
	uint32_t	 ak_attributes;
	uint8_t		 pub[512];
	size_t		 pub_len;
	uint32_t	 magic;
	uint16_t	 type;
	uint32_t	 reset_count;
	struct tpm_pcrs	 pcrs;
	/* TEE */
	EVP_PKEY	*ark_key, *ask_key, *vek_key;
	X509		*ark, *ask, *vek;
	uint8_t		 report[SNP_REPORT_SIZE];
	uint8_t		 chip_id[64];
	/* IMA */
	struct buf	 log;
};

/* Keys, chain, a list of boot_aggregate and two files, PCRs that fit. */
void	 forge_init(struct forge *);
void	 forge_free(struct forge *);
/* New TPM key with these attributes. */
void	 forge_ak(struct forge *, uint32_t);
/* This RSA key of 2048 bits, as paravisors make it. */
void	 forge_ak_rsa(struct forge *, EVP_PKEY *);
void	 forge_quote(struct forge *, struct span, uint32_t, struct forge_quote *);
/* Report with this report data, signed; fields are in f->report before. */
void	 forge_report(struct forge *, struct span);
/* Signs f->report as it is. */
void	 forge_report_sign(struct forge *);
/* Cosmian's blob of report and chain. */
void	 forge_blob(struct forge *, struct buf *);
/* One more entry, and PCR 10 extended. digest: n bytes, NULL: violation. */
void	 forge_measure(struct forge *, const char *, const char *,
	    const uint8_t *, size_t);
/* Certificate signed with RSA-PSS SHA-384; ext: VEK extensions of report. */
X509	*forge_cert(struct forge *, const char *, EVP_PKEY *, const char *,
	    EVP_PKEY *, int);
/* The ARK's list with this certificate (NULL: empty), from hour to hour of
 * FORGE_NOW; the caller frees it. */
void	 forge_crl(struct forge *, X509 *, int, int, struct buf *);
EVP_PKEY *forge_rsa(void);
struct span forge_der(X509 *, struct buf *);
void	 forge_put_le32(struct buf *, uint32_t);

#endif
