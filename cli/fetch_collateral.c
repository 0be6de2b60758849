#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/fetch_collateral.h"
#include "cli/fetch_url.h"
#include "cli/memfd.h"
#include "evidence/bytes.h"

static void
fail(struct answer *ans, int *fd, const char *why)
{
	ans->end = FETCH_FAILED;
	snprintf(ans->reason, sizeof(ans->reason), "%s", why);
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static int
sealed(const void *p, size_t n)
{
	int fd;

	if ((fd = memfd_make("collateral")) == -1)
		return -1;
	if (memfd_write(fd, p, n) == 0 && memfd_seal(fd) == 0)
		return fd;
	close(fd);
	return -1;
}

/* The certificate that signs TCB info comes percent-encoded, in a header. */
static void
take_signer(CURL *curl, struct answer *ans, int *fd)
{
	struct curl_header *h;
	char *pem;
	int n;

	close(*fd);
	*fd = -1;
	if (curl_easy_header(curl, "TCB-Info-Issuer-Chain", 0, CURLH_HEADER,
	    -1, &h) != CURLHE_OK ||
	    (pem = curl_easy_unescape(curl, h->value, 0, &n)) == NULL) {
		fail(ans, fd, "the answer has no TCB-Info-Issuer-Chain");
		return;
	}
	*fd = sealed(pem, (size_t)n);
	curl_free(pem);
}

/* A PCCS sends this list in hexadecimal. */
static void
take_hex(struct answer *ans, int *fd)
{
	const uint8_t *p = NULL;
	uint8_t *der;
	size_t n = 0, len;

	if (memfd_map(*fd, COLLATERAL_FILE_MAX, &p, &n) == -1) {
		fail(ans, fd, "the answer cannot be read");
		return;
	}
	/* what is not hexadecimal throughout is DER already, or refused later */
	if ((der = malloc(n / 2 + 1)) != NULL &&
	    hex_decode(span_make(p, n), der, n / 2 + 1, &len) == 0) {
		close(*fd);
		*fd = sealed(der, len);
	}
	free(der);
}

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
	if ((ask->what < COLLATERAL_TCB_INFO ? kds_path(ask, path, query) :
	    pcs_path(ask, path, query)) == -1) {
		fail(ans, ret_fd, "it cannot be asked for by this evidence");
		return;
	}
	q.query = query[0] == '\0' ? NULL : query;
	if (agent_open(&other, &t, a->ca, a->ca_len, ans) == 0)
		agent_request(&other, &q, ans, ret_fd);
	if (*ret_fd != -1 && ask->what == COLLATERAL_TCB_SIGNING)
		take_signer(other.curl, ans, ret_fd);
	else if (*ret_fd != -1 && ask->what == COLLATERAL_ROOT_CRL)
		take_hex(ans, ret_fd);
	if (ans->end == FETCH_OK && ans->status == 200 && *ret_fd == -1)
		fail(ans, ret_fd, "the answer could not be kept");
	agent_close(&other);
}
