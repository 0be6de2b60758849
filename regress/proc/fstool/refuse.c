/*
 * The other direction: fstool-parse and fstool-tpm, confined, with a front
 * that sends what is not theirs, or what is theirs broken.  They must end by
 * themselves, with a complaint and not by a crash.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <unistd.h>

#include "cli/memfd.h"
#include "fstool/permit.h"
#include "privsep/peer.h"
#include "regress/unit/check.h"

#define FS_TYPE(name, value)	FS_##name,
static const unsigned int types[] = { FS_LIST(FS_TYPE) 0, FS_MAX, 0xffff };
#define NTYPES	(sizeof(types) / sizeof(types[0]))

/* A question to a new child; why it ended, NULL when it answered. */
static const char *
end_of(enum fstool_role role, unsigned int type, const struct wbuf *w,
    int nfds)
{
	static struct peer p;
	int pair[2], fds[CHAN_FDS_MAX], lent, rc, i;
	struct frame f;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	lent = role == FSTOOL_TPM;
	if (peer_start(&p, fstool_program(), role, pair + 1, lent, 0) == -1)
		errx(1, "%s", p.why);
	close(pair[1]);
	for (i = 0; i < nfds; i++)
		if ((fds[i] = memfd_make("x")) == -1 ||
		    memfd_seal(fds[i]) == -1)
			err(1, "memfd");
	rc = peer_ask(&p, type, w, fds, nfds, NULL, NULL, &f);
	for (i = 0; i < nfds; i++)
		close(fds[i]);
	if (rc == 0)
		frame_close(&f);
	peer_stop(&p);
	close(pair[0]);
	return rc == 0 ? NULL : p.why;
}

static void
must_say(enum fstool_role role, unsigned int type, size_t len, int nfds,
    const char *word)
{
	const char *why;
	struct wbuf w;

	memset(&w, 0, sizeof(w));
	w.n = len;
	why = end_of(role, type, &w, nfds);
	if (why == NULL || strstr(why, word) == NULL ||
	    strstr(why, fs_name(type)) == NULL)
		CHECK_NEVER("%s (%u), len %zu, %d fds: %s", fs_name(type), type,
		    len, nfds, why != NULL ? why : "it was answered");
	else
		CHECK(1);
}

static int
is_its_own(enum fstool_role role, unsigned int type)
{
	return fstool_permit_refuses(role, type + 1, type, 8, 0) == NULL;
}

/* Descriptors that come with it, and zero bytes that are no such question. */
static const struct {
	unsigned int	type;
	int		nfds;
	size_t		len;
} broken[] = {
	{ FS_HEADER_REQ, 1, 1 },
	{ FS_TOKEN_REQ, 0, 0 }, { FS_TOKEN_REQ, 0, 1 }, { FS_TOKEN_REQ, 0, 2 },
	{ FS_RECORD_REQ, 0, 0 }, { FS_RECORD_REQ, 0, 3 },
	{ FS_BOOT_REQ, 2, 0 }, { FS_BOOT_REQ, 2, 600 },
	{ FS_NEXT_REQ, 3, 0 }, { FS_NEXT_REQ, 3, 600 },
	{ FS_PCRS_REQ, 0, 0 }, { FS_PCRS_REQ, 0, 6 }, { FS_PCRS_REQ, 0, 7 },
	{ FS_SEAL_REQ, 0, 0 }, { FS_SEAL_REQ, 0, 100 },
	{ FS_UNSEAL_REQ, 0, 0 }, { FS_UNSEAL_REQ, 0, 100 },
	{ FS_CAP_REQ, 0, 0 }, { FS_CAP_REQ, 0, 2 }, { FS_CAP_REQ, 0, 9 },
	{ FS_NV_DEFINE_REQ, 0, 0 }, { FS_NV_DEFINE_REQ, 0, 67 },
	{ FS_NV_READ_REQ, 0, 0 }, { FS_NV_READ_REQ, 0, 69 },
	{ FS_NV_BUMP_REQ, 0, 0 }, { FS_NV_BUMP_REQ, 0, 67 },
	{ FS_NV_UNDEFINE_REQ, 0, 0 }, { FS_NV_UNDEFINE_REQ, 0, 69 },
};
#define NBROKEN	(sizeof(broken) / sizeof(broken[0]))

/* Its question, broken in each of these ways, and with a descriptor more. */
static void
test_broken(enum fstool_role role, unsigned int type)
{
	const char *word = role == FSTOOL_PARSE ? "broken" : "malformed";
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < NBROKEN; i++) {
		if (broken[i].type != type)
			continue;
		must_say(role, type, broken[i].len, broken[i].nfds, word);
		if (n++ == 0)
			must_say(role, type, broken[i].len,
			    broken[i].nfds + 1, role == FSTOOL_PARSE ?
			    "broken" : "unexpected");
	}
	if (n == 0)
		CHECK_NEVER("%s is never broken here", fs_name(type));
}

static void
test_role(enum fstool_role role)
{
	unsigned int n = 0;
	size_t i;

	test_begin(fstool_program()->roles[role].name);
	for (i = 0; i < NTYPES; i++)
		/* its HELLO has been answered */
		if (types[i] != FS_HELLO_REQ && is_its_own(role, types[i]))
			test_broken(role, types[i]);
		else {
			must_say(role, types[i], 8, 0, "unexpected");
			n++;
		}
	printf("%u messages are not for %s\n", n,
	    fstool_program()->roles[role].name);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	alarm(240);
	test_role(FSTOOL_PARSE);
	test_role(FSTOOL_TPM);
	return test_end();
}
