/* What the claims of the TPM rest on. */
#include <stdio.h>
#include <string.h>

#include "evidence/appraisal.h"

/* How much a root is worth; provider and simulated are the word of whoever
 * runs the machine. */
static int
root_rank(const char *root)
{
	if (strcmp(root, "tee") == 0 || strcmp(root, "hardware-tpm") == 0)
		return 2;
	return strcmp(root, "provider-vtpm") == 0;
}

static const char *
root_word(const struct appraisal *a)
{
	int simulated = (a->att.config.flags & CONFIG_SIMULATED) != 0;

	if (a->tee_ok && a->ak_in_tee && !a->tee_simulated)
		return "tee";
	if (a->ek_proven && a->ek_ca == TPM_CA_MAKER)
		return "hardware-tpm";
	/* The flag is the agent's word: with no report shown it must not spare
	 * the user the question whose TPM this is. */
	if (a->tee_simulated || a->snp.root == SNP_ROOT_SIMULATED ||
	    (simulated && a->in->nroots != 0 && !a->tee_held &&
	    a->att.tee != TEE_QUOTE_NONE && a->snp.root != SNP_ROOT_AMD) ||
	    (a->ek_proven && a->ek_ca == TPM_CA_GIVEN))
		return "simulated";
	/* Nothing proves the AK to be in a piece of hardware or in the TEE:
	 * who runs the machine may run the TPM. */
	return "provider-vtpm";
}

/* Who the provider is, where a certificate says it. */
static const char *
provider_name(const struct appraisal *a)
{
	if (a->ak_ca_name != NULL)
		return a->ak_ca_name;
	return a->ek_proven && a->ek_ca == TPM_CA_PROVIDER ? a->ek_ca_name :
	    "not named";
}

static int
provider_check(struct appraisal *a)
{
	if ((a->accept & ACCEPT_PROVIDER_VTPM) == 0 &&
	    (a->without & WITHOUT_TPM) != 0)
		return checks_add(a->ck, RESULT_SKIP, "tpm.root",
		    "a TPM that the provider may run: not relied on, as "
		    "asked");
	if ((a->accept & ACCEPT_PROVIDER_VTPM) == 0)
		return checks_add(a->ck, RESULT_FAIL, "tpm.root",
		    "IMA and boot state rest on a TPM that the provider (%s) "
		    "may run (--accept-root provider-vtpm)",
		    provider_name(a));
	return checks_add(a->ck, RESULT_WARN, "tpm.root",
	    "provider-vtpm (%s), accepted: IMA and boot state are no proof "
	    "against the provider", provider_name(a));
}

int
appraise_roots(struct appraisal *a)
{
	const char *root, *was = a->snap.cvm.tpm_root;

	if (!a->att.has_tpm)
		return 0;
	root = root_word(a);
	snprintf(a->res->tpm_root, sizeof(a->res->tpm_root), "%s", root);
	if (a->have_snap && root_rank(root) < root_rank(was))
		return checks_add(a->ck, RESULT_FAIL, "tpm.root",
		    "%s, in the snapshot it was %s", root, was);
	if (strcmp(root, "tee") == 0)
		return checks_add(a->ck, RESULT_OK, "tpm.root",
		    "tee: the report names the key that quoted");
	if (strcmp(root, "hardware-tpm") == 0)
		return checks_add(a->ck, RESULT_OK, "tpm.root",
		    "hardware-tpm: a chip vouched for by %s", a->ek_ca_name);
	if (strcmp(root, "simulated") == 0)
		return checks_add(a->ck, RESULT_WARN, "tpm.root",
		    "simulated: IMA and boot state prove nothing");
	return provider_check(a);
}
