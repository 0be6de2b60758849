#include <jansson.h>
#include <string.h>

#include "workers/activate_json.h"
#include "workers/web_json.h"

/* JSON of credential activation and of the TPM's certificates. */

#define CERTS_MAX	(1 + 3 * TPM_CERTS_OF_KIND)

static const char *
nonce_parse(const json_t *v, struct activate_req *q)
{
	size_t n;

	if (!json_is_string(v) || base64_decode(span_make(json_string_value(v),
	    json_string_length(v)), q->nonce, sizeof(q->nonce), &n) == -1 ||
	    n != sizeof(q->nonce))
		return "nonce is not base64, without padding, of 32 bytes";
	if (span_is_zero(span_make(q->nonce, sizeof(q->nonce))))
		return "nonce is all zero";
	return NULL;
}

static int
blob_parse(const json_t *v, uint8_t *dst, size_t cap, size_t *ret_n)
{
	return json_is_string(v) && base64_decode(span_make(
	    json_string_value(v), json_string_length(v)), dst, cap, ret_n) ==
	    0 && *ret_n > 0 ? 0 : -1;
}

static const char *
member_parse(const char *key, const json_t *v, struct activate_req *q)
{
	if (strcmp(key, "nonce") == 0)
		return nonce_parse(v, q);
	if (strcmp(key, "credential") == 0)
		return blob_parse(v, q->credential, sizeof(q->credential),
		    &q->credential_len) == 0 ? NULL : "credential is not "
		    "base64, without padding, of 1 to 132 bytes";
	if (strcmp(key, "secret") == 0)
		return blob_parse(v, q->secret, sizeof(q->secret),
		    &q->secret_len) == 0 ? NULL : "secret is not base64, "
		    "without padding, of 1 to 512 bytes";
	return "unknown member";
}

static const char *
request_parse(json_t *root, struct activate_req *q)
{
	const char *key, *reason;
	json_t *v;

	if (!json_is_object(root))
		return "body is not an object";
	json_object_foreach(root, key, v) {
		if ((reason = member_parse(key, v, q)) != NULL)
			return reason;
	}
	/* none is there twice, and nothing else passes */
	if (json_object_size(root) != 3)
		return "nonce, credential or secret is missing";
	return NULL;
}

int
activate_body_parse(const void *body, size_t len,
    struct activate_req *ret_req, const char **ret_reason)
{
	struct activate_req q;
	const char *reason;
	json_error_t error;
	json_t *root;

	if (len > ACTIVATE_BODY_MAX) {
		*ret_reason = "body too long";
		return -1;
	}
	memset(&q, 0, sizeof(q));
	root = len == 0 ? NULL : json_loadb(body, len, JSON_REJECT_DUPLICATES,
	    &error);
	reason = root == NULL ? "body is not valid JSON" :
	    request_parse(root, &q);
	json_decref(root);
	if (reason != NULL) {
		*ret_reason = reason;
		return -1;
	}
	*ret_req = q;
	return 0;
}

static int
certs_read(struct span file, struct tpm_cert *certs, size_t *ret_n)
{
	const uint8_t *p = file.p;
	size_t left = file.n, n = 0;
	int r = 0;

	while (n < CERTS_MAX && (r = tpm_cert_next(&p, &left, &certs[n])) == 1)
		n++;
	if (r == -1 || left > 0)
		return -1;
	*ret_n = n;
	return 0;
}

static void
list_add(struct buf *b, enum tpm_cert_kind kind, const struct tpm_cert *certs,
    size_t n)
{
	const char *comma = "";
	size_t i;

	buf_add_str(b, "[");
	for (i = 0; i < n; i++)
		if (certs[i].kind == kind) {
			buf_add_str(b, comma);
			json_add_base64(b, span_make(certs[i].p, certs[i].n));
			comma = ",";
		}
	buf_add_str(b, "]");
}

int
certs_render(struct buf *b, struct span file)
{
	struct tpm_cert certs[CERTS_MAX];
	size_t n;

	if (certs_read(file, certs, &n) == -1)
		return -1;
	buf_add_str(b, "{\"ek_public\":");
	/* it goes first, and a second one is nobody's */
	if (n > 0 && certs[0].kind == TPM_CERT_EK_PUBLIC)
		json_add_base64(b, span_make(certs[0].p, certs[0].n));
	else
		buf_add_str(b, "null");
	buf_add_str(b, ",\"ek\":");
	list_add(b, TPM_CERT_EK, certs, n);
	buf_add_str(b, ",\"ek_chain\":");
	list_add(b, TPM_CERT_EK_CHAIN, certs, n);
	buf_add_str(b, ",\"ak\":");
	list_add(b, TPM_CERT_AK, certs, n);
	buf_add_str(b, "}");
	return 0;
}
