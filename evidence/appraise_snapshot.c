/* The machine against the snapshot: identity, configuration, boot state. */
#include <stdio.h>
#include <string.h>

#include "evidence/appraisal.h"
#include "evidence/tpm_verify.h"

static int
key_check(struct appraisal *a)
{
	const struct snapshot_cvm *c = &a->snap.cvm;
	struct span was = span_make(c->ak_name, c->ak_name_len);
	char is_hex[2 * TPM_NAME_MAX + 1], was_hex[2 * TPM_NAME_MAX + 1];

	if (was.n == 0)
		return 0;
	if (!a->att.has_tpm)
		return appraise_skip(a, WITHOUT_TPM, "instance.key",
		    "the snapshot names a TPM key, none is shown");
	if (!span_eq(was, a->own.ak_name)) {
		hex_encode(a->own.ak_name, is_hex, sizeof(is_hex));
		hex_encode(was, was_hex, sizeof(was_hex));
		return checks_add(a->ck, RESULT_FAIL, "instance.key",
		    "quoted by another TPM key than the snapshot's: another "
		    "machine, or its TPM was replaced (name %s, snapshot %s)",
		    is_hex, was_hex);
	}
	if (!a->tpm_ok)
		return checks_add(a->ck, RESULT_SKIP, "instance.key",
		    "not judged: the TPM quote does not hold");
	return checks_add(a->ck, RESULT_OK, "instance.key",
	    "that of the snapshot");
}

/* A challenge that is not solved is refused where it is judged. */
static int
ek_check(struct appraisal *a)
{
	const struct opt_bytes *was = &a->snap.cvm.ek;

	if (!was->set || !a->ek_proven)
		return 0;
	if (span_eq(span_make(was->b, was->n), span_make(a->ek_sha256, 32)))
		return checks_add(a->ck, RESULT_OK, "instance.ek",
		    "the TPM is that of the snapshot");
	return checks_add(a->ck, RESULT_FAIL, "instance.ek",
	    "another endorsement key than the snapshot's: another TPM");
}

static int
chip_check(struct appraisal *a)
{
	const struct opt_bytes *was = &a->snap.cvm.chip_id;

	if (!was->set || !a->have_report)
		return 0;
	if (!a->tee_held)
		return checks_add(a->ck, RESULT_SKIP, "instance.chip",
		    "not judged: the TEE report does not hold");
	if (span_eq(span_make(was->b, was->n), a->report.chip_id))
		return checks_add(a->ck, RESULT_OK, "instance.chip",
		    "that of the snapshot");
	return checks_add(a->ck, RESULT_FAIL, "instance.chip",
	    "another processor than the snapshot's: another machine, or the "
	    "provider moved it");
}

static int
instance_check(struct appraisal *a)
{
	int rc = 0;

	if ((a->without & WITHOUT_INSTANCE) != 0)
		return checks_add(a->ck, RESULT_SKIP, "instance",
		    "another machine is accepted, as asked: any TPM key may "
		    "have quoted");
	if (a->snap.cvm.ak_name_len == 0 && !a->snap.cvm.chip_id.set)
		return checks_add(a->ck, RESULT_WARN, "instance",
		    "the snapshot names neither TPM key nor processor: "
		    "another machine of this kind passes too");
	if (key_check(a) == -1)
		rc = -1;
	if (ek_check(a) == -1)
		rc = -1;
	if (chip_check(a) == -1)
		rc = -1;
	return rc;
}

static int
root_check(struct appraisal *a)
{
	if (a->att.tee == TEE_QUOTE_NONE)
		return 0;
	if (!a->tee_held)
		return checks_add(a->ck, RESULT_SKIP, "instance.root",
		    "not judged: the TEE report does not hold");
	if (strcmp(a->snap.cvm.root, "none") == 0)
		return checks_add(a->ck, RESULT_WARN, "instance.root",
		    "the snapshot was made without a TEE report: it says "
		    "nothing of the guest's image");
	if (strcmp(a->snap.cvm.root, a->res->tee_root) == 0)
		return checks_add(a->ck, RESULT_OK, "instance.root",
		    "that of the snapshot");
	return checks_add(a->ck, RESULT_FAIL, "instance.root",
	    "another root than the snapshot's: %s, in the snapshot %s",
	    a->res->tee_root, a->snap.cvm.root);
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
	if (!a->tpm_ok && !a->tee_ok)
		return checks_add(a->ck, RESULT_SKIP, "config",
		    "not judged: no evidence holds that would vouch for it");
	return checks_add(a->ck, RESULT_OK, "config",
	    "agent.toml, keys and executables as in the snapshot");
}

static int
pcr_differs(struct appraisal *a, unsigned i)
{
	char was[2 * DIGEST_MAX + 1], is[2 * DIGEST_MAX + 1];
	size_t n = digest_size(a->att.pcrs.bank);

	hex_encode(span_make(a->snap.cvm.pcrs.value[i], n), was, sizeof(was));
	hex_encode(span_make(a->att.pcrs.value[i], n), is, sizeof(is));
	return checks_add(a->ck, RESULT_FAIL, "pcrs", "PCR %u differs, "
	    "another %s was booted: %s, in the snapshot %s", i, i < 8 ?
	    "firmware, setting or boot loader" : "kernel or command line",
	    is, was);
}

static uint32_t
pcrs_differing(const struct tpm_pcrs *was, const struct tpm_pcrs *is,
    uint32_t mask)
{
	uint32_t differ = 0;
	unsigned i;

	for (i = 0; i < TPM_PCRS; i++)
		if ((mask >> i & 1) != 0 && memcmp(was->value[i],
		    is->value[i], digest_size(is->bank)) != 0)
			differ |= 1u << i;
	return differ;
}

/* All PCRs that both know, but PCR 10, which grows with every file, and PCR 15,
 * which is no boot state: appraise_volume(). */
static int
pcrs_compare(struct appraisal *a)
{
	const struct tpm_pcrs *was = &a->snap.cvm.pcrs, *is = &a->att.pcrs;
	uint32_t mask = was->mask & ~(1u << IMA_PCR | 1u << VOLUME_PCR), differ;
	int waived = (a->without & WITHOUT_PCRS) != 0;
	char text[PCR_TEXT_MAX];
	unsigned i;

	if (was->bank != is->bank || (mask & ~is->mask) != 0)
		return waived ? checks_add(a->ck, RESULT_SKIP, "pcrs",
		    "another boot state is accepted, as asked") :
		    checks_add(a->ck, RESULT_FAIL, "pcrs",
		    "the snapshot has PCRs that were not quoted");
	differ = pcrs_differing(was, is, mask);
	a->boot_same = differ == 0 && (mask & BOOT_PCRS) == BOOT_PCRS;
	for (i = 0; i < TPM_PCRS && !waived; i++)
		if ((differ >> i & 1) != 0)
			pcr_differs(a, i);
	if (differ != 0)
		appraise_boot_changes(a, differ);
	if (differ != 0 && waived) {
		pcr_mask_text(differ, text);
		return checks_add(a->ck, RESULT_SKIP, "pcrs", "PCRs %s "
		    "differ: another boot state is accepted, as asked", text);
	}
	if (differ != 0)
		return -1;
	pcr_mask_text(mask, text);
	return checks_add(a->ck, RESULT_OK, "pcrs",
	    "boot state, PCRs %s, as in the snapshot", text);
}

static int
pcrs_check(struct appraisal *a)
{
	int know = a->snap.cvm.has_pcrs && a->in->form == FORM_STRONG &&
	    a->att.has_tpm;

	if (know && a->tpm_ok)
		return pcrs_compare(a);
	if ((a->without & WITHOUT_PCRS) != 0)
		return checks_add(a->ck, RESULT_SKIP, "pcrs",
		    "another boot state is accepted, as asked");
	if (!know)
		return checks_add(a->ck, RESULT_WARN, "pcrs",
		    "boot PCRs are not compared");
	return checks_add(a->ck, RESULT_SKIP, "pcrs",
	    "not judged: the TPM quote does not hold");
}

static int
counter_same(struct appraisal *a, const char *name, uint64_t was, uint32_t is)
{
	return checks_test(a->ck, was == is, name, "%u, in the snapshot %llu%s",
	    is, (unsigned long long)was, was == is ? "" :
	    ": the machine was started again since, and a snapshot of this "
	    "form is for one boot");
}

/*
 * The existing client wants the very boot of its snapshot.  With boot PCRs
 * and key compared a reboot is harmless, but the count never goes back.
 */
static int
counters_check(struct appraisal *a)
{
	const struct opt_num *was = &a->snap.reset_count;
	int ok, rc = 0;

	if (!a->snap.has_tpm || !a->att.has_tpm ||
	    (a->without & WITHOUT_INSTANCE) != 0)
		return 0;
	if (!a->tpm_ok)
		return checks_add(a->ck, RESULT_SKIP, "tpm.reset-count",
		    "not judged: the TPM quote does not hold");
	if (a->snap.has_cvm && a->snap.cvm.has_pcrs) {
		ok = a->quote.reset_count >= was->v;
		return !was->set ? 0 : checks_test(a->ck, ok,
		    "tpm.reset-count", "%u resets, %llu in the snapshot%s",
		    a->quote.reset_count, (unsigned long long)was->v, ok ? "" :
		    ": a TPM never counts back, it is another one");
	}
	if (was->set && counter_same(a, "tpm.reset-count", was->v,
	    a->quote.reset_count) == -1)
		rc = -1;
	was = &a->snap.restart_count;
	if (was->set && counter_same(a, "tpm.restart-count", was->v,
	    a->quote.restart_count) == -1)
		rc = -1;
	return rc;
}

/* How often it was started since, in words. */
static void
since_text(const struct appraisal *a, char *text, size_t size)
{
	uint64_t was = a->snap.reset_count.v, is = a->quote.reset_count;

	if (is == was)
		snprintf(text, size, "suspended and resumed since the "
		    "snapshot");
	else
		snprintf(text, size, "rebooted since the snapshot (%llu "
		    "reset%s)", (unsigned long long)(is - was),
		    is - was == 1 ? "" : "s");
}

/* A reboot into the same measured state is no other machine. */
static int
boot_check(struct appraisal *a)
{
	static const char name[] = "tpm.boot";
	const struct opt_num *rs = &a->snap.reset_count;
	const struct opt_num *rt = &a->snap.restart_count;
	int know = a->snap.has_tpm && rs->set && rt->set && a->tpm_ok;
	char text[80];

	/* Counts of another TPM, or without a state to compare, which
	 * counters_check() has judged. */
	if (!a->in->same_boot && ((a->without & WITHOUT_INSTANCE) != 0 ||
	    !a->snap.has_cvm || !a->snap.cvm.has_pcrs))
		return 0;
	if (!know)
		return !a->in->same_boot ? 0 : checks_add(a->ck, RESULT_FAIL,
		    name, "which boot this is and which the snapshot's was is "
		    "not known (--same-boot)");
	if (rs->v == a->quote.reset_count && rt->v == a->quote.restart_count)
		return checks_add(a->ck, RESULT_OK, name,
		    "the boot of the snapshot");
	/* tpm.reset-count has refused it */
	if (a->quote.reset_count < rs->v)
		return !a->in->same_boot ? 0 : checks_add(a->ck, RESULT_FAIL,
		    name, "another boot than the snapshot's (--same-boot)");
	since_text(a, text, sizeof(text));
	if (a->in->same_boot)
		return checks_add(a->ck, RESULT_FAIL, name,
		    "%s (--same-boot)", text);
	if (a->boot_same)
		return checks_add(a->ck, RESULT_OK, name,
		    "%s, into the same measured state", text);
	return checks_add(a->ck, RESULT_WARN, name, "%s, and not into a "
	    "measured state that the snapshot has", text);
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
	if (boot_check(a) == -1)
		rc = -1;
	return rc;
}
