/* What a quote says, as claims. */
#include <stdio.h>

#include "evidence/tpm_claims.h"
#include "evidence/tpm_forms.h"
#include "evidence/tpm_verify.h"

static json_t *
select_json(const struct tpm_attest *a)
{
	json_t *list = json_array(), *pcrs;
	char name[16];
	size_t i;
	int k;

	for (i = 0; i < a->nselect; i++) {
		pcrs = json_array();
		for (k = 0; k < 32; k++)
			if ((a->select[i].mask >> k & 1) != 0)
				json_array_append_new(pcrs, json_integer(k));
		if (digest_by_tpm_id(a->select[i].alg) != DIGEST_NONE)
			snprintf(name, sizeof(name), "%s", digest_name(
			    digest_by_tpm_id(a->select[i].alg)));
		else
			snprintf(name, sizeof(name), "0x%04x",
			    a->select[i].alg);
		json_array_append_new(list, json_pack("{s:s,s:o}", "alg",
		    name, "pcrs", pcrs));
	}
	return list;
}

void
tpm_attest_claims(struct evout *out, const struct tpm_attest *a)
{
	char text[20];

	snprintf(text, sizeof(text), "%08x", a->magic);
	claim_str(out, "magic", text);
	snprintf(text, sizeof(text), "%04x", a->type);
	claim_str(out, "type", text);
	claim_hex(out, "qualified_signer", span_make(a->signer,
	    a->signer_len));
	claim_hex(out, "extra_data", span_make(a->extra, a->extra_len));
	claim_int(out, "clock", a->clock);
	claim_int(out, "reset_count", a->reset_count);
	claim_int(out, "restart_count", a->restart_count);
	claim_int(out, "safe", a->safe);
	snprintf(text, sizeof(text), "%016llx",
	    (unsigned long long)a->firmware);
	claim_str(out, "firmware_version", text);
	claim_json(out, "pcr_select", select_json(a));
	claim_hex(out, "pcr_digest", span_make(a->pcr_digest,
	    a->pcr_digest_len));
	claim_int(out, "trailing", 0);
}

void
tpm_ak_claim(struct evout *out, const struct tpm_public *p,
    const struct tpm_attest *a)
{
	static const char *const scheme[] = {
		[TPM_SCHEME_NONE] = "0x10", [TPM_ECDSA] = "0x18",
		[TPM_RSASSA] = "0x14", [TPM_RSAPSS] = "0x16"
	};
	char attributes[16], hex[2 * TPM_NAME_MAX + 1];
	uint8_t name[TPM_NAME_MAX];
	const char *primary;
	size_t n;
	json_t *o;

	if (tpm_name(p, name, &n) == -1)
		return;
	hex_encode(span_make(name, n), hex, sizeof(hex));
	snprintf(attributes, sizeof(attributes), "0x%08x", p->attributes);
	o = json_pack("{s:s,s:s,s:s,s:s,s:s}", "type",
	    p->key == TPM_KEY_RSA ? "rsa" : "ecc", "name_alg",
	    digest_name(p->name_alg), "attributes", attributes, "scheme",
	    scheme[p->scheme], "name", hex);
	json_object_set_new(o, "scheme_hash",
	    p->scheme == TPM_SCHEME_NONE ? json_null() :
	    json_string(digest_name(p->scheme_hash)));
	if (p->key != TPM_KEY_RSA)
		json_object_set_new(o, "curve", json_string(
		    p->key == TPM_KEY_P256 ? "P-256" : "P-384"));
	primary = tpm_primary_of(p, span_make(a->signer, a->signer_len));
	if (primary != NULL)
		json_object_set_new(o, "primary_of", json_string(primary));
	claim_json(out, "ak", o);
}
