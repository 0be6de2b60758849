#ifndef PARENT_BOOT_H
#define PARENT_BOOT_H

#include <stddef.h>

struct agent;
struct frame;
struct proc;

int	parent_on_tpminit_saved(struct agent *, struct proc *, struct frame *);
int	parent_on_tpminit_ans(struct agent *, struct proc *, struct frame *);

/* The file name of a role's program, as it is in the config item. */
void	program_name(unsigned int role, char *dst, size_t len);

/* hooks.c: timeouts and compat_quotes, and to web the config item's parts, after a reload */
void	limits_to_workers(struct agent *);

#endif
