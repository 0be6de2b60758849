#include <openssl/crypto.h>
#include <string.h>

#include "fstool/tpm_object.h"
#include "fstool/tpm_seal.h"

/* The PCRs have these values now: what opens is compared with what was sealed. */
static int
opens(struct tpm_job *j, const struct tpm_parent *p, const struct object *o,
    const struct pcrs *now, const uint8_t secret[SECRET_LEN])
{
	TPM2B_SENSITIVE_DATA *got = NULL;
	int loaded, rc = -1;

	if (object_open(j, p, o, now->bank, now->mask, &loaded, &got) !=
	    TSS2_RC_SUCCESS)
		return -1;
	if (got->size == SECRET_LEN &&
	    CRYPTO_memcmp(got->buffer, secret, SECRET_LEN) == 0)
		rc = 0;
	else
		job_fail(j, "what the TPM unseals is not what was sealed");
	OPENSSL_cleanse(got, sizeof(*got));
	Esys_Free(got);
	return rc;
}

/* One that opens now, of which nothing remains. */
static int
twin_opens(struct tpm_job *j, const struct tpm_parent *p,
    const struct pcrs *now, const uint8_t secret[SECRET_LEN])
{
	struct object twin;
	uint8_t policy[32];

	return pcrs_policy(j, p, now, policy) == 0 &&
	    object_make(j, p, secret, policy, &twin) == 0 ?
	    opens(j, p, &twin, now, secret) : -1;
}

static int
seal(struct tpm_job *j, const struct tpm_parent *p,
    const struct seal_ask *q, struct seal_ans *a)
{
	struct pcrs later = { .bank = q->bank, .mask = q->mask,
	    .values_len = q->values_len }, now = later;
	struct object o;
	const char *why;

	memcpy(later.values, q->values, q->values_len);
	if (pcrs_read(j, &now) == -1 ||
	    pcrs_policy(j, p, &later, a->policy) == -1 ||
	    object_make(j, p, q->secret, a->policy, &o) == -1)
		return -1;
	if ((why = object_refuses(&o, a->policy)) != NULL)
		return job_fail(j, "what the TPM has sealed %s", why);
	if (object_bytes(&o, a->blob, sizeof(a->blob), &a->blob_len) == -1)
		return job_fail(j, "what the TPM has sealed is too long");
	if (pcrs_equal(&now, &later)) {
		a->proof = SEAL_UNSEALED;
		return opens(j, p, &o, &now, q->secret);
	}
	a->proof = SEAL_TWIN;
	return twin_opens(j, p, &now, q->secret);
}

void
tpm_seal(struct tpm_job *j, const struct seal_ask *q, struct seal_ans *a)
{
	struct tpm_parent p;

	if (parent_any(j, &p) == -1)
		return;
	a->primary_ecc = (uint8_t)p.ecc;
	a->ok = seal(j, &p, q, a) == 0;
	parent_close(j, &p);
	if (a->ok)
		a->why[0] = '\0';	/* of tries that were not the last */
	else {
		a->proof = 0;
		a->blob_len = 0;
	}
}
