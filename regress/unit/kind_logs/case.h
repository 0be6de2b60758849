/* One case in memory, judged, and what was refused. */
#ifndef REGRESS_UNIT_KIND_LOGS_CASE_H
#define REGRESS_UNIT_KIND_LOGS_CASE_H

#include "evidence/kind.h"

struct tcase {
	struct evcase	 c;
	struct evout	 out;
	int		 judged;
};

void		 tcase_init(struct tcase *, const char *);
void		 tcase_free(struct tcase *);
/* Adds a file, or replaces that of the role. */
void		 tcase_file(struct tcase *, const char *, struct span);
void		 tcase_pcr(struct tcase *, enum digest_alg, unsigned,
		    struct span);
enum verdict	 tcase_judge(struct tcase *);
/* "" or the names of the checks that failed, each once, with blanks. */
const char	*tcase_fails(struct tcase *);
/* 1 if there is such a check with this result. */
int		 tcase_has(struct tcase *, const char *, enum result);
/* Text of a claim, "" if it is none. */
const char	*tcase_claim(struct tcase *, const char *);

#endif
