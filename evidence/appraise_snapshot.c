/* The machine against the snapshot: identity, configuration, boot state. */
#include <string.h>

#include "evidence/appraisal.h"

static int
instance_check(struct appraisal *a)
{
	const struct snapshot_cvm *c = &a->snap.cvm;
	int rc = 0;

	if ((a->without & WITHOUT_INSTANCE) != 0)
		return checks_add(a->ck, RESULT_SKIP, "instance",
		    "another machine is accepted, as asked");
	if (c->ak_name_len != 0 && a->att.has_tpm && checks_test(a->ck,
	    span_eq(span_make(c->ak_name, c->ak_name_len), a->own.ak_name),
	    "instance.key", "TPM key of the snapshot") == -1)
		rc = -1;
	if (c->ak_name_len != 0 && !a->att.has_tpm)
		rc = appraise_skip(a, WITHOUT_INSTANCE, "instance.key",
		    "the snapshot names a TPM key, none is shown");
	if (c->chip_id.set && a->have_report && checks_test(a->ck,
	    span_eq(span_make(c->chip_id.b, c->chip_id.n),
	    a->report.chip_id), "instance.chip",
	    "chip of the snapshot") == -1)
		rc = -1;
	return rc;
}

static int
root_check(struct appraisal *a)
{
	if (a->att.tee == TEE_QUOTE_NONE)
		return 0;
	if (strcmp(a->snap.cvm.root, "none") == 0)
		return checks_add(a->ck, RESULT_WARN, "instance.root",
		    "the snapshot was made without a TEE report");
	return checks_test(a->ck, strcmp(a->snap.cvm.root,
	    a->res->tee_root) == 0, "instance.root",
	    "trust root %s, in the snapshot %s", a->res->tee_root,
	    a->snap.cvm.root);
}

static const struct config_exe *
exe_find(const struct config_claim *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->nexe; i++)
		if (strcmp(c->exe[i].name, name) == 0)
			return &c->exe[i];
	return NULL;
}

/* Says which part differs; the digest decides. */
static int
config_differs(struct appraisal *a)
{
	const struct config_claim *was = &a->snap.cvm.config;
	const struct config_claim *is = &a->att.config;
	const struct config_exe *e;
	const char *what = "the list of executables differs";
	size_t i;

	if (memcmp(was->toml, is->toml, 32) != 0)
		what = "agent.toml differs";
	else if (memcmp(was->keys, is->keys, 32) != 0)
		what = "the authorised keys differ";
	else if (was->flags != is->flags)
		what = "the agent runs in another mode";
	else
		for (i = 0; i < is->nexe; i++) {
			e = exe_find(was, is->exe[i].name);
			if (e != NULL && memcmp(e->digest,
			    is->exe[i].digest, 32) != 0)
				return checks_add(a->ck, RESULT_FAIL,
				    "config", "executable %s differs",
				    is->exe[i].name);
		}
	return checks_add(a->ck, RESULT_FAIL, "config", "%s", what);
}

static int
config_check(struct appraisal *a)
{
	uint8_t was[32];

	if ((a->without & WITHOUT_CONFIG) != 0)
		return checks_add(a->ck, RESULT_SKIP, "config",
		    "another configuration is accepted, as asked");
	if (!a->snap.cvm.has_config || a->in->form != FORM_STRONG)
		return checks_add(a->ck, RESULT_WARN, "config",
		    "the agent's configuration is not compared");
	if (config_digest(&a->snap.cvm.config, was) == -1 ||
	    memcmp(was, a->config, sizeof(was)) != 0)
		return config_differs(a);
	return checks_add(a->ck, RESULT_OK, "config",
	    "agent.toml, keys and executables as in the snapshot");
}

/* All PCRs that both know, but PCR 10, which grows with every file. */
static int
pcrs_check(struct appraisal *a)
{
	const struct tpm_pcrs *was = &a->snap.cvm.pcrs, *is = &a->att.pcrs;
	uint32_t mask;
	unsigned i;
	int rc = 0;

	if ((a->without & WITHOUT_PCRS) != 0)
		return checks_add(a->ck, RESULT_SKIP, "pcrs",
		    "another boot state is accepted, as asked");
	if (!a->snap.cvm.has_pcrs || a->in->form != FORM_STRONG ||
	    !a->att.has_tpm)
		return checks_add(a->ck, RESULT_WARN, "pcrs",
		    "boot PCRs are not compared");
	mask = was->mask & ~(1u << IMA_PCR);
	if (was->bank != is->bank || (mask & ~is->mask) != 0)
		return checks_add(a->ck, RESULT_FAIL, "pcrs",
		    "the snapshot has PCRs that were not quoted");
	for (i = 0; i < TPM_PCRS; i++)
		if ((mask >> i & 1) != 0 && memcmp(was->value[i],
		    is->value[i], digest_size(is->bank)) != 0)
			rc = checks_add(a->ck, RESULT_FAIL, "pcrs",
			    "PCR %u differs: another boot state", i);
	if (rc == 0)
		checks_add(a->ck, RESULT_OK, "pcrs",
		    "boot state (PCR mask 0x%06x) as in the snapshot", mask);
	return rc;
}

/*
 * The existing client wants the very boot of its snapshot.  With boot PCRs
 * and key compared a reboot is harmless, but the count never goes back.
 */
static int
counters_check(struct appraisal *a)
{
	const struct opt_num *was = &a->snap.reset_count;
	int rc = 0;

	if (!a->snap.has_tpm || !a->att.has_tpm)
		return 0;
	if (a->snap.has_cvm && a->snap.cvm.has_pcrs &&
	    (a->without & WITHOUT_INSTANCE) == 0)
		return !was->set ? 0 : checks_test(a->ck,
		    a->quote.reset_count >= was->v, "tpm.reset-count",
		    "%u resets, %llu in the snapshot", a->quote.reset_count,
		    (unsigned long long)was->v);
	if ((a->without & WITHOUT_INSTANCE) != 0)
		return 0;
	if (was->set && checks_test(a->ck, a->quote.reset_count == was->v,
	    "tpm.reset-count", "%u resets, %llu in the snapshot",
	    a->quote.reset_count, (unsigned long long)was->v) == -1)
		rc = -1;
	was = &a->snap.restart_count;
	if (was->set && checks_test(a->ck, a->quote.restart_count == was->v,
	    "tpm.restart-count", "%u restarts, %llu in the snapshot",
	    a->quote.restart_count, (unsigned long long)was->v) == -1)
		rc = -1;
	return rc;
}

int
appraise_compare(struct appraisal *a)
{
	int rc = 0;

	if (a->snap.has_cvm) {
		if (instance_check(a) == -1)
			rc = -1;
		if (root_check(a) == -1)
			rc = -1;
		if (config_check(a) == -1)
			rc = -1;
		if (pcrs_check(a) == -1)
			rc = -1;
	}
	if (counters_check(a) == -1)
		rc = -1;
	return rc;
}
