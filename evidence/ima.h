/*
 * The kernel's binary_runtime_measurements: one entry after another, nothing
 * verified.  No library beyond libc, so the confined workers can use it too.
 */
#ifndef EVIDENCE_IMA_H
#define EVIDENCE_IMA_H

#include "evidence/alg.h"
#include "evidence/bytes.h"

#define IMA_PCR			10u
#define IMA_TEMPLATE_DIGEST	20u

enum ima_status {
	IMA_END,	/* no entry left */
	IMA_ENTRY,
	IMA_SHORT,	/* the entry runs past the end: a truncated tail */
	IMA_BAD		/* a length that the kernel cannot have written */
};

struct ima_entry {
	size_t		 offset;	/* of the entry in the list */
	uint32_t	 pcr;
	struct span	 template_digest;	/* 20 bytes, SHA-1; per bank: of
						 * that bank's size */
	struct span	 name;		/* "ima-ng" */
	struct span	 data;		/* template data; empty for `ima` */
	int		 is_ima;	/* template `ima`: see ima_verify.c */
	int		 violation;	/* template digest all zero */
	int		 decoded;	/* the fields below are there */
	enum digest_alg	 alg;		/* DIGEST_NONE: alg_name not known */
	struct span	 alg_name;	/* "sha256"; empty for `ima` */
	struct span	 digest;	/* of the file */
	struct span	 path;		/* without NUL */
	struct span	 sig;		/* may be empty */
	int		 is_buf;	/* ima-buf: path is a label, digest
					 * that of a buffer, no file */
};

/*
 * Reads the entry at the cursor and moves behind it.  On IMA_SHORT and
 * IMA_BAD the cursor stays at the start of that entry (its offset is the end
 * of the good part) and *ret_entry is untouched.  An entry of a template that
 * is not known, or whose fields do not parse, is returned with decoded == 0:
 * it can still be replayed.
 */
enum ima_status	 ima_next(struct cursor *, struct ima_entry *);
/* The same for the kernel's per-bank files (6.10 and later), whose template
 * digest has the size of that bank's digest. */
enum ima_status	 ima_next_sized(struct cursor *, size_t, struct ima_entry *);
/* Name of the first entry is boot_aggregate. */
int		 ima_is_boot_aggregate(const struct ima_entry *);

#endif
