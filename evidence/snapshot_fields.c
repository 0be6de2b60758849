/* Tables of names (WIRE 7). */
#include "evidence/snapshot_fields.h"

#define HEX(p, f, n)	{ #f, FIELD_HEX, offsetof(struct tee_policy, p.f), n }
#define NUM(p, f, max)	{ #f, FIELD_NUM, offsetof(struct tee_policy, p.f), max }
#define END		{ NULL, FIELD_END, 0, 0 }

static const struct field sev_body[] = {
	HEX(sev, measurement, 48),
	HEX(sev, report_data, 64),
	HEX(sev, family_id, 16),
	HEX(sev, image_id, 16),
	NUM(sev, guest_svn, UINT32_MAX),
	HEX(sev, id_key_digest, 48),
	HEX(sev, author_key_digest, 48),
	NUM(sev, policy, INT64_MAX),
	HEX(sev, report_id, 32),
	HEX(sev, report_id_ma, 32),
	END
};

static const struct field tdx_header[] = {
	NUM(tdx, minimum_qe_svn, UINT16_MAX),
	NUM(tdx, minimum_pce_svn, UINT16_MAX),
	HEX(tdx, qe_vendor_id, 16),
	END
};

static const struct field tdx_body[] = {
	HEX(tdx, minimum_tee_tcb_svn, 16),
	HEX(tdx, mr_seam, 48),
	HEX(tdx, td_attributes, 8),
	NUM(tdx, xfam, INT64_MAX),
	HEX(tdx, mr_td, 48),
	HEX(tdx, mr_config_id, 48),
	HEX(tdx, mr_owner, 48),
	HEX(tdx, mr_owner_config, 48),
	HEX(tdx, report_data, 64),
	END
};

static const struct field sgx_header[] = {
	NUM(sgx, minimum_qe_svn, UINT16_MAX),
	NUM(sgx, minimum_pce_svn, UINT16_MAX),
	HEX(sgx, qe_vendor_id, 16),
	END
};

static const struct field sgx_body[] = {
	HEX(sgx, mr_enclave, 32),
	HEX(sgx, mr_signer, 32),
	HEX(sgx, report_data, 64),
	END
};

const struct fields tee_fields[TEE_KIND_MAX] = {
	[TEE_SEV] = { "Sev", NULL, sev_body },
	[TEE_TDX] = { "Tdx", tdx_header, tdx_body },
	[TEE_SGX] = { "Sgx", sgx_header, sgx_body },
};

const char *const cloud_names[CLOUD_MAX] = {
	[CLOUD_AWS] = "AWS",
	[CLOUD_AZURE] = "Azure",
	[CLOUD_GCP] = "GCP",
};

/* Bit i is name i; the order is part of no format, the names are. */
const char *const without_names[] = {
	"tee", "tpm", "ima", "boot-aggregate", "pcrs", "config", "instance",
	NULL
};

const char *const accept_names[] = { "provider-vtpm", "legacy",
	"no-revocation", NULL };

static uint32_t
bit_by_name(const char *const *names, struct span s)
{
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (span_eq_str(s, names[i]))
			return 1u << i;
	return 0;
}

uint32_t
without_by_name(struct span s)
{
	return bit_by_name(without_names, s);
}

uint32_t
accept_by_name(struct span s)
{
	return bit_by_name(accept_names, s);
}
