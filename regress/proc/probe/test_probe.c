/*
 * For every role: what it is granted works, and everything else that a taken
 * process would try is refused or kills it. Generated from agentd/roles.c and
 * acts.h.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

#include "agentd/roles.h"
#include "regress/proc/probe/acts.h"
#include "regress/proc/probe/play.h"
#include "regress/unit/check.h"

#define ACT_ROW(name, granted, call)	{ #name, granted },
static const struct {
	const char	*name;
	unsigned int	 granted;
} acts[ACT_MAX] = { ACT_LIST(ACT_ROW) };

static char dir[128], path[256], probe[4096];
static int lent[NLENT], stream_end;

static int
make_file(const char *name, const char *text)
{
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		err(1, "%s", path);
	return fd;
}

static void
lend(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	snprintf(path, sizeof(path), "%s/lent", dir);
	if (mkdir(path, 0755) == -1)
		err(1, "%s", path);
	lent[1] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(make_file("beside", "secret"));
	close(make_file("lent/inside", "inside"));
	lent[0] = make_file("file", "lent");
	lent[3] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	lent[4] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(lent[4], (struct sockaddr *)&in, sizeof(in)) == -1 ||
	    listen(lent[4], 1) == -1)
		err(1, "listen");
}

/* A new one for each role: the last may have shut it. */
static void
lend_stream(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		err(1, "socketpair");
	lent[2] = pair[0];
	stream_end = pair[1];
}

static void
give_back(void)
{
	static const char *const names[] = { "lent/inside", "lent", "beside",
	    "file" };
	size_t i;

	for (i = 0; i < NLENT; i++)
		if (i != 2)
			close(lent[i]);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
}

static void
start(struct spawned *s, enum role_id role)
{
	char name[32];

	snprintf(name, sizeof(name), "probe-%s", role_name(role));
	play_spawn(s, name, probe, lent, NLENT);
	if (play_hello(s, role, MSG_VERSION) == -1) {
		play_end(s, 0);
		errx(1, "%s: no HELLO", name);
	}
}

/* 0 done, errno of a refusal, or 128 + signal with a new probe in s. */
static int
try(struct spawned *s, enum role_id role, unsigned int act)
{
	struct frame f;
	struct rbuf r;
	int rc;

	/* at its begin, and with something to receive */
	lseek(lent[0], 0, SEEK_SET);
	lseek(lent[1], 0, SEEK_SET);
	(void)!send(stream_end, "y", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (chan_send(s->req_fd, ACT_TYPE, act, NULL, NULL, 0) == -1)
		err(1, "send");
	if (play_recv(s->req_fd, &f) == 1) {
		rbuf_init(&r, f.data, f.len);
		rc = (int)get_u32(&r);
		CHECK(f.id == act && msg_end(&r) == 0);
		return rc;
	}
	rc = play_end(s, 1);
	start(s, role);
	return rc;
}

static void
check_act(struct spawned *s, enum role_id role, unsigned int act)
{
	int may = acts[act].granted == ALWAYS ||
	    (acts[act].granted & agent_roles[role].sc) != 0;
	int rc = try(s, role, act);

	/* a kernel without that entry has no such instruction */
	if (act == ACT_OTHER_ABI && rc == 128 + SIGSEGV)
		rc = 128 + SIGSYS;
	if (may ? rc != 0 : rc == 0 || rc == PLAY_ALIVE ||
	    (rc >= 128 && rc != 128 + SIGSYS))
		CHECK_NEVER("%s, %s: %d (%s)", role_name(role), acts[act].name,
		    rc, rc == 0 ? "it could" : rc < 128 ? strerror(rc) :
		    strsignal(rc - 128));
	else
		CHECK(1);
}

static void
test_role(enum role_id role)
{
	struct spawned s;
	unsigned int i;

	test_begin(role_name(role));
	CHECK_STR(agent_roles[role].name, role_name(role));
	/* an own uid, never root's */
	for (i = 0; i < ROLE_MAX; i++)
		CHECK(i == role ||
		    agent_roles[i].uid_off != agent_roles[role].uid_off);
	lend_stream();
	start(&s, role);
	for (i = 0; i < ACT_MAX; i++)
		check_act(&s, role, i);
	play_stop(&s);
	close(lent[2]);
	close(stream_end);
}

#define EACH_ROLE(name, text)	ROLE_##name,

int
main(int argc, char **argv)
{
	static const enum role_id roles[] = { ROLE_LIST(EACH_ROLE) };
	const char *tmp = getenv("TMPDIR");
	size_t i;

	(void)argc;
	if (geteuid() != 0)
		test_skip("needs root");
#ifdef NO_SECCOMP
	test_skip("the system call filter is off in this build");
#endif
	snprintf(probe, sizeof(probe), "%.*s/../../aid/probe",
	    (int)(strrchr(argv[0], '/') - argv[0]), argv[0]);
	snprintf(dir, sizeof(dir), "%s/probe.XXXXXX", tmp != NULL ? tmp :
	    "/tmp");
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1)
		err(1, "%s", dir);
	lend();
	for (i = 0; i < ROLE_MAX; i++)
		if (roles[i] != ROLE_PARENT)
			test_role(roles[i]);
	give_back();
	if (rmdir(dir) == -1)
		CHECK_NEVER("%s is not empty: %s", dir, strerror(errno));
	return test_end();
}
