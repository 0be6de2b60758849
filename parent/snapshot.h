#ifndef PARENT_SNAPSHOT_H
#define PARENT_SNAPSHOT_H

struct agent;
struct frame;
struct proc;

/* One snapshot at a time: made by hasher, digested here in slices, kept open. */
int	parent_on_snapshot(struct agent *, struct proc *, struct frame *);
int	parent_on_snapshot_del(struct agent *, struct proc *, struct frame *);
int	parent_on_hash_progress(struct agent *, struct proc *, struct frame *);
int	parent_on_hash_ans(struct agent *, struct proc *, struct frame *);
/* Its HELLO has come: now the time limit of the snapshot runs. */
void	snapshot_hasher_ready(struct agent *, struct proc *);
void	snapshot_hasher_gone(struct agent *);

/* logs.c: IMA and event log, opened here and lent */
int	log_open(struct agent *, unsigned int which);
int	parent_on_log(struct agent *, struct proc *, struct frame *);

#endif
