/* The answer to POST /attest, decoded strictly (PROTOCOL.md). */
#include <stdlib.h>
#include <string.h>

#include "evidence/attest.h"
#include "evidence/json.h"

static int
pcr_list(const json_t *v, uint32_t *ret)
{
	uint32_t mask = 0;
	uint64_t i;
	size_t k;

	if (!json_is_array(v) || json_array_size(v) > TPM_PCRS)
		return -1;
	for (k = 0; k < json_array_size(v); k++) {
		if (json_uint(json_array_get(v, k), TPM_PCRS - 1, &i) == -1 ||
		    (mask >> i & 1) != 0)
			return -1;
		mask |= 1u << i;
	}
	*ret = mask;
	return 0;
}

/* 1 present, 0 null, -1 malformed */
static int
optional32(const json_t *o, const char *key, uint8_t *dst)
{
	int rc = json_hex_or_null(o, key, dst, 32);

	return rc == -1 ? -1 : !rc;
}

static int
bound_decode(const json_t *o, struct attest_bound *b)
{
	static const char *const keys[] = { "nonce", "cert", "conn", "seal_pk",
	    "config", "ak_name", "bank", "pcrs", "subject", NULL };
	const json_t *bank = json_object_get(o, "bank");
	struct span s;

	if (json_exact_keys(o, keys) == -1 ||
	    json_hex(o, "nonce", b->nonce, 32) == -1 ||
	    json_hex(o, "cert", b->cert, 32) == -1 ||
	    json_hex(o, "conn", b->conn, 32) == -1 ||
	    json_hex(o, "config", b->config, 32) == -1 ||
	    pcr_list(json_object_get(o, "pcrs"), &b->pcr_mask) == -1)
		return -1;
	if ((b->has_seal_pk = optional32(o, "seal_pk", b->seal_pk)) == -1 ||
	    (b->has_subject = optional32(o, "subject", b->subject)) == -1)
		return -1;
	if (!json_is_null(json_object_get(o, "ak_name")) && json_hex_any(o,
	    "ak_name", b->ak_name, sizeof(b->ak_name), &b->ak_name_len) == -1)
		return -1;
	if (json_is_null(bank))
		return 0;
	if (json_text(bank, &s) == -1)
		return -1;
	b->bank = digest_by_name(s);
	return b->bank == DIGEST_NONE ? -1 : 0;
}

static int
tpm_decode(const json_t *o, struct attest *a)
{
	static const char *const keys[] = { "quote", "signature", "public_key",
	    "pcrs", NULL };

	if (json_is_null(o))
		return 0;
	a->has_tpm = 1;
	if (json_exact_keys(o, keys) == -1 ||
	    json_base64(json_object_get(o, "quote"), MAX_TPM_BLOB, &a->quote,
	    &a->quote_len) == -1 ||
	    json_base64(json_object_get(o, "signature"), MAX_TPM_BLOB,
	    &a->signature, &a->signature_len) == -1 ||
	    json_base64(json_object_get(o, "public_key"), MAX_TPM_BLOB,
	    &a->public_key, &a->public_key_len) == -1)
		return -1;
	return json_pcrs(json_object_get(o, "pcrs"), a->bound.bank, &a->pcrs);
}

static const struct {
	const char	*name;
	enum tee_quote	 kind;
} tee_kinds[] = {
	{ "sev-snp", TEE_QUOTE_SNP },
	{ "tdx", TEE_QUOTE_TDX },
	{ "azure-snp", TEE_QUOTE_AZURE_SNP },
	{ "azure-tdx", TEE_QUOTE_AZURE_TDX },
};
#define NKINDS	(sizeof(tee_kinds) / sizeof(tee_kinds[0]))

const char *
tee_quote_name(enum tee_quote kind)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (tee_kinds[i].kind == kind)
			return tee_kinds[i].name;
	return NULL;
}

enum tee_quote
tee_quote_by_name(struct span s)
{
	size_t i;

	for (i = 0; i < NKINDS; i++)
		if (span_eq_str(s, tee_kinds[i].name))
			return tee_kinds[i].kind;
	return TEE_QUOTE_NONE;
}

static enum tee_quote
tee_kind(const json_t *v)
{
	struct span s;

	return json_text(v, &s) == 0 ? tee_quote_by_name(s) : TEE_QUOTE_NONE;
}

/* Certificates may be missing: AMD's service has them too.  A TDREPORT
 * without its quote says nothing. */
static int
extra_decode(const json_t *v, struct attest *a)
{
	if (a->tee == TEE_QUOTE_AZURE_SNP && json_is_null(v))
		return 0;
	return json_base64(v, MAX_TEE_QUOTE, &a->tee_extra, &a->tee_extra_len);
}

static int
tee_decode(const json_t *o, struct attest *a)
{
	static const char *const keys[] = { "kind", "quote", NULL };
	static const char *const azure[] = { "kind", "quote", "extra", NULL };
	int has_extra;

	if (json_is_null(o))
		return 0;
	a->tee = tee_kind(json_object_get(o, "kind"));
	has_extra = a->tee == TEE_QUOTE_AZURE_SNP ||
	    a->tee == TEE_QUOTE_AZURE_TDX;
	if (a->tee == TEE_QUOTE_NONE ||
	    json_exact_keys(o, has_extra ? azure : keys) == -1 ||
	    json_base64(json_object_get(o, "quote"), MAX_TEE_QUOTE,
	    &a->tee_quote, &a->tee_quote_len) == -1)
		return -1;
	return has_extra ? extra_decode(json_object_get(o, "extra"), a) : 0;
}

int
attest_decode(struct span text, struct attest *a, const char **ret_err)
{
	static const char *const keys[] = { "version", "bound", "config",
	    "tpm", "tee", NULL };
	uint64_t version;
	json_t *o;
	int rc = -1;

	memset(a, 0, sizeof(*a));
	o = json_load(text, MAX_ATTEST);
	if (o == NULL)
		*ret_err = "not a JSON object";
	else if (json_uint(json_object_get(o, "version"), 1, &version) == -1 ||
	    version != 1)
		*ret_err = "version is not 1";
	else if (json_exact_keys(o, keys) == -1)
		*ret_err = "a key is missing or unknown";
	else if (bound_decode(json_object_get(o, "bound"), &a->bound) == -1)
		*ret_err = "\"bound\" is malformed";
	else if (json_config(json_object_get(o, "config"), &a->config) == -1)
		*ret_err = "\"config\" is malformed";
	else if (tpm_decode(json_object_get(o, "tpm"), a) == -1)
		*ret_err = "\"tpm\" is malformed";
	else if (tee_decode(json_object_get(o, "tee"), a) == -1)
		*ret_err = "\"tee\" is malformed";
	else
		rc = 0;
	json_decref(o);
	return rc;
}

void
attest_free(struct attest *a)
{
	free(a->quote);
	free(a->signature);
	free(a->public_key);
	free(a->tee_quote);
	free(a->tee_extra);
	memset(a, 0, sizeof(*a));
}
