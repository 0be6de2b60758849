/*
 * The TEE's evidence, judged by the code of the kinds (kind.h), which
 * `evidence verify` uses too.  What kind it is, is decided by the evidence.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/kind_azure.h"
#include "evidence/tpm_key.h"

#define PEM_CERTS	3	/* VEK, issuer, ARK */

/* One piece of evidence on its way through the judge. */
struct tee_job {
	struct evcase		 c;
	struct policy_rules	 rules;	/* the judge's: see unknown_take() */
	struct evout		 out;
	struct buf		 der[PEM_CERTS];
	struct hcl_found	 hcl;
	struct tdx_found	 tdx;
	uint8_t			 data[64];	/* what it must be over */
	struct span		 quote;
};

/* The 64 bytes that the evidence must carry.  Exactly one form is compared,
 * the one that was asked for. */
static int
report_data(struct appraisal *a, uint8_t data[64])
{
	const struct opt_bytes *b = a->snap.tee.kind == TEE_TDX ?
	    &a->snap.tee.tdx.report_data : &a->snap.tee.sev.report_data;

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

static int
is_azure(const struct appraisal *a)
{
	return a->att.tee == TEE_QUOTE_AZURE_SNP ||
	    a->att.tee == TEE_QUOTE_AZURE_TDX;
}

static int
is_tdx(const struct appraisal *a)
{
	return a->att.tee == TEE_QUOTE_TDX ||
	    a->att.tee == TEE_QUOTE_AZURE_TDX;
}

static void
case_file_add(struct evcase *c, const char *role, struct span s)
{
	if (s.n != 0)
		c->file[c->nfiles++] = (struct case_file){ role, s };
}

static void
case_fill(const struct appraisal *a, struct tee_job *j)
{
	struct evcase *c = &j->c;

	c->kind = tee_quote_name(a->att.tee);
	c->at = a->in->now;
	c->ncollateral = a->in->ncollateral;
	memcpy(c->collateral, a->in->collateral, sizeof(c->collateral));
	c->nroots = a->in->nroots;
	memcpy(c->root, a->in->root, sizeof(c->root));
	j->rules = *a->rules;
	if (j->rules.no_revocation == RULE_REFUSE)
		j->rules.no_revocation = RULE_WARN;
	c->policy = &j->rules;
}

static void
differs(struct appraisal *a, struct span got, const struct tee_job *j)
{
	if (got.n == sizeof(j->data) && memcmp(got.p, j->data, got.n) != 0)
		appraise_explain(a, "TEE report", got, bound_tee_data);
}

static int
snp_judge(struct appraisal *a, struct tee_job *j)
{
	struct snp_ask ask = {
		.vmpl = -1,
		.report_data = span_make(j->data, sizeof(j->data)),
		.bound = a->in->form == FORM_STRONG ? BOUND_STRONG :
		    "nonce and certificate",
		.ret_result = &a->snp
	};
	struct snp_certs certs;
	struct span raw;

	a->have_report = snp_blob_decode(j->quote, &raw, &certs) == 0 &&
	    snp_report_decode(raw, &a->report) == 0;
	return sev_blob_judge(&j->c, &j->out, j->quote, &ask, j->out.claims,
	    j->out.claims);
}

static int
tdx_judge(struct appraisal *a, struct tee_job *j)
{
	int rc = tdx_case_judge(&j->c, &j->out, j->quote, 0, &a->td, &j->tdx);

	a->have_td = a->td.version != 0 &&
	    a->td.body.report_data.n == sizeof(j->data);
	if (!a->have_td)
		return -1;
	if (checks_test(&j->out.ck, span_eq(a->td.body.report_data,
	    span_make(j->data, sizeof(j->data))), "tdx.report-data",
	    "made for this %s", a->in->form == FORM_STRONG ? BOUND_STRONG :
	    "nonce and certificate") == -1)
		rc = -1;
	return rc;
}

/* The AK that the paravisor names must be the one that has quoted: then the
 * TPM is in the TEE. */
static int
ak_check(struct appraisal *a, struct tee_job *j)
{
	EVP_PKEY *own, *quoting = NULL;
	struct tpm_public p;
	int same;

	if (!a->att.has_tpm)
		return 0;
	own = tpm_public_pkey(&j->hcl.vars.ak);
	if (tpm_public_decode(span_make(a->att.public_key,
	    a->att.public_key_len), &p) == 0)
		quoting = tpm_public_pkey(&p);
	same = own != NULL && quoting != NULL &&
	    EVP_PKEY_eq(own, quoting) == 1;
	EVP_PKEY_free(own);
	EVP_PKEY_free(quoting);
	a->ak_in_tee = same;
	return checks_test(&j->out.ck, same, "hcl.ak", same ?
	    "the TPM key that has quoted is the one of the paravisor's "
	    "report" : "the paravisor's report names another TPM key than "
	    "the one that has quoted: another TPM answers");
}

/* Whoever may ask for a report at VMPL 0 can write what follows it; that it
 * is the paravisor is only known by its measurement. */
static int
paravisor_check(struct appraisal *a, struct tee_job *j)
{
	char hex[2 * 48 + 1];

	if (a->rules->hcl_measurement.n != 0 || a->have_snap ||
	    hex_encode(a->hcl_measurement, hex, sizeof(hex)) == -1)
		return 0;
	return checks_add(&j->out.ck, RESULT_WARN, "hcl.measurement",
	    "the policy names no paravisor: that %s is Azure's is taken on "
	    "first use", hex);
}

static int
azure_judge(struct appraisal *a, struct tee_job *j)
{
	static const char *const role[PEM_CERTS] = { "vek", "issuer", "ark" };
	struct span extra = span_make(a->att.tee_extra, a->att.tee_extra_len);
	size_t i, n = 0;
	int rc;

	if (is_tdx(a))
		case_file_add(&j->c, "td_quote", extra);
	else if (azure_pem_certs(extra, j->der, &n) == -1)
		return checks_add(&j->out.ck, RESULT_FAIL, "snp.format",
		    "what came with the report is no PEM text of VCEK, ASK "
		    "and ARK");
	for (i = 0; i < n; i++)
		case_file_add(&j->c, role[i], buf_span(&j->der[i]));
	j->c.has_report_data = 1;
	j->c.report_data = span_make(j->data, sizeof(j->data));
	rc = azure_hcl_judge(&j->c, &j->out, j->quote, &j->hcl);
	if (j->hcl.type == 0)
		return -1;
	if (j->hcl.type != (is_tdx(a) ? HCL_TDX : HCL_SNP))
		return checks_add(&j->out.ck, RESULT_FAIL, "hcl.format",
		    "the report is of another TEE than the agent says");
	a->have_report = !is_tdx(a) && j->hcl.report.measurement.n != 0;
	a->report = j->hcl.report;
	a->snp = j->hcl.snp;
	a->have_td = is_tdx(a) && j->hcl.quote.body.report_data.n == 64;
	a->td = j->hcl.quote;
	j->tdx = j->hcl.tdx;
	a->hcl_measurement = is_tdx(a) ? a->td.body.mr_td :
	    a->report.measurement;
	paravisor_check(a, j);
	if (j->hcl.vars_ok && ak_check(a, j) == -1)
		rc = -1;
	return rc;
}

/*
 * Where nothing is known of revocation the judge was told to warn: what that
 * means here depends on what the user has accepted, and a refusal says how to
 * go on.
 */
static int
unknown_take(struct appraisal *a, const struct tee_job *j,
    const struct check *k)
{
	/* qe.identity warns only where there is none: a quoting enclave that is
	 * out of date would pass with the platform that is not. */
	if (k->result != RESULT_WARN ||
	    a->rules->no_revocation != RULE_REFUSE ||
	    (strcmp(k->name, "snp.revocation") != 0 &&
	    strcmp(k->name, "revocation") != 0 &&
	    strcmp(k->name, "qe.identity") != 0 &&
	    (strcmp(k->name, "tcb.status") != 0 ||
	    evcase_collateral(&j->c, "tcb_info.json").n != 0 ||
	    evcase_collateral(&j->c, "tcb_info").n != 0)))
		return checks_take(a->ck, k);
	if ((a->accept & ACCEPT_NO_REVOCATION) == 0)
		return checks_add(a->ck, RESULT_FAIL, k->name, "%s (%s or "
		    "--collateral DIR brings it; --no-revocation accepts it "
		    "so)", k->detail, is_tdx(a) ? "--pccs" : "--kds-url");
	a->revocation_waived = 1;
	return checks_add(a->ck, RESULT_WARN, k->name,
	    "%s; accepted by --no-revocation", k->detail);
}

/* The judge's checks; what it could only show is refused as well. */
static int
checks_move(struct appraisal *a, const struct tee_job *j)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < j->out.ck.n; i++)
		if (unknown_take(a, j, &j->out.ck.v[i]) == -1)
			rc = -1;
	if (j->out.ck.dropped != 0)
		rc = checks_add(a->ck, RESULT_FAIL, "tee",
		    "%zu more findings have no room here",
		    j->out.ck.dropped);
	if (j->out.verdict != VERDICT_ACCEPT)
		rc = checks_add(a->ck, RESULT_FAIL, is_tdx(a) ? "tdx.chain" :
		    "snp.chain", "%s%s", j->out.reason, is_tdx(a) ? "" :
		    " (--kds-url asks AMD)");
	return rc;
}

static void
root_name(struct appraisal *a, const struct tee_job *j)
{
	const uint8_t *sum = is_tdx(a) ? j->tdx.root_sha256 :
	    a->snp.root_sha256;
	int own = is_tdx(a) ? !j->tdx.is_intel :
	    a->snp.root == SNP_ROOT_SIMULATED;
	char hex[65];

	if (is_tdx(a) ? !j->tdx.holds : a->snp.root == SNP_ROOT_NONE)
		return;
	a->tee_held = 1;
	a->tee_simulated = own;
	hex_encode(span_make(sum, 32), hex, sizeof(hex));
	if (own)
		snprintf(a->res->tee_root, sizeof(a->res->tee_root),
		    "simulated:%s", hex);
	else
		snprintf(a->res->tee_root, sizeof(a->res->tee_root), "%s",
		    is_tdx(a) ? "intel" : "amd");
}

static int
job_run(struct appraisal *a, struct tee_job *j)
{
	struct span got = span_make(NULL, 0);
	int rc, held;

	if (report_data(a, j->data) == -1)
		return checks_add(a->ck, RESULT_FAIL, "tee.report-data",
		    "nothing to compare the report data with");
	case_fill(a, j);
	rc = is_azure(a) ? azure_judge(a, j) : is_tdx(a) ? tdx_judge(a, j) :
	    snp_judge(a, j);
	held = rc == 0 && j->out.verdict == VERDICT_ACCEPT &&
	    j->out.ck.count[RESULT_FAIL] == 0;
	if (checks_move(a, j) == -1 || !held)
		rc = -1;
	if (is_azure(a) && j->hcl.vars.has_user_data)
		got = span_make(j->hcl.vars.user_data, 64);
	else if (a->att.tee == TEE_QUOTE_SNP && a->have_report)
		got = a->report.report_data;
	else if (a->att.tee == TEE_QUOTE_TDX && a->have_td)
		got = a->td.body.report_data;
	differs(a, got, j);
	if (held)
		root_name(a, j);
	return rc;
}

int
appraise_tee(struct appraisal *a)
{
	struct tee_job *j;
	int i, rc = -1;

	if (a->att.tee == TEE_QUOTE_NONE)
		return appraise_skip(a, WITHOUT_TEE, "tee", "no TEE report");
	if ((j = calloc(1, sizeof(*j))) == NULL)
		return checks_add(a->ck, RESULT_FAIL, "tee", "no memory");
	for (i = 0; i < PEM_CERTS; i++)
		buf_init(&j->der[i], 0);
	checks_init(&j->out.ck);
	j->quote = a->in->form == FORM_COMPAT ? buf_span(&a->tee_blob) :
	    span_make(a->att.tee_quote, a->att.tee_quote_len);
	if ((j->out.claims = json_object()) != NULL)
		rc = job_run(a, j);
	else
		checks_add(a->ck, RESULT_FAIL, "tee", "no memory");
	if (a->have_snap && appraise_tee_compare(a) == -1)
		rc = -1;
	a->tee_ok = rc == 0;
	evout_free(&j->out);
	for (i = 0; i < PEM_CERTS; i++)
		buf_free(&j->der[i]);
	free(j);
	return rc;
}
