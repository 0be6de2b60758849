/*
 * The other direction: each real worker, confined, with a parent that sends it
 * what the permit table has no row for, or a permitted message that is broken.
 * It must end by itself, with a complaint and not by a crash.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "agentd/permit.h"
#include "privsep/child.h"
#include "regress/proc/probe/play.h"
#include "regress/unit/check.h"

#define NRES	5	/* tee has the most; hasher: output, log, trees */

static int lent[NRES];

static void
lend(enum role_id role)
{
	int i;

	for (i = 0; i < NRES; i++)
		lent[i] = role == ROLE_HASHER && i >= 2 ?
		    open("/usr/share", O_RDONLY | O_DIRECTORY | O_CLOEXEC) :
		    memfd_create("lent", MFD_CLOEXEC);
	for (i = 0; i < NRES; i++)
		if (lent[i] == -1)
			err(1, "lent");
}

static int
lent_to(enum role_id role)
{
	return role == ROLE_TEE || role == ROLE_HASHER ? NRES :
	    role == ROLE_META ? 1 : 0;
}

static void
say(int fd, unsigned int type, size_t len, int nfds)
{
	int fds[CHAN_FDS_MAX], i;
	struct wbuf w;

	memset(&w, 0, sizeof(w));
	w.n = len;
	for (i = 0; i < nfds; i++)
		fds[i] = lent[0];
	/* it may have gone already */
	(void)chan_send(fd, (uint16_t)type, 0, &w, fds, nfds);
}

/* One frame to a worker that is ready; what became of it. */
static int
after(enum role_id role, unsigned int type, size_t len, int nfds)
{
	struct spawned s;
	struct frame f;
	int rc;

	play_spawn_role(&s, role, lent, lent_to(role));
	if (!CHECK_OK(play_hello(&s, role, MSG_VERSION))) {
		play_stop(&s);
		return 0;
	}
	say(s.req_fd, type, len, nfds);
	/* it may say something else first; at its end, or when it waits, stop */
	while ((rc = play_recv(s.req_fd, &f)) == 1) {
		if (f.type != MSG_TPM_CMD_REQ) {
			frame_close(&f);
			printf("%s answers %s with %s\n", role_name(role),
			    msg_name(type), msg_name(f.type));
			play_stop(&s);
			return 0;
		}
	}
	return play_end(&s, 1);
}

static void
must_end(enum role_id role, unsigned int type, size_t len, int nfds,
    const char *what)
{
	int rc = after(role, type, len, nfds);

	if (rc <= 0 || rc >= 128)
		CHECK_NEVER("%s, %s (%u), len %zu, %d fds, %s: %d",
		    role_name(role), msg_name(type), type, len, nfds, what, rc);
	else
		CHECK(1);
}

static size_t
plausible_len(unsigned int type)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].type == type)
			return permits[i].min_len;
	return 0;
}

/* HELLO_ANS has a row, for the one time that play_hello sends it. */
static unsigned int
not_permitted(enum role_id role)
{
	unsigned int type, n = 0;

	for (type = 0; type <= MSG_MAX; type++) {
		if (type != MSG_HELLO_ANS &&
		    permit_find(ROLE_PARENT, role, type) != NULL)
			continue;
		must_end(role, type, plausible_len(type), 0, "no row");
		n++;
	}
	must_end(role, 0xffff, 8, 0, "no row");
	return n;
}

/* Messages whose payload is empty and of which only the type counts. */
static int
takes_any(unsigned int type)
{
	return type == MSG_DRAIN || type == MSG_KEYS_FORGET ||
	    type == MSG_NET_CERT || type == MSG_NET_KEYS ||
	    type == MSG_NET_CONN || type == MSG_KEYS_PEER;
}

/* An answer for a connection that has ended meanwhile is dropped unread. */
static int
may_be_late(const struct permit *p)
{
	return (p->to == ROLE_WEB || p->to == ROLE_NET) && (p->type & 1) != 0;
}

static void
broken(const struct permit *p)
{
	if (p->type == MSG_HELLO_ANS || may_be_late(p))
		return;
	if (p->min_len > 0) {
		must_end(p->to, p->type, 0, p->min_fds, "empty");
		must_end(p->to, p->type, p->min_len - 1, p->min_fds, "short");
	}
	if (p->max_len < FRAME_MAX && !takes_any(p->type))
		must_end(p->to, p->type, p->max_len + 1, p->min_fds, "long");
	if (p->min_fds > 0) {
		must_end(p->to, p->type, p->min_len, p->min_fds - 1,
		    "descriptor missing");
		must_end(p->to, p->type, p->min_len, p->max_fds + 1,
		    "descriptor too many");
	}
}

static void
test_broken(enum role_id role)
{
	size_t i;

	for (i = 0; i < npermits; i++)
		if (permits[i].from == ROLE_PARENT && permits[i].to == role)
			broken(&permits[i]);
}

/* Instead of the parent's HELLO */
static void
test_hello(enum role_id role)
{
	struct spawned s;
	struct frame f;
	int rc;

	play_spawn_role(&s, role, lent, lent_to(role));
	CHECK_OK(play_hello(&s, role, MSG_VERSION + 1));
	rc = play_end(&s, 1);
	CHECK(rc > 0 && rc < 128);

	play_spawn_role(&s, role, lent, lent_to(role));
	CHECK_INT(play_recv(s.req_fd, &f), 1);
	say(s.req_fd, MSG_DRAIN, 8, 0);
	rc = play_end(&s, 1);
	CHECK(rc > 0 && rc < 128);

	play_spawn_role(&s, role, lent, lent_to(role));
	CHECK_INT(play_recv(s.req_fd, &f), 1);
	CHECK_INT(send(s.req_fd, "x", 1, 0), 1);	/* no frame at all */
	rc = play_end(&s, 1);
	CHECK(rc > 0 && rc < 128);
}

#define EACH_ROLE(name, text)	ROLE_##name,

int
main(void)
{
	static const enum role_id roles[] = { ROLE_LIST(EACH_ROLE) };
	unsigned int i, k, n = 0;

	if (geteuid() != 0)
		test_skip("needs root");
	for (i = 0; i < ROLE_MAX; i++) {
		if (roles[i] == ROLE_PARENT)
			continue;
		test_begin(role_name(roles[i]));
		lend(roles[i]);
		test_hello(roles[i]);
		n += not_permitted(roles[i]);
		test_broken(roles[i]);
		for (k = 0; k < NRES; k++)
			close(lent[k]);
	}
	printf("%u pairs of worker and message refused\n", n);
	return test_end();
}
