#ifndef PARENT_NOTIFY_H
#define PARENT_NOTIFY_H

/* Tell systemd, when it asked (sd_notify(3)'s protocol); else nothing. */
void	notify(const char *state);

#endif
