#ifndef FSTOOL_WHY_H
#define FSTOOL_WHY_H

/*
 * Why a command of the front ended: the first who says so wins, for what
 * follows is its consequence.  Each returns -1.
 */

/* It could not be done: exit status 1. Says what to do next where there is something. */
int	could_not(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* It was looked at and is not to be trusted: exit status 3. */
int	refused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

const char *why_text(void);	/* "" when nobody said anything */
int	why_status(void);	/* 0, 1 or 3 */
void	why_clear(void);

/* What is being done, on standard error, unless --json or --quiet. */
void	progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Something that the user should know, the same way. */
void	notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	progress_off(void);

#endif
