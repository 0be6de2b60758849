#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/msg_case.h"
#include "cli/msg_pieces.h"
#include "cli/session.h"

/*
 * The front's side of each request. All return 0, or -1 with the session's
 * reason set. Descriptors in ret_ parameters are the caller's, -1 if none.
 */

/* fetch: where the agent is, with the proxy and CA settings of the environment. */
int	ask_target(struct session *);

/*
 * Any request that is an HTTP exchange; 503 is obeyed a few times. The answer
 * has a status; that its connection is the one of before has been checked.
 */
int	ask_http(struct session *, enum cl_type, const struct wbuf *,
	    const char *what, struct answer *ret_a, int *ret_fd);

/* The same, and anything but 200 with a body of this kind fails. */
int	ask_body(struct session *, enum cl_type, const struct wbuf *,
	    const char *what, unsigned int contents, enum content *ret_content,
	    int *ret_fd);
#define WANT_JSON	(1U << CONTENT_JSON)
#define WANT_RAW	(1U << CONTENT_RAW)

/* What the strong form's request is called; where it is unknown, --compat is named. */
#define ATTESTATION	"attestation"

/* Says what went wrong with an answer that was not wanted; always -1. */
int	ask_status_fail(struct session *, const char *what,
	    const struct answer *);

/* A handshake with an application; its leaf. */
int	ask_leaf(struct session *, const struct application *,
	    uint8_t ret_leaf[DIGEST_LEN]);

/* appraise: what has to be fetched. fds as PLAN_REQ wants them. */
int	ask_plan(struct session *, const struct plan_ask *, const int *fds,
	    int nfds);

/* Hand evidence over; fd is closed. */
int	ask_part(struct session *, enum part, enum content, int fd);

/* Hand over a trust root or a file of collateral; fd is closed. */
int	ask_given(struct session *, enum case_place, const char *name, int fd);

/* appraise: whose collateral the run needs, by the evidence handed over. */
int	ask_platform(struct session *, struct platform *ret_p);

/* appraise: a challenge for the TPM, by attestation and certificates. */
int	ask_challenge(struct session *, struct challenge *ret_c);

/* A frame that is an answer of fetch; it is closed when that is malformed. */
int	ask_answer(struct session *, struct frame *, struct answer *ret_a,
	    int *ret_fd);
/* For peer_ask(); the argument is what goes on, a string. */
int	ask_on_progress(void *, struct frame *);

/* appraise: the attestation in its parts, -1 where there is none. */
int	ask_pieces(struct session *, int ret_fd[PIECE_MAX],
	    struct pieces_end *ret_e);

/* What came of a request to a manufacturer's service. */
struct collateral_got {
	int		 fd;		/* -1: why says it */
	unsigned int	 status;	/* of HTTP; 0: there was no answer */
	char		 why[URL_MAX + REASON_MAX + 256];
};

/*
 * fetch: from a manufacturer's service; when busy it is asked as many times
 * more. -1 only for what ends the run.
 */
int	try_collateral(struct session *, const struct collateral_ask *,
	    const char *what, unsigned int tries, struct collateral_got *ret_g);

/* fetch: from a manufacturer's service; it is waited for when busy. lacking: 404 is no failure, and *ret_fd is -1. */
int	ask_collateral(struct session *, const struct collateral_ask *,
	    const char *what, int lacking, int *ret_fd);

/* Judge; check lines and facts are in the report after. *ret_fd: a new snapshot. */
int	ask_judge(struct session *, int *ret_fd);

#endif
