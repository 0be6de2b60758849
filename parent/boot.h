#ifndef PARENT_BOOT_H
#define PARENT_BOOT_H

struct agent;
struct frame;
struct proc;

int	parent_on_tpminit_saved(struct agent *, struct proc *, struct frame *);
int	parent_on_tpminit_ans(struct agent *, struct proc *, struct frame *);

/* hooks.c: timeouts and compat_quotes, at a start and after a reload */
void	limits_to_workers(struct agent *);

#endif
