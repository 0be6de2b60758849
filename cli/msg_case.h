#ifndef CLI_MSG_CASE_H
#define CLI_MSG_CASE_H

#include "cli/limits.h"
#include "cli/msg.h"
#include "privsep/wire.h"

/*
 * Payloads of `cosmian_vm evidence verify' and `show': one piece of evidence,
 * its files handed over one by one, then the question. Each decode is 0, or -1
 * when malformed.
 */

#define REGISTER_VALUE_MAX	64	/* SHA-512 */
#define BANK_NAME_MAX		16

enum case_place {
	PLACE_FILE,		/* --file, by role */
	PLACE_COLLATERAL,	/* a file of --collateral, by name */
	PLACE_ROOT,		/* --trust-root */
	PLACE_POLICY,		/* --policy FILE */
	PLACE_MAX
};

struct case_place_of {
	uint8_t		place;		/* enum case_place */
	char		name[ROLE_MAX];
};

struct case_register {
	uint8_t		rtmr;		/* else a PCR */
	uint8_t		index;
	char		bank[BANK_NAME_MAX];	/* empty for an RTMR */
	uint8_t		n;
	uint8_t		value[REGISTER_VALUE_MAX];
};

#define CASE_NONCE	0x01
#define CASE_REPORT_DATA 0x02
#define CASE_ALLOW_DEBUG 0x04
#define CASE_SHOW	0x08	/* decode, and do not ask for authenticity */
#define CASE_FLAGS	0x0f

struct case_value {
	size_t		n;
	uint8_t		b[CASE_VALUE_MAX];
};

struct case_ask {
	char		kind[KIND_MAX];
	char		policy[KIND_MAX];	/* a name; empty: none, or PLACE_POLICY */
	uint64_t	at;
	uint8_t		flags;
	struct case_value nonce;
	struct case_value report_data;
};

/* In the order of evidence/kind.h. */
enum case_verdict {
	CASE_ACCEPT, CASE_REJECT, CASE_PARSED, CASE_UNJUDGED, CASE_MAX
};

struct case_end {
	uint8_t		verdict;	/* enum case_verdict */
	uint64_t	dropped;	/* check lines that did not fit */
	char		reason[CHECK_DETAIL_MAX];
};

void	case_place_put(struct wbuf *, const struct case_place_of *);
int	case_place_get(struct rbuf *, struct case_place_of *ret_p);
void	case_register_put(struct wbuf *, const struct case_register *);
int	case_register_get(struct rbuf *, struct case_register *ret_r);
void	case_ask_put(struct wbuf *, const struct case_ask *);
int	case_ask_get(struct rbuf *, struct case_ask *ret_a);
void	case_end_put(struct wbuf *, const struct case_end *);
int	case_end_get(struct rbuf *, struct case_end *ret_e);

#endif
