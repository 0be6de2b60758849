#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/store_file.h"
#include "privsep/log.h"

/*
 * A report is made in a configfs entry of its own (Linux
 * Documentation/ABI/testing/configfs-tsm-report). The parent makes and removes
 * the entry and opens its attributes; what is in them is read by tee only.
 */

static const struct {
	const char	*name;
	int		 flags;
} attributes[] = {
	{ "inblob", O_WRONLY }, { "outblob", O_RDONLY }, { "auxblob", O_RDONLY },
	{ "provider", O_RDONLY }, { "generation", O_RDONLY },
};
#define NATTR	(sizeof(attributes) / sizeof(attributes[0]))

static void
entry_path(struct agent *a, unsigned int slot, char *dst, size_t len)
{
	snprintf(dst, len, "%s/cosmian_vm-%u", a->conf.str[CI_TSM_PATH], slot);
}

int
tee_present(struct agent *a)
{
	struct stat st;

	return stat(a->conf.str[CI_TSM_PATH], &st) == 0 && S_ISDIR(st.st_mode);
}

static int
open_entry(const char *dir, int fds[NATTR])
{
	int dfd, rc = -1;
	size_t i, n = 0;

	if ((dfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	for (; n < NATTR; n++) {
		fds[n] = openat(dfd, attributes[n].name,
		    attributes[n].flags | O_CLOEXEC | O_NOFOLLOW);
		/* a provider without certificates has no auxblob */
		if (fds[n] == -1 && errno == ENOENT &&
		    strcmp(attributes[n].name, "auxblob") == 0)
			fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fds[n] == -1)
			goto out;
	}
	rc = 0;
out:
	if (rc == -1)
		for (i = 0; i < n; i++)
			close(fds[i]);
	close(dfd);
	return rc;
}

static struct proc *
start_tee(struct agent *a, unsigned int slot)
{
	char dir[2 * CONF_PATH_MAX];
	struct proc *p = NULL;
	int fds[NATTR];
	size_t i;

	entry_path(a, slot, dir, sizeof(dir));
	if (rmdir(dir) == -1 && errno != ENOENT)	/* of an earlier run */
		log_warn("rmdir %s", dir);
	if (mkdir(dir, 0700) == -1) {
		log_warn("mkdir %s", dir);
		return NULL;
	}
	if (open_entry(dir, fds) == -1)
		log_warn("attributes of %s", dir);
	else {
		p = proc_start(a, ROLE_TEE, slot, fds, NATTR);
		for (i = 0; i < NATTR; i++)
			close(fds[i]);
	}
	if (p == NULL)
		rmdir(dir);
	return p;
}

static struct job *
next_job(struct agent *a)
{
	struct job *j, *next = NULL;
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id != 0 && j->tee_waits && j->tee == NULL &&
		    (next == NULL || (int32_t)(j->id - next->id) < 0))
			next = j;
	}
	return next;
}

static struct job *
job_of(struct agent *a, const struct proc *p)
{
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++)
		if (a->jobs[i].id != 0 && a->jobs[i].tee == p)
			return &a->jobs[i];
	return NULL;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	proc_kill(arg, "no report in time");
}

void
tee_next(struct agent *a)
{
	struct job *j;
	struct proc *p;
	struct wbuf w;
	unsigned int slot;

	for (slot = 0; slot < TEE_JOBS_MAX; slot++) {
		p = NULL;
		/* one that cannot start fails its job, and the next has its turn */
		while (!a->procs.tee[slot].running &&
		    (j = next_job(a)) != NULL &&
		    (p = start_tee(a, slot)) == NULL) {
			j->failed = 1;
			j->tee_waits = 0;
			job_part_done(j);
		}
		if (p == NULL)
			continue;
		j->tee = p;
		p->job = j->id;
		wbuf_init(&w);
		put_raw(&w, j->report_data, sizeof(j->report_data));
		proc_ask_when_ready(a, p, MSG_REPORT_REQ, j->id, &w, NULL, 0);
	}
}

/* HELLO has ended its timer; from now on the report's own runs. */
void
tee_ready(struct agent *a, struct proc *p)
{
	struct timeval tv = { TEE_TIMEOUT_S, 0 };

	if ((p->timer = evtimer_new(a->base, on_timeout, p)) != NULL)
		evtimer_add(p->timer, &tv);
}

int
parent_on_report_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct job *j = job_of(a, p);
	char reason[256];
	unsigned int ok, kind;
	struct rbuf r;

	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	kind = get_u8(&r);
	get_str(&r, reason, sizeof(reason));
	if (msg_end(&r) == -1 || ok > 1 || kind >= TEE_MAX ||
	    f->nfds != (int)ok || j == NULL || f->id != j->id)
		return -1;
	if (ok) {
		/* web and tee hold it at the same time */
		if (kind == TEE_NONE ||
		    !fd_is_sealed(f->fds[0], TEE_QUOTE_MAX))
			return -1;
		j->tee_fd = frame_take(f, 0);
		j->ans.tee = (uint8_t)kind;
	} else {
		log_warnx("tee: %s", reason);
		j->failed = 1;
	}
	j->tee = NULL;
	j->tee_waits = 0;
	job_part_done(j);
	return 0;
}

void
tee_entry_remove(struct agent *a, unsigned int slot)
{
	char dir[2 * CONF_PATH_MAX];

	entry_path(a, slot, dir, sizeof(dir));
	if (rmdir(dir) == -1)
		log_warn("rmdir %s", dir);
}

void
tee_gone(struct agent *a, struct proc *p)
{
	struct job *j = job_of(a, p);

	tee_entry_remove(a, p->slot);
	if (j != NULL) {
		j->tee = NULL;
		j->failed = 1;
		j->tee_waits = 0;
		job_part_done(j);
	}
	tee_next(a);
}
