/* What the claims of the TPM rest on. */
#include <stdio.h>

#include "evidence/appraisal.h"

int
appraise_roots(struct appraisal *a)
{
	const char *root = "provider-vtpm";
	int simulated = (a->att.config.flags & CONFIG_SIMULATED) != 0;

	if (!a->att.has_tpm)
		return 0;
	/* Nothing here proves the AK to be in a piece of hardware or in the
	 * TEE: who runs the machine may run the TPM. */
	if (a->snp.root == SNP_ROOT_SIMULATED ||
	    (simulated && a->in->nroots != 0 &&
	    a->snp.root != SNP_ROOT_AMD))
		root = "simulated";
	snprintf(a->res->tpm_root, sizeof(a->res->tpm_root), "%s", root);
	if (root[0] == 's')
		return checks_add(a->ck, RESULT_WARN, "tpm.root",
		    "simulated: IMA and boot state prove nothing");
	if ((a->accept & ACCEPT_PROVIDER_VTPM) == 0 &&
	    (a->without & WITHOUT_TPM) != 0)
		return checks_add(a->ck, RESULT_SKIP, "tpm.root",
		    "a TPM that the provider may run: not relied on, as "
		    "asked");
	if ((a->accept & ACCEPT_PROVIDER_VTPM) == 0)
		return checks_add(a->ck, RESULT_FAIL, "tpm.root",
		    "IMA and boot state rest on a TPM that the provider may "
		    "run (--accept-root provider-vtpm)");
	return checks_add(a->ck, RESULT_WARN, "tpm.root",
	    "provider-vtpm, accepted: IMA and boot state are no proof "
	    "against the provider");
}
