/* TPM quote and the IMA list behind it. */
#include <stdio.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/ima_match.h"
#include "evidence/tpm_verify.h"

/* The Name is recomputed from the key that is to have signed. */
static int
name_set(struct appraisal *a, struct span pub)
{
	struct tpm_public p;
	size_t n;

	if (tpm_public_decode(pub, &p) == -1 ||
	    tpm_name(&p, a->ak_name, &n) == -1)
		return checks_add(a->ck, RESULT_FAIL, "tpm.format",
		    "malformed or unsupported TPMT_PUBLIC");
	a->own.ak_name = span_make(a->ak_name, n);
	return 0;
}

static int
policy_strong(struct appraisal *a, struct tpm_quote_policy *po, uint8_t *extra)
{
	const uint32_t need = 0x7ff;	/* boot and IMA: PCRs 0-10 */

	if (a->in->bank == DIGEST_SHA1 || a->in->bank == DIGEST_NONE ||
	    (a->in->pcr_mask & need) != need)
		return checks_add(a->ck, RESULT_FAIL, "input",
		    "PCRs 0-10 of a bank better than SHA-1 must be asked for");
	if (bound_tpm_data(&a->own, extra) == -1)
		return checks_add(a->ck, RESULT_FAIL, "input", "no memory");
	po->extra = span_make(extra, 34);
	po->bank = a->in->bank;
	po->mask = a->in->pcr_mask;
	po->pcrs = &a->att.pcrs;
	po->bound = BOUND_STRONG;
	return 0;
}

/* The bank is ours to choose: with SHA-1 the list could be forged. */
static int
policy_compat(struct appraisal *a, struct tpm_quote_policy *po)
{
	if (a->att.pcrs.bank != DIGEST_SHA256)
		return checks_add(a->ck, RESULT_FAIL, "tpm.selection",
		    "the agent names bank %s, sha256 is required: with a "
		    "weaker one the list could be forged",
		    digest_name(a->att.pcrs.bank));
	po->extra = a->in->tpm_nonce;
	po->bank = DIGEST_SHA256;
	po->mask = 1u << IMA_PCR;
	po->pcrs = NULL;
	return 0;
}

int
appraise_tpm(struct appraisal *a)
{
	struct tpm_quote_policy po;
	struct span pub = span_make(a->att.public_key, a->att.public_key_len);
	struct tpm_attest *q = &a->quote;
	uint8_t extra[34];
	int rc;

	if (!a->att.has_tpm)
		return appraise_skip(a, WITHOUT_TPM, "tpm", "no TPM quote");
	if (name_set(a, pub) == -1)
		return -1;
	memset(&po, 0, sizeof(po));
	rc = a->in->form == FORM_STRONG ? policy_strong(a, &po, extra) :
	    policy_compat(a, &po);
	if (rc == -1)
		return -1;
	rc = tpm_quote_verify(span_make(a->att.quote, a->att.quote_len),
	    span_make(a->att.signature, a->att.signature_len), pub, &po,
	    a->ck, q, &a->ak);
	if (rc == 0)
		a->tpm_ok = 1;
	else if (!span_eq(span_make(q->extra, q->extra_len), po.extra) &&
	    q->magic != 0)
		appraise_explain(a, "TPM quote", span_make(q->extra,
		    q->extra_len), bound_tpm_data);
	return rc;
}

/* In the compatible form PCRs 0-9 are not quoted, so boot_aggregate says
 * nothing, and its digest is that of no file. */
static int
boot_check(struct appraisal *a, int *ret_ok)
{
	size_t before = a->ck->count[RESULT_FAIL];

	*ret_ok = 1;
	if (a->in->form == FORM_COMPAT)
		return checks_add(a->ck, RESULT_WARN, "ima.boot-aggregate",
		    "compatible form: PCRs 0-9 are not quoted");
	if ((a->without & WITHOUT_BOOT_AGGREGATE) != 0)
		return checks_add(a->ck, RESULT_SKIP, "ima.boot-aggregate",
		    "not tied to PCRs 0-9, as asked");
	ima_boot_aggregate_check(a->in->ima, &a->att.pcrs, a->ck);
	*ret_ok = a->ck->count[RESULT_FAIL] == before;
	return *ret_ok ? 0 : -1;
}

static int
replay_check(struct appraisal *a)
{
	struct ima_target t;

	memset(&t, 0, sizeof(t));
	if (a->in->form == FORM_STRONG) {
		t.bank = a->in->bank;
		t.value = span_make(a->att.pcrs.value[IMA_PCR],
		    digest_size(t.bank));
	} else {
		t.bank = DIGEST_SHA256;
		t.quote_alg = digest_by_size(a->quote.pcr_digest_len);
		t.quote_digest = span_make(a->quote.pcr_digest,
		    a->quote.pcr_digest_len);
	}
	if (ima_replay(a->in->ima, &t, &a->replay) == -1)
		return checks_add(a->ck, RESULT_FAIL, "ima.list",
		    "too large, or no memory");
	a->res->ima_entries = a->replay.entries;
	if (a->replay.matched) {
		a->res->ima_attested = a->replay.attested;
		a->res->ima_tail = a->replay.entries - a->replay.attested;
	} else
		a->res->retry = a->replay.bad_digest == 0 &&
		    a->replay.tail != IMA_BAD;
	return ima_replay_checks(&a->replay, a->ck);
}

int
appraise_ima(struct appraisal *a, const struct fileset *files)
{
	struct ima_match m;
	int boot_ok, rc = 0;

	if (!a->att.has_tpm)
		return appraise_skip(a, WITHOUT_TPM, "ima",
		    "no TPM quote to hold the list against");
	if (a->in->ima.n == 0)
		return appraise_skip(a, a->without & WITHOUT_TPM ?
		    WITHOUT_TPM : WITHOUT_IMA, "ima", "no IMA list");
	if (!a->tpm_ok) {
		checks_add(a->ck, RESULT_SKIP, "ima",
		    "not judged: the TPM quote does not hold");
		return -1;
	}
	if (replay_check(a) == -1)
		return -1;
	if (boot_check(a, &boot_ok) == -1)
		rc = -1;
	if (files == NULL)
		return appraise_skip(a, WITHOUT_IMA, "ima.files",
		    "the snapshot has no list of files") == -1 ? -1 : rc;
	if (ima_match(a->in->ima, a->replay.attested, files, a->whitelist,
	    boot_ok, a->rules->ima_violation, a->ck, &m) == -1)
		rc = -1;
	a->res->unknown_files = m.unknown;
	return rc;
}
