#ifndef CLI_SAVEDIR_H
#define CLI_SAVEDIR_H

#include <limits.h>
#include <signal.h>
#include <stdint.h>

#define SAVED_MAX	32	/* files of one directory */
#define SAVED_NAME_MAX	32

/*
 * A new directory of files that appears whole or not at all: written beside
 * its place and renamed. SIGINT, SIGTERM and SIGHUP wait until it is done;
 * what takes long was fetched before.
 */
struct savedir {
	char		path[PATH_MAX];
	char		temp[PATH_MAX];
	int		fd;
	int		n;
	char		name[SAVED_MAX][SAVED_NAME_MAX];
	int		sub;		/* a folder "collateral" was made */
	sigset_t	before;
};

/* 0 if a directory can be made there: nothing or an empty one. -1 and errno. */
int	savedir_check(const char *path);

/* Each 0, or -1 and errno; after a failure savedir_abort(). */
int	savedir_begin(struct savedir *, const char *path);
/* name: "x" or "collateral/x"; all of fd's bytes, at most max */
int	savedir_add(struct savedir *, const char *name, int fd, uint64_t max);
int	savedir_add_text(struct savedir *, const char *name, const char *);
int	savedir_commit(struct savedir *);

/* Remove what was written; keeps errno. */
void	savedir_abort(struct savedir *);

#endif
