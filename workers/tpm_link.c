#include "privsep/agent_child.h"
#include "privsep/log.h"
#include "workers/tpm_link.h"

/* The agent's: the parent has the device, filters, and sees to the time. */

void
tpm_link_send(const struct wbuf *cmd)
{
	ask_send(MSG_TPM_CMD_REQ, 0, cmd, NULL, 0);
}

void
tpm_link_receive(struct frame *rsp)
{
	ask_next(rsp);
	if (rsp->type != MSG_TPM_CMD_ANS || rsp->nfds != 0)
		fatalx("%s instead of the TPM's answer", msg_name(rsp->type));
}
