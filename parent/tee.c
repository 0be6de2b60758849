#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/azure.h"
#include "parent/store_file.h"
#include "privsep/log.h"
#include "privsep/unmeasured.h"

/*
 * A report is made in a configfs entry of its own (Linux
 * Documentation/ABI/testing/configfs-tsm-report). The parent makes and removes
 * the entry and opens its attributes; what is in them is read by tee only.
 * Where there is no configfs-tsm it opens the guest device, and tee makes the
 * call, since that may wait for the host as long as the host likes.
 */

#define SEV_GUEST	"/dev/sev-guest"
#define TDX_GUEST	"/dev/tdx_guest"

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

static int
is_there(const char *path, mode_t type)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static enum tee_source
source_find(struct agent *a)
{
	const char *device = a->conf.str[CI_TEE_DEVICE];

	if (strncmp(device, "unix:", 5) == 0)
		return TEE_FROM_SOCKET;
	if (strcmp(device, TDX_GUEST) == 0)
		return is_there(device, S_IFCHR) ? TEE_FROM_TDX_GUEST :
		    TEE_FROM_NOTHING;
	if (strcmp(device, "auto") == 0 &&
	    is_there(a->conf.str[CI_TSM_PATH], S_IFDIR))
		return TEE_FROM_TSM;
	/* tdx_guest alone makes no quotes, so it is nothing to fall back on */
	return is_there(SEV_GUEST, S_IFCHR) ? TEE_FROM_SEV_GUEST :
	    TEE_FROM_NOTHING;
}

const char *
tee_place(struct agent *a)
{
	switch (source_find(a)) {
	case TEE_FROM_TSM:
		return a->conf.str[CI_TSM_PATH];
	case TEE_FROM_SEV_GUEST:
		return SEV_GUEST;
	case TEE_FROM_TDX_GUEST:
		return TDX_GUEST ", which makes no quotes";
	case TEE_FROM_SOCKET:
		return a->conf.str[CI_TEE_DEVICE];
	default:
		return "not there";
	}
}

/* A kernel may have configfs-tsm, and nothing behind it that makes reports. */
static int
tsm_serves(struct agent *a)
{
	char dir[2 * CONF_PATH_MAX];

	entry_path(a, 0, dir, sizeof(dir));
	if (mkdir(dir, 0700) == -1)
		return errno != ENXIO;
	if (rmdir(dir) == -1)
		log_warn("rmdir %s", dir);
	return 1;
}

int
tee_open(struct agent *a)
{
	enum tee_source source = source_find(a);

	a->have_tee = 0;
	if (a->conf.num[CI_TEE] == 0)
		return 0;
	if (source == TEE_FROM_TDX_GUEST || (source == TEE_FROM_NOTHING &&
	    is_there(TDX_GUEST, S_IFCHR)))
		log_warnx("%s makes no quotes: they need the kernel's "
		    "configfs-tsm (Linux 6.7)", TDX_GUEST);
	if (source == TEE_FROM_TSM && !tsm_serves(a))
		source = TEE_FROM_NOTHING;
	/* then a vTPM of Azure may have reports: after_ak() looks again */
	a->azure.looking = source == TEE_FROM_NOTHING && a->have_tpm;
	if (source == TEE_FROM_NOTHING && a->conf.num[CI_TEE] == 1 &&
	    !a->azure.looking) {
		log_warnx("tee = true, but there is neither %s nor %s",
		    a->conf.str[CI_TSM_PATH],
		    strcmp(a->conf.str[CI_TEE_DEVICE], "auto") == 0 ?
		    SEV_GUEST : a->conf.str[CI_TEE_DEVICE]);
		return -1;
	}
	a->have_tee = source != TEE_FROM_NOTHING;
	return 0;
}

static int
open_entry(const char *dir, int fds[NATTR])
{
	int dfd, rc = -1;
	size_t i, n = 0;

	if ((dfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	for (; n < NATTR; n++) {
		/* IMA reads and lists what root opens, here a report */
		fds[n] = openat_unmeasured(dfd, attributes[n].name,
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

/* Makes the entry; the number of descriptors, or -1. */
static int
lend_entry(struct agent *a, unsigned int slot, int fds[NATTR])
{
	char dir[2 * CONF_PATH_MAX];

	entry_path(a, slot, dir, sizeof(dir));
	if (rmdir(dir) == -1 && errno != ENOENT)	/* of an earlier run */
		log_warn("rmdir %s", dir);
	if (mkdir(dir, 0700) == -1) {
		log_warn("mkdir %s", dir);
		return -1;
	}
	a->tee_entries |= 1U << slot;
	if (open_entry(dir, fds) == 0)
		return NATTR;
	log_warn("attributes of %s", dir);
	return -1;
}

/* To whom it connects it says nothing: tee does. Blocking is for tee alone. */
static int
socket_open(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    fcntl(fd, F_SETFL, 0) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
lend_device(struct agent *a, enum tee_source source, int fds[NATTR])
{
	const char *path = source == TEE_FROM_SOCKET ?
	    a->conf.str[CI_TEE_DEVICE] + strlen("unix:") :
	    source == TEE_FROM_SEV_GUEST ? SEV_GUEST : TDX_GUEST;

	fds[0] = source == TEE_FROM_SOCKET ? socket_open(path) :
	    open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fds[0] == -1) {
		log_warn("%s", path);
		return -1;
	}
	return 1;
}

static struct proc *
start_tee(struct agent *a, unsigned int slot, enum tee_source source)
{
	struct proc *p = NULL;
	int fds[NATTR], i, n;

	n = source == TEE_FROM_TSM ? lend_entry(a, slot, fds) :
	    lend_device(a, source, fds);
	if (n != -1)
		p = proc_start(a, ROLE_TEE, slot, fds, n);
	for (i = 0; i < n; i++)
		close(fds[i]);
	if (p == NULL)
		tee_entry_remove(a, slot);
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
job_failed(struct agent *a, const struct proc *p)
{
	struct job *j = job_of(a, p);

	if (j == NULL)
		return;
	j->tee = NULL;
	j->failed = 1;
	j->tee_waits = 0;
	job_part_done(j);
}

/* A call in the kernel may outlive the kill: the client does not wait for it. */
static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;

	(void)fd;
	(void)what;
	proc_kill(p, "no report in time");
	job_failed(p->agent, p);
}

void
tee_next(struct agent *a)
{
	struct job *j;
	struct proc *p;
	struct wbuf w;
	unsigned int slot;
	enum tee_source source = source_find(a);

	if (a->azure.kind != TEE_NONE) {
		azure_next(a);
		return;
	}
	if (source == TEE_FROM_NOTHING)		/* gone since the start */
		source = TEE_FROM_TSM;
	for (slot = 0; slot < TEE_JOBS_MAX; slot++) {
		p = NULL;
		/* one that cannot start fails its job, and the next has its turn */
		while (!a->procs.tee[slot].running &&
		    (j = next_job(a)) != NULL &&
		    (p = start_tee(a, slot, source)) == NULL) {
			j->failed = 1;
			j->tee_waits = 0;
			job_part_done(j);
		}
		if (p == NULL)
			continue;
		j->tee = p;
		p->job = j->id;
		wbuf_init(&w);
		put_u8(&w, (uint8_t)source);
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
	if (msg_end(&r) == -1 || ok > 1 ||
	    f->nfds != (int)ok || j == NULL || f->id != j->id)
		return -1;
	if (ok) {
		/* web and tee hold it at the same time */
		if ((kind != TEE_SEV_SNP && kind != TEE_TDX) ||
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

	if ((a->tee_entries & 1U << slot) == 0)
		return;
	a->tee_entries &= ~(1U << slot);
	entry_path(a, slot, dir, sizeof(dir));
	if (rmdir(dir) == -1)
		log_warn("rmdir %s", dir);
}

void
tee_gone(struct agent *a, struct proc *p)
{
	tee_entry_remove(a, p->slot);
	job_failed(a, p);
	tee_next(a);
}
