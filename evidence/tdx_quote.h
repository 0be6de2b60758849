/*
 * Intel's quotes and reports as bytes (WIRE 2, 3): TDX quotes of version 4 and
 * 5 with the bodies of TDX 1.0 and 1.5.  SGX quotes (version 3, and the SGX
 * body of 4 and 5) are decoded too, so that a refusal can say what was sent.
 * No libcrypto.
 */
#ifndef EVIDENCE_TDX_QUOTE_H
#define EVIDENCE_TDX_QUOTE_H

#include "evidence/bytes.h"

#define TDX_TEE_TYPE		0x81u
#define TDX_ATT_KEY_P256	2u
#define TDX_RTMRS		4u
#define TDX_REPORT_DATA_LEN	64u
#define TDREPORT_SIZE		1024u

#define TDX_ATTR_DEBUG		(1ull << 0)
#define TDX_ATTR_SEPT_VE	(1ull << 28)
#define TDX_ATTR_MIGRATABLE	(1ull << 29)
#define TDX_ATTR_PKS		(1ull << 30)
#define TDX_ATTR_PERFMON	(1ull << 63)

enum tdx_body_type {
	TDX_BODY_SGX = 1,
	TDX_BODY_10 = 2,
	TDX_BODY_15 = 3
};

/* All spans point into what was decoded. */
struct tdx_body {
	struct span	 raw;
	struct span	 tee_tcb_svn, mr_seam, mr_signer_seam, seam_attributes;
	struct span	 td_attributes, xfam, mr_td;
	struct span	 mr_config_id, mr_owner, mr_owner_config;
	struct span	 rtmr[TDX_RTMRS];
	struct span	 report_data;
	struct span	 tee_tcb_svn2, mr_servicetd;	/* TDX 1.5, else n 0 */
	uint64_t	 attributes, features;		/* the numbers */
};

/* An SGX enclave's report: of the quoting enclave, or an SGX quote's body. */
struct sgx_report {
	struct span	 raw;
	struct span	 cpusvn, miscselect, attributes;
	struct span	 mrenclave, mrsigner, report_data;
	uint16_t	 isvprodid, isvsvn;
};

struct tdx_quote {
	uint16_t	 version, att_key_type;
	uint32_t	 tee_type;
	uint16_t	 qe_svn, pce_svn;
	struct span	 qe_vendor_id, user_data;
	enum tdx_body_type body_type;
	struct tdx_body	 body;		/* unless TDX_BODY_SGX */
	struct sgx_report enclave;	/* of TDX_BODY_SGX */
	struct span	 signed_bytes;	/* header and body */
	uint32_t	 sig_data_len;
	struct span	 signature, att_key;
	uint16_t	 outer_cert_type;	/* 0: version 3 has none */
	struct sgx_report qe;
	struct span	 qe_signature, qe_auth;
	uint16_t	 inner_cert_type;
	struct span	 cert_data;	/* type 5: PEM chain */
	size_t		 trailing;	/* bytes after the signature data */
};

/* A TDREPORT: MAC'd for the one machine, so only shown. */
struct tdreport {
	struct span	 type, cpusvn, report_data;
	uint64_t	 attributes;
	struct span	 td_attributes, xfam, mr_td;
	struct span	 mr_config_id, mr_owner, mr_owner_config;
	struct span	 rtmr[TDX_RTMRS];
};

/* -1: not such a structure.  *ret_why names the part that does not fit and
 * is always a constant text. */
int	 tdx_quote_decode(struct span, struct tdx_quote *,
	    const char **ret_why);
/* 584 bytes, or 648 of TDX 1.5. */
int	 tdx_body_decode(struct span, struct tdx_body *);
int	 sgx_report_decode(struct span, struct sgx_report *);
/* 1024 bytes of the TDX type, or followed by zeros only. */
int	 tdreport_decode(struct span, struct tdreport *);

#endif
