#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/fetch_http.h"
#include "cli/fetch_url.h"
#include "cli/memfd.h"
#include "cli/version.h"

/* One transfer while it runs. */
struct transfer {
	struct agent	*agent;
	const struct http_req *req;
	int		 fd;		/* the body of an answer 200 */
	uint64_t	 n;
	uint64_t	 cap;
	int		 began;		/* cap and fd are decided */
	int		 too_large;
	size_t		 header_bytes;
	long		 status;
	enum content	 content;
	uint64_t	 told_ms;
	char		 small[SMALL_MAX + 1];	/* the body of any other answer */
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static enum content
content_of(const char *type)
{
	static const char json[] = "application/json";
	static const char raw[] = "application/octet-stream";

	if (type == NULL)
		return CONTENT_NONE;
	if (strncasecmp(type, json, sizeof(json) - 1) == 0)
		return CONTENT_JSON;
	if (strncasecmp(type, raw, sizeof(raw) - 1) == 0)
		return CONTENT_RAW;
	return CONTENT_NONE;
}

/* Status and type are known before the first byte of the body. */
static int
transfer_begin(struct transfer *t)
{
	CURL *curl = t->agent->curl;
	char *type = NULL;

	t->began = 1;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &t->status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	t->content = content_of(type);
	t->cap = t->content == CONTENT_JSON ? t->req->json_cap : t->req->cap;
	if (t->status != 200)
		return 0;
	return (t->fd = memfd_make("body")) == -1 ? -1 : 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count, fit;

	if (!t->began && transfer_begin(t) == -1)
		return 0;
	if (t->status != 200) {
		/* what does not fit of an error's text is not missed */
		fit = n < SMALL_MAX - t->n ? n : (size_t)(SMALL_MAX - t->n);
		memcpy(t->small + t->n, data, fit);
		t->n += fit;
		return n;
	}
	if (n > t->cap - t->n) {
		t->too_large = 1;
		return 0;
	}
	if (memfd_write(t->fd, data, n) == -1)
		return 0;
	t->n += n;
	return n;
}

static size_t
on_header(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count;

	(void)data;
	if (n > HEADERS_MAX - t->header_bytes) {
		t->too_large = 1;
		return 0;
	}
	t->header_bytes += n;
	return n;
}

static int
on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up,
    curl_off_t up_now)
{
	struct transfer *t = arg;
	uint64_t ms = now_ms();
	struct wbuf w;

	(void)total;
	(void)now;
	(void)up;
	(void)up_now;
	if (t->agent->watch.why != NULL)
		return 1;
	if (t->fd != -1 && t->req->cap > SMALL_MAX &&
	    ms - t->told_ms >= PROGRESS_MS) {
		t->told_ms = ms;
		wbuf_init(&w);
		put_u64(&w, t->n);
		front_send(CL_PROGRESS, &w, NULL, 0);
	}
	return 0;
}

static int
set_common(CURL *c, const struct target *t)
{
	const long tls = t->flags & TARGET_TLS12 ? CURL_SSLVERSION_TLSv1_2 :
	    CURL_SSLVERSION_TLSv1_3;

	return curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") ||
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) ||
	    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) ||
	    curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L) ||
	    curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L) ||
	    curl_easy_setopt(c, CURLOPT_SSLVERSION, tls) ||
	    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BODY_CHUNK) ||
	    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S) ||
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L) ||
	    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_TIMEOUT_S) ||
	    curl_easy_setopt(c, CURLOPT_USERAGENT, "cli-version/" CLI_VERSION) ||
	    curl_easy_setopt(c, CURLOPT_PROXY, t->proxy) ||
	    curl_easy_setopt(c, CURLOPT_NOPROXY, t->no_proxy) ? -1 : 0;
}

static int
set_trust(CURL *c, const struct agent *a)
{
	struct curl_blob ca = { a->ca, a->ca_len, CURL_BLOB_COPY };
	const int check = (a->target.flags & TARGET_INSECURE) == 0;

	if (curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, check ? 1L : 0L) ||
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, check ? 2L : 0L))
		return -1;
	return a->ca != NULL &&
	    curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca) ? -1 : 0;
}

static int
fail(struct answer *ans, enum fetch_end end, const char *why)
{
	ans->end = (uint8_t)end;
	snprintf(ans->reason, sizeof(ans->reason), "%s", why);
	return -1;
}

int
agent_open(struct agent *a, const struct target *t, uint8_t *ca, size_t ca_len,
    struct answer *ans)
{
	const char *why = NULL;

	memset(a, 0, sizeof(*a));
	a->target = *t;
	a->ca = ca;
	a->ca_len = ca_len;
	/* its TLS session would be taken for the agent's */
	if (strncasecmp(t->proxy, "https:", 6) == 0)
		return fail(ans, FETCH_BAD_TARGET,
		    "a proxy must be http:// or socks5://, not https://");
	if ((a->base = url_base(t->url, &why)) == NULL)
		return fail(ans, FETCH_BAD_TARGET, why);
	if ((a->curl = curl_easy_init()) == NULL ||
	    set_common(a->curl, t) == -1 || set_trust(a->curl, a) == -1 ||
	    watch_attach(&a->watch, a->curl) == -1)
		return fail(ans, FETCH_FAILED, "libcurl could not be set up");
	return 0;
}

static enum fetch_end
end_of(CURLcode rc, const struct watch *w)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return FETCH_CONNECT;
	case CURLE_PEER_FAILED_VERIFICATION:
		return FETCH_PKI;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return FETCH_TLS;
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_TIMEOUT;
	default:
		return w->done ? FETCH_FAILED : FETCH_CONNECT;
	}
}

/* The words of an error answer, for people. */
static void
explain_status(const struct transfer *t, struct answer *ans)
{
	ans->status = (uint16_t)t->status;
	if (t->status == 202)
		progress_read(t->small, (size_t)t->n, &ans->files, &ans->bytes);
	else
		snprintf(ans->reason, sizeof(ans->reason), "%.400s", t->small);
}

static void
transfer_end(struct transfer *t, CURLcode rc, const char *errors,
    struct answer *ans, int *ret_fd)
{
	struct watch *w = &t->agent->watch;
	curl_off_t wait = 0;

	if (rc == CURLE_OK && !t->began && transfer_begin(t) == -1)
		rc = CURLE_WRITE_ERROR;
	if (w->why != NULL) {
		fail(ans, FETCH_SECOND, w->why);
		return;
	}
	if (t->too_large) {
		fail(ans, FETCH_TOO_LARGE,
		    "the answer is longer than any honest one");
		return;
	}
	if (rc != CURLE_OK) {
		fail(ans, end_of(rc, w),
		    *errors != '\0' ? errors : curl_easy_strerror(rc));
		return;
	}
	curl_easy_getinfo(t->agent->curl, CURLINFO_RETRY_AFTER, &wait);
	ans->end = FETCH_OK;
	ans->content = (uint8_t)t->content;
	ans->retry_after = wait > 0 && wait < 3600 ? (uint32_t)wait : 0;
	memcpy(ans->leaf, w->leaf, sizeof(ans->leaf));
	ans->have_conn = (uint8_t)w->have_conn;
	if (w->have_conn)
		memcpy(ans->conn, w->conn, sizeof(ans->conn));
	explain_status(t, ans);
	if (t->fd == -1)
		return;
	if (memfd_seal(t->fd) == -1) {
		fail(ans, FETCH_FAILED, "the answer could not be sealed");
		return;
	}
	*ret_fd = t->fd;
	t->fd = -1;
}

static int
set_request(struct agent *a, struct transfer *t, CURLU *url, char *errors)
{
	const struct http_req *q = t->req;
	CURL *c = a->curl;

	curl_slist_free_all(a->headers);
	a->headers = curl_slist_append(NULL, q->any ? "Accept: */*" : q->raw ?
	    "Accept: application/octet-stream" : "Accept: application/json");
	if (a->headers != NULL && q->body != NULL &&
	    curl_slist_append(a->headers, "Content-Type: application/json") ==
	    NULL)
		return -1;
	if (a->headers == NULL ||
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, a->headers) ||
	    curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) ||
	    curl_easy_setopt(c, CURLOPT_CURLU, url) ||
	    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST,
	    q->body != NULL ? NULL : q->method) ||
	    (q->body != NULL &&
	    curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body)) ||
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, errors) ||
	    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) ||
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, t) ||
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) ||
	    curl_easy_setopt(c, CURLOPT_HEADERDATA, t) ||
	    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) ||
	    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) ||
	    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t))
		return -1;
	return 0;
}

void
agent_request(struct agent *a, const struct http_req *q, struct answer *ans,
    int *ret_fd)
{
	struct transfer t = { .agent = a, .req = q, .fd = -1 };
	char errors[CURL_ERROR_SIZE] = "";
	CURLU *url;

	memset(ans, 0, sizeof(*ans));
	*ret_fd = -1;
	url = url_make(a->base, q->path, q->query);
	if (url == NULL || set_request(a, &t, url, errors) == -1)
		fail(ans, FETCH_FAILED, "libcurl could not be set up");
	else
		transfer_end(&t, curl_easy_perform(a->curl), errors, ans,
		    ret_fd);
	/* these two live on our stack */
	curl_easy_setopt(a->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(a->curl, CURLOPT_CURLU, NULL);
	curl_url_cleanup(url);
	if (t.fd != -1)
		close(t.fd);
}

void
agent_close(struct agent *a)
{
	curl_slist_free_all(a->headers);
	curl_easy_cleanup(a->curl);
	curl_url_cleanup(a->base);
	watch_free(&a->watch);
	a->headers = NULL;
	a->curl = NULL;
	a->base = NULL;
}

void
agent_leaf(const struct agent *a, const char *host, uint16_t port,
    struct answer *ans)
{
	struct target t = a->target;
	char url[HOST_MAX + 32], errors[CURL_ERROR_SIZE] = "";
	struct watch w;
	CURLcode rc;
	CURL *c;

	memset(ans, 0, sizeof(*ans));
	memset(&w, 0, sizeof(w));
	snprintf(url, sizeof(url), "https://%s:%u/", host, (unsigned int)port);
	/* the leaf is compared with the attested one: no CA is asked */
	t.flags |= TARGET_TLS12;
	if ((c = curl_easy_init()) == NULL || set_common(c, &t) == -1 ||
	    watch_attach(&w, c) == -1 ||
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L) ||
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L) ||
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, errors) ||
	    curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L) ||
	    curl_easy_setopt(c, CURLOPT_URL, url)) {
		fail(ans, FETCH_FAILED, "libcurl could not be set up");
		goto out;
	}
	rc = curl_easy_perform(c);
	if (rc != CURLE_OK || !w.done || w.why != NULL) {
		fail(ans, w.why != NULL ? FETCH_TLS : end_of(rc, &w),
		    w.why != NULL ? w.why : *errors != '\0' ? errors :
		    curl_easy_strerror(rc));
		goto out;
	}
	ans->end = FETCH_OK;
	memcpy(ans->leaf, w.leaf, sizeof(ans->leaf));
out:
	curl_easy_cleanup(c);
	watch_free(&w);
}
