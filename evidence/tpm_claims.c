/* What a quote says, as claims. */
#include <stdio.h>

#include "evidence/tpm_claims.h"

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
