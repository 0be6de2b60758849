/*
 * The result of an appraisal: a bounded list of named checks.  Detail texts
 * may hold bytes of strangers; control bytes and invalid UTF-8 are escaped
 * when a check is added, so a list can be printed to a terminal as it is.
 */
#ifndef EVIDENCE_CHECKS_H
#define EVIDENCE_CHECKS_H

#include <stdarg.h>
#include <stddef.h>

#include "evidence/bytes.h"
#include "evidence/limits.h"

enum result {
	RESULT_OK,
	RESULT_WARN,
	RESULT_SKIP,
	RESULT_FAIL,
	RESULT_MAX
};

struct check {
	char		name[MAX_CHECK_NAME];
	enum result	result;
	char		detail[MAX_CHECK_DETAIL];
};

/* count[] goes on when the list is full: a FAIL is never lost. */
struct checks {
	size_t		n;
	size_t		dropped;
	size_t		count[RESULT_MAX];
	struct check	v[MAX_CHECKS];
};

void		 checks_init(struct checks *);
/* Adds one; returns 0 for OK, WARN and SKIP, -1 for FAIL, so that a caller
 * may write `return checks_add(ck, RESULT_FAIL, ...)`. */
int		 checks_add(struct checks *, enum result, const char *,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
/* One of another list as it is, escaped already; -1 for FAIL. */
int		 checks_take(struct checks *, const struct check *);
/* OK if the condition holds, else FAIL, with the same detail text. */
int		 checks_test(struct checks *, int, const char *,
		    const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));
/* The worst result of the list, RESULT_FAIL for an empty list: nothing
 * checked is never success. */
enum result	 checks_verdict(const struct checks *);
/* First check of that name, or NULL. */
const struct check *checks_find(const struct checks *, const char *);
/* "OK", "WARN", "SKIP", "FAIL". */
const char	*result_name(enum result);

/* Escapes into dst (always NUL-terminated, "..." at the end when cut). */
void		 text_escape(struct span, char *, size_t);

#endif
