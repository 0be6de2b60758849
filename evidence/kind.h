/*
 * One piece of evidence judged by itself, as `cosmian_vm evidence verify`
 * does: a kind, its files by role, and what the verifier asks for.  Pure: the
 * time and every byte come with the case.  Kinds and roles are named in
 * cosmian_vm(1); claims are JSON.
 */
#ifndef EVIDENCE_KIND_H
#define EVIDENCE_KIND_H

#include <jansson.h>

#include "evidence/alg.h"
#include "evidence/checks.h"

#define MAX_CASE_FILES	16	/* roles of one kind */
#define MAX_CASE_ROOTS	4	/* --trust-root */
#define MAX_CASE_PCRS	64	/* --pcr BANK:N=HEX, all banks */
#define MAX_CASE_RTMRS	4
#define MAX_COLLATERAL	32	/* files of --collateral */

struct policy_rules;

struct case_file {
	const char	*role;		/* or the file's name in --collateral */
	struct span	 data;
};

struct case_pcr {
	enum digest_alg	 bank;
	unsigned int	 index;
	struct span	 value;
};

struct evcase {
	const char		*kind;
	size_t			 nfiles;
	struct case_file	 file[MAX_CASE_FILES];
	size_t			 ncollateral;
	struct case_file	 collateral[MAX_COLLATERAL];
	int64_t			 at;		/* seconds since 1970 */
	int			 has_nonce, has_report_data;
	struct span		 nonce, report_data;
	size_t			 npcrs;
	struct case_pcr		 pcr[MAX_CASE_PCRS];
	size_t			 nrtmrs;
	struct case_pcr		 rtmr[MAX_CASE_RTMRS];	/* bank unused */
	size_t			 nroots;
	struct span		 root[MAX_CASE_ROOTS];	/* DER or PEM */
	int			 allow_debug;
	const struct policy_rules *policy;	/* NULL: authenticity only */
};

enum verdict {
	VERDICT_ACCEPT,
	VERDICT_REJECT,
	VERDICT_PARSED,		/* shown; of this kind nothing can be judged */
	VERDICT_UNJUDGED	/* a file is missing, the kind is unknown: exit 1 */
};

/* claims is an object of the caller's; checks say why. */
struct evout {
	struct checks	 ck;
	json_t		*claims;
	enum verdict	 verdict;
	char		 reason[MAX_CHECK_DETAIL];
};

/* 0 and out filled (free with evout_free), -1 when memory is out. */
int		 evcase_judge(const struct evcase *, struct evout *);
void		 evout_free(struct evout *);
const char	*verdict_name(enum verdict);

/* For the kinds: the file of a role, n == 0 and p == NULL when not given. */
struct span	 evcase_file(const struct evcase *, const char *);
struct span	 evcase_collateral(const struct evcase *, const char *);
/* The file, or VERDICT_UNJUDGED with the reason and -1. */
int		 evcase_need(const struct evcase *, struct evout *,
		    const char *, struct span *);
/* Claims; memory errors are remembered by jansson as a missing member. */
void		 claim_hex(struct evout *, const char *, struct span);
void		 claim_int(struct evout *, const char *, int64_t);
void		 claim_str(struct evout *, const char *, const char *);
void		 claim_bool(struct evout *, const char *, int);
void		 claim_json(struct evout *, const char *, json_t *);

/* A kind's function adds checks and claims; it sets verdict only to PARSED or
 * UNJUDGED, else the checks decide. */
typedef void	 kind_fn(const struct evcase *, struct evout *);

#endif
