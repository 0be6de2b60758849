/*
 * One entry of the IMA list, built as the kernel builds it.
 */
#ifndef SIM_IMAENTRY_H
#define SIM_IMAENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "regress/sim/simutil.h"

#define IMA_DIGEST_MAX	64

/* What a measurement knows; blobs that a template lacks stay empty. */
struct ima_event {
	uint32_t	 pcr;
	const char	*template;
	const char	*algo;		/* of the file digest, "sha256" */
	const char	*kind;		/* d-ngv2: "ima" or "verity" */
	uint8_t		 digest[IMA_DIGEST_MAX];
	size_t		 digest_len;
	const char	*name;
	int		 violation;
	struct sbuf	 sig, modsig, buffer;
	struct sbuf	 xattrnames, xattrlengths, xattrvalues;
	uint32_t	 uid, gid;
	uint16_t	 mode;
};

/* Both forms of the entry, and what is extended. */
struct ima_entry {
	struct sbuf	 binary;	/* appended to binary_runtime_... */
	struct sbuf	 ascii;
	struct sbuf	 hashed;	/* H(this) is the template digest */
};

/* Whether we know how the template looks. */
int	ima_template_known(const char *name);

/* Fills ret_entry, whose buffers must be empty; exits on nonsense. */
void	ima_entry_make(const struct ima_event *ev, struct ima_entry *ret_entry);

#endif
