/*
 * What a piece of collateral says about itself: since when and until when it
 * is good, and which number it has.  Nothing is verified here; it serves to
 * choose which of several pieces is offered to the judge, never to trust one.
 */
#ifndef EVIDENCE_COLLATERAL_FACTS_H
#define EVIDENCE_COLLATERAL_FACTS_H

#include "evidence/bytes.h"

#define COLLATERAL_NUMBER_MAX	20	/* a CRL number, RFC 5280 5.2.3 */

struct collateral_facts {
	int	 ok;		/* else it could not be read, and the rest is 0 */
	/* A list: thisUpdate, nextUpdate.  Intel's JSON: issueDate, nextUpdate.
	 * Certificates: the latest notBefore, the earliest notAfter. */
	int64_t	 this_update, next_update;	/* next_update -1: none */
	/* cRLNumber or tcbEvaluationDataNumber, big-endian, no zeros before. */
	int	 has_number;
	size_t	 number_len;
	uint8_t	 number[COLLATERAL_NUMBER_MAX];
};

/* By the name that the piece has among --collateral: NAME_crl.der is a list,
 * tcb_info.json and qe_identity.json are Intel's, the others certificates. */
void	 collateral_facts_read(const char *, struct span,
	    struct collateral_facts *);

/* 1: the first was issued before the second, by its date, and of the same
 * second by its number.  collateral_age.c, for processes without libraries. */
int	 collateral_older(const struct collateral_facts *,
	    const struct collateral_facts *);

#endif
