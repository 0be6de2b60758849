/* The answer to GET /tpm/certs, decoded strictly (PROTOCOL.md). */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/tpm_certs.h"

static int
list_decode(const json_t *v, struct tpm_cert_list *l)
{
	size_t i, n = json_array_size(v);

	if (!json_is_array(v) || n > MAX_TPM_CERTS)
		return -1;
	for (i = 0; i < n; i++) {
		if (json_base64(json_array_get(v, i), MAX_TPM_CERT_NV,
		    &l->v[i].p, &l->v[i].n) == -1)
			return -1;
		l->n++;
	}
	return 0;
}

static int
ek_public_decode(const json_t *v, struct tpm_certs *c)
{
	if (json_is_null(v))
		return 0;
	return json_base64(v, MAX_TPM_BLOB, &c->ek_public, &c->ek_public_len);
}

int
tpm_certs_decode(struct span text, struct tpm_certs *c, const char **ret_err)
{
	static const char *const keys[] = { "ek_public", "ek", "ek_chain",
	    "ak", NULL };
	json_t *o;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	o = json_load(text, MAX_TPM_CERTS_BODY);
	if (o == NULL)
		*ret_err = "not a JSON object";
	else if (json_exact_keys(o, keys) == -1)
		*ret_err = "a key is missing or unknown";
	else if (ek_public_decode(json_object_get(o, "ek_public"), c) == -1)
		*ret_err = "\"ek_public\" is malformed";
	else if (list_decode(json_object_get(o, "ek"), &c->ek) == -1)
		*ret_err = "\"ek\" is malformed";
	else if (list_decode(json_object_get(o, "ek_chain"),
	    &c->ek_chain) == -1)
		*ret_err = "\"ek_chain\" is malformed";
	else if (list_decode(json_object_get(o, "ak"), &c->ak) == -1)
		*ret_err = "\"ak\" is malformed";
	else
		rc = 0;
	json_decref(o);
	return rc;
}

static void
list_free(struct tpm_cert_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].p);
}

void
tpm_certs_free(struct tpm_certs *c)
{
	free(c->ek_public);
	list_free(&c->ek);
	list_free(&c->ek_chain);
	list_free(&c->ak);
	memset(c, 0, sizeof(*c));
}
