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
	/* a reload frees the configuration; the device stays for good */
	if ((dev = strdup(dev)) == NULL)
		fatal("tpm_device");
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

static void send_command(struct agent *, struct proc *, const uint8_t *, size_t);

/* The response goes back as it came; an empty one says that there is none. */
static void
on_response(void *arg, const uint8_t *rsp, size_t len)
{
	struct agent *a = arg;
	struct proc *p = a->tpm_caller, *next = a->tpm_waiting;

	a->tpm_caller = NULL;
	a->tpm_waiting = NULL;
	a->tpm_busy = 0;
	if (len == 0)
		log_warnx("the TPM does not answer");
	if (p != NULL)
		answer(p, rsp, len);
	if (next != NULL)
		send_command(a, next, a->tpm_command, a->tpm_command_len);
}

static void
send_command(struct agent *a, struct proc *p, const uint8_t *cmd, size_t len)
{
	if (tpm_dev_command(&a->tpm_dev, cmd, len, on_response, a) == -1) {
		log_warn("TPM");
		answer(p, NULL, 0);
		return;
	}
	a->tpm_caller = p;
	a->tpm_busy = 1;
}

int
parent_on_tpm_cmd(struct agent *a, struct proc *p, struct frame *f)
{
	enum tpm_table table = p->role == ROLE_TPMINIT ? TPM_INIT :
	    a->azure.looking ? TPM_AZURE : TPM_SERVE;
	const struct job *j = a->quoting;
	const char *rule;

	rule = tpm_filter(table, f->data, f->len, j == NULL ? NULL :
	    j->hcl_waits ? &j->hcl : &j->expect);
	if (rule != NULL) {
		log_warnx("%s: TPM command refused: %s", role_name(p->role),
		    rule);
		return -1;
	}
	if (a->tpm_busy) {
		/* its predecessor died with a command at the device */
		memcpy(a->tpm_command, f->data, f->len);
		a->tpm_command_len = f->len;
		a->tpm_waiting = p;
		return 0;
	}
	send_command(a, p, f->data, f->len);
	return 0;
}

void
tpm_caller_gone(struct agent *a, struct proc *p)
{
	if (a->tpm_caller == p)
		a->tpm_caller = NULL;
	if (a->tpm_waiting == p)
		a->tpm_waiting = NULL;
}
