#include <jansson.h>
#include <stdlib.h>

#include "agentd/limits.h"
#include "evidence/pem.h"
#include "workers/meta_json.h"

/* A string member without a NUL in it; -1 when it is none. */
static int
text(const json_t *o, const char *key, struct span *ret_s)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_string(v))
		return -1;
	*ret_s = span_make(json_string_value(v), json_string_length(v));
	return 0;
}

/* How many certificates there are, -1 when it is no such text. */
static int
count(struct span pem)
{
	static uint8_t der[MAX_PEM_CERT];
	struct cursor c;
	size_t len;
	int rc, n = 0;

	cursor_init(&c, pem);
	while ((rc = pem_cert_next(&c, der, &len)) == 1 && n <= META_CERTS)
		n++;
	return rc == -1 ? -1 : n;
}

static void
pem_add(struct buf *b, struct span pem)
{
	buf_add(b, pem.p, pem.n);
	if (pem.n > 0 && pem.p[pem.n - 1] != '\n')
		buf_add_str(b, "\n");
}

int
meta_certs(struct span json, struct buf *b, const char **ret_why)
{
	struct span vcek, chain;
	json_t *o;
	int rc = -1;

	o = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES,
	    NULL);
	*ret_why = "no vcekCert and certificateChain in the answer";
	if (text(o, "vcekCert", &vcek) == -1 ||
	    text(o, "certificateChain", &chain) == -1)
		goto out;
	*ret_why = "they are not one certificate and its chain of two";
	if (count(vcek) != 1 || count(chain) != META_CERTS - 1)
		goto out;
	pem_add(b, vcek);
	pem_add(b, chain);
	*ret_why = "the certificates are too long";
	if (!b->failed && b->n <= TEE_QUOTE_MAX)
		rc = 0;
out:
	json_decref(o);
	return rc;
}

/* base64url of RFC 4648, 5: two other letters, and no padding */
static void
swap(char *p, size_t n, const char from[2], const char to[2])
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == from[0])
			p[i] = to[0];
		else if (p[i] == from[1])
			p[i] = to[1];
		else if (p[i] == to[0] || p[i] == to[1])
			p[i] = '.';	/* in neither alphabet */
}

int
meta_td_quote(struct span json, struct buf *b, const char **ret_why)
{
	static uint8_t quote[TEE_QUOTE_MAX];
	struct buf copy;
	struct span s;
	json_t *o;
	size_t n;
	int rc = -1;

	buf_init(&copy, 0);
	o = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES,
	    NULL);
	*ret_why = "no quote in the answer";
	if (text(o, "quote", &s) == -1)
		goto out;
	*ret_why = "the quote is no base64url of a quote's size";
	buf_add(&copy, s.p, s.n);
	if (copy.failed || s.n == 0)
		goto out;
	swap((char *)copy.p, copy.n, "-_", "+/");
	if (base64_decode(buf_span(&copy), quote, sizeof(quote), &n) == -1)
		goto out;
	buf_add(b, quote, n);
	rc = b->failed ? -1 : 0;
out:
	buf_free(&copy);
	json_decref(o);
	return rc;
}

void
meta_td_request(struct span report, struct buf *b)
{
	size_t size = base64_size(report.n);
	char *p;

	if ((p = malloc(size)) == NULL ||
	    base64_encode(report, p, size) == -1) {
		b->failed = 1;
		free(p);
		return;
	}
	swap(p, size - 1, "+/", "-_");
	buf_add_str(b, "{\"report\":\"");
	buf_add_str(b, p);
	buf_add_str(b, "\"}");
	free(p);
}
