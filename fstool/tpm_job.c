#include <stdarg.h>
#include <stdio.h>
#include <tss2/tss2_rc.h>

#include "fstool/tpm_job.h"
#include "workers/tpm_keys.h"
#include "workers/tpm_tcti.h"

int
job_fail(struct tpm_job *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->why, REASON_MAX, fmt, ap);
	va_end(ap);
	return -1;
}

int
job_fail_rc(struct tpm_job *j, const char *what, TSS2_RC rc)
{
	if (rc == TPM2_RC_LOCKOUT)
		return job_fail(j, "%s: the TPM is locked after wrong "
		    "authorisations; wait, or end it with "
		    "\"tpm2_dictionarylockout -c\"", what);
	return job_fail(j, "%s: 0x%x %s", what, rc, Tss2_RC_Decode(rc));
}

int
job_fail_owner(struct tpm_job *j, const char *what, TSS2_RC rc)
{
	TSS2_RC base = tpm_base_rc(rc);

	if (base == TPM2_RC_BAD_AUTH || base == TPM2_RC_AUTH_FAIL)
		return job_fail(j, "%s: somebody has set an authorisation for "
		    "the TPM's owner hierarchy; empty it with "
		    "\"tpm2_changeauth -c owner -p OLD\", or clear the TPM",
		    what);
	return job_fail_rc(j, what, rc);
}

void
job_flush(struct tpm_job *j, ESYS_TR tr)
{
	TPM2_HANDLE h;

	if (tr == ESYS_TR_NONE ||
	    Esys_TR_GetTpmHandle(j->esys, tr, &h) != TSS2_RC_SUCCESS)
		return;
	if (Esys_FlushContext(j->esys, tr) != TSS2_RC_SUCCESS)
		tpm_flush_handle(h);
}

int
session_start(struct tpm_job *j, const struct tpm_parent *p, TPM2_SE type,
    TPMA_SESSION how, ESYS_TR *ret_session)
{
	static const TPMT_SYM_DEF aes = {
		.algorithm = TPM2_ALG_AES, .keyBits.aes = 128,
		.mode.aes = TPM2_ALG_CFB
	};
	ESYS_TR s = ESYS_TR_NONE;
	TSS2_RC rc;

	rc = Esys_StartAuthSession(j->esys, p->tr, ESYS_TR_NONE, NO_SESSIONS,
	    NULL, type, &aes, TPM2_ALG_SHA256, &s);
	if (rc != TSS2_RC_SUCCESS)
		return job_fail_rc(j, "start a session", rc);
	rc = Esys_TRSess_SetAttributes(j->esys, s,
	    how | TPMA_SESSION_CONTINUESESSION, 0xff);
	if (rc != TSS2_RC_SUCCESS) {
		job_flush(j, s);
		return job_fail_rc(j, "start a session", rc);
	}
	*ret_session = s;
	return 0;
}
