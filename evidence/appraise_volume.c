/*
 * PCR 15.  Whoever opens the sealed volume, or fails to, extends it before
 * anything else runs, so that nothing later in that boot can unseal the key
 * again; what is extended names volume and header.  The register starts from
 * zero and cannot be set back without a reset of the TPM.
 */
#include <string.h>

#include "evidence/appraisal.h"

static const char	check[] = "tpm.pcr15";

/* "none" where nothing was opened. */
static const char *
volume_text(struct span v, char *hex, size_t size)
{
	if (span_is_zero(v) || hex_encode(v, hex, size) == -1)
		return "none";
	return hex;
}

static struct span
volume_of(const struct tpm_pcrs *p)
{
	return span_make(p->value[VOLUME_PCR], digest_size(p->bank));
}

static int
volume_differs(struct appraisal *a, struct span was, struct span is)
{
	char was_hex[2 * DIGEST_MAX + 1], is_hex[2 * DIGEST_MAX + 1];

	/* the cap is what keeps the key from whoever comes later: no option
	 * and no policy does without */
	if (span_is_zero(is))
		return checks_add(a->ck, RESULT_FAIL, check, "PCR 15 was not "
		    "extended: a container could still be unsealed in this "
		    "boot");
	if ((a->without & WITHOUT_INSTANCE) != 0)
		return checks_add(a->ck, RESULT_SKIP, check, "another volume "
		    "than the snapshot's: another machine is accepted, as "
		    "asked");
	return rule_check(a->ck, a->rules->volume_changed, check,
	    "another volume, or its header was changed (reseal, adopt): take "
	    "a new snapshot (PCR 15 %s, in the snapshot %s)",
	    volume_text(is, is_hex, sizeof(is_hex)),
	    volume_text(was, was_hex, sizeof(was_hex)));
}

static int
volume_compare(struct appraisal *a, struct span is)
{
	const struct tpm_pcrs *p = &a->snap.cvm.pcrs;
	struct span was = volume_of(p);

	if (is.p == NULL || p->bank != a->att.pcrs.bank)
		return checks_add(a->ck, RESULT_FAIL, check, "the snapshot "
		    "holds PCR 15 of bank %s, which was not quoted",
		    digest_name(p->bank));
	if (!span_eq(was, is))
		return volume_differs(a, was, is);
	return checks_add(a->ck, RESULT_OK, check, "%s", span_is_zero(is) ?
	    "no sealed volume was opened in this boot, as in the snapshot" :
	    "the sealed volume is that of the snapshot");
}

int
appraise_volume(struct appraisal *a)
{
	const struct snapshot_cvm *c = &a->snap.cvm;
	struct span is = span_make(NULL, 0);
	char hex[2 * DIGEST_MAX + 1];

	if (a->in->form != FORM_STRONG || !a->att.has_tpm)
		return 0;
	if (!a->tpm_ok)
		return checks_add(a->ck, RESULT_SKIP, check,
		    "not judged: the TPM quote does not hold");
	if ((a->att.pcrs.mask >> VOLUME_PCR & 1) != 0)
		is = volume_of(&a->att.pcrs);
	if (a->have_snap && a->snap.has_cvm && c->has_pcrs &&
	    (c->pcrs.mask >> VOLUME_PCR & 1) != 0)
		return volume_compare(a, is);
	if (is.p == NULL)
		return 0;
	return checks_add(a->ck, a->have_snap ? RESULT_SKIP : RESULT_OK,
	    check, "sealed volume opened in this boot: %s%s",
	    volume_text(is, hex, sizeof(hex)), a->have_snap ?
	    "; not compared, the snapshot does not hold PCR 15" : "");
}
