#ifndef FSTOOL_TPM_JOB_H
#define FSTOOL_TPM_JOB_H

#include <tss2/tss2_esys.h>

#include "fstool/limits.h"

/*
 * What the answers to all messages need: an ESYS context, a text for why it
 * was not done, sessions and their parent.  Whatever returns -1 has said why.
 */

#define NO_SESSIONS	ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE

struct tpm_job {
	ESYS_CONTEXT	*esys;
	char		*why;	/* REASON_MAX */
};

int	job_fail(struct tpm_job *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* What failed, and the code in words, with what to do where that is known. */
int	job_fail_rc(struct tpm_job *, const char *what, TSS2_RC);
/* The same of a command that the owner authorises. */
int	job_fail_owner(struct tpm_job *, const char *what, TSS2_RC);

/* Unload, also when ESYS is in no state to do it. */
void	job_flush(struct tpm_job *, ESYS_TR);

/* Sessions are salted with it, what is sealed lies below it. */
struct tpm_parent {
	ESYS_TR	tr;
	int	loaded;		/* a transient object: to be flushed */
	int	ecc;
};

/*
 * The owner's primary key of systemd 252, made anew each time from the TPM's
 * seed: ECC P-256, or RSA 2048.  parent_any takes RSA where there is no P-256.
 */
int	parent_make(struct tpm_job *, int ecc, struct tpm_parent *ret_p);
int	parent_any(struct tpm_job *, struct tpm_parent *ret_p);
/*
 * A persistent one as later versions of systemd name it (tpm2_srk): handle
 * and Name count, the rest is read from the TPM.  1 when it is there, 0 when
 * another or none is, with a text; -1.
 */
int	parent_srk(struct tpm_job *, const uint8_t *srk, size_t n,
	    struct tpm_parent *ret_p);
void	parent_close(struct tpm_job *, struct tpm_parent *);

/*
 * A session of the type (TPM2_SE_*), salted, with parameters encrypted as
 * `how` says (TPMA_SESSION_ENCRYPT, _DECRYPT).  It stays until it is flushed.
 */
int	session_start(struct tpm_job *, const struct tpm_parent *,
	    TPM2_SE type, TPMA_SESSION how, ESYS_TR *ret_session);

#endif
