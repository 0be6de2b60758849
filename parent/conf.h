#ifndef PARENT_CONF_H
#define PARENT_CONF_H

#include <stdint.h>

#include "agentd/conf_item.h"
#include "agentd/limits.h"

struct agent;
struct frame;
struct proc;

/* The configuration as conf sent it, item by item; lists are counted. */
struct conf {
	char		*str[CI_MAX];
	uint64_t	 num[CI_MAX];
	char		*hosts[LISTEN_MAX];
	int		 nhosts;
	char		*roots[SNAPSHOT_ROOTS_MAX];
	int		 nroots;
	uint8_t		 seen[CI_MAX];
	int		 errors;
};

void	conf_free(struct conf *);
/* Copy agent.toml into a sealed memfd, digest it, start conf, send it there. */
int	conf_load(struct agent *);
/* All items there and in range; the text of what is wrong, or NULL. */
const char *conf_complete(const struct conf *);
/* PATH, or data_dir/PATH when it is relative, in a static buffer; NULL if too long. */
const char *conf_path(const struct conf *, const char *path);
/* Paths and flags that a reload may not change: the name of one that did, or NULL. */
const char *conf_frozen(const struct conf *now, const struct conf *next);
/* simulated.c: TPM, TEE, IMA list or event log are not the kernel's own. */
int	conf_simulated(const struct conf *);

int	parent_on_conf_item(struct agent *, struct proc *, struct frame *);
int	parent_on_conf_error(struct agent *, struct proc *, struct frame *);
int	parent_on_conf_load_ans(struct agent *, struct proc *, struct frame *);

#endif
