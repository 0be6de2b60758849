/* The order of an appraisal, and what is required of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/limits.h"
#include "evidence/policy.h"

int
appraise_skip(struct appraisal *a, uint32_t bit, const char *name,
    const char *why)
{
	int i = 0;

	if ((a->without & bit) != 0)
		return checks_add(a->ck, RESULT_SKIP, name, "%s", why);
	while ((bit >> i & 1) == 0)
		i++;
	return checks_add(a->ck, RESULT_FAIL, name,
	    "%s; required (--without %s)", why, without_names[i]);
}

/* A snapshot of the existing client says nothing of what we bind. */
static int
legacy_check(struct appraisal *a)
{
	static const char text[] = "made by the existing client: knows no TPM "
	    "key, no chip, no trust root, no configuration, no boot PCRs";

	if ((a->accept & ACCEPT_LEGACY) != 0)
		return checks_add(a->ck, RESULT_WARN, "snapshot", text);
	return checks_add(a->ck, RESULT_FAIL, "snapshot",
	    "%s (--accept-legacy)", text);
}

static int
snapshot_load(struct appraisal *a)
{
	const char *err;

	if (snapshot_read(a->in->snapshot, &a->snap, &err) == -1)
		return checks_add(a->ck, RESULT_FAIL, "snapshot", "%s", err);
	if (a->snap.missing != NULL)
		return checks_add(a->ck, RESULT_FAIL, "snapshot",
		    "has no \"%s\", not even null", a->snap.missing);
	a->have_snap = 1;
	if (!a->snap.has_cvm)
		return legacy_check(a);
	a->without |= a->snap.cvm.without;
	a->accept |= a->snap.cvm.accepted;
	if (a->snap.cvm.form == FORM_STRONG && a->in->form != FORM_STRONG)
		return checks_add(a->ck, RESULT_FAIL, "snapshot",
		    "made in the strong form: no weaker form is taken");
	return checks_add(a->ck, RESULT_OK, "snapshot", "read");
}

static int
policy_load(struct appraisal *a)
{
	size_t line;

	a->without = a->in->without;
	a->accept = a->in->accept;
	if (a->in->whitelist.n != 0) {
		if ((a->whitelist = fileset_new()) == NULL ||
		    whitelist_read(a->in->whitelist, a->whitelist,
		    &line) == -1)
			return checks_add(a->ck, RESULT_FAIL, "whitelist",
			    "not `path hex` in line %zu",
			    a->whitelist == NULL ? 0 : line);
	}
	if (a->in->nonce.n != 32 || a->in->cert.n != 32 ||
	    span_is_zero(a->in->nonce))
		return checks_add(a->ck, RESULT_FAIL, "input",
		    "no nonce or no certificate of this connection");
	if (a->in->form == FORM_COMPAT && a->in->quote_tpm.n != 0 &&
	    (a->in->tpm_nonce.n != 32 || span_is_zero(a->in->tpm_nonce)))
		return checks_add(a->ck, RESULT_FAIL, "input",
		    "no nonce of the TPM quote");
	if (a->in->form == FORM_STRONG && a->in->conn.n != 32)
		return checks_add(a->ck, RESULT_FAIL, "input",
		    "the handshake of this connection is not known");
	return 0;
}

static int
appraisal_init(struct appraisal *a, const struct appraise_input *in,
    struct checks *ck, struct appraise_result *res)
{
	memset(a, 0, sizeof(*a));
	memset(res, 0, sizeof(*res));
	a->in = in;
	a->ck = ck;
	a->res = res;
	buf_init(&a->tee_blob, MAX_TEE_QUOTE);
	snprintf(res->tee_root, sizeof(res->tee_root), "none");
	snprintf(res->tpm_root, sizeof(res->tpm_root), "none");
	return policy_load(a);
}

static void
appraisal_free(struct appraisal *a)
{
	snapshot_free(&a->snap);
	snapshot_free(&a->made);
	fileset_free(a->whitelist);
	attest_free(&a->att);
	tpm_certs_free(&a->certs);
	json_decref(a->boot);
	buf_free(&a->tee_blob);
	free(a->rules);
}

/* Everything but the list of files: evidence by itself. */
static int
evidence_check(struct appraisal *a)
{
	int rc = 0;

	if (appraise_claims(a) == -1)
		return -1;
	if (appraise_tpm(a) == -1)
		rc = -1;
	if (appraise_tee(a) == -1)
		rc = -1;
	if (appraise_ek(a) == -1)
		rc = -1;
	if (appraise_boot(a) == -1)
		rc = -1;
	if (appraise_volume(a) == -1)
		rc = -1;
	if (appraise_roots(a) == -1)
		rc = -1;
	/* Each may be done without, not both: everything else is the agent's
	 * word then. */
	if (!a->att.has_tpm && a->att.tee == TEE_QUOTE_NONE)
		rc = checks_add(a->ck, RESULT_FAIL, "evidence",
		    "neither a TEE report nor a TPM quote: nothing vouches "
		    "for what the agent says");
	return rc;
}

int
appraise_verify(const struct appraise_input *in, struct checks *ck,
    struct appraise_result *res)
{
	struct appraisal a;
	int rc = -1;

	if (appraisal_init(&a, in, ck, res) == -1 || snapshot_load(&a) == -1 ||
	    appraise_policy(&a) == -1)
		goto out;
	rc = evidence_check(&a);
	if (appraise_compare(&a) == -1)
		rc = -1;
	if (a.snap.files != NULL)
		res->files = fileset_count(a.snap.files);
	if (appraise_ima(&a, a.snap.files) == -1)
		rc = -1;
out:
	appraisal_free(&a);
	return rc == 0 && ck->count[RESULT_FAIL] == 0 ? 0 : -1;
}

/* What the agent hashed.  In the strong form its digest is attested. */
static int
records_load(struct appraisal *a)
{
	const char *err;

	if (a->in->form == FORM_COMPAT) {
		if (snapshot_read(a->in->records, &a->made, &err) == -1 ||
		    a->made.files == NULL)
			return checks_add(a->ck, RESULT_FAIL, "records",
			    "the agent's snapshot is malformed or without "
			    "files");
		return checks_add(a->ck, RESULT_WARN, "records",
		    "the list of files is the agent's word");
	}
	if ((a->made.files = fileset_new()) == NULL ||
	    digest_bytes(DIGEST_SHA256, a->in->records, a->subject) == -1)
		return checks_add(a->ck, RESULT_FAIL, "records", "no memory");
	if (snaprec_read(a->in->records, a->made.files) == -1)
		return checks_add(a->ck, RESULT_FAIL, "records",
		    "the agent's list of files is malformed");
	a->own.subject = span_make(a->subject, sizeof(a->subject));
	return 0;
}

static void
snapshot_make(struct appraisal *a)
{
	struct snapshot_cvm *c = &a->made.cvm;

	a->made.has_cvm = 1;
	memset(c, 0, sizeof(*c));
	c->form = a->in->form;
	appraise_tee_keep(a);
	if (a->in->form == FORM_STRONG) {
		c->has_config = 1;
		c->config = a->att.config;
	}
	c->boot = json_incref(a->boot);
	snprintf(c->tpm_root, sizeof(c->tpm_root), "%s", a->res->tpm_root);
	if (a->ek_proven) {
		c->ek.set = 1;
		c->ek.n = sizeof(a->ek_sha256);
		memcpy(c->ek.b, a->ek_sha256, c->ek.n);
	}
	a->made.has_tpm = a->tpm_ok;
	if (a->tpm_ok) {
		c->ak_name_len = a->own.ak_name.n;
		memcpy(c->ak_name, a->ak_name, c->ak_name_len);
		c->reset_count.set = c->restart_count.set = 1;
		c->reset_count.v = a->quote.reset_count;
		c->restart_count.v = a->quote.restart_count;
		a->made.reset_count = c->reset_count;
		a->made.restart_count = c->restart_count;
		c->has_pcrs = a->in->form == FORM_STRONG;
		c->pcrs = a->att.pcrs;
	}
	c->without = a->in->without;
	c->accepted |= a->in->accept & ACCEPT_PROVIDER_VTPM;
}

int
appraise_snapshot(const struct appraise_input *in, struct checks *ck,
    struct appraise_result *res, struct buf *ret_json)
{
	struct appraisal a;
	int rc = -1;

	if (appraisal_init(&a, in, ck, res) == -1 || records_load(&a) == -1 ||
	    appraise_policy(&a) == -1)
		goto out;
	rc = evidence_check(&a);
	res->files = fileset_count(a.made.files);
	if (appraise_ima(&a, a.made.files) == -1)
		rc = -1;
	if (rc == -1 || ck->count[RESULT_FAIL] != 0)
		goto out;
	snapshot_make(&a);
	snapshot_write(&a.made, ret_json);
	if (ret_json->failed)
		rc = checks_add(ck, RESULT_FAIL, "snapshot", "no memory");
out:
	appraisal_free(&a);
	return rc == 0 && ck->count[RESULT_FAIL] == 0 ? 0 : -1;
}
