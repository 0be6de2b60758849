#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "fstool/tpm_object.h"
#include "fstool/tpm_seal.h"
#include "workers/tpm_tcti.h"

static enum unseal_status
foreign(struct tpm_job *j, const char *why)
{
	job_fail(j, "what is sealed in the token %s", why);
	return UNSEAL_FOREIGN;
}

/* Which PCRs it needs, and whether it is the cap that keeps it shut. */
static enum unseal_status
pcrs_differ(struct tpm_job *j, const struct header_token *t)
{
	static const uint8_t zero[PCR_DIGEST_MAX];
	struct pcrs cap = { .bank = t->bank, .mask = 1u << PCR_CAP };
	char list[100];

	pcrs_text(t->pcr_mask, list, sizeof(list));
	if ((t->pcr_mask >> PCR_CAP & 1) != 0 && pcrs_read(j, &cap) == 0 &&
	    memcmp(cap.values, zero, cap.values_len) != 0)
		job_fail(j, "PCR %u is not zero any more: in this boot the "
		    "container was opened already, or nothing is to be opened "
		    "any more (bound to PCR %s)", PCR_CAP, list);
	else
		job_fail(j, "a PCR has another value than when it was sealed; "
		    "it is bound to PCR %s", list);
	return UNSEAL_PCRS;
}

/* What it means that the TPM did not do it; the text is that of job_fail_rc. */
static enum unseal_status
meaning(struct tpm_job *j, const struct header_token *t, TSS2_RC rc, int loaded)
{
	if (rc == TPM2_RC_LOCKOUT)
		return UNSEAL_LOCKOUT;
	if (loaded && tpm_base_rc(rc) == TPM2_RC_POLICY_FAIL)
		return pcrs_differ(j, t);
	if (loaded && rc == TPM2_RC_PCR_CHANGED)
		job_fail(j, "PCRs changed during each of %d tries to unseal",
		    TPM_TRIES);
	/* the TPM says that one of the two parts is not what it once made */
	if (!loaded && (rc & TSS2_RC_LAYER_MASK) == 0 &&
	    (rc & TPM2_RC_FMT1) != 0 && (rc & TPM2_RC_P) != 0)
		return foreign(j, "was sealed by another TPM, or is damaged");
	return UNSEAL_FAILED;
}

static enum unseal_status
unseal(struct tpm_job *j, const struct tpm_parent *p,
    const struct header_token *t, const struct object *o, struct unseal_ans *a)
{
	TPM2B_SENSITIVE_DATA *got = NULL;
	enum unseal_status status = UNSEAL_OK;
	TSS2_RC rc;
	int loaded;

	rc = object_open(j, p, o, t->bank, t->pcr_mask, &loaded, &got);
	if (rc != TSS2_RC_SUCCESS)
		return meaning(j, t, rc, loaded);
	if (got->size == 0 || got->size > sizeof(a->secret))
		status = foreign(j, "has a length that no secret has");
	else {
		a->secret_len = got->size;
		memcpy(a->secret, got->buffer, got->size);
	}
	OPENSSL_cleanse(got, sizeof(*got));
	Esys_Free(got);
	return status;
}

static enum unseal_status
parent_of(struct tpm_job *j, const struct header_token *t,
    struct tpm_parent *ret_p)
{
	int r;

	if (t->srk_len == 0)
		r = parent_make(j, t->primary_ecc, ret_p) == 0 ? 1 : -1;
	else
		r = parent_srk(j, t->srk, t->srk_len, ret_p);
	return r == 1 ? UNSEAL_OK : r == 0 ? UNSEAL_FOREIGN : UNSEAL_FAILED;
}

/* Before the TPM sees anything of it. */
static enum unseal_status
judge(struct tpm_job *j, const struct header_token *t, struct object *ret_o)
{
	const char *why;

	if (object_parse(t->blob, t->blob_len, ret_o) == -1)
		return foreign(j, "is damaged");
	if (t->policy_len != 32)
		return foreign(j, "has another policy than the token says");
	if ((why = object_refuses(ret_o, t->policy)) != NULL)
		return foreign(j, why);
	return UNSEAL_OK;
}

void
tpm_unseal(struct tpm_job *j, const struct header_token *t,
    struct unseal_ans *a)
{
	struct tpm_parent p = { .loaded = 0 };
	enum unseal_status status;
	struct object o;

	if ((status = judge(j, t, &o)) == UNSEAL_OK &&
	    (status = parent_of(j, t, &p)) == UNSEAL_OK)
		status = unseal(j, &p, t, &o, a);
	parent_close(j, &p);
	if (status == UNSEAL_OK)
		a->why[0] = '\0';	/* of tries that were not the last */
	a->status = (uint8_t)status;
}
