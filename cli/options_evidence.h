#ifndef CLI_OPTIONS_EVIDENCE_H
#define CLI_OPTIONS_EVIDENCE_H

#include "cli/msg_case.h"

#define CASE_FILES_MAX		16	/* roles of one kind */
#define CASE_REGISTERS_MAX	68	/* 64 PCRs of all banks, 4 RTMRs */
#define CASE_ROOTS_MAX		ROOTS_MAX
#define CASE_COLLATERAL_MAX	32	/* files of one --collateral */

/* What `evidence verify' and `evidence show' were told; strings are argv's. */
struct evidence_options {
	struct case_ask	 ask;		/* at is 0 when it was not given */
	int		 has_at;
	int		 nfiles;
	struct {
		char		 role[ROLE_MAX];
		const char	*path;
	} file[CASE_FILES_MAX];
	int		 nregisters;
	struct case_register reg[CASE_REGISTERS_MAX];
	int		 nroots;
	const char	*root[CASE_ROOTS_MAX];
	const char	*policy_file;
	const char	*collateral;
	int		 json;
	int		 verbose;
};

/*
 * argv[0] is `verify' or `show'. Exits with 2 and a word on bad usage: also
 * for a kind that is none, and a role that the kind has not.
 */
void	evidence_options_read(struct evidence_options *ret_o, int argc,
	    char **argv);

/* RFC 3339, any offset, a date that exists; -1 if it is not that. */
int	date_read(const char *, int64_t *ret_t);

#endif
