/*
 * Plays a child of cosmian_fstool that lies: the front must refuse every frame
 * that the permit table does not name, whatever it waits for, end the child,
 * and say why.
 */
#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "fstool/permit.h"
#include "regress/proc/client/fake.h"
#include "regress/unit/check.h"

#define LEN	8	/* within the bounds of every answer */

#define FS_TYPE(name, value)	FS_##name,
static const unsigned int types[] = { FS_LIST(FS_TYPE) 0, FS_MAX, 0xffff };
#define NTYPES	(sizeof(types) / sizeof(types[0]))

/* The child says `type` while the front waits for the answer to `asked`. */
static int
say(enum fstool_role role, unsigned int type, unsigned int asked, size_t len,
    int nfds)
{
	int child, fd, rc, fds[1];
	struct frame f;
	struct wbuf w;
	struct peer p;

	child = peer_fake(&p, fstool_program(), role);
	fds[0] = fd = memfd_make("x");
	wbuf_init(&w);
	w.n = len;
	if (chan_send(child, (uint16_t)type, 0, &w, fds, nfds) == -1)
		exit(1);
	wbuf_init(&w);
	rc = peer_ask(&p, asked, &w, NULL, 0, NULL, NULL, &f);
	if (rc == 0) {
		frame_close(&f);
		CHECK(p.running);
	} else {
		CHECK(!p.running);
		CHECK(strstr(p.why, "broke the protocol") != NULL);
		CHECK(strstr(p.why, fstool_program()->roles[role].name) ==
		    p.why);
	}
	peer_stop(&p);
	close(child);
	close(fd);
	return rc;
}

/* Is it this one's to answer the question? */
static int
answers(enum fstool_role role, unsigned int asked)
{
	return fstool_permit_refuses(role, asked + 1, asked, LEN, 0) == NULL;
}

/* All types while one question is open; how many were refused. */
static unsigned int
one_question(enum fstool_role role, unsigned int asked)
{
	unsigned int n = 0;
	int want;
	size_t i;

	for (i = 0; i < NTYPES; i++) {
		want = types[i] == asked + 1 && answers(role, asked) ? 0 : -1;
		if (!CHECK_INT(say(role, types[i], asked, LEN, 0), want))
			printf("\t%s says %s, asked %s\n",
			    fstool_program()->roles[role].name,
			    fs_name(types[i]), fs_name(asked));
		n += want == -1;
	}
	if (answers(role, asked)) {
		CHECK_INT(say(role, asked + 1, asked, 2, 0), -1);
		CHECK_INT(say(role, asked + 1, asked, LEN, 1), -1);
	}
	return n;
}

static void
test_frames(enum fstool_role role)
{
	unsigned int n = 0, questions = 0;
	size_t i;

	test_begin(fstool_program()->roles[role].name);
	for (i = 0; i < NTYPES; i++)
		if (types[i] != FS_HELLO_REQ && answers(role, types[i])) {
			n += one_question(role, types[i]);
			questions++;
		}
	/* each but the one answer */
	CHECK_INT(n, questions * (NTYPES - 1));
	CHECK(questions >= 5);
	printf("%s: %u questions, %u frames refused\n",
	    fstool_program()->roles[role].name, questions, n);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	test_frames(FSTOOL_PARSE);
	test_frames(FSTOOL_TPM);
	return test_end();
}
