/*
 * ascii_runtime_measurements: one line an entry.  A line is turned back into
 * template data, so that its template digest can be recomputed; where a form
 * does not allow that (a name with a line feed), the list is malformed.  libc.
 */
#ifndef EVIDENCE_IMA_ASCII_H
#define EVIDENCE_IMA_ASCII_H

#include "evidence/ima.h"
#include "evidence/ima_fields.h"

struct ima_line {
	uint32_t	 pcr;
	uint8_t		 digest[DIGEST_MAX];	/* of the template */
	size_t		 digest_len;
	struct span	 name;		/* of the template */
	struct buf	 data;		/* as it is hashed */
	struct ima_fields fields;
	int		 has_fields;
};

/* The first entry of a list of either form. */
struct ima_first {
	int		 is_boot_aggregate;
	uint32_t	 pcr;
	enum digest_alg	 alg;
	uint8_t		 digest[DIGEST_MAX];
	size_t		 digest_len;
};

/* buf_init() of data before the first, buf_free() after the last line. */
void		 ima_line_init(struct ima_line *);
void		 ima_line_free(struct ima_line *);
/* The next line; IMA_BAD if it is no entry (the cursor then stays there). */
enum ima_status	 ima_ascii_next(struct cursor *, struct ima_line *);
/* 1 if a list has the ASCII form: its first bytes are a number of a PCR and a
 * hex digest. */
int		 ima_is_ascii(struct span);
/* -1: there is no entry, or its fields are not understood. */
int		 ima_first_entry(struct span, struct ima_first *);
/* Bytes that are hashed for a binary entry; pad is for template `ima`. */
struct span	 ima_hashed_data(const struct ima_entry *, uint8_t [276]);

#endif
