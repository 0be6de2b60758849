#ifndef WORKERS_HTTP_QUERY_H
#define WORKERS_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Query strings, strictly: only known keys, each at most once, every pair
 * with a '='.  '+' is a plus sign and no blank: the clients of WIRE 8 send
 * "%2B" or "+" for the same base64 digit and never mean a blank.
 */

#define QUERY_NONCE_MAX	 256	/* a percent-encoded nonce of 64 bytes: 86 x 3 at worst */

struct query_param {
	const char	*key;		/* as it stands in the query, no escapes */
	char		*value;		/* caller's buffer for the decoded value */
	size_t		 size;		/* of it, with the NUL */
	bool		 present;	/* set here */
};

/*
 * Split query (without '?') into the n params. 0, or -1 with a constant text
 * that is fit for client and log; values are undefined then.
 */
int	 query_parse(const char *query, struct query_param *params, size_t n,
	    const char **ret_reason);

/*
 * The one parameter of the compatible requests: nonce=BASE64 that decodes to
 * min to max bytes. 0, or -1 as above.
 */
int	 query_nonce(const char *query, size_t min, size_t max,
	    uint8_t *ret_nonce, size_t *ret_len, const char **ret_reason);

#endif
