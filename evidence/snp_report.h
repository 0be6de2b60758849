/* SEV-SNP attestation report and certificate tables; nothing verified. */
#ifndef EVIDENCE_SNP_REPORT_H
#define EVIDENCE_SNP_REPORT_H

#include "evidence/bytes.h"

#define SNP_REPORT_SIZE		1184u
#define SNP_SIGNED_SIZE		0x2a0u
#define SNP_REPORT_DATA		0x50u
#define SNP_POLICY_DEBUG	(1ull << 19)
#define SNP_POLICY_MIGRATE	(1ull << 18)

enum snp_product {
	SNP_UNKNOWN,
	SNP_MILAN,
	SNP_GENOA,
	SNP_TURIN,
	SNP_PRODUCT_MAX
};

enum snp_key { SNP_VCEK = 0, SNP_VLEK = 1, SNP_KEY_NONE = 7 };

struct snp_tcb {
	uint8_t	 raw[8];
	uint8_t	 fmc, boot_loader, tee, snp, microcode;
};

/* Spans point into the report given to snp_report_decode(). */
struct snp_report {
	struct span	 raw;		/* 1184 bytes */
	struct span	 body;		/* what is signed */
	uint32_t	 version;
	uint32_t	 guest_svn;
	uint64_t	 policy;
	struct span	 family_id;	/* 16 */
	struct span	 image_id;	/* 16 */
	uint32_t	 vmpl;
	uint32_t	 sig_alg;
	uint64_t	 platform_info;
	uint32_t	 key_info;
	int		 author_key_en;
	int		 mask_chip_key;
	unsigned	 signing_key;	/* enum snp_key, or a reserved value */
	struct span	 report_data;	/* 64 */
	struct span	 measurement;	/* 48 */
	struct span	 host_data;	/* 32 */
	struct span	 id_key_digest;	/* 48 */
	struct span	 author_key_digest;	/* 48 */
	struct span	 report_id;	/* 32 */
	struct span	 report_id_ma;	/* 32 */
	struct span	 chip_id;	/* 64 */
	int		 has_cpuid;	/* version 3 and up */
	uint8_t		 cpuid_family, cpuid_model, cpuid_stepping;
	enum snp_product product;	/* SNP_UNKNOWN for version 2 */
	struct snp_tcb	 current, reported, committed, launch;
	/* Firmware: major << 16 | minor << 8 | build. */
	uint32_t	 current_fw, committed_fw;
	struct span	 sig_r, sig_s;	/* 72 each, little endian */
	struct span	 sig_rest;	/* of the signature's 512 bytes: zero */
};

/* DER certificates by role; empty when absent. */
struct snp_certs {
	struct span	 ark;
	struct span	 ask;		/* ASK, or ASVK: the VEK's issuer */
	struct span	 vcek, vlek, crl;
	size_t		 count;		/* entries in the table */
};

enum snp_entry_kind {
	SNP_ENTRY_EMPTY,		/* all-zero GUID */
	SNP_ENTRY_ARK,
	SNP_ENTRY_ASK,
	SNP_ENTRY_VCEK,
	SNP_ENTRY_VLEK,
	SNP_ENTRY_CRL,
	SNP_ENTRY_OTHER,
	SNP_ENTRY_MAX
};

struct snp_entry {
	enum snp_entry_kind kind;
	struct span	 guid, data;
};

/* Exactly 1184 bytes, version 2 to 5; else -1. */
int		 snp_report_decode(struct span, struct snp_report *);
/* TCB bytes by the layout of that product (unknown: Milan's). */
void		 snp_tcb_decode(struct span, enum snp_product, struct snp_tcb *);
const char	*snp_product_name(enum snp_product);

/*
 * Cosmian's quote blob: report, then the table.  -1 if it is malformed, a
 * role occurs twice, or bytes follow the table.  ret_report is the 1184 bytes.
 * (The table has one GUID for the intermediate of either kind.)
 */
int		 snp_blob_decode(struct span, struct span *, struct snp_certs *);
/* Entries of a blob that snp_blob_decode() has accepted, in their order; the
 * number of them, at most MAX_SNP_CERTS. */
size_t		 snp_blob_entries(struct span, struct snp_entry *);
const char	*snp_entry_name(enum snp_entry_kind);
/*
 * The older encoding of the table (WIRE 1.2): u64 count, then {u32 variant, u64
 * length, data}, a GUID before the data for the variant of other kinds.
 * ret_variants holds MAX_SNP_CERTS.  -1: it is not that.
 */
int		 snp_bincode_decode(struct span, struct span *,
		    struct snp_entry *, uint32_t *ret_variants,
		    size_t *ret_count);
/*
 * The host's table (configfs auxblob): {16 GUID bytes in printed order, u32 LE
 * offset, u32 LE length} ..., ended by a zero GUID.  An empty span is an empty
 * table.  (AMD 56421 calls it a GUID, and hosts write it as RFC 4122 has it,
 * not with the first three fields swapped as EFI does: go-sev-guest 157.)
 */
int		 snp_auxblob_decode(struct span, struct snp_certs *);
/* Report and auxblob to Cosmian's blob.  -1: malformed, or cap too small. */
int		 snp_blob_pack(struct span, struct span, uint8_t *, size_t,
		    size_t *);

#endif
