#include <string.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/log.h"

int
tpm_open(struct agent *a)
{
	const char *dev = a->conf.str[CI_TPM_DEVICE];

	if (dev[0] == '\0')
		return 0;
	if (tpm_dev_init(&a->tpm_dev, a->base, dev) == -1) {
		log_warn("tpm_device %s", dev);
		return -1;
	}
	a->have_tpm = 1;
	return 0;
}

static void
answer(struct proc *p, const uint8_t *rsp, size_t len)
{
	struct wbuf w;

	wbuf_init(&w);
	put_raw(&w, rsp, len);
	proc_send(p, MSG_TPM_CMD_ANS, 0, &w, NULL, 0);
}

/* The response goes back as it came; an empty one says that there is none. */
static void
on_response(void *arg, const uint8_t *rsp, size_t len)
{
	struct agent *a = arg;
	struct proc *p = a->tpm_caller;

	a->tpm_caller = NULL;
	if (len == 0)
		log_warnx("the TPM does not answer");
	if (p != NULL)
		answer(p, rsp, len);
}

int
parent_on_tpm_cmd(struct agent *a, struct proc *p, struct frame *f)
{
	enum tpm_table table = p->role == ROLE_TPMINIT ? TPM_INIT : TPM_SERVE;
	const char *rule;

	rule = tpm_filter(table, f->data, f->len,
	    a->quoting != NULL ? &a->quoting->expect : NULL);
	if (rule != NULL) {
		log_warnx("%s: TPM command refused: %s", role_name(p->role),
		    rule);
		return -1;
	}
	if (tpm_dev_command(&a->tpm_dev, f->data, f->len, on_response, a)
	    == -1) {
		log_warn("TPM");
		answer(p, NULL, 0);
		return 0;
	}
	a->tpm_caller = p;
	return 0;
}

void
tpm_caller_gone(struct agent *a, struct proc *p)
{
	if (a->tpm_caller == p)
		a->tpm_caller = NULL;
}
