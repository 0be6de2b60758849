#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentd/roles.h"
#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/child.h"
#include "privsep/libexecdir.h"
#include "privsep/log.h"

static void
digest_file(int fd, uint8_t ret_digest[32])
{
	static uint8_t buf[65536];
	SHA2_CTX sha;
	ssize_t n;
	off_t off = 0;

	SHA256Init(&sha);
	while ((n = pread(fd, buf, sizeof(buf), off)) > 0) {
		SHA256Update(&sha, buf, (size_t)n);
		off += n;
	}
	if (n == -1)
		fatal("read of a program");
	SHA256Final(ret_digest, &sha);
}

void
procs_open(struct agent *a)
{
	char path[CONF_PATH_MAX];
	int i, fd;

	for (i = 0; i < ROLE_MAX; i++) {
		if (i == ROLE_PARENT)
			snprintf(path, sizeof(path), "/proc/self/exe");
		else
			snprintf(path, sizeof(path), "%s/agent-%s", libexec_dir,
			    role_name((unsigned int)i));
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			fatal("%s", path);
		digest_file(fd, a->procs.digest[i]);
		a->procs.exec_fd[i] = fd;
	}
}

static struct proc *
proc_slot(struct agent *a, enum role_id role, unsigned int slot)
{
	struct procs *ps = &a->procs;

	switch (role) {
	case ROLE_CONF:
		return &ps->conf;
	case ROLE_KEYS:
		return &ps->keys;
	case ROLE_NET:
		return slot < WORKERS_MAX ? &ps->net[slot] : NULL;
	case ROLE_WEB:
		return slot < WORKERS_MAX ? &ps->web[slot] : NULL;
	case ROLE_TPM:
		return &ps->tpm;
	case ROLE_TPMINIT:
		return &ps->tpminit;
	case ROLE_TEE:
		return slot < TEE_JOBS_MAX ? &ps->tee[slot] : NULL;
	case ROLE_HASHER:
		return &ps->hasher;
	case ROLE_META:
		return &ps->meta;
	default:
		return NULL;
	}
}

/* A worker's lines: bounded in length and rate, tagged with role and slot. */
static void
on_log(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;
	char line[LOG_LINE_MAX], who[32];
	time_t now = time(NULL);
	ssize_t n = -1;
	int i;

	(void)what;
	if (now != p->log_second) {
		if (p->log_dropped > 0)
			log_warnx("%s[%u]: %u log lines dropped",
			    role_name(p->role), p->slot, p->log_dropped);
		p->log_second = now;
		p->log_lines = p->log_dropped = 0;
	}
	/* one that never stops talking must not keep the loop from the rest */
	for (i = 0; i < LOG_BURST; i++) {
		n = recv(fd, line, sizeof(line), MSG_DONTWAIT);
		if (n <= 0)
			break;
		if (++p->log_lines > LOG_RATE_MAX) {
			p->log_dropped++;
			continue;
		}
		snprintf(who, sizeof(who), "%s[%u]", role_name(p->role),
		    p->slot);
		log_relay(who, line[0], line + 1, (unsigned long)n - 1);
	}
	if (n == 0 && p->log_ev != NULL)
		event_del(p->log_ev);
}

static void
drop_ask(struct proc *p)
{
	int i;

	for (i = 0; i < p->ask_nfds; i++)
		close(p->ask_fds[i]);
	p->ask_nfds = 0;
	p->ask_type = 0;
}

static void
free_events(struct proc *p)
{
	if (p->log_ev != NULL)
		event_free(p->log_ev);
	if (p->pid_ev != NULL)
		event_free(p->pid_ev);
	if (p->timer != NULL)
		event_free(p->timer);
	p->log_ev = p->pid_ev = p->timer = NULL;
}

static void
release(struct proc *p)
{
	if (p->log_ev != NULL)
		on_log(p->sp.log_fd, 0, p);	/* its last words */
	free_events(p);
	chan_ev_close(&p->chan);
	close(p->sp.log_fd);
	close(p->sp.pidfd);
	drop_ask(p);
	memset(p->in_flight, 0, sizeof(p->in_flight));
	p->running = 0;
}

static void on_restart(evutil_socket_t, short, void *);

static void
schedule_restart(struct proc *p)
{
	struct timeval tv;
	unsigned int ms, i;

	if (time(NULL) - p->started > RESTART_FORGET_S)
		p->deaths = 0;
	if (++p->deaths > RESTART_MAX) {
		log_warnx("%s[%u]: died %u times, given up",
		    role_name(p->role), p->slot, p->deaths - 1);
		role_given_up(p->agent, p);
		return;
	}
	for (ms = RESTART_DELAY_MIN_MS, i = 1; i < p->deaths &&
	    ms < RESTART_DELAY_MAX_MS; i++)
		ms *= 2;
	if (ms > RESTART_DELAY_MAX_MS)
		ms = RESTART_DELAY_MAX_MS;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	if ((p->timer = evtimer_new(p->agent->base, on_restart, p)) != NULL)
		evtimer_add(p->timer, &tv);
}

static void
on_restart(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;
	unsigned int deaths = p->deaths;

	(void)fd;
	(void)what;
	event_free(p->timer);
	p->timer = NULL;
	if (p->running || p->agent->draining)
		return;
	if (proc_start(p->agent, p->role, p->slot, NULL, 0) == NULL) {
		schedule_restart(p);
		return;
	}
	p->deaths = deaths;
	log_warnx("%s[%u]: replaced", role_name(p->role), p->slot);
}

static void
report_death(const struct proc *p, int code, int status)
{
	if (code == CLD_EXITED && status == 0 && !role_restarts(p->agent, p))
		return;
	log_warnx("%s[%u] pid %d: %s %d%s", role_name(p->role), p->slot,
	    (int)p->sp.pid, code == CLD_EXITED ? "exit" : "signal", status,
	    code != CLD_EXITED && status == 31 ? " (system call refused)" : "");
}

static void
on_death(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;
	int code, status;

	(void)fd;
	(void)what;
	if (spawn_reap(&p->sp, &code, &status) == -1)
		return;
	if (p->log_ev != NULL)
		on_log(p->sp.log_fd, 0, p);
	report_death(p, code, status);
	release(p);
	role_gone(p->agent, p);
	if (!p->running && !p->agent->draining && role_restarts(p->agent, p))
		schedule_restart(p);
	drain_check(p->agent);
}

static void
on_lingers(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;

	(void)fd;
	(void)what;
	spawn_kill(&p->sp);
}

/* One that closed its only channel is ending, and has a moment to do so. */
static void
on_gone(struct chan_ev *c, int error, void *arg)
{
	struct proc *p = arg;
	struct timeval tv = { LINGER_S, 0 };

	(void)c;
	if (error != 0) {
		proc_kill(p, "broken framing");
		return;
	}
	p->state = ST_ENDING;
	if (p->timer != NULL)
		event_free(p->timer);
	if ((p->timer = evtimer_new(p->agent->base, on_lingers, p)) == NULL ||
	    evtimer_add(p->timer, &tv) == -1)
		spawn_kill(&p->sp);
}

void
proc_kill(struct proc *p, const char *why)
{
	if (p->state == ST_ENDING)
		return;
	log_warnx("%s[%u] pid %d: killed: %s", role_name(p->role), p->slot,
	    (int)p->sp.pid, why);
	p->state = ST_ENDING;
	if (p->chan.rd != NULL)
		event_del(p->chan.rd);
	spawn_kill(&p->sp);
}

/* An answer must have been asked for; a request must not be one too many. */
static const char *
refuses(struct proc *p, const struct frame *f)
{
	const struct permit *row;
	unsigned int flying;

	if (f->type >= MSG_MAX)
		return "no such message";
	row = permit_find(p->role, ROLE_PARENT, f->type);
	if (f->type & 1) {
		if (p->in_flight[f->type - 1] == 0)
			return "answer to nothing";
		flying = 0;
	} else
		flying = p->in_flight[f->type];
	return permit_refuses(row, p->state, f->len, f->nfds, flying);
}

static void
on_frame(struct chan_ev *c, struct frame *f, void *arg)
{
	struct proc *p = arg;
	char why[128];
	const char *rule;

	(void)c;
	if ((rule = refuses(p, f)) != NULL) {
		snprintf(why, sizeof(why), "%s len %zu: %s", msg_name(f->type),
		    f->len, rule);
		proc_kill(p, why);
		return;
	}
	if (f->type & 1)
		p->in_flight[f->type - 1]--;
	else if (permit_find(p->role, ROLE_PARENT, f->type)->max != 0)
		p->in_flight[f->type]++;
	log_debug("%s[%u] -> parent %s len %zu", role_name(p->role), p->slot,
	    msg_name(f->type), f->len);
	if (dispatch(p->agent, p, f) == -1) {
		snprintf(why, sizeof(why), "%s len %zu: bad value",
		    msg_name(f->type), f->len);
		proc_kill(p, why);
	}
}

static void
on_hello_late(evutil_socket_t fd, short what, void *arg)
{
	struct proc *p = arg;

	(void)fd;
	(void)what;
	proc_kill(p, "did not say HELLO in time");
}

static int
watch(struct agent *a, struct proc *p)
{
	struct timeval hello = { HELLO_TIMEOUT_S, 0 };

	if (chan_ev_open(&p->chan, a->base, p->sp.req_fd, CHAN_QUEUE_MAX,
	    on_frame, on_gone, p) == -1)
		return -1;
	p->log_ev = event_new(a->base, p->sp.log_fd, EV_READ | EV_PERSIST,
	    on_log, p);
	p->pid_ev = event_new(a->base, p->sp.pidfd, EV_READ, on_death, p);
	p->timer = evtimer_new(a->base, on_hello_late, p);
	if (p->log_ev == NULL || p->pid_ev == NULL || p->timer == NULL ||
	    event_add(p->log_ev, NULL) == -1 ||
	    event_add(p->pid_ev, NULL) == -1 ||
	    evtimer_add(p->timer, &hello) == -1)
		return -1;
	return 0;
}

struct proc *
proc_start(struct agent *a, enum role_id role, unsigned int slot,
    const int *res, int nres)
{
	struct proc *p = proc_slot(a, role, slot);
	char name[32];
	struct spawn_req q = {
		.name = name, .exec_fd = a->procs.exec_fd[role],
		.uid = (unsigned int)a->conf.num[CI_UID_BASE] +
		    agent_roles[role].uid_off,
		.res = res, .nres = nres,
#if defined(DEBUG) || defined(NO_SECCOMP)
		.keep_stderr = 1,
#endif
	};

	if (p == NULL || p->running)
		return NULL;
	if (p->timer != NULL)
		event_free(p->timer);
	p->timer = NULL;
	snprintf(name, sizeof(name), "agent-%s", role_name(role));
	/*
	 * The first conf runs before it is known what is allowed; boot.c
	 * refuses to go on when a feature is missing and may not be.
	 */
	if (a->conf.num[CI_UID_BASE] == 0)
		q.uid = 64200 + agent_roles[role].uid_off;
	q.flags = (a->verbose ? CHILD_VERBOSE : 0) |
	    ((a->flags & AGENT_DEGRADED) != 0 ||
	    a->conf.num[CI_UID_BASE] == 0 ? CHILD_DEGRADED_OK : 0);
	if (spawn_child(&q, &p->sp) == -1) {
		log_warn("start of %s", name);
		return NULL;
	}
	p->agent = a;
	p->role = role;
	p->slot = slot;
	p->state = ST_STARTED;
	p->started = time(NULL);
	p->running = 1;
	p->job = 0;
	if (watch(a, p) == -1)
		fatal("events of %s", name);
	return p;
}

void
proc_stop(struct proc *p)
{
	int code, status;

	if (!p->running)
		return;
	spawn_kill(&p->sp);
	/* SIGKILL needs no cooperation; the wait is short */
	while (waitid((idtype_t)P_PIDFD, (id_t)p->sp.pidfd,
	    &(siginfo_t){ 0 }, WEXITED | WNOWAIT) == -1 && errno == EINTR)
		continue;
	spawn_reap(&p->sp, &code, &status);
	release(p);
}

void
procs_stop_all(struct agent *a)
{
	struct procs *ps = &a->procs;
	int i;

	for (i = 0; i < WORKERS_MAX; i++) {
		proc_stop(&ps->net[i]);
		proc_stop(&ps->web[i]);
	}
	for (i = 0; i < TEE_JOBS_MAX; i++)
		if (ps->tee[i].running) {
			proc_stop(&ps->tee[i]);
			tee_entry_remove(a, (unsigned int)i);
		}
	proc_stop(&ps->tpm);
	proc_stop(&ps->tpminit);
	proc_stop(&ps->hasher);
	proc_stop(&ps->meta);
	proc_stop(&ps->keys);
	proc_stop(&ps->conf);
}

int
proc_send(struct proc *p, enum msg_type type, uint32_t id,
    const struct wbuf *w, const int *fds, int nfds)
{
	const struct permit *row = permit_find(ROLE_PARENT, p->role, type);
	const char *rule;
	int i;

	/* to one that is dying nothing goes, as if it were dead */
	rule = permit_refuses(row, p->state, w == NULL ? 0 : w->n, nfds,
	    type & 1 ? 0 : p->in_flight[type]);
	if (!p->running || rule != NULL) {
		if (p->running && p->state != ST_ENDING)
			log_warnx("parent -> %s[%u] %s: %s", role_name(p->role),
			    p->slot, msg_name(type), rule);
		for (i = 0; i < nfds; i++)
			close(fds[i]);
		return -1;
	}
	if (chan_ev_send(&p->chan, (uint16_t)type, id, w, fds, nfds) == -1) {
		proc_kill(p, "does not read its messages");
		return -1;
	}
	if (type & 1) {
		if (p->in_flight[type - 1] > 0)
			p->in_flight[type - 1]--;
	} else if (row->max != 0)
		p->in_flight[type]++;
	return 0;
}

int
proc_ask_when_ready(struct agent *a, struct proc *p, enum msg_type type,
    uint32_t id, const struct wbuf *w, const int *fds, int nfds)
{
	(void)a;
	if (p->state != ST_STARTED)
		return proc_send(p, type, id, w, fds, nfds);
	drop_ask(p);
	p->ask_type = (int)type;
	p->ask_id = id;
	wbuf_init(&p->ask);
	if (w != NULL)
		put_raw(&p->ask, w->b, w->n);
	p->ask_nfds = nfds;
	if (nfds > 0)
		memcpy(p->ask_fds, fds, (size_t)nfds * sizeof(int));
	return 0;
}

static int
send_waiting(struct proc *p)
{
	int type = p->ask_type, nfds = p->ask_nfds;

	p->ask_type = 0;
	p->ask_nfds = 0;	/* the descriptors belong to proc_send now */
	if (type == 0)
		return 0;
	return proc_send(p, (enum msg_type)type, p->ask_id, &p->ask,
	    p->ask_fds, nfds);
}

int
parent_on_hello(struct agent *a, struct proc *p, struct frame *f)
{
	struct rbuf r;
	struct wbuf w;
	uint32_t version;
	unsigned int role;

	rbuf_init(&r, f->data, f->len);
	version = get_u32(&r);
	role = get_u8(&r);
	if (msg_end(&r) == -1 || version != MSG_VERSION || role != p->role)
		return -1;
	p->state = ST_READY;
	event_free(p->timer);
	p->timer = NULL;
	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u32(&w, a->flags);
	if (proc_send(p, MSG_HELLO_ANS, 0, &w, NULL, 0) == -1 ||
	    send_waiting(p) == -1)
		return 0;	/* it is being killed already */
	role_ready(a, p);
	return 0;
}
