#include <sys/prctl.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <time.h>

#include "cli/child.h"
#include "cli/roles.h"
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
front_send(enum cl_type type, const struct wbuf *w, const int *fds, int nfds)
{
	if (chan_send(REQ_FD, (uint16_t)type, 0, w, fds, nfds) == -1)
		fatal("send %s to the front", cl_name(type));
}

/*
 * confine() forgives every missing wall alike when told to; here only landlock
 * may be missing, so the filter is asked for beforehand.
 */
static void
require_seccomp(void)
{
#ifndef NO_SECCOMP
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 &&
	    errno != EFAULT)
		fatalx("this kernel has no seccomp filters: not safe to go on");
#endif
}

static void
say_hello(enum client_role role, int degraded)
{
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	uint32_t version;

	wbuf_init(&w);
	put_u32(&w, CL_VERSION);
	put_u8(&w, (uint8_t)role);
	put_u8(&w, (uint8_t)degraded);
	front_send(CL_HELLO_REQ, &w, NULL, 0);
	front_next(&f);
	rbuf_init(&r, f.data, f.len);
	version = get_u32(&r);
	if (f.type != CL_HELLO_ANS || f.nfds != 0 || msg_end(&r) == -1 ||
	    version != CL_VERSION)
		fatalx("the front speaks another protocol");
}

void
client_child_start(enum client_role role, int argc, char **argv,
    const int *dirs)
{
	struct child c;

	child_args(&c, argc, argv);
	c.flags |= CHILD_UNPRIVILEGED | CHILD_DEGRADED_OK;
	tzset();
	require_seccomp();
	say_hello(role, confine(&client_roles[role], &c, dirs));
}
