#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/files.h"
#include "cli/output.h"

static const char *
first_env(const char *const *names)
{
	const char *v;

	for (; *names != NULL; names++)
		if ((v = getenv(*names)) != NULL && *v != '\0')
			return v;
	return "";
}

static int
target_from_env(struct session *s, struct target *t, int *ret_ca)
{
	static const char *const proxies[] = {
		"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL
	};
	static const char *const no_proxies[] = {
		"no_proxy", "NO_PROXY", NULL
	};
	static const char *const bundles[] = {
		"CURL_CA_BUNDLE", "SSL_CERT_FILE", NULL
	};
	const char *proxy = first_env(proxies), *no = first_env(no_proxies);
	const char *ca = first_env(bundles);

	if (strlen(proxy) >= PROXY_MAX || strlen(no) >= PROXY_MAX)
		return session_fail(s, EXIT_ERROR,
		    "the proxy settings of the environment are too long");
	memset(t, 0, sizeof(*t));
	snprintf(t->url, sizeof(t->url), "%s", s->o->url);
	snprintf(t->proxy, sizeof(t->proxy), "%s", proxy);
	snprintf(t->no_proxy, sizeof(t->no_proxy), "%s", no);
	t->flags = (s->o->insecure ? TARGET_INSECURE : 0) |
	    (s->o->compat ? TARGET_TLS12 : 0);
	if (*ca != '\0' && (*ret_ca = file_load(ca, CA_FILE_MAX)) == -1)
		return session_fail(s, EXIT_ERROR, "%s: %s", ca,
		    strerror(errno));
	return 0;
}

/* What to do next stands in the reason. */
static int
fetch_fail(struct session *s, const char *what, const struct answer *a)
{
	switch (a->end) {
	case FETCH_BAD_TARGET:
		return session_fail(s, EXIT_USAGE, "--url %s: %s", s->o->url,
		    a->reason);
	case FETCH_PKI:
		return session_fail(s, EXIT_ERROR, "%s: no known CA vouches "
		    "for the agent's certificate (%s). If it is self-signed, "
		    "--allow-insecure-tls leaves out this one check; the "
		    "evidence stays bound to the certificate and the "
		    "connection", s->o->url, a->reason);
	case FETCH_TLS:
		return session_fail(s, EXIT_ERROR, "%s: TLS: %s%s", s->o->url,
		    a->reason, s->o->compat ? "" :
		    " (the strong form needs TLS 1.3)");
	case FETCH_CONNECT:
		return session_fail(s, EXIT_ERROR, "%s: %s. Is the agent "
		    "running, and its port reachable from here?", s->o->url,
		    a->reason);
	case FETCH_TIMEOUT:
		return session_fail(s, EXIT_ERROR, "%s: %s: %s. Try again, "
		    "or look into the agent's log", s->o->url, what,
		    a->reason);
	default:
		return session_fail(s, EXIT_ERROR, "%s: %s: %s", s->o->url,
		    what, a->reason);
	}
}

int
ask_answer(struct session *s, struct frame *f, struct answer *a, int *ret_fd)
{
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	if (answer_get(&r, a) == -1) {
		frame_close(f);
		return session_fail(s, EXIT_ERROR,
		    "fetch sent a malformed %s", cl_name(f->type));
	}
	*ret_fd = f->nfds == 1 ? frame_take(f, 0) : -1;
	return 0;
}

int
ask_target(struct session *s)
{
	struct answer a;
	struct target t;
	struct frame f;
	struct wbuf w;
	int ca = -1, fd, rc;

	if (target_from_env(s, &t, &ca) == -1)
		return -1;
	wbuf_init(&w);
	target_put(&w, &t);
	rc = peer_ask(&s->fetch, CL_TARGET_REQ, &w, &ca, ca == -1 ? 0 : 1,
	    NULL, NULL, &f);
	if (ca != -1)
		close(ca);
	if (rc == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
	if (ask_answer(s, &f, &a, &fd) == -1)
		return -1;
	return a.end == FETCH_OK ? 0 : fetch_fail(s, "target", &a);
}

int
ask_on_progress(void *arg, struct frame *f)
{
	const char *what = arg;
	struct rbuf r;
	char text[16];
	uint64_t n;

	rbuf_init(&r, f->data, f->len);
	n = get_u64(&r);
	if (f->type != CL_PROGRESS || msg_end(&r) == -1)
		return -1;
	bytes_text(n, text);
	progress("%s: %s", what, text);
	return 0;
}

/* All answers of a run come over one connection; fetch says so, and here it shows. */
static int
same_connection(struct session *s, const struct answer *a)
{
	struct own *o = &s->own;

	if (!s->connected) {
		memcpy(o->leaf, a->leaf, sizeof(o->leaf));
		memcpy(o->conn, a->conn, sizeof(o->conn));
		o->have_conn = a->have_conn;
		memcpy(s->report.leaf, a->leaf, sizeof(s->report.leaf));
		s->report.have_leaf = 1;
		s->connected = 1;
		return 0;
	}
	if (memcmp(o->leaf, a->leaf, sizeof(o->leaf)) == 0 &&
	    o->have_conn == a->have_conn &&
	    memcmp(o->conn, a->conn, sizeof(o->conn)) == 0)
		return 0;
	return session_fail(s, EXIT_ERROR,
	    "the connection changed in the middle of the run");
}

int
ask_http(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, struct answer *a, int *ret_fd)
{
	struct frame f;
	unsigned int wait;
	int tries, fd = -1;

	for (tries = 0; ; tries++) {
		if (peer_ask(&s->fetch, type, w, NULL, 0, ask_on_progress,
		    (void *)(uintptr_t)what, &f) == -1)
			return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
		if (ask_answer(s, &f, a, &fd) == -1)
			return -1;
		if (a->end != FETCH_OK)
			return fetch_fail(s, what, a);
		if (same_connection(s, a) == -1)
			goto fail;
		if (a->status != 503 || tries == BUSY_RETRIES)
			break;
		if (fd != -1)
			close(fd);
		wait = a->retry_after == 0 ? 1 : a->retry_after;
		if (wait > BUSY_WAIT_MAX_S)
			wait = BUSY_WAIT_MAX_S;
		progress("%s: the agent is busy, again in %u s", what, wait);
		sleep(wait);
	}
	*ret_fd = fd;
	return 0;
fail:
	if (fd != -1)
		close(fd);
	return -1;
}

int
ask_status_fail(struct session *s, const char *what, const struct answer *a)
{
	const char *hint = "";

	if (a->status == 404 && strcmp(what, ATTESTATION) == 0)
		hint = ". An agent that has no strong form may know the one "
		    "of --compat, which binds less";
	else if (a->status == 503)
		hint = ". It is busy: try again later";
	else if (a->status >= 500 && a->reason[0] == '\0')
		hint = ". Its log says more";
	else if (a->status >= 300 && a->status < 400)
		hint = ". Redirections are not followed: give the agent's own "
		    "URL";
	return session_fail(s, EXIT_ERROR, "%s: %s: the agent answered %u%s%s%s",
	    s->o->url, what, (unsigned int)a->status,
	    a->reason[0] == '\0' ? "" : ": ", a->reason, hint);
}

int
ask_body(struct session *s, enum cl_type type, const struct wbuf *w,
    const char *what, unsigned int contents, enum content *ret_content,
    int *ret_fd)
{
	struct answer a;
	int fd;

	if (ask_http(s, type, w, what, &a, &fd) == -1)
		return -1;
	if (a.status != 200 || fd == -1) {
		if (fd != -1)
			close(fd);
		return ask_status_fail(s, what, &a);
	}
	if ((contents & 1U << a.content) == 0) {
		close(fd);
		return session_fail(s, EXIT_ERROR, "%s: %s: the answer is "
		    "neither JSON nor octets: is this an agent?", s->o->url,
		    what);
	}
	*ret_content = (enum content)a.content;
	*ret_fd = fd;
	return 0;
}

int
ask_leaf(struct session *s, const struct application *app,
    uint8_t ret_leaf[DIGEST_LEN])
{
	struct answer a;
	struct frame f;
	struct wbuf w;
	int fd;

	wbuf_init(&w);
	put_str(&w, app->host);
	put_u16(&w, app->port);
	if (peer_ask(&s->fetch, CL_LEAF_REQ, &w, NULL, 0, NULL, NULL, &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
	if (ask_answer(s, &f, &a, &fd) == -1)
		return -1;
	if (a.end != FETCH_OK)
		return session_fail(s, EXIT_ERROR, "application %s:%u: %s",
		    app->host, (unsigned int)app->port, a.reason);
	memcpy(ret_leaf, a.leaf, DIGEST_LEN);
	return 0;
}
