#ifndef PARENT_AZURE_H
#define PARENT_AZURE_H

#include <stdint.h>
#include <time.h>

struct agent;
struct event;
struct frame;
struct job;
struct proc;

/*
 * Machines of Azure, whose report is made by a paravisor and lies in its vTPM:
 * tpm writes and reads it, serialised, and meta asks the metadata service for
 * what goes with it. That it is such a machine is said by the TPM alone.
 */
struct azure {
	int		 looking;	/* there is no other TEE: tpm may look */
	unsigned int	 kind;		/* enum tee_kind of its reports, TEE_NONE: another machine */
	int		 certs_fd;	/* sealed memfd, PEM; -1 */
	time_t		 failed;	/* when certificates were not to be had, 0 */
	int		 sock;		/* being connected, -1 */
	struct event	*connect_ev;
	uint32_t	 job;		/* meta is asked for it; 0: nothing is under way */
	int		 stale;		/* a reload came: what is under way is not kept */
};

void	azure_init(struct agent *);
/* Certificates are asked for anew: after a reload. */
void	azure_forget(struct agent *);

/* NULL, or what is wrong with imds_address. */
const char *azure_address_refuses(const char *);

/* The tpm worker has said what its TPM holds. -1: a value that cannot be. */
int	azure_found(struct agent *, unsigned int kind);

/* Hand a job to the tpm worker, to write its report data and read the report. */
int	azure_job_start(struct agent *, struct job *);
int	parent_on_hcl_ans(struct agent *, struct proc *, struct frame *);

/* Jobs whose report is there get what goes with it, or meta is asked. */
void	azure_next(struct agent *);
int	parent_on_meta_ans(struct agent *, struct proc *, struct frame *);
/* Its HELLO has come: now the time limit of its answer runs. */
void	azure_meta_ready(struct agent *, struct proc *);
void	azure_meta_gone(struct agent *, struct proc *);

#endif
