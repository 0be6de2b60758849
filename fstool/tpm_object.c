#include <string.h>
#include <time.h>
#include <tss2/tss2_mu.h>

#include "fstool/tpm_object.h"
#include "workers/tpm_tcti.h"

#define BOUND	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT)
#define PAUSE_MS	20	/* between tries: IMA measures in bursts */

int
object_make(struct tpm_job *j, const struct tpm_parent *p,
    const uint8_t secret[SECRET_LEN], const uint8_t policy[32],
    struct object *ret_o)
{
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcrs;
	TPM2B_SENSITIVE_CREATE in = {
		.sensitive.data.size = SECRET_LEN
	};
	/* systemd's, and noDA: a crash must not lead to a lockout */
	TPM2B_PUBLIC pub = {
		.publicArea = {
			.type = TPM2_ALG_KEYEDHASH,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = BOUND | TPMA_OBJECT_NODA,
			.authPolicy.size = 32,
			.parameters.keyedHashDetail.scheme.scheme =
			    TPM2_ALG_NULL,
			.unique.keyedHash.size = 32,
		},
	};
	TPM2B_PRIVATE *priv = NULL;
	TPM2B_PUBLIC *made = NULL;
	ESYS_TR s;
	TSS2_RC rc;

	if (session_start(j, p, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT |
	    TPMA_SESSION_ENCRYPT, &s) == -1)
		return -1;
	memcpy(pub.publicArea.authPolicy.buffer, policy, 32);
	memcpy(in.sensitive.data.buffer, secret, SECRET_LEN);
	rc = Esys_Create(j->esys, p->tr, s, ESYS_TR_NONE, ESYS_TR_NONE, &in,
	    &pub, &no_data, &no_pcrs, &priv, &made, NULL, NULL, NULL);
	explicit_bzero(&in, sizeof(in));
	job_flush(j, s);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "seal", rc);
	ret_o->priv = *priv;
	ret_o->pub = *made;
	Esys_Free(priv);
	Esys_Free(made);
	return 0;
}

int
object_parse(const uint8_t *p, size_t n, struct object *ret_o)
{
	size_t at = 0;

	memset(ret_o, 0, sizeof(*ret_o));
	return Tss2_MU_TPM2B_PRIVATE_Unmarshal(p, n, &at, &ret_o->priv) ==
	    TSS2_RC_SUCCESS && Tss2_MU_TPM2B_PUBLIC_Unmarshal(p, n, &at,
	    &ret_o->pub) == TSS2_RC_SUCCESS && at == n ? 0 : -1;
}

int
object_bytes(const struct object *o, uint8_t *dst, size_t cap, size_t *ret_len)
{
	size_t at = 0;

	if (Tss2_MU_TPM2B_PRIVATE_Marshal(&o->priv, dst, cap, &at) !=
	    TSS2_RC_SUCCESS || Tss2_MU_TPM2B_PUBLIC_Marshal(&o->pub, dst, cap,
	    &at) != TSS2_RC_SUCCESS)
		return -1;
	*ret_len = at;
	return 0;
}

const char *
object_refuses(const struct object *o, const uint8_t policy[32])
{
	const TPMT_PUBLIC *p = &o->pub.publicArea;

	if (p->type != TPM2_ALG_KEYEDHASH || p->nameAlg != TPM2_ALG_SHA256 ||
	    p->parameters.keyedHashDetail.scheme.scheme != TPM2_ALG_NULL)
		return "is no sealed secret";
	if ((p->objectAttributes & BOUND) != BOUND)
		return "may leave its TPM";
	if ((p->objectAttributes & TPMA_OBJECT_USERWITHAUTH) != 0)
		return "opens without its policy";
	if ((p->objectAttributes & ~(TPMA_OBJECT)(BOUND | TPMA_OBJECT_NODA)) !=
	    0)
		return "has attributes that no sealed secret needs";
	if (p->authPolicy.size != 32 ||
	    memcmp(p->authPolicy.buffer, policy, 32) != 0)
		return "has another policy than the token says";
	return NULL;
}

static TSS2_RC
object_load(struct tpm_job *j, const struct tpm_parent *p,
    const struct object *o, ESYS_TR *ret_tr)
{
	TSS2_RC rc;
	ESYS_TR s;

	if (session_start(j, p, TPM2_SE_HMAC, TPMA_SESSION_DECRYPT, &s) == -1)
		return TSS2_ESYS_RC_GENERAL_FAILURE;
	rc = Esys_Load(j->esys, p->tr, s, ESYS_TR_NONE, ESYS_TR_NONE, &o->priv,
	    &o->pub, ret_tr);
	job_flush(j, s);
	if (rc != TSS2_RC_SUCCESS)
		job_fail_rc(j, "load what was sealed", rc);
	return rc;
}

/* With a new policy session. */
static TSS2_RC
unseal_once(struct tpm_job *j, const struct tpm_parent *p, ESYS_TR tr,
    const TPML_PCR_SELECTION *sel, TPM2B_SENSITIVE_DATA **ret)
{
	TSS2_RC rc;
	ESYS_TR s;

	if (session_start(j, p, TPM2_SE_POLICY, TPMA_SESSION_ENCRYPT, &s) == -1)
		return TSS2_ESYS_RC_GENERAL_FAILURE;
	rc = Esys_PolicyPCR(j->esys, s, NO_SESSIONS, NULL, sel);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_Unseal(j->esys, tr, s, ESYS_TR_NONE, ESYS_TR_NONE,
		    ret);
	job_flush(j, s);
	if (rc != TSS2_RC_SUCCESS)
		job_fail_rc(j, "unseal", rc);
	return rc;
}

TSS2_RC
object_open(struct tpm_job *j, const struct tpm_parent *p,
    const struct object *o, uint16_t bank, uint32_t mask, int *ret_loaded,
    TPM2B_SENSITIVE_DATA **ret)
{
	const struct timespec pause = { 0, PAUSE_MS * 1000000L };
	TPML_PCR_SELECTION sel;
	ESYS_TR tr = ESYS_TR_NONE;
	TSS2_RC rc;
	int i;

	*ret_loaded = 0;
	if ((rc = object_load(j, p, o, &tr)) != TSS2_RC_SUCCESS)
		return rc;
	*ret_loaded = 1;
	pcrs_selection(bank, mask, &sel);
	for (i = 0; i < TPM_TRIES; i++) {
		rc = unseal_once(j, p, tr, &sel, ret);
		if (rc != TPM2_RC_PCR_CHANGED)
			break;
		nanosleep(&pause, NULL);
	}
	job_flush(j, tr);
	return rc;
}
