/*
 * Azure's report of the paravisor (WIRE 3): an SNP report or a TDREPORT, and
 * JSON with the keys of the vTPM, whose digest the hardware report holds.
 */
#ifndef EVIDENCE_HCL_H
#define EVIDENCE_HCL_H

#include "evidence/tpm.h"

#define HCL_SNP		2u
#define HCL_TDX		4u
/* The NV index is 2600 bytes; more would be another one. */
#define MAX_HCL_REPORT	(16u * 1024)
#define MAX_HCL_KEYS	8u

struct hcl {
	uint32_t	 version, report_size, request_type, status;
	struct span	 hardware;	/* SNP 1184, TDREPORT 1024 bytes */
	uint32_t	 data_size, data_version, report_type, hash_type;
	uint32_t	 vars_size;
	struct span	 vars;		/* JSON text */
	size_t		 padding;	/* zero bytes behind it */
	struct span	 report_data;	/* 64, of the hardware report */
};

/* Exact: sizes that agree, zero where nothing is.  -1: *ret_why, a constant
 * text, says what does not fit.  No libcrypto. */
int	 hcl_decode(struct span, struct hcl *, const char **ret_why);
/* 1 if the report data is the digest of the variable data and zeros. */
int	 hcl_binds(const struct hcl *);
/* 1 if the digests inside a TDREPORT are those of its parts. */
int	 tdreport_consistent(struct span);

struct hcl_vars {
	struct tpm_public ak;		/* HCLAkPub, as an RSA key */
	int		 has_ak;
	int		 has_user_data;
	uint8_t		 user_data[64];
	char		 vm_id[40];
};

/* -1: not the JSON that it must be (jansson). */
int	 hcl_vars_decode(struct span, struct hcl_vars *);

#endif
