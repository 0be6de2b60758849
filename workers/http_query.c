/* Query strings of strangers. */

#include <string.h>

#include "evidence/bytes.h"
#include "workers/http_query.h"

/*
 * Decode s[0..len) into a bounded string. An escape may stand for any visible
 * character; the rest has no use here and much use in log lines and paths.
 */
static const char *
value_decode(const char *s, size_t len, struct query_param *p)
{
	uint8_t	 c;
	size_t	 i, n = 0;

	for (i = 0; i < len; i++) {
		c = s[i];
		if (c == '%') {
			if (len - i < 3 || hex_decode_exact(
			    span_make(s + i + 1, 2), &c, 1) == -1)
				return "bad percent-encoding in query";
			i += 2;
		}
		if (c <= ' ' || c > '~')
			return "bad byte in query";
		if (n + 1 >= p->size)
			return "query parameter too long";
		p->value[n++] = c;
	}
	p->value[n] = '\0';
	return NULL;
}

static struct query_param *
param_find(struct query_param *params, size_t n, const char *key, size_t len)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (strlen(params[i].key) == len &&
		    memcmp(params[i].key, key, len) == 0)
			return &params[i];
	return NULL;
}

/* One "key=value". */
static const char *
pair_parse(const char *s, size_t len, struct query_param *params, size_t n)
{
	const char		*eq = memchr(s, '=', len);
	struct query_param	*p;

	if (eq == NULL)
		return "query parameter without value";
	if ((p = param_find(params, n, s, eq - s)) == NULL)
		return "unknown query parameter";
	if (p->present)
		return "repeated query parameter";
	p->present = true;
	return value_decode(eq + 1, s + len - (eq + 1), p);
}

int
query_parse(const char *query, struct query_param *params, size_t n,
    const char **ret_reason)
{
	const char	*end, *reason, *s;
	size_t		 i;

	for (i = 0; i < n; i++)
		params[i].present = false;
	if (*query == '\0')
		return 0;
	for (s = query;; s = end + 1) {
		end = strchrnul(s, '&');
		reason = pair_parse(s, end - s, params, n);
		if (reason != NULL) {
			*ret_reason = reason;
			return -1;
		}
		if (*end == '\0')
			return 0;
	}
}

int
query_nonce(const char *query, size_t min, size_t max, uint8_t *ret_nonce,
    size_t *ret_len, const char **ret_reason)
{
	char			 text[QUERY_NONCE_MAX];
	uint8_t			 nonce[QUERY_NONCE_MAX];
	struct query_param	 p = { "nonce", text, sizeof(text), false };
	size_t			 len;

	if (query_parse(query, &p, 1, ret_reason) == -1)
		return -1;
	if (!p.present) {
		*ret_reason = "missing field `nonce`";
		return -1;
	}
	if (base64_decode(span_str(text), nonce, sizeof(nonce), &len) == -1) {
		*ret_reason = "the nonce is not base64 without padding";
		return -1;
	}
	if (len < min || len > max) {
		*ret_reason = min == max ? "the nonce has not the right length" :
		    len > max ? "the nonce is too long" : "the nonce is too short";
		return -1;
	}
	memcpy(ret_nonce, nonce, len);
	*ret_len = len;
	return 0;
}
