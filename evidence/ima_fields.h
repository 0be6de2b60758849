/*
 * The fields of an IMA entry's template data, by the descriptor of its
 * template: the kernel's named ones, and own formats, which stand in the list
 * as "d-ng|n-ng|sig".  libc only.
 */
#ifndef EVIDENCE_IMA_FIELDS_H
#define EVIDENCE_IMA_FIELDS_H

#include "evidence/alg.h"
#include "evidence/bytes.h"
#include "evidence/limits.h"

enum ima_field {
	IMA_F_D,		/* digest, alone; SHA-1 or MD5 in 20 bytes */
	IMA_F_N,		/* name, fixed */
	IMA_F_D_NG,		/* "sha256:" NUL digest */
	IMA_F_D_NGV2,		/* "ima:sha256:" NUL digest, or "verity:" */
	IMA_F_N_NG,		/* name NUL */
	IMA_F_SIG,
	IMA_F_BUF,
	IMA_F_D_MODSIG,
	IMA_F_MODSIG,
	IMA_F_EVMSIG,
	IMA_F_XATTR_NAMES,	/* joined with |, NUL */
	IMA_F_XATTR_LENGTHS,	/* u32 each */
	IMA_F_XATTR_VALUES,
	IMA_F_UID,		/* iuid, igid: u32 */
	IMA_F_GID,
	IMA_F_MODE,		/* u16 */
	IMA_F_MAX
};

struct ima_fields {
	struct span	 type;		/* "ima", "verity"; empty for d-ng */
	struct span	 alg_name;
	enum digest_alg	 alg;		/* NONE: not one of ours */
	struct span	 digest;
	struct span	 path;		/* without NUL */
	struct span	 sig;
	struct span	 buf;
	int		 has_buf;
	struct span	 modsig_digest, modsig, evmsig;
};

/* Size of a digest of the kernel's hash_algo_name[], 0 if it has none. */
size_t	 ima_hash_size(struct span);
/* The fields of a template by its name or own format; the number of them, or
 * -1 when it cannot be told. */
int	 ima_template_fields(struct span, enum ima_field [MAX_IMA_FIELDS]);
/* 0 if the data is exactly the fields of that template, each well formed;
 * else -1 and *ret untouched. */
int	 ima_fields_decode(struct span, struct span, struct ima_fields *);

#endif
