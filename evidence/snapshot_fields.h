/* The fields of the existing implementation's policies, in writing order. */
#ifndef EVIDENCE_SNAPSHOT_FIELDS_H
#define EVIDENCE_SNAPSHOT_FIELDS_H

#include "evidence/snapshot.h"

enum field_kind { FIELD_END, FIELD_HEX, FIELD_NUM };

struct field {
	const char	*key;
	enum field_kind	 kind;
	size_t		 member;	/* of struct tee_policy */
	uint64_t	 size;		/* bytes, or the largest number */
};

/* A policy is one object, or a header and a body. */
struct fields {
	const char		*tag;	/* "Sev" */
	const struct field	*header;	/* NULL: no such part */
	const struct field	*body;
};

extern const struct fields tee_fields[TEE_KIND_MAX];
extern const char *const cloud_names[CLOUD_MAX];

#endif
