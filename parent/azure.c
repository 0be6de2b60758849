#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/attest.h"
#include "parent/azure.h"
#include "parent/store_file.h"
#include "privsep/log.h"

void
azure_init(struct agent *a)
{
	a->azure.certs_fd = a->azure.sock = -1;
}

void
azure_forget(struct agent *a)
{
	struct azure *z = &a->azure;

	if (z->certs_fd != -1)
		close(z->certs_fd);
	z->certs_fd = -1;
	z->failed = 0;
	z->stale = z->job != 0;
}

static int
address_parse(const char *text, struct sockaddr_in *ret_sin)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	size_t n = colon == NULL ? sizeof(host) : (size_t)(colon - text);
	unsigned long port;
	char *end;

	memset(ret_sin, 0, sizeof(*ret_sin));
	ret_sin->sin_family = AF_INET;
	if (n >= sizeof(host) || colon[1] < '1' || colon[1] > '9')
		return -1;
	memcpy(host, text, n);
	host[n] = '\0';
	port = strtoul(colon + 1, &end, 10);
	ret_sin->sin_port = htons((uint16_t)port);
	return *end == '\0' && port <= 65535 &&
	    inet_pton(AF_INET, host, &ret_sin->sin_addr) == 1 ? 0 : -1;
}

const char *
azure_address_refuses(const char *text)
{
	struct sockaddr_in sin;

	return address_parse(text, &sin) == -1 ? "agent.imds_address" : NULL;
}

int
azure_found(struct agent *a, unsigned int kind)
{
	struct azure *z = &a->azure;

	if (kind != TEE_NONE && kind != TEE_AZURE_SNP && kind != TEE_AZURE_TDX)
		return -1;
	if (!z->looking)
		return kind == TEE_NONE ? 0 : -1;
	/* what the first one has found is so for good */
	if (z->kind != TEE_NONE)
		return kind == z->kind ? 0 : -1;
	if (kind == TEE_NONE) {
		z->looking = 0;
		return 0;
	}
	log_info("reports of %s from Azure's paravisor", kind ==
	    TEE_AZURE_SNP ? "SEV-SNP" : "TDX");
	z->kind = kind;
	a->have_tee = 1;
	return 0;
}

int
azure_job_start(struct agent *a, struct job *j)
{
	struct wbuf w;

	tpm_hcl_command(j->report_data, &j->hcl);
	wbuf_init(&w);
	put_raw(&w, j->report_data, sizeof(j->report_data));
	return proc_send(&a->procs.tpm, MSG_HCL_REQ, j->id, &w, NULL, 0);
}

int
parent_on_hcl_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct job *j = a->quoting;
	struct rbuf r;
	unsigned int ok;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	if (j == NULL || f->id != j->id || !j->hcl_waits ||
	    msg_end(&r) == -1 || ok > 1 || f->nfds != (int)ok ||
	    (ok && !fd_is_sealed(f->fds[0], HCL_MAX)))
		return -1;
	if (ok) {
		j->tee_fd = frame_take(f, 0);
		j->ans.tee = (uint8_t)a->azure.kind;
	} else {
		j->failed = 1;
		j->tee_waits = 0;
	}
	job_tpm_done(a);
	azure_next(a);
	return 0;
}

/* What goes with a job's report is there, or will never be. */
static void
job_settle(struct job *j, int fd)
{
	j->extra_fd = fd;
	j->ans.have_extra = fd != -1;
	j->tee_waits = 0;
	job_part_done(j);
}

/* No certificates: the verifier may have them from AMD. No quote: no evidence. */
static void
job_settle_failed(struct agent *a, struct job *j)
{
	if (a->azure.kind == TEE_AZURE_TDX)
		j->failed = 1;
	job_settle(j, -1);
}

static struct job *
job_next(struct agent *a)
{
	struct job *j, *next = NULL;
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++) {
		j = &a->jobs[i];
		if (j->id != 0 && j->tee_waits && !j->hcl_waits &&
		    (next == NULL || (int32_t)(j->id - next->id) < 0))
			next = j;
	}
	return next;
}

static struct job *
job_asked(struct agent *a)
{
	int i;

	for (i = 0; i < ATTEST_QUEUE_MAX; i++)
		if (a->jobs[i].id == a->azure.job && a->jobs[i].id != 0 &&
		    a->jobs[i].tee_waits)
			return &a->jobs[i];
	return NULL;	/* nobody waits for it any more */
}

/* meta has failed, or could not be asked. */
static void
meta_failed(struct agent *a, const char *why)
{
	struct job *j = job_asked(a);

	log_warnx("metadata service: %s", why);
	a->azure.failed = time(NULL);
	a->azure.job = 0;
	if (j != NULL)
		job_settle_failed(a, j);
	azure_next(a);
}

static void
connect_end(struct azure *z)
{
	if (z->connect_ev != NULL)
		event_free(z->connect_ev);
	z->connect_ev = NULL;
	if (z->sock != -1)
		close(z->sock);
	z->sock = -1;
}

/* The socket is meta's from here on; the report only where it is needed. */
static void
meta_start(struct agent *a)
{
	struct azure *z = &a->azure;
	struct job *j = job_asked(a);
	struct proc *p = NULL;
	struct wbuf w;
	int fd = -1, n = z->kind == TEE_AZURE_TDX;

	if (n == 1 && (j == NULL ||
	    (fd = fcntl(j->tee_fd, F_DUPFD_CLOEXEC, 0)) == -1)) {
		connect_end(z);
		meta_failed(a, j == NULL ? "nobody waits for the quote" :
		    strerror(errno));
		return;
	}
	p = proc_start(a, ROLE_META, 0, &z->sock, 1);
	connect_end(z);
	if (p == NULL) {
		if (fd != -1)
			close(fd);
		meta_failed(a, "meta does not start");
		return;
	}
	wbuf_init(&w);
	put_u8(&w, (uint8_t)z->kind);
	proc_ask_when_ready(a, p, MSG_META_REQ, z->job, &w, &fd, n);
}

static void
on_connect(evutil_socket_t fd, short what, void *arg)
{
	struct agent *a = arg;
	socklen_t len = sizeof(int);
	int e = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) == -1)
		e = errno;
	if ((what & EV_WRITE) == 0)
		e = ETIMEDOUT;
	if (e == 0) {
		meta_start(a);
		return;
	}
	connect_end(&a->azure);
	meta_failed(a, strerror(e));
}

/* Begin to connect, without waiting. */
static int
service_connect(struct agent *a)
{
	const struct timeval tv = { META_CONNECT_S, 0 };
	struct azure *z = &a->azure;
	struct sockaddr_in sin;

	if (address_parse(a->conf.str[CI_IMDS_ADDRESS], &sin) == -1) {
		errno = EINVAL;
		return -1;
	}
	z->sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (z->sock == -1 || (connect(z->sock, (struct sockaddr *)&sin,
	    sizeof(sin)) == -1 && errno != EINPROGRESS))
		return -1;
	z->connect_ev = event_new(a->base, z->sock, EV_WRITE, on_connect, a);
	return z->connect_ev == NULL ? -1 : event_add(z->connect_ev, &tv);
}

static void
ask_for(struct agent *a, const struct job *j)
{
	const char *why;

	a->azure.job = j->id;
	a->azure.stale = 0;
	if (service_connect(a) == 0)
		return;
	why = strerror(errno);
	connect_end(&a->azure);
	meta_failed(a, why);
}

/* Certificates that are there, or known to be missing, serve all that wait. */
static int
certs_settle(struct agent *a, struct job *j)
{
	struct azure *z = &a->azure;
	int fd;

	if (z->certs_fd != -1) {
		fd = fcntl(z->certs_fd, F_DUPFD_CLOEXEC, 0);
		job_settle(j, fd);
		return 1;
	}
	if (z->failed != 0 && time(NULL) - z->failed >= 0 &&
	    time(NULL) - z->failed < META_RETRY_S) {
		job_settle_failed(a, j);
		return 1;
	}
	return 0;
}

void
azure_next(struct agent *a)
{
	struct job *j;

	while (a->azure.job == 0 && (j = job_next(a)) != NULL) {
		if (a->azure.kind == TEE_AZURE_SNP && certs_settle(a, j))
			continue;
		if (a->procs.meta.running)	/* the last one has not gone yet */
			return;
		ask_for(a, j);
		return;
	}
}

int
parent_on_meta_ans(struct agent *a, struct proc *p, struct frame *f)
{
	struct azure *z = &a->azure;
	struct job *j = job_asked(a);
	char reason[256];
	unsigned int ok;
	struct rbuf r;

	(void)p;
	rbuf_init(&r, f->data, f->len);
	ok = get_u8(&r);
	get_str(&r, reason, sizeof(reason));
	if (msg_end(&r) == -1 || ok > 1 || f->nfds != (int)ok ||
	    z->job == 0 || f->id != z->job ||
	    (ok && !fd_is_sealed(f->fds[0], TEE_QUOTE_MAX)))
		return -1;
	if (!ok) {
		meta_failed(a, reason);
		return 0;
	}
	z->job = 0;
	if (z->kind == TEE_AZURE_SNP) {
		if (!z->stale)
			z->certs_fd = frame_take(f, 0);
	} else if (j != NULL)
		job_settle(j, frame_take(f, 0));
	azure_next(a);
	return 0;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	proc_kill(arg, "no answer of the metadata service in time");
}

void
azure_meta_ready(struct agent *a, struct proc *p)
{
	const struct timeval tv = { META_TIMEOUT_S, 0 };

	if ((p->timer = evtimer_new(a->base, on_timeout, p)) != NULL)
		evtimer_add(p->timer, &tv);
}

void
azure_meta_gone(struct agent *a, struct proc *p)
{
	(void)p;
	if (a->azure.job != 0)
		meta_failed(a, "meta died");
	else
		azure_next(a);
}
