#ifndef CLI_EVIDENCE_OUT_H
#define CLI_EVIDENCE_OUT_H

#include "cli/msg_appraise.h"
#include "cli/options_evidence.h"

/* The result of `evidence verify' or `show', printed at its end. */
struct evidence_out {
	size_t		 n;
	size_t		 count[LINE_RESULT_MAX];
	struct check_line line[CHECKS_MAX];
	size_t		 dropped;
	uint8_t		 verdict;	/* enum case_verdict */
	char		 reason[CHECK_DETAIL_MAX];
	const char	*claims;	/* one JSON object, or NULL */
	size_t		 claims_len;
};

/* Texts are cleaned here. */
void	evidence_line(struct evidence_out *, const struct check_line *);

/* 1 if it is one object of JSON in printable ASCII, as far as brackets tell. */
int	claims_printable(const char *, size_t);

/* -1: it could not be written. */
int	evidence_print(const struct evidence_options *,
	    const struct evidence_out *);

#endif
