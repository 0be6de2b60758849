#ifndef PRIVSEP_UNMEASURED_H
#define PRIVSEP_UNMEASURED_H

/*
 * Under ima_policy=tcb the kernel measures what root opens for reading.  Data
 * that differs from machine to machine, or from boot to boot, then makes every
 * machine look changed.  Such a file is opened here, while all ids of this one
 * process are another's; its capabilities stay, so that it may open what root
 * may.  Programs and configuration are not data: they stay measured.
 *
 * For processes with one thread, which have CAP_SETUID and CAP_SETPCAP.
 */

/* Whose id: an account without processes, which could send signals meanwhile. */
void	unmeasured_uid(unsigned int uid);

/*
 * Like open(2) and openat(2) of a file that is there: a new one would belong
 * to that id, so O_CREAT and O_TMPFILE are EINVAL.  -1 with errno.  An id that
 * cannot be taken back ends the process.
 */
int	open_unmeasured(const char *path, int flags);
int	openat_unmeasured(int dir, const char *path, int flags);

#endif
