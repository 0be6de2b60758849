/* The challenge of an appraisal: to the EK shown, for the AK that quoted. */
#include <string.h>

#include "evidence/appraise.h"
#include "evidence/attest.h"
#include "evidence/tpm_certs.h"
#include "evidence/tpm_verify.h"

/* The Name is recomputed: what the agent calls it does not count. */
static int
ak_name(const struct attest *a, uint8_t *name, size_t *ret_len)
{
	struct tpm_public p;

	return tpm_public_decode(span_make(a->public_key, a->public_key_len),
	    &p) == -1 ? -1 : tpm_name(&p, name, ret_len);
}

int
appraise_challenge(struct span attest, struct span tpm_certs,
    struct credential *ret, const char **ret_err)
{
	uint8_t name[TPM_NAME_MAX];
	struct tpm_certs certs;
	struct attest a;
	size_t n = 0;
	int rc = -1;

	memset(&certs, 0, sizeof(certs));
	if (attest_decode(attest, &a, ret_err) == -1 ||
	    tpm_certs_decode(tpm_certs, &certs, ret_err) == -1)
		goto out;
	*ret_err = "no TPM quote: there is no key to challenge";
	if (!a.has_tpm)
		goto out;
	*ret_err = "the attestation key is malformed";
	if (ak_name(&a, name, &n) == -1)
		goto out;
	*ret_err = "the agent shows no endorsement key";
	if (certs.ek_public == NULL)
		goto out;
	rc = credential_make(span_make(certs.ek_public, certs.ek_public_len),
	    span_make(name, n), ret, ret_err);
out:
	attest_free(&a);
	tpm_certs_free(&certs);
	return rc;
}
