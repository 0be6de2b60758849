#ifndef FSTOOL_TPM_NV_H
#define FSTOOL_TPM_NV_H

#include "fstool/answers.h"
#include "fstool/tpm_job.h"

/*
 * The counter of a container's header.  It cannot be set back: an index that
 * is defined again begins above every counter that this TPM ever had.  The
 * answer is complete, its text included, whatever happens.
 */
void	nv_define(struct tpm_job *, const struct nv_ask *, struct nv_ans *);
void	nv_read(struct tpm_job *, const struct nv_ask *, struct nv_ans *);
void	nv_bump(struct tpm_job *, const struct nv_ask *, struct nv_ans *);
void	nv_undefine(struct tpm_job *, const struct nv_ask *, struct nv_ans *);

#endif
