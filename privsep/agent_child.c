#include <stdlib.h>
#include <time.h>

#include "agentd/roles.h"
#include "privsep/agent_child.h"
#include "privsep/log.h"

void
ask_next(struct frame *f)
{
	int r;

	if ((r = chan_recv(REQ_FD, f)) == 0)
		exit(0);
	if (r == -1)
		fatal("receive from the parent");
}

void
ask_send(enum msg_type type, uint32_t id, const struct wbuf *w,
    const int *fds, int nfds)
{
	if (chan_send(REQ_FD, (uint16_t)type, id, w, fds, nfds) == -1)
		fatal("send %s to the parent", msg_name(type));
}

static uint32_t
say_hello(enum role_id role)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	uint32_t version, flags;

	wbuf_init(&w);
	put_u32(&w, MSG_VERSION);
	put_u8(&w, (uint8_t)role);
	ask_send(MSG_HELLO_REQ, 0, &w, NULL, 0);
	ask_next(&f);
	rbuf_init(&r, f.data, f.len);
	version = get_u32(&r);
	flags = get_u32(&r);
	if (f.type != MSG_HELLO_ANS || f.nfds != 0 || msg_end(&r) == -1 ||
	    version != MSG_VERSION)
		fatalx("the parent speaks another protocol");
	return flags;
}

uint32_t
agent_child_start(enum role_id role, int argc, char **argv, const int *dirs)
{
	struct child c;

	child_args(&c, argc, argv);
	tzset();
	confine(&agent_roles[role], &c, dirs);
	return say_hello(role);
}
