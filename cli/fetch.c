/*
 * client-fetch: the only process of the client with a network. It is told
 * where the agent is and then answers typed requests; URLs are built here,
 * bodies go out as sealed memfds that nobody has looked into.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/fetch_collateral.h"
#include "cli/fetch_http.h"
#include "cli/fetch_url.h"
#include "cli/memfd.h"
#include "privsep/log.h"

#define DIRS_MAX	8

static struct agent agent;
static int opened;

/* What resolver and CA store need, where distributions keep it. */
static void
open_dirs(int dirs[DIRS_MAX + 1])
{
	static const char *const names[] = {
		"/etc", "/run/systemd/resolve", "/run/NetworkManager",
		"/run/resolvconf", "/run/connman",
		"/usr/share/ca-certificates", "/usr/lib/ssl", NULL
	};
	int i, n = 0;

	for (i = 0; names[i] != NULL; i++)
		if ((dirs[n] = open(names[i],
		    O_PATH | O_DIRECTORY | O_CLOEXEC)) != -1)
			n++;
	dirs[n] = -1;
}

static void
close_dirs(const int *dirs)
{
	while (*dirs != -1)
		close(*dirs++);
}

/*
 * Libraries are loaded and configured before the filter: afterwards nothing
 * can be mapped executable. For the same reason names come from files and DNS
 * only, which libc has inside.
 */
static void
warm_up(void)
{
	if (__nss_configure_lookup("hosts", "files dns") == -1)
		fatal("name service");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		fatalx("libcurl cannot be initialised");
	watch_warm_up();
}

static void
answer(enum cl_type request, const struct answer *ans, int fd)
{
	struct wbuf w;

	wbuf_init(&w);
	answer_put(&w, ans);
	front_send((enum cl_type)(request + 1), &w, &fd, fd == -1 ? 0 : 1);
	if (fd != -1)
		close(fd);
}

static void
on_target(struct frame *f, struct rbuf *r)
{
	const uint8_t *ca = NULL;
	struct answer ans;
	struct target t;
	size_t n = 0;

	if (target_get(r, &t) == -1 || opened || f->nfds > 1)
		fatalx("broken TARGET_REQ");
	if (f->nfds == 1 && memfd_map(f->fds[0], CA_FILE_MAX, &ca, &n) == -1)
		fatal("CA bundle");
	memset(&ans, 0, sizeof(ans));
	opened = agent_open(&agent, &t, (uint8_t *)(uintptr_t)ca, n,
	    &ans) == 0;
	answer(CL_TARGET_REQ, &ans, -1);
}

static void
on_attest(enum cl_type type, struct rbuf *r)
{
	struct http_req q = {
		.method = "POST", .path = "/attest",
		.cap = ATTEST_MAX, .json_cap = ATTEST_MAX
	};
	struct attest_ask ask;
	struct answer ans;
	char body[512];
	int fd;

	if (attest_ask_get(r, &ask) == -1 ||
	    attest_body(&ask, body, sizeof(body)) == -1)
		fatalx("broken ATTEST_REQ");
	q.body = body;
	agent_request(&agent, &q, &ans, &fd);
	answer(type, &ans, fd);
}

static void
on_quote(enum cl_type type, struct rbuf *r)
{
	char query[NONCE_QUERY_MAX];
	uint8_t nonce[NONCE_LEN];
	struct http_req q = {
		.method = "GET", .query = query,
		.path = type == CL_QUOTE_TPM_REQ ? "/quote/tpm" : "/quote/tee",
		.cap = QUOTE_MAX, .json_cap = QUOTE_MAX
	};
	struct answer ans;
	int fd;

	get_raw(r, nonce, sizeof(nonce));
	if (msg_end(r) == -1)
		fatalx("broken %s", cl_name(type));
	nonce_query(nonce, query);
	agent_request(&agent, &q, &ans, &fd);
	answer(type, &ans, fd);
}

/* A list or file that is had raw, or as JSON from agents that know no better. */
static void
on_list(enum cl_type type, struct rbuf *r)
{
	const int ima = type == CL_IMA_REQ;
	struct http_req q = {
		.method = "GET", .path = ima ? "/ima/binary" : "/snapshot",
		.cap = ima ? IMA_MAX : RECORDS_MAX,
		.json_cap = ima ? IMA_JSON_MAX : RECORDS_MAX
	};
	struct answer ans;
	int fd;

	q.raw = get_u8(r);
	if (msg_end(r) == -1)
		fatalx("broken %s", cl_name(type));
	agent_request(&agent, &q, &ans, &fd);
	answer(type, &ans, fd);
}

static void
on_simple(enum cl_type type, struct rbuf *r)
{
	const int log = type == CL_EVENTLOG_REQ, certs = type == CL_CERTS_REQ;
	struct http_req q = {
		.method = type == CL_DELETE_REQ ? "DELETE" : "GET", .raw = log,
		.path = type == CL_DELETE_REQ ? "/snapshot" : log ?
		    "/eventlog" : certs ? "/tpm/certs" : "/version",
		.cap = log ? EVENTLOG_MAX : certs ? CERTS_MAX : SMALL_MAX,
		.json_cap = certs ? CERTS_MAX : SMALL_MAX
	};
	struct answer ans;
	int fd;

	if (msg_end(r) == -1)
		fatalx("broken %s", cl_name(type));
	agent_request(&agent, &q, &ans, &fd);
	answer(type, &ans, fd);
}

static void
on_leaf(enum cl_type type, struct rbuf *r)
{
	struct answer ans;
	char host[HOST_MAX];
	uint16_t port;

	get_str(r, host, sizeof(host));
	port = get_u16(r);
	if (msg_end(r) == -1 || port == 0 || host[strcspn(host, "/@?#\\ ")] !=
	    '\0')
		fatalx("broken LEAF_REQ");
	agent_leaf(&agent, host, port, &ans);
	answer(type, &ans, -1);
}

static void
on_activate(enum cl_type type, struct rbuf *r)
{
	char body[ACTIVATE_BODY_MAX];
	struct http_req q = {
		.method = "POST", .path = "/activate", .body = body,
		.cap = SMALL_MAX, .json_cap = SMALL_MAX
	};
	struct challenge c;
	struct answer ans;
	int fd;

	if (challenge_get(r, &c) == -1 || !c.have ||
	    activate_body(&c, body, sizeof(body)) == -1)
		fatalx("broken ACTIVATE_REQ");
	agent_request(&agent, &q, &ans, &fd);
	answer(type, &ans, fd);
}

/* AMD's or another server: never on the agent's connection, never without PKI. */
static void
on_collateral(enum cl_type type, struct rbuf *r)
{
	static struct collateral_ask ask;
	struct answer ans;
	int fd = -1;

	if (collateral_ask_get(r, &ask) == -1)
		fatalx("broken COLLATERAL_REQ");
	collateral_request(&agent, &ask, &ans, &fd);
	answer(type, &ans, fd);
}

static const struct {
	enum cl_type	 type;
	void		(*on)(enum cl_type, struct rbuf *);
} handlers[] = {
	{ CL_ATTEST_REQ, on_attest },
	{ CL_QUOTE_TPM_REQ, on_quote },
	{ CL_QUOTE_TEE_REQ, on_quote },
	{ CL_IMA_REQ, on_list },
	{ CL_SNAPSHOT_REQ, on_list },
	{ CL_DELETE_REQ, on_simple },
	{ CL_VERSION_REQ, on_simple },
	{ CL_EVENTLOG_REQ, on_simple },
	{ CL_CERTS_REQ, on_simple },
	{ CL_ACTIVATE_REQ, on_activate },
	{ CL_COLLATERAL_REQ, on_collateral },
	{ CL_LEAF_REQ, on_leaf },
};

static void
dispatch(struct frame *f)
{
	struct rbuf r;
	size_t i;

	rbuf_init(&r, f->data, f->len);
	if (f->type == CL_TARGET_REQ) {
		on_target(f, &r);
		return;
	}
	if (!opened || f->nfds != 0)
		fatalx("%s out of order", cl_name(f->type));
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == f->type) {
			handlers[i].on(handlers[i].type, &r);
			return;
		}
	fatalx("unexpected %s", cl_name(f->type));
}

int
main(int argc, char **argv)
{
	int dirs[DIRS_MAX + 1];
	struct frame f;

	warm_up();
	open_dirs(dirs);
	client_child_start(CLIENT_FETCH, argc, argv, dirs);
	close_dirs(dirs);
	for (;;) {
		front_next(&f);
		dispatch(&f);
		frame_close(&f);
	}
}
