#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fetch_url.h"
#include "evidence/alg.h"
#include "evidence/bytes.h"

static int
has_part(CURLU *u, CURLUPart part)
{
	char *s = NULL;
	int has;

	has = curl_url_get(u, part, &s, 0) == CURLUE_OK;
	curl_free(s);
	return has;
}

CURLU *
url_base(const char *text, const char **ret_why)
{
	CURLU *u = curl_url();
	char *scheme = NULL;

	if (u == NULL) {
		*ret_why = "no memory";
		return NULL;
	}
	if (curl_url_set(u, CURLUPART_URL, text, 0) != CURLUE_OK) {
		*ret_why = "not a URL; it looks like https://HOST:PORT";
		goto fail;
	}
	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    strcmp(scheme, "https") != 0) {
		*ret_why = "not an https URL: evidence is bound to the TLS "
		    "connection";
		goto fail;
	}
	if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD) ||
	    has_part(u, CURLUPART_QUERY) || has_part(u, CURLUPART_FRAGMENT)) {
		*ret_why = "the URL may have no user, password, query or fragment";
		goto fail;
	}
	curl_free(scheme);
	return u;
fail:
	curl_free(scheme);
	curl_url_cleanup(u);
	return NULL;
}

/* One name=value after the other: what is not a letter or digit is escaped. */
static int
add_query(CURLU *u, const char *query)
{
	char one[256];
	size_t n;

	for (; *query != '\0'; query += n + (query[n] == '&')) {
		if ((n = strcspn(query, "&")) >= sizeof(one))
			return -1;
		memcpy(one, query, n);
		one[n] = '\0';
		if (curl_url_set(u, CURLUPART_QUERY, one,
		    CURLU_APPENDQUERY | CURLU_URLENCODE) != CURLUE_OK)
			return -1;
	}
	return 0;
}

CURLU *
url_make(CURLU *base, const char *path, const char *query)
{
	char *before = NULL, *whole = NULL;
	CURLU *u = curl_url_dup(base);
	size_t n;

	if (u == NULL)
		return NULL;
	if (curl_url_get(u, CURLUPART_PATH, &before, 0) != CURLUE_OK)
		goto fail;
	for (n = strlen(before); n > 0 && before[n - 1] == '/'; n--)
		continue;
	if (asprintf(&whole, "%.*s%s", (int)n, before, path) == -1) {
		whole = NULL;
		goto fail;
	}
	if (curl_url_set(u, CURLUPART_PATH, whole, 0) != CURLUE_OK)
		goto fail;
	if (query != NULL && add_query(u, query) == -1)
		goto fail;
	curl_free(before);
	free(whole);
	return u;
fail:
	curl_free(before);
	free(whole);
	curl_url_cleanup(u);
	return NULL;
}

void
nonce_query(const uint8_t nonce[NONCE_LEN], char ret_query[NONCE_QUERY_MAX])
{
	static const char name[] = "nonce=";
	const size_t n = sizeof(name) - 1;

	memcpy(ret_query, name, n);
	if (base64_encode(span_make(nonce, NONCE_LEN), ret_query + n,
	    NONCE_QUERY_MAX - n) == -1)
		abort();	/* 43 characters fit */
}

int
attest_body(const struct attest_ask *a, char *dst, size_t cap)
{
	char nonce[NONCE_QUERY_MAX], list[128];
	enum digest_alg alg = digest_by_size(a->bank);
	size_t n = 0;
	int i, len;

	if (alg == DIGEST_NONE ||
	    base64_encode(span_make(a->nonce, sizeof(a->nonce)), nonce,
	    sizeof(nonce)) == -1)
		return -1;
	list[0] = '\0';
	for (i = 0; i < 24; i++)
		if ((a->pcrs & UINT32_C(1) << i) != 0)
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%d", n == 0 ? "" : ",", i);
	len = snprintf(dst, cap, "{\"nonce\":\"%s\",\"bank\":\"%s\","
	    "\"pcrs\":[%s],\"tee\":%s,\"subject\":%s}", nonce,
	    digest_name(alg), list, a->tee ? "true" : "false",
	    a->snapshot ? "\"snapshot\"" : "null");
	return len < 0 || (size_t)len >= cap ? -1 : 0;
}

int
activate_body(const struct challenge *c, char *dst, size_t cap)
{
	char nonce[64], credential[CREDENTIAL_MAX * 4 / 3 + 4];
	char seed[SEED_MAX * 4 / 3 + 4];
	int len;

	if (base64_encode(span_make(c->nonce, sizeof(c->nonce)), nonce,
	    sizeof(nonce)) == -1 ||
	    base64_encode(span_make(c->credential, c->credential_len),
	    credential, sizeof(credential)) == -1 ||
	    base64_encode(span_make(c->seed, c->seed_len), seed,
	    sizeof(seed)) == -1)
		return -1;
	len = snprintf(dst, cap, "{\"nonce\":\"%s\",\"credential\":\"%s\","
	    "\"secret\":\"%s\"}", nonce, credential, seed);
	return len < 0 || (size_t)len >= cap ? -1 : 0;
}

/* At most 19 digits: fits 64 bits. */
static int
number_after(const char **p, const char *end, const char *name, uint64_t *ret)
{
	size_t n = strlen(name);
	const char *s;
	uint64_t v = 0;

	if ((size_t)(end - *p) < n || memcmp(*p, name, n) != 0)
		return -1;
	*p += n;
	for (s = *p; *p < end && isdigit((unsigned char)**p) && *p - s < 19;
	    (*p)++)
		v = v * 10 + (uint64_t)(**p - '0');
	if (*p == s)
		return -1;
	*ret = v;
	return 0;
}

int
progress_read(const char *s, size_t n, uint64_t *ret_files,
    uint64_t *ret_bytes)
{
	const char *end = s + n;
	uint64_t files, bytes;

	if (number_after(&s, end, "{\"files\":", &files) == -1 ||
	    number_after(&s, end, ",\"bytes\":", &bytes) == -1 ||
	    s == end || *s != '}')
		return -1;
	*ret_files = files;
	*ret_bytes = bytes;
	return 0;
}

/* blSPL=03&teeSPL=00&..., Turin also fmcSPL. */
static void
spl_query(const struct platform *p, char *dst)
{
	static const char *const name[SPL_MAX] = {
		"blSPL", "teeSPL", "snpSPL", "ucodeSPL", "fmcSPL"
	};
	size_t n = 0;
	int i;

	for (i = 0; i < p->nspl; i++)
		n += (size_t)snprintf(dst + n, KDS_QUERY_MAX - n,
		    "%s%s=%02u", i == 0 ? "" : "&", name[i],
		    (unsigned int)p->spl[i]);
}

int
kds_path(const struct collateral_ask *a, char path[KDS_PATH_MAX],
    char query[KDS_QUERY_MAX])
{
	const struct platform *p = &a->platform;
	int i, n;

	if (p->product[0] == '\0')
		return -1;
	query[0] = '\0';
	n = snprintf(path, KDS_PATH_MAX, "/%s/v1/%s/",
	    p->vlek && a->what != COLLATERAL_AMD_VCEK ? "vlek" : "vcek",
	    p->product);
	switch (a->what) {
	case COLLATERAL_AMD_CHAIN:
		snprintf(path + n, KDS_PATH_MAX - (size_t)n, "cert_chain");
		return 0;
	case COLLATERAL_AMD_CRL:
		snprintf(path + n, KDS_PATH_MAX - (size_t)n, "crl");
		return 0;
	default:
		break;
	}
	/* there is no service that gives a VLEK away */
	if (p->vlek || p->hwid_len < 8 || p->nspl < 4)
		return -1;
	for (i = 0; i < p->hwid_len; i++)
		n += snprintf(path + n, KDS_PATH_MAX - (size_t)n, "%02x",
		    (unsigned int)p->hwid[i]);
	spl_query(p, query);
	return 0;
}

int
pcs_path(const struct collateral_ask *a, char path[KDS_PATH_MAX],
    char query[KDS_QUERY_MAX])
{
	static const char *const paths[COLLATERAL_MAX] = {
		[COLLATERAL_TCB_INFO] = "/tdx/certification/v4/tcb",
		[COLLATERAL_TCB_SIGNING] = "/tdx/certification/v4/tcb",
		[COLLATERAL_QE_IDENTITY] = "/tdx/certification/v4/qe/identity",
		[COLLATERAL_PCK_CRL] = "/sgx/certification/v4/pckcrl",
		[COLLATERAL_ROOT_CRL] = "/sgx/certification/v4/rootcacrl",
		[COLLATERAL_INTEL_ROOT_CRL] = "/IntelSGXRootCA.der",
	};
	const uint8_t *f = a->platform.fmspc;

	if (!a->platform.tdx || paths[a->what] == NULL)
		return -1;
	snprintf(path, KDS_PATH_MAX, "%s", paths[a->what]);
	query[0] = '\0';
	if (a->what == COLLATERAL_TCB_INFO || a->what == COLLATERAL_TCB_SIGNING)
		snprintf(query, KDS_QUERY_MAX,
		    "fmspc=%02X%02X%02X%02X%02X%02X", f[0], f[1], f[2], f[3],
		    f[4], f[5]);
	else if (a->what == COLLATERAL_PCK_CRL)
		snprintf(query, KDS_QUERY_MAX, "ca=%s&encoding=der",
		    a->platform.processor_ca ? "processor" : "platform");
	return 0;
}
