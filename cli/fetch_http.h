#ifndef CLI_FETCH_HTTP_H
#define CLI_FETCH_HTTP_H

#include "cli/fetch_tls.h"

/* One run against one agent. */
struct agent {
	CURL		*curl;
	CURLU		*base;		/* scheme, host, port, path before ours */
	struct watch	 watch;
	struct target	 target;
	uint8_t		*ca;		/* CA bundle of the user, or NULL */
	size_t		 ca_len;
	struct curl_slist *headers;
};

/* One request, built from typed values only. */
struct http_req {
	const char	*method;	/* GET, POST, DELETE */
	const char	*path;		/* "/attest" */
	const char	*query;		/* "nonce=...", not yet escaped, or NULL */
	const char	*body;		/* JSON, or NULL */
	int		 raw;		/* ask for application/octet-stream */
	int		 any;		/* of whatever type */
	uint64_t	 cap;		/* bytes of the answer */
	uint64_t	 json_cap;	/* the same when it is JSON numbers instead */
};

/*
 * Check and keep the target. 0, or -1 with the reason in ret_ans. The CA
 * bundle's bytes are owned by the agent from now on.
 */
int	agent_open(struct agent *, const struct target *, uint8_t *ca,
	    size_t ca_len, struct answer *ret_ans);

/*
 * Make the request; ret_ans says how it ended. *ret_fd is a sealed memfd with
 * the body of an answer 200, else -1.
 */
void	agent_request(struct agent *, const struct http_req *,
	    struct answer *ret_ans, int *ret_fd);

/* What agent_open() made, also after it failed. The CA bundle stays. */
void	agent_close(struct agent *);

/* A handshake with another server, to see its leaf. */
void	agent_leaf(const struct agent *, const char *host, uint16_t port,
	    struct answer *ret_ans);

#endif
