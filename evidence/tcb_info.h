/*
 * Intel's signed JSON: TCB info of a platform and the identity of the quoting
 * enclave (PCS v4).  What is signed is the inner object's exact bytes, so it
 * is those bytes, and no other copy, that are read.
 */
#ifndef EVIDENCE_TCB_INFO_H
#define EVIDENCE_TCB_INFO_H

#include <jansson.h>

#include "evidence/limits.h"
#include "evidence/rules.h"
#include "evidence/sgx_ext.h"

struct tcb_advisories {
	size_t		 n;
	const char	*id[MAX_TCB_ADVISORIES];
};

struct tcb_level {
	enum tcb_status	 status;
	int64_t		 date;
	uint8_t		 sgx[SGX_COMPONENTS], tdx[SGX_COMPONENTS];
	uint16_t	 pcesvn;
	uint16_t	 isvsvn;	/* modules and enclaves have only this */
	const json_t	*json;		/* advisories, names of components */
};

struct tcb_levels {
	size_t			 n;
	struct tcb_level	 v[MAX_TCB_LEVELS];
};

/* TDX module: the one of old, or one of tdxModuleIdentities. */
struct tcb_module {
	char		 id[16];	/* "TDX_01"; "" for tdxModule */
	uint8_t		 mrsigner[48];
	uint8_t		 attributes[8], mask[8];
	struct tcb_levels levels;
};

struct tcb_info {
	json_t		*json;		/* owned, what the pointers are into */
	const char	*fmspc_text, *issue_text, *next_text;
	uint8_t		 fmspc[6], pceid[2];
	int64_t		 issue, next;
	int64_t		 evaluation;	/* tcbEvaluationDataNumber */
	struct tcb_levels levels;
	struct tcb_module module;
	size_t		 nmodules;
	struct tcb_module modules[MAX_TCB_MODULES];
};

struct qe_identity {
	json_t		*json;
	const char	*issue_text, *next_text;
	int64_t		 issue, next;
	int64_t		 evaluation;
	uint8_t		 miscselect[4], miscselect_mask[4];
	uint8_t		 attributes[16], attributes_mask[16];
	uint8_t		 mrsigner[32];
	uint16_t	 isvprodid;
	struct tcb_levels levels;
};

/* {"NAME":{...},"signature":"hex"} in any order and nothing else: the exact
 * bytes of the object, and the 64 bytes of the signature. */
int		 signed_json_split(struct span, const char *, struct span *,
		    uint8_t [64]);
/* Of the inner object: version 3 and id TDX; version 2 and id TD_QE.  NULL:
 * malformed, or of another version or id; *ret_why says it. */
struct tcb_info	*tcb_info_decode(struct span, const char **ret_why);
void		 tcb_info_free(struct tcb_info *);
struct qe_identity *qe_identity_decode(struct span, const char **ret_why);
void		 qe_identity_free(struct qe_identity *);
void		 tcb_level_advisories(const struct tcb_level *,
		    struct tcb_advisories *);

#endif
