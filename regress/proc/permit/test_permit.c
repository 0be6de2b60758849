/*
 * The parent's real dispatcher, with children that are played: for every role
 * and every type without a row in the permit table, one frame is the death of
 * its sender, no handler sees it, and nothing that follows it is looked at.
 */
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "agentd/permit.h"
#include "parent/agent.h"
#include "parent/attest.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "regress/unit/check.h"

#define TYPE_BEYOND	(MSG_MAX + 8)

static struct agent agent;
static int child = -1, child_log = -1;	/* the child's ends */
static int kills, dispatched, last_type, answer, hellos;

/* Fakes of what proc.c calls; the child is this test. */

int
spawn_child(const struct spawn_req *q, struct spawned *ret_s)
{
	int req[2], log[2];

	CHECK(q->uid != 0 && q->nres == 0);
	if (chan_pair(req) == -1 || chan_pair(log) == -1)
		return -1;
	*ret_s = (struct spawned){ 1, eventfd(0, EFD_CLOEXEC), req[0], log[0] };
	child = req[1];
	child_log = log[1];
	return 0;
}

int
spawn_kill(struct spawned *s)
{
	(void)s;
	kills++;
	return 0;
}

int
spawn_reap(struct spawned *s, int *ret_code, int *ret_status)
{
	(void)s;
	(void)ret_code;
	(void)ret_status;
	return -1;
}

int
dispatch(struct agent *a, struct proc *p, struct frame *f)
{
	CHECK(a == &agent);
	if (f->type == MSG_HELLO_REQ && p->state == ST_STARTED && hellos)
		return parent_on_hello(a, p, f);
	dispatched++;
	last_type = f->type;
	return answer;
}

void role_ready(struct agent *a, struct proc *p) { (void)a; (void)p; }
void role_gone(struct agent *a, struct proc *p) { (void)a; (void)p; }
void role_given_up(struct agent *a, struct proc *p) { (void)a; (void)p; }
void tee_entry_remove(struct agent *a, unsigned int slot) { (void)a; (void)slot; }
void drain_check(struct agent *a) { (void)a; }

int
role_restarts(const struct agent *a, const struct proc *p)
{
	(void)a;
	(void)p;
	return 0;
}

/* Thousands of kills: silent. */
void log_warn(const char *fmt, ...) { (void)fmt; }
void log_warnx(const char *fmt, ...) { (void)fmt; }
void log_debug(const char *fmt, ...) { (void)fmt; }
void fatal(const char *fmt, ...) { (void)fmt; abort(); }
void fatalx(const char *fmt, ...) { (void)fmt; abort(); }

static int lines;

void
log_relay(const char *who, int level, const char *text, unsigned long n)
{
	(void)who;
	(void)level;
	(void)text;
	(void)n;
	lines++;
}

static struct proc *
start(enum role_id role, enum proc_state state)
{
	struct proc *p = proc_start(&agent, role, 0, NULL, 0);

	if (p == NULL)
		abort();
	p->state = state;
	kills = dispatched = answer = hellos = 0;
	last_type = -1;
	return p;
}

static void
stop(struct proc *p)
{
	proc_stop(p);
	close(child);
	close(child_log);
}

static void
turn(void)
{
	event_base_loop(agent.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void
say(unsigned int type, size_t len, int nfds)
{
	static const int fds[CHAN_FDS_MAX] = { 0, 1, 2, 0 };
	struct wbuf w;

	memset(&w, 0, sizeof(w));
	w.n = len;
	CHECK_OK(chan_send(child, (uint16_t)type, 0, &w, fds, nfds));
}

/* A length that another sender's row for this type allows, or that of a signature. */
static size_t
plausible_len(unsigned int type)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].type == type)
			return permits[i].min_len;
	return 32;
}

static int
plausible_fds(unsigned int type)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].type == type)
			return permits[i].min_fds;
	return 0;
}

static const struct permit *
any_row(enum role_id role)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].from == role && permits[i].to == ROLE_PARENT &&
		    permits[i].state == ST_READY)
			return &permits[i];
	abort();
}

/* The frame must kill, and a good one behind it must not be looked at. */
static void
refused(enum role_id role, enum proc_state state, unsigned int type,
    size_t len, int nfds)
{
	const struct permit *good = any_row(role);
	struct proc *p = start(role, state);

	p->in_flight[good->type & ~1u] = good->type & 1;
	say(type, len, nfds);
	say(good->type, good->min_len, good->min_fds);
	turn();
	turn();
	if (kills != 1 || dispatched != 0)
		CHECK_NEVER("%s, state %d: %s (%u) len %zu: %d kills, "
		    "%d handled", role_name(role), state, msg_name(type), type,
		    len, kills, dispatched);
	else
		CHECK(1);
	stop(p);
}

static unsigned int
not_permitted(enum role_id role, enum proc_state state)
{
	const struct permit *row;
	unsigned int type, n = 0;

	for (type = 0; type <= TYPE_BEYOND; type++) {
		row = permit_find(role, ROLE_PARENT, type);
		if (row != NULL && row->state == state)
			continue;
		refused(role, state, type, plausible_len(type),
		    plausible_fds(type));
		refused(role, state, type, 0, 0);
		n++;
	}
	refused(role, state, 0xffff, 8, 0);
	return n;
}

#define EACH_ROLE(name, text)	ROLE_##name,
static const enum role_id roles[] = { ROLE_LIST(EACH_ROLE) };

static void
test_not_permitted(void)
{
	unsigned int i, n = 0;

	test_begin("frames without a row");
	for (i = 0; i < ROLE_MAX; i++)
		if (roles[i] != ROLE_PARENT) {
			n += not_permitted(roles[i], ST_STARTED);
			n += not_permitted(roles[i], ST_READY);
		}
	printf("%u pairs of sender and message refused\n", n);
	CHECK(n > (ROLE_MAX - 1) * MSG_MAX);
}

/* in_flight as it must be for the row to pass */
static struct proc *
start_for(const struct permit *row)
{
	struct proc *p = start(row->from, row->state);

	if (row->type & 1)
		p->in_flight[row->type - 1] = 1;
	return p;
}

static void
check_kill(const struct permit *row, const char *what)
{
	turn();
	if (kills != 1 || dispatched != 0)
		CHECK_NEVER("%s %s, %s: %d kills, %d handled",
		    role_name(row->from), msg_name(row->type), what, kills,
		    dispatched);
	else
		CHECK(1);
}

static void
broken_row(const struct permit *row)
{
	struct proc *p;

	if (row->min_len > 0) {
		p = start_for(row);
		say(row->type, row->min_len - 1, row->min_fds);
		check_kill(row, "short");
		stop(p);
	}
	if (row->max_len < FRAME_MAX) {
		p = start_for(row);
		say(row->type, row->max_len + 1, row->min_fds);
		check_kill(row, "long");
		stop(p);
	}
	if (row->min_fds > 0) {
		p = start_for(row);
		say(row->type, row->min_len, row->min_fds - 1);
		check_kill(row, "descriptor missing");
		stop(p);
	}
	p = start_for(row);
	say(row->type, row->min_len, row->max_fds + 1);
	check_kill(row, "descriptor too many");
	stop(p);
	if (row->type & 1) {
		p = start(row->from, row->state);
		say(row->type, row->min_len, row->min_fds);
		check_kill(row, "answer to nothing");
		stop(p);
	} else if (row->max != 0) {
		p = start(row->from, row->state);
		p->in_flight[row->type] = row->max;
		say(row->type, row->min_len, row->min_fds);
		check_kill(row, "too many in flight");
		stop(p);
	}
}

static void
good_row(const struct permit *row)
{
	struct proc *p = start_for(row);

	say(row->type, row->min_len, row->min_fds);
	turn();
	CHECK_INT(kills, 0);
	CHECK_INT(dispatched, 1);
	CHECK_INT(last_type, row->type);
	if (row->type & 1) {	/* once asked, once answered */
		CHECK_INT(p->in_flight[row->type - 1], 0);
		say(row->type, row->min_len, row->min_fds);
		turn();
		CHECK_INT(kills, 1);
		CHECK_INT(dispatched, 1);
	} else
		CHECK_INT(p->in_flight[row->type], row->max != 0);
	stop(p);

	/* a handler that finds a bad value is the end as well */
	p = start_for(row);
	answer = -1;
	say(row->type, row->min_len, row->min_fds);
	turn();
	CHECK_INT(kills, 1);
	stop(p);
}

static void
test_rows(void)
{
	size_t i;

	test_begin("rows");
	for (i = 0; i < npermits; i++)
		if (permits[i].to == ROLE_PARENT) {
			good_row(&permits[i]);
			broken_row(&permits[i]);
		}
}

static void
hello(enum role_id role, uint32_t version, unsigned int says, int good)
{
	struct proc *p = start(role, ST_STARTED);
	struct frame f;
	struct wbuf w;

	hellos = 1;
	wbuf_init(&w);
	put_u32(&w, version);
	put_u8(&w, (uint8_t)says);
	chan_send(child, MSG_HELLO_REQ, 0, &w, NULL, 0);
	turn();
	CHECK_INT(kills, !good);
	CHECK_INT(p->state, good ? ST_READY : ST_ENDING);
	CHECK_INT(recv(child, &f, 1, MSG_DONTWAIT | MSG_TRUNC), good ? 16 : -1);
	if (good) {
		chan_send(child, MSG_HELLO_REQ, 0, &w, NULL, 0);
		turn();
		CHECK_INT(kills, 1);	/* only once */
	}
	stop(p);
}

static void
test_hello(void)
{
	unsigned int i, k;

	test_begin("HELLO");
	for (i = 0; i < ROLE_MAX; i++)
		for (k = 0; k < ROLE_MAX + 1 && roles[i] != ROLE_PARENT; k++)
			hello(roles[i], MSG_VERSION, k, roles[i] == k);
	hello(ROLE_WEB, MSG_VERSION + 1, ROLE_WEB, 0);
	hello(ROLE_WEB, 0, ROLE_WEB, 0);
}

/* What the parent itself may not say is not sent, and its descriptors are closed. */
static void
test_parent_sends(void)
{
	unsigned int i, type, n = 0;
	struct proc *p;
	int fd;

	test_begin("frames of the parent without a row");
	for (i = 0; i < ROLE_MAX; i++) {
		if (roles[i] == ROLE_PARENT)
			continue;
		for (type = 0; type < MSG_MAX; type++) {
			if (permit_find(ROLE_PARENT, roles[i], type) != NULL)
				continue;
			p = start(roles[i], ST_READY);
			fd = dup(0);
			CHECK_FAIL(proc_send(p, (enum msg_type)type, 0, NULL,
			    &fd, 1));
			CHECK(fcntl(fd, F_GETFD) == -1);
			CHECK_INT(recv(child, &n, 1, MSG_DONTWAIT), -1);
			stop(p);
		}
	}
}

/* A worker that never stops talking keeps the parent from nothing. */
static void
test_log_flood(void)
{
	struct proc *p = start(ROLE_WEB, ST_READY);
	int i, sent = 0;

	test_begin("log");
	lines = 0;
	fcntl(child_log, F_SETFL, O_NONBLOCK);
	while (send(child_log, "\6x", 2, 0) == 2)
		sent++;
	turn();
	CHECK(lines > 0 && lines <= LOG_BURST);
	for (i = 0; i < 100 && lines < sent; i++)
		turn();
	CHECK_INT(lines, sent);
	CHECK_INT(kills, 0);
	stop(p);
}

static void
test_framing(void)
{
	struct proc *p = start(ROLE_NET, ST_READY);

	test_begin("framing");
	CHECK_INT(send(child, "abc", 3, 0), 3);
	turn();
	CHECK_INT(kills, 1);
	CHECK_INT(dispatched, 0);
	stop(p);
}

/* Until it is reaped, one that was killed gets no work any more. */
static void
test_dying(void)
{
	struct proc *p = start(ROLE_TEE, ST_READY);
	struct wbuf w = { .n = 64 };
	char c;

	test_begin("dying");
	proc_kill(p, "test");
	proc_kill(p, "test");
	CHECK_INT(kills, 1);
	CHECK_INT(p->state, ST_ENDING);
	CHECK_FAIL(proc_send(p, MSG_REPORT_REQ, 0, &w, NULL, 0));
	CHECK_FAIL(proc_ask_when_ready(&agent, p, MSG_REPORT_REQ, 0, &w, NULL,
	    0));
	CHECK_INT(recv(child, &c, 1, MSG_DONTWAIT), -1);
	stop(p);

	p = start(ROLE_TEE, ST_READY);
	shutdown(child, SHUT_RDWR);
	turn();
	CHECK_INT(kills, 0);	/* it has a moment to end by itself */
	CHECK_INT(p->state, ST_ENDING);
	CHECK_FAIL(proc_send(p, MSG_REPORT_REQ, 0, &w, NULL, 0));
	stop(p);
}

int
main(void)
{
	if ((agent.base = event_base_new()) == NULL)
		return 1;
	test_not_permitted();
	test_rows();
	test_hello();
	test_parent_sends();
	test_log_flood();
	test_framing();
	test_dying();
	event_base_free(agent.base);
	return test_end();
}
