/* The TEE's evidence against the snapshot, and what a new one keeps of it. */
#include <stdio.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/policy.h"

static int
is_tdx_kind(unsigned kind)
{
	return kind == TEE_QUOTE_TDX || kind == TEE_QUOTE_AZURE_TDX;
}

/* What the snapshot was made from.  Older ones of ours have no word for it:
 * they knew reports of SEV-SNP only.  The existing client's are of a cloud. */
static int
kind_fits(const struct appraisal *a)
{
	const struct snapshot *s = &a->snap;
	int azure = a->att.tee == TEE_QUOTE_AZURE_SNP ||
	    a->att.tee == TEE_QUOTE_AZURE_TDX;

	if (s->has_cvm && s->cvm.tee.kind != TEE_QUOTE_NONE)
		return s->cvm.tee.kind == a->att.tee;
	if (s->has_cvm)
		return a->att.tee == TEE_QUOTE_SNP;
	return s->tee.kind == (is_tdx_kind(a->att.tee) ? TEE_TDX : TEE_SEV) &&
	    (!azure || s->cloud == CLOUD_AZURE);
}

/*
 * Guest and paravisor are asked for reports in different ways.  A guest may
 * have any report data: were its report taken for a paravisor's, it could name
 * a TPM of its own.
 */
static int
kind_check(struct appraisal *a)
{
	unsigned was = a->snap.cvm.tee.kind;

	if (kind_fits(a))
		return 0;
	return checks_add(a->ck, RESULT_FAIL, "policy.tee",
	    "evidence of kind %s, the snapshot is of %s",
	    tee_quote_name(a->att.tee), was != TEE_QUOTE_NONE ?
	    tee_quote_name(was) : a->snap.tee.kind == TEE_TDX ? "tdx" :
	    a->snap.tee.kind == TEE_SGX ? "an SGX enclave" : "sev-snp");
}

static int
tcb_check(struct appraisal *a)
{
	const struct tee_pin *t = &a->snap.cvm.tee;
	const uint8_t *is = a->report.reported.raw;
	char was_hex[17], is_hex[17];
	size_t i;

	if (t->product != a->snp.product) {
		if ((a->without & WITHOUT_INSTANCE) != 0)
			return checks_add(a->ck, RESULT_SKIP, "policy.tcb",
			    "another generation of processors: its firmware "
			    "cannot be compared");
		return checks_add(a->ck, RESULT_FAIL, "policy.tcb",
		    "a report of %s, the snapshot is of %s",
		    snp_product_name(a->snp.product),
		    snp_product_name(t->product));
	}
	hex_encode(span_make(is, 8), is_hex, sizeof(is_hex));
	hex_encode(span_make(t->tcb, 8), was_hex, sizeof(was_hex));
	for (i = 0; i < sizeof(t->tcb); i++)
		if (is[i] < t->tcb[i])
			return checks_add(a->ck, RESULT_FAIL, "policy.tcb",
			    "reported TCB %s is below %s of the snapshot: the "
			    "host went back to older firmware, or is another",
			    is_hex, was_hex);
	return checks_add(a->ck, RESULT_OK, "policy.tcb",
	    "reported TCB %s, not below that of the snapshot", is_hex);
}

static int
snp_compare(struct appraisal *a)
{
	const struct tee_pin *t = &a->snap.cvm.tee;
	int rc = sev_policy_check(&a->snap.tee.sev, &a->report, a->ck);

	if (!a->snap.has_cvm || !t->has_snp)
		return rc;
	if (checks_test(a->ck, a->report.vmpl == t->vmpl, "policy.vmpl",
	    "report asked from VMPL %u, in the snapshot %u", a->report.vmpl,
	    t->vmpl) == -1)
		rc = -1;
	return tcb_check(a) == -1 ? -1 : rc;
}

/* RTMR0-2 are the boot, RTMR3 is the running system's and grows. */
static int
rtmrs_check(struct appraisal *a)
{
	const struct tee_pin *t = &a->snap.cvm.tee;
	char was[97], is[97];
	unsigned i;
	int rc = 0;

	if (!a->snap.has_cvm || !t->has_rtmrs)
		return 0;
	if ((a->without & WITHOUT_PCRS) != 0)
		return checks_add(a->ck, RESULT_SKIP, "policy.rtmr",
		    "another boot state is accepted, as asked");
	for (i = 0; i < 3; i++) {
		if (span_eq(a->td.body.rtmr[i], span_make(t->rtmr[i], 48)))
			continue;
		hex_encode(a->td.body.rtmr[i], is, sizeof(is));
		hex_encode(span_make(t->rtmr[i], 48), was, sizeof(was));
		rc = checks_add(a->ck, RESULT_FAIL, "policy.rtmr",
		    "RTMR%u differs, another %s was booted: %s, in the "
		    "snapshot %s", i, i == 0 ? "firmware or setting" : i == 1 ?
		    "boot loader or kernel" : "initrd or command line", is,
		    was);
	}
	return rc == -1 ? -1 : checks_add(a->ck, RESULT_OK, "policy.rtmr",
	    "boot state, RTMR0-2, as in the snapshot");
}

int
appraise_tee_compare(struct appraisal *a)
{
	int rc;

	if (a->snap.has_cvm && strcmp(a->snap.cvm.root, "none") == 0)
		return 0;	/* instance.root says so */
	if (kind_check(a) == -1)
		return -1;
	if (!a->tee_held)
		return checks_add(a->ck, RESULT_SKIP, "policy.tee",
		    "not judged: the TEE report does not hold");
	if (!is_tdx_kind(a->att.tee))
		return snp_compare(a);
	rc = tdx_snapshot_check(&a->snap.tee.tdx, &a->td, a->ck);
	return rtmrs_check(a) == -1 ? -1 : rc;
}

static void
snp_keep(struct appraisal *a, struct tee_pin *t)
{
	sev_policy_make(&a->report, &a->made.tee.sev);
	t->has_snp = 1;
	t->vmpl = a->report.vmpl;
	t->product = a->snp.product;
	memcpy(t->tcb, a->report.reported.raw, sizeof(t->tcb));
}

static void
tdx_keep(struct appraisal *a, struct tee_pin *t)
{
	unsigned i;

	a->made.tee.kind = TEE_TDX;
	tdx_policy_make(&a->td, &a->made.tee.tdx);
	t->has_rtmrs = 1;
	for (i = 0; i < TDX_RTMRS; i++)
		memcpy(t->rtmr[i], a->td.body.rtmr[i].p, 48);
}

static void
chip_keep(struct appraisal *a, struct snapshot_cvm *c)
{
	if (!a->have_report || !a->snp.chip_id_stable)
		return;
	c->chip_id.set = 1;
	c->chip_id.n = a->report.chip_id.n;
	memcpy(c->chip_id.b, a->report.chip_id.p, c->chip_id.n);
}

/* A policy is kept only when the user named one: the default may grow. */
static void
policy_keep(struct appraisal *a, struct snapshot_cvm *c)
{
	const struct policy_rules *p = a->in->policy;

	if (p == &rules_default || p == &rules_strict)
		snprintf(c->policy_name, sizeof(c->policy_name), "%s",
		    p == &rules_strict ? "strict" : "default");
	else if (p != NULL) {
		c->policy = a->rules;
		a->rules = NULL;
	}
}

void
appraise_tee_keep(struct appraisal *a)
{
	struct snapshot_cvm *c = &a->made.cvm;

	memset(&a->made.tee, 0, sizeof(a->made.tee));
	snprintf(c->root, sizeof(c->root), "%s", a->res->tee_root);
	policy_keep(a, c);
	if (a->revocation_waived)
		c->accepted |= ACCEPT_NO_REVOCATION;
	if (!a->tee_held)
		return;
	c->tee.kind = a->att.tee;
	if (is_tdx_kind(a->att.tee))
		tdx_keep(a, &c->tee);
	else
		snp_keep(a, &c->tee);
	chip_keep(a, c);
}
