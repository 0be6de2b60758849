#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "parent/agent.h"
#include "parent/snapshot.h"
#include "privsep/log.h"

int
log_open(struct agent *a, unsigned int which)
{
	char path[2 * CONF_PATH_MAX];

	if (which == LOG_EVENTS)
		snprintf(path, sizeof(path), "%s",
		    a->conf.str[CI_EVENTLOG_PATH]);
	else
		snprintf(path, sizeof(path), "%s/%s_runtime_measurements",
		    a->conf.str[CI_IMA_PATH],
		    which == LOG_IMA_BINARY ? "binary" : "ascii");
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

int
parent_on_log(struct agent *a, struct proc *p, struct frame *f)
{
	struct conn *c = conn_find(a, f->id);
	enum answer status = ANSWER_OK;
	struct wbuf w;
	int fd = -1;

	if (f->data[0] >= LOG_MAX || (c != NULL && c->web != p))
		return -1;
	if (c == NULL || !c->tls)
		status = ANSWER_FAILED;
	else if ((fd = log_open(a, f->data[0])) == -1) {
		status = errno == ENOENT ? ANSWER_ABSENT : ANSWER_FAILED;
		if (status == ANSWER_FAILED)
			log_warn("log %u", f->data[0]);
	}
	wbuf_init(&w);
	put_u8(&w, (uint8_t)status);
	proc_send(p, MSG_LOG_ANS, f->id, &w, &fd, fd != -1 ? 1 : 0);
	return 0;
}
