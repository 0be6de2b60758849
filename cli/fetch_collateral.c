#include <stdio.h>
#include <string.h>

#include "cli/fetch_collateral.h"
#include "cli/fetch_url.h"

void
collateral_request(const struct agent *a, const struct collateral_ask *ask,
    struct answer *ans, int *ret_fd)
{
	static struct agent other;
	char path[KDS_PATH_MAX], query[KDS_QUERY_MAX];
	struct http_req q = {
		.method = "GET", .path = path, .any = 1,
		.cap = COLLATERAL_FILE_MAX, .json_cap = COLLATERAL_FILE_MAX
	};
	struct target t = a->target;

	memset(ans, 0, sizeof(*ans));
	*ret_fd = -1;
	snprintf(t.url, sizeof(t.url), "%s", ask->base);
	/* --allow-insecure-tls is about the agent */
	t.flags = TARGET_TLS12;
	if (kds_path(ask, path, query) == -1) {
		ans->end = FETCH_FAILED;
		snprintf(ans->reason, sizeof(ans->reason),
		    "it cannot be asked for by this report");
		return;
	}
	q.query = query[0] == '\0' ? NULL : query;
	if (agent_open(&other, &t, a->ca, a->ca_len, ans) == 0)
		agent_request(&other, &q, ans, ret_fd);
	agent_close(&other);
}
