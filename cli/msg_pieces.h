#ifndef CLI_MSG_PIECES_H
#define CLI_MSG_PIECES_H

#include "cli/limits.h"
#include "cli/msg.h"
#include "privsep/wire.h"

/*
 * An agent's answer taken apart by appraise (`cosmian_vm evidence fetch'), what
 * fetch is to get from a manufacturer's service, and the challenge of a TPM.
 * Each decode is 0, or -1 when malformed.
 */

/* The order is that of the front's table of files. */
enum piece {
	PIECE_TPM_ATTEST,	/* TPMS_ATTEST */
	PIECE_TPM_SIGNATURE,	/* TPMT_SIGNATURE */
	PIECE_TPM_KEY,		/* TPMT_PUBLIC */
	PIECE_PCRS,		/* JSON */
	PIECE_SNP_QUOTE,
	PIECE_TDX_QUOTE,
	PIECE_HCL,		/* Azure's report */
	PIECE_HCL_PCRS,		/* the form of PCRs beside that report */
	PIECE_VEK,		/* DER, beside that report */
	PIECE_ISSUER,
	PIECE_ARK,
	PIECE_EK,		/* DER, the TPM's certificates */
	PIECE_EK_CHAIN,		/* PEM */
	PIECE_AK,		/* DER */
	PIECE_MAX
};

#define HWID_LEN	64	/* chip id; Turin: the first 8 bytes */
#define SPL_MAX		5	/* boot loader, TEE, SNP, microcode, FMC */
#define FMSPC_LEN	6	/* family, model and stepping of a platform */
#define PRODUCT_MAX	16
#define REPORT_LEN	64
#define QUALIFYING_LEN	34
#define PCR_VALUE_MAX	64

/* Which certificates a manufacturer has for this machine. */
struct platform {
	uint8_t		simulated;	/* not from a manufacturer that we know */
	uint8_t		snp;		/* SEV-SNP: what follows is set */
	uint8_t		vlek;		/* else VCEK */
	uint8_t		has_vek;	/* the agent sent it along */
	char		product[PRODUCT_MAX];	/* "Milan"; empty: not known */
	uint8_t		hwid_len;
	uint8_t		hwid[HWID_LEN];
	uint8_t		nspl;		/* 4, Turin 5 */
	uint8_t		spl[SPL_MAX];
	uint8_t		tdx;		/* TDX: what follows is set */
	uint8_t		processor_ca;	/* else the platform CA */
	uint8_t		fmspc[FMSPC_LEN];
};

struct pieces_end {
	uint8_t		ok;
	uint8_t		tpm, tee;	/* there is such evidence */
	uint8_t		report_data[REPORT_LEN];	/* what it must be bound to */
	uint8_t		qualifying[QUALIFYING_LEN];
	char		bank[PRODUCT_MAX];
	uint8_t		pcr_len;	/* of PCR 10; 0: not quoted */
	uint8_t		pcr[PCR_VALUE_MAX];
	struct platform	platform;
	char		reason[REASON_MAX];
};

enum collateral {
	COLLATERAL_AMD_CHAIN,
	COLLATERAL_AMD_CRL,
	COLLATERAL_AMD_VCEK,
	COLLATERAL_TCB_INFO,
	COLLATERAL_TCB_SIGNING,	/* a header of the answer for TCB_INFO */
	COLLATERAL_QE_IDENTITY,
	COLLATERAL_PCK_CRL,
	COLLATERAL_ROOT_CRL,
	COLLATERAL_INTEL_ROOT_CRL,	/* where Intel itself has it */
	COLLATERAL_MAX
};

#define CREDENTIAL_MAX	256	/* TPMS_ID_OBJECT */
#define SEED_MAX	1024	/* the bytes of TPM2B_ENCRYPTED_SECRET: RSA 4096 has 512 */

/* What only the TPM with that EK can answer; the secret stays in appraise. */
struct challenge {
	uint8_t		have;		/* else why not */
	uint8_t		nonce[32];
	uint16_t	credential_len;
	uint8_t		credential[CREDENTIAL_MAX];
	uint16_t	seed_len;
	uint8_t		seed[SEED_MAX];
	char		why[REASON_MAX];
};

struct collateral_ask {
	char		base[URL_MAX];
	uint8_t		what;		/* enum collateral */
	struct platform	platform;
};

void	platform_put(struct wbuf *, const struct platform *);
/* in a frame with more behind it */
int	platform_get(struct rbuf *, struct platform *ret_p);
void	challenge_put(struct wbuf *, const struct challenge *);
int	challenge_get(struct rbuf *, struct challenge *ret_c);
void	pieces_end_put(struct wbuf *, const struct pieces_end *);
int	pieces_end_get(struct rbuf *, struct pieces_end *ret_e);
void	collateral_ask_put(struct wbuf *, const struct collateral_ask *);
int	collateral_ask_get(struct rbuf *, struct collateral_ask *ret_a);

#endif
