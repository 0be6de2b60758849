/*
 * The permit table as data: what it has no row for is refused, what breaks a
 * row in one point is refused, and table, list of messages and handlers of the
 * parent agree. Everything here is generated from MSG_LIST, ROLE_LIST and the
 * table itself, so a new message cannot be forgotten.
 */

/* For its table of handlers, which is nobody else's business. */
#include "parent/hooks.c"

#include "agentd/permit.h"
#include "regress/unit/check.h"

#define TYPE_BEYOND	(MSG_MAX + 16)	/* types and roles that do not exist */
#define ROLE_BEYOND	(ROLE_MAX + 2)

#define MSG_ROW(name, value)	{ "MSG_" #name, value },
static const struct {
	const char	*name;
	unsigned int	 type;
} messages[] = { MSG_LIST(MSG_ROW) };
#define NMESSAGES	(sizeof(messages) / sizeof(messages[0]))

static unsigned int
rows_of(unsigned int from, unsigned int to, unsigned int type)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < npermits; i++)
		n += permits[i].from == from && permits[i].to == to &&
		    permits[i].type == type;
	return n;
}

static unsigned int
rows_of_type(unsigned int type)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < npermits; i++)
		n += permits[i].type == type;
	return n;
}

static void
test_every_triple(void)
{
	unsigned int from, to, type, refused = 0;
	const struct permit *p;

	test_begin("every sender, receiver and type");
	for (from = 0; from < ROLE_BEYOND; from++)
		for (to = 0; to < ROLE_BEYOND; to++)
			for (type = 0; type < TYPE_BEYOND; type++) {
				p = permit_find(from, to, type);
				if (rows_of(from, to, type) != 0) {
					CHECK(p != NULL && p->from == from &&
					    p->to == to && p->type == type);
					continue;
				}
				CHECK(p == NULL);
				CHECK(permit_refuses(p, ST_READY, 0, 0, 0) !=
				    NULL);
				refused++;
			}
	CHECK(permit_find(ROLE_WEB, ROLE_PARENT, 0xffff) == NULL);
	CHECK_INT(refused, ROLE_BEYOND * ROLE_BEYOND * TYPE_BEYOND - npermits);
}

/* One row, broken in one point after the other. */
static void
check_row(const struct permit *p)
{
	enum proc_state other = p->state == ST_READY ? ST_STARTED : ST_READY;
	size_t lo = p->min_len, hi = p->max_len;
	int fds = p->min_fds;

	CHECK(permit_refuses(p, p->state, lo, fds, 0) == NULL);
	CHECK(permit_refuses(p, p->state, hi, p->max_fds, 0) == NULL);
	CHECK(permit_refuses(p, other, lo, fds, 0) != NULL);
	CHECK(permit_refuses(p, ST_MAX, lo, fds, 0) != NULL);
	if (lo > 0)
		CHECK(permit_refuses(p, p->state, lo - 1, fds, 0) != NULL);
	CHECK(permit_refuses(p, p->state, hi + 1, fds, 0) != NULL);
	CHECK(permit_refuses(p, p->state, SIZE_MAX, fds, 0) != NULL);
	CHECK(permit_refuses(p, p->state, lo, p->min_fds - 1, 0) != NULL);
	CHECK(permit_refuses(p, p->state, lo, p->max_fds + 1, 0) != NULL);
	if (p->max != 0) {
		CHECK(permit_refuses(p, p->state, lo, fds, p->max - 1) == NULL);
		CHECK(permit_refuses(p, p->state, lo, fds, p->max) != NULL);
		CHECK(permit_refuses(p, p->state, lo, fds, p->max + 1) != NULL);
	}
}

static void
test_rows(void)
{
	const struct permit *p;
	size_t i;

	test_begin("every row");
	for (i = 0; i < npermits; i++) {
		p = &permits[i];
		check_row(p);
		CHECK_INT(rows_of(p->from, p->to, p->type), 1);
		CHECK(p->from < ROLE_MAX && p->to < ROLE_MAX);
		CHECK(p->from != p->to && p->state < ST_MAX);
		CHECK(p->min_len <= p->max_len && p->max_len <= FRAME_MAX);
		CHECK(p->min_fds <= p->max_fds && p->max_fds <= CHAN_FDS_MAX);
		/* a star, with the signature channel as its only chord */
		CHECK(p->from == ROLE_PARENT || p->to == ROLE_PARENT ||
		    p->type == MSG_SIGN_REQ || p->type == MSG_SIGN_ANS);
	}
}

static void
test_messages(void)
{
	const struct permit *p;
	size_t i;

	test_begin("every message");
	for (i = 0; i < NMESSAGES; i++) {
		CHECK(messages[i].type != 0 && messages[i].type < MSG_MAX);
		CHECK_STR(msg_name(messages[i].type), messages[i].name + 4);
		if (rows_of_type(messages[i].type) == 0)
			CHECK_NEVER("%s is nobody's", messages[i].name);
	}
	CHECK_STR(msg_name(0), "UNKNOWN");
	CHECK_STR(msg_name(0xffff), "UNKNOWN");

	test_begin("every answer");
	for (i = 0; i < npermits; i++) {
		p = &permits[i];
		if ((p->type & 1) != 0 &&
		    rows_of(p->to, p->from, p->type - 1u) != 1)
			CHECK_NEVER("%s of %s answers nothing",
			    msg_name(p->type), role_name(p->from));
	}
}

static void
test_handlers(void)
{
	unsigned int type, from, n;
	struct frame f;

	test_begin("handlers of the parent");
	memset(&f, 0, sizeof(f));
	for (type = 0; type < MSG_MAX; type++) {
		for (n = 0, from = 0; from < ROLE_MAX; from++)
			n += rows_of(from, ROLE_PARENT, type);
		if ((n != 0) != (handlers[type] != NULL))
			CHECK_NEVER("%u %s: %u rows, %s handler", type,
			    msg_name(type), n, handlers[type] == NULL ?
			    "no" : "a");
		if (handlers[type] == NULL) {
			f.type = (uint16_t)type;
			CHECK_INT(dispatch(NULL, NULL, &f), -1);
		}
	}
}

/* No frame of a process that strangers reach is a way to choose what is signed. */
static void
test_strangers(void)
{
	static const unsigned int web[] = { MSG_HELLO_REQ, MSG_ATTEST_REQ,
	    MSG_LOG_REQ, MSG_SNAPSHOT_REQ, MSG_SNAPSHOT_DEL_REQ,
	    MSG_TPM_CERTS_REQ, MSG_ACTIVATE_REQ };
	static const unsigned int net[] = { MSG_HELLO_REQ, MSG_NET_TLS_REQ,
	    MSG_NET_END, MSG_SIGN_REQ };
	const struct permit *p;
	size_t i, k, nweb = 0, nnet = 0;

	test_begin("what net and web may say");
	for (i = 0; i < npermits; i++) {
		p = &permits[i];
		for (k = 0; p->from == ROLE_WEB &&
		    k < sizeof(web) / sizeof(web[0]); k++)
			nweb += p->type == web[k];
		for (k = 0; p->from == ROLE_NET &&
		    k < sizeof(net) / sizeof(net[0]); k++)
			nnet += p->type == net[k];
		nweb -= p->from == ROLE_WEB;
		nnet -= p->from == ROLE_NET;
		/* neither of them can hand a descriptor to anybody */
		if (p->from == ROLE_WEB || p->from == ROLE_NET)
			CHECK_INT(p->max_fds, 0);
	}
	CHECK_INT(nweb, 0);
	CHECK_INT(nnet, 0);
}

int
main(void)
{
	test_every_triple();
	test_rows();
	test_messages();
	test_handlers();
	test_strangers();
	return test_end();
}
