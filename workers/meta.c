#include <sys/random.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentd/limits.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/meta_http.h"
#include "workers/meta_json.h"
#include "workers/sealed.h"

/*
 * meta: one question to Azure's metadata service, then the end. The parent
 * has connected the socket and lends it; this process can neither open
 * another nor say where it leads. The host answers here, and whatever it says
 * can only be certificates or a quote, which the verifier checks against
 * roots of its own: a service that lies can withhold them, and no more.
 */

#define SERVICE		RES_FD
#define HOST		"Host: 169.254.169.254\r\n"	/* also where another address is configured */
#define HCL_REPORT_AT	32	/* WIRE 3: the hardware report in the paravisor's */
#define TDREPORT_LEN	1024
#define REQUEST_MAX	4096

static const char get_certs[] =
    "GET /metadata/THIM/amd/certification HTTP/1.1\r\n" HOST
    "Metadata: true\r\nAccept: application/json\r\nConnection: close\r\n\r\n";

/* Connected without waiting; from now on waiting is all there is to do. */
static void
service_block(void)
{
	int flags = fcntl(SERVICE, F_GETFL);

	if (flags == -1 || fcntl(SERVICE, F_SETFL, flags & ~O_NONBLOCK) == -1)
		fatal("socket");
}

static int
certs_fetch(struct buf *b, char *reason, size_t size)
{
	struct meta_answer a;
	const char *why;
	int rc;

	if (meta_exchange(SERVICE, get_certs, sizeof(get_certs) - 1, &a) == -1) {
		snprintf(reason, size, "%s", a.reason);
		return -1;
	}
	if ((rc = meta_certs(span_make(a.body, a.len), b, &why)) == -1)
		snprintf(reason, size, "%s", why);
	free(a.body);
	return rc;
}

static size_t
quote_request(int hcl, char *dst, size_t size)
{
	uint8_t report[TDREPORT_LEN];
	struct buf json;
	int n = -1;

	if (pread(hcl, report, sizeof(report), HCL_REPORT_AT) !=
	    (ssize_t)sizeof(report))
		fatalx("no TDREPORT in META_REQ");
	buf_init(&json, 0);
	meta_td_request(span_make(report, sizeof(report)), &json);
	if (!json.failed)
		n = snprintf(dst, size, "POST /acc/tdquote HTTP/1.1\r\n" HOST
		    "Content-Type: application/json\r\nAccept: "
		    "application/json\r\nContent-Length: %zu\r\nConnection: "
		    "close\r\n\r\n%.*s", json.n, (int)json.n,
		    (const char *)json.p);
	buf_free(&json);
	if (n < 0 || (size_t)n >= size)
		fatalx("a request too long");
	return (size_t)n;
}

static int
quote_fetch(int hcl, struct buf *b, char *reason, size_t size)
{
	char request[REQUEST_MAX];
	struct meta_answer a;
	const char *why;
	size_t n = quote_request(hcl, request, sizeof(request));
	int rc;

	if (meta_exchange(SERVICE, request, n, &a) == -1) {
		snprintf(reason, size, "%s", a.reason);
		return -1;
	}
	if ((rc = meta_td_quote(span_make(a.body, a.len), b, &why)) == -1)
		snprintf(reason, size, "%s", why);
	free(a.body);
	return rc;
}

static enum tee_kind
request_take(struct frame *f)
{
	struct rbuf r;
	unsigned int kind;

	ask_next(f);
	rbuf_init(&r, f->data, f->len);
	kind = get_u8(&r);
	if (f->type != MSG_META_REQ || msg_end(&r) == -1 ||
	    (kind != TEE_AZURE_SNP && kind != TEE_AZURE_TDX) ||
	    f->nfds != (kind == TEE_AZURE_TDX))
		fatalx("bad META_REQ");
	return kind;
}

int
main(int argc, char **argv)
{
	char reason[META_REASON_MAX] = "";
	struct frame f;
	struct wbuf w;
	struct buf b;
	uint32_t seed;
	int fd = -1, rc;

	agent_child_start(ROLE_META, argc, argv, NULL);
	/* jansson would read one from a file, and takes 0 for none */
	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		fatal("getrandom");
	json_object_seed(seed | 1);
	service_block();
	buf_init(&b, TEE_QUOTE_MAX);
	if (request_take(&f) == TEE_AZURE_TDX)
		rc = quote_fetch(f.fds[0], &b, reason, sizeof(reason));
	else
		rc = certs_fetch(&b, reason, sizeof(reason));
	/* sealed: several webs hold it at once */
	if (rc == 0 && (fd = sealed_fd("extra", b.p, b.n)) == -1)
		fatal("memfd");
	wbuf_init(&w);
	put_u8(&w, fd != -1);
	put_str(&w, reason);
	ask_send(MSG_META_ANS, f.id, &w, &fd, fd != -1 ? 1 : 0);
	return 0;
}
