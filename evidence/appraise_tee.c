/* TEE report, and the roots that everything rests on. */
#include <stdio.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/policy.h"

/* The 64 bytes that the report must carry.  Exactly one form is compared,
 * the one that was asked for. */
static int
report_data(struct appraisal *a, uint8_t data[64])
{
	const struct opt_bytes *b = &a->snap.tee.sev.report_data;

	if (a->in->form == FORM_STRONG)
		return bound_tee_data(&a->own, data);
	/* The existing agent on Azure shows a report of boot time.  Our own
	 * snapshots were taken over nonce and certificate, and stay so: their
	 * cloud_type was the agent's word. */
	if (a->have_snap && !a->snap.has_cvm && a->snap.cloud == CLOUD_AZURE) {
		checks_add(a->ck, RESULT_WARN, "binding.tee",
		    "Azure, compatible form: the report is as old as the boot "
		    "and knows neither nonce nor certificate");
		if (!b->set)
			return -1;
		memcpy(data, b->b, 64);
		return 0;
	}
	memcpy(data, a->in->nonce.p, 32);
	memcpy(data + 32, a->in->cert.p, 32);
	return 0;
}

static void
root_name(struct appraisal *a)
{
	char hex[65];

	if (a->snp.root == SNP_ROOT_AMD)
		snprintf(a->res->tee_root, sizeof(a->res->tee_root), "amd");
	else if (a->snp.root == SNP_ROOT_SIMULATED) {
		hex_encode(span_make(a->snp.root_sha256, 32), hex,
		    sizeof(hex));
		snprintf(a->res->tee_root, sizeof(a->res->tee_root),
		    "simulated:%s", hex);
	}
}

static int
snp_check(struct appraisal *a, struct span blob)
{
	struct snp_certs certs;
	struct snp_policy po;
	struct span raw;
	uint8_t data[64];
	int rc;

	if (snp_blob_decode(blob, &raw, &certs) == -1 ||
	    snp_report_decode(raw, &a->report) == -1)
		return checks_add(a->ck, RESULT_FAIL, "snp.format",
		    "malformed SEV-SNP report or certificate table");
	if (report_data(a, data) == -1)
		return checks_add(a->ck, RESULT_FAIL, "snp.report-data",
		    "nothing to compare the report data with");
	memset(&po, 0, sizeof(po));
	po.report_data = span_make(data, sizeof(data));
	if (a->in->nroots != 0)
		po.trust_root = a->in->root[0];
	po.bound = a->in->form == FORM_STRONG ? BOUND_STRONG :
	    "nonce and certificate";
	po.now = a->in->now;
	po.vmpl = -1;
	rc = snp_verify(&a->report, &certs, &po, a->ck, &a->snp);
	if (!span_eq(a->report.report_data, po.report_data))
		appraise_explain(a, "TEE report", a->report.report_data,
		    bound_tee_data);
	a->have_report = 1;
	root_name(a);
	if (a->have_snap && a->snap.tee.kind != TEE_SEV)
		return checks_add(a->ck, RESULT_FAIL, "policy",
		    "the snapshot is of another kind of machine");
	if (a->have_snap && rc == -1)
		checks_add(a->ck, RESULT_SKIP, "policy",
		    "not judged: the TEE report does not hold");
	else if (a->have_snap && sev_policy_check(&a->snap.tee.sev, &a->report,
	    a->ck) == -1)
		rc = -1;
	return rc;
}

int
appraise_tee(struct appraisal *a)
{
	struct span blob = a->in->form == FORM_COMPAT ?
	    buf_span(&a->tee_blob) :
	    span_make(a->att.tee_quote, a->att.tee_quote_len);

	if (a->att.tee == TEE_QUOTE_NONE)
		return appraise_skip(a, WITHOUT_TEE, "tee", "no TEE report");
	if (a->att.tee != TEE_QUOTE_SNP)
		return checks_add(a->ck, RESULT_FAIL, "tee",
		    "TDX quotes are not verified by this version");
	if (snp_check(a, blob) == -1)
		return -1;
	a->tee_ok = 1;
	return 0;
}
