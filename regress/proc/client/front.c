/*
 * Plays a child that lies: the front must refuse every frame that the permit
 * table does not name, in every state, and end the child.
 */
#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "privsep/peer.h"
#include "cli/permit.h"
#include "regress/proc/client/fake.h"
#include "regress/unit/check.h"

#define REQUESTS(X)							\
	X(TARGET_REQ) X(ATTEST_REQ) X(IMA_REQ) X(SNAPSHOT_REQ)		\
	X(DELETE_REQ) X(QUOTE_TPM_REQ) X(QUOTE_TEE_REQ) X(VERSION_REQ)	\
	X(LEAF_REQ) X(PLAN_REQ) X(JUDGE_REQ) X(CASE_REQ)	\
	X(PIECES_REQ) X(EVENTLOG_REQ) X(COLLATERAL_REQ)		\
	X(CERTS_REQ) X(ACTIVATE_REQ) X(PLATFORM_REQ) X(CHALLENGE_REQ)
#define VALUE(name)	CL_##name,

static const unsigned int requests[] = { 0, REQUESTS(VALUE) };
#define NREQUESTS	(sizeof(requests) / sizeof(requests[0]))

static int
fake_peer(struct peer *p, enum client_role role)
{
	return peer_fake(p, &client_program, role);
}

static int
any_extra(void *arg, struct frame *f)
{
	(void)arg;
	(void)f;
	return 0;
}

/* The child says `type` while the front waits for the answer to `awaited`. */
static int
say(enum client_role role, unsigned int type, unsigned int awaited, size_t len,
    int nfds)
{
	int child, fd, rc, fds[2];
	struct frame f;
	struct wbuf w;
	struct peer p;

	child = fake_peer(&p, role);
	fd = memfd_make("x");
	fds[0] = fds[1] = fd;
	wbuf_init(&w);
	w.n = len;
	if (chan_send(child, (uint16_t)type, 0, &w, fds, nfds) == -1)
		exit(1);
	wbuf_init(&w);
	/* what comes after a permitted extra frame: the end */
	shutdown(child, SHUT_WR);
	rc = peer_ask(&p, (enum cl_type)awaited, &w, NULL, 0, any_extra, NULL,
	    &f);
	if (rc == 0)
		frame_close(&f);
	else if (strstr(p.why, "broke the protocol") == NULL)
		rc = 1;	/* taken, and then the peer was gone */
	if (rc == -1)
		CHECK(!p.running);
	peer_stop(&p);
	close(child);
	close(fd);
	return rc;
}

static const struct client_permit *
row(unsigned int from, unsigned int type, unsigned int awaited)
{
	size_t i;

	for (i = 0; i < nclient_permits; i++)
		if (client_permits[i].from == from &&
		    client_permits[i].type == type &&
		    client_permits[i].awaited == awaited)
			return &client_permits[i];
	return NULL;
}

/* With a row: at its bounds taken, beyond them not. Without: never. */
static void
one_pair(enum client_role role, unsigned int type, unsigned int awaited)
{
	const struct client_permit *p = row(role, type, awaited);

	if (p == NULL) {
		if (!CHECK(client_permit_refuses(role, type, awaited, 8, 0) !=
		    NULL))
			printf("\t%s -> front %s\n", client_name(role),
			    cl_name(type));
		return;
	}
	CHECK(client_permit_refuses(role, type, awaited, p->min_len, 0) ==
	    NULL);
	CHECK(client_permit_refuses(role, type, awaited, p->max_len,
	    p->max_fds) == NULL);
	CHECK(client_permit_refuses(role, type, awaited, p->min_len - 1, 0) !=
	    NULL);
	CHECK(client_permit_refuses(role, type, awaited, p->max_len + 1, 0) !=
	    NULL);
	CHECK(client_permit_refuses(role, type, awaited, p->min_len,
	    p->max_fds + 1) != NULL);
}

static void
test_table(void)
{
	unsigned int role, type;
	size_t i;

	test_begin("every sender, type and state");
	for (role = 0; role < CLIENT_MAX + 1; role++)
		for (type = 0; type < CL_MAX + 2; type++)
			for (i = 0; i < NREQUESTS; i++)
				one_pair((enum client_role)role, type,
				    requests[i]);
	CHECK(client_permit_refuses(CLIENT_FETCH, 0xffff, CL_IMA_REQ, 8, 0) !=
	    NULL);
}

/* The same over a real channel, for every (sender, type). */
static void
test_channel(void)
{
	static const enum client_role roles[] = {
		CLIENT_FETCH, CLIENT_APPRAISE
	};
	const struct client_permit *p;
	unsigned int awaited, type;
	size_t i, n = 0;

	test_begin("the child that sends it is ended");
	for (i = 0; i < 2; i++) {
		awaited = roles[i] == CLIENT_FETCH ? CL_IMA_REQ : CL_JUDGE_REQ;
		for (type = 0; type < CL_MAX; type++) {
			p = row(roles[i], type, awaited);
			if (p != NULL) {
				CHECK(say(roles[i], type, awaited, p->min_len,
				    0) != -1);
				CHECK_INT(say(roles[i], type, awaited,
				    p->min_len - 1, 0), -1);
				CHECK_INT(say(roles[i], type, awaited,
				    p->min_len, p->max_fds + 1), -1);
			} else if (!CHECK_INT(say(roles[i], type, awaited, 8,
			    0), -1))
				printf("\t%s\n", cl_name(type));
			n++;
		}
	}
	CHECK_INT(n, 2 * CL_MAX);
}

static void
test_death(void)
{
	struct frame f;
	struct wbuf w;
	struct peer p;
	int child;

	test_begin("a child that dies is reported with its signal");
	child = fake_peer(&p, CLIENT_APPRAISE);
	kill(p.proc.pid, SIGSYS);
	close(child);
	wbuf_init(&w);
	CHECK_FAIL(peer_ask(&p, CL_JUDGE_REQ, &w, NULL, 0, NULL, NULL, &f));
	CHECK_STR(p.why, "appraise was killed for a system call that it may "
	    "not make");
	CHECK_FAIL(peer_tell(&p, CL_PART, &w, NULL, 0));
}

static void
test_late(void)
{
	struct frame f;
	struct wbuf w;
	struct peer p;
	int child;

	test_begin("a child that says nothing is not waited for for ever");
	child = fake_peer(&p, CLIENT_FETCH);
	wbuf_init(&w);
	peer_time_limit(1);
	CHECK_FAIL(peer_ask(&p, CL_IMA_REQ, &w, NULL, 0, NULL, NULL, &f));
	CHECK_STR(p.why, "the time of --timeout is over, while fetch was "
	    "waited for");
	CHECK(!p.running);
	peer_time_limit(0);
	close(child);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	test_table();
	test_channel();
	test_death();
	test_late();
	return test_end();
}
