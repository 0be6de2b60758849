#ifndef PARENT_TPM_DEV_H
#define PARENT_TPM_DEV_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/limits.h"

/*
 * The TPM as the parent sees it: bytes in, bytes out, unread, one command at
 * a time, and never a call that waits. "/dev/tpmrm0" stays open; "unix:PATH"
 * (swtpm, which serves one client at a time) is connected anew for each.
 */

typedef void tpm_dev_done(void *arg, const uint8_t *rsp, size_t len);

enum tpm_dev_state {
	TPM_DEV_IDLE,
	TPM_DEV_CONNECTING,
	TPM_DEV_WRITING,
	TPM_DEV_READING,
	TPM_DEV_STALE		/* timed out; the device still owes an answer */
};

struct tpm_dev {
	struct event_base	*base;
	struct event		*io;
	struct event		*retry;
	struct event		*timeout;
	const char		*sock;		/* NULL: a device */
	int			 fd;
	enum tpm_dev_state	 state;
	unsigned int		 refused;	/* connects so far that nobody took */
	size_t			 len;		/* of buf: the command, then the response */
	size_t			 done_len;	/* written or read so far */
	uint8_t			 buf[TPM_CMD_MAX];
	tpm_dev_done		*done;
	void			*arg;
};

/*
 * path must outlive the device. 0, or -1 with errno and nothing open; a
 * missing socket shows only with the first command.
 */
int	tpm_dev_init(struct tpm_dev *, struct event_base *, const char *path);

/*
 * Send a command. done is called once from the loop, never from in here, with
 * len 0 when it failed; it may start the next. -1: EBUSY while one is under
 * way or owed, EMSGSIZE, or what opening or writing failed with.
 */
int	tpm_dev_command(struct tpm_dev *, const uint8_t *cmd, size_t len,
	    tpm_dev_done *done, void *arg);

/* Gives everything up; done is not called. Closing waits for a command that a device executes. */
void	tpm_dev_close(struct tpm_dev *);

#endif
