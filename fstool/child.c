#include <stdlib.h>
#include <string.h>

#include "fstool/child.h"
#include "fstool/roles.h"
#include "privsep/child.h"
#include "privsep/log.h"

void
front_next(struct frame *f)
{
	int r;

	if ((r = chan_recv(REQ_FD, f)) == 0)
		exit(0);
	if (r == -1)
		fatal("receive from the front");
}

void
front_send(enum fs_type type, struct wbuf *w)
{
	if (chan_send(REQ_FD, (uint16_t)type, 0, w, NULL, 0) == -1)
		fatal("send %s to the front", fs_name(type));
	explicit_bzero(w, sizeof(*w));
}

static void
say_hello(enum fstool_role role, int degraded)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	uint32_t version;

	wbuf_init(&w);
	put_u32(&w, FS_VERSION);
	put_u8(&w, (uint8_t)role);
	put_u8(&w, (uint8_t)degraded);
	front_send(FS_HELLO_REQ, &w);
	front_next(&f);
	rbuf_init(&r, f.data, f.len);
	version = get_u32(&r);
	if (f.type != FS_HELLO_ANS || f.nfds != 0 || msg_end(&r) == -1 ||
	    version != FS_VERSION)
		fatalx("the front speaks another protocol");
}

void
fstool_child_start(enum fstool_role role, int argc, char **argv)
{
	struct child c;

	child_args(&c, argc, argv);
	say_hello(role, confine(&fstool_roles[role], &c, NULL));
}
