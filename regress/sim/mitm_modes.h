/*
 * What the man in the middle does to the messages that pass.
 */
#ifndef SIM_MITM_MODES_H
#define SIM_MITM_MODES_H

#include "regress/sim/mitm_http.h"

struct mitm_mode;

/* The mode called name, or NULL; *ret_args is how many words it takes. */
const struct mitm_mode *mode_find(const char *name, int *ret_args);

/* For the usage line. */
extern const char *const mode_usage;

/*
 * Change a request before it is passed on.  1: *ret_answer is the answer and
 * the agent is not asked.  0: go on.  -1: end the connection.
 */
int	mode_request(const struct mitm_mode *mode, const char *arg,
	    struct http_msg *req, struct http_msg *ret_answer);

/* Change or keep the answer to a request. */
void	mode_answer(const struct mitm_mode *mode, const char *arg,
	    const struct http_msg *req, struct http_msg *answer);

#endif
