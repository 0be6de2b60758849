/*
 * For every role: what it is granted works, and everything else that a taken
 * process would try is refused or kills it. Generated from agentd/roles.c,
 * fstool/roles.c and acts.h.
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
#include "fstool/roles.h"
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

/* One role of one of the two programs. */
struct who {
	const char		*prefix;
	const struct role	*role;
	unsigned int		 number;
	int			(*hello)(struct spawned *, unsigned int role);
};

static int
agent_hello(struct spawned *s, unsigned int role)
{
	return play_hello(s, (enum role_id)role, MSG_VERSION);
}

static int
fstool_hello(struct spawned *s, unsigned int role)
{
	struct frame f;
	struct rbuf r;
	struct wbuf w;

	if (play_recv(s->req_fd, &f) != 1)
		return -1;
	rbuf_init(&r, f.data, f.len);
	if (f.type != FS_HELLO_REQ || get_u32(&r) != FS_VERSION ||
	    get_u8(&r) != role || get_u8(&r) != 0 || msg_end(&r) == -1)
		return -1;
	wbuf_init(&w);
	put_u32(&w, FS_VERSION);
	return chan_send(s->req_fd, FS_HELLO_ANS, 0, &w, NULL, 0);
}

static void
start(struct spawned *s, const struct who *who)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", who->prefix, who->role->name);
	play_spawn(s, name, probe, lent, NLENT);
	if (who->hello(s, who->number) == -1) {
		play_end(s, 0);
		errx(1, "%s: no HELLO", name);
	}
}

/* 0 done, errno of a refusal, or 128 + signal with a new probe in s. */
static int
try(struct spawned *s, const struct who *who, unsigned int act)
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
	start(s, who);
	return rc;
}

static void
check_act(struct spawned *s, const struct who *who, unsigned int act)
{
	int may = acts[act].granted == ALWAYS ||
	    (acts[act].granted & who->role->sc) != 0;
	int rc = try(s, who, act);

	/* a kernel without that entry has no such instruction */
	if (act == ACT_OTHER_ABI && rc == 128 + SIGSEGV)
		rc = 128 + SIGSYS;
	if (may ? rc != 0 : rc == 0 || rc == PLAY_ALIVE ||
	    (rc >= 128 && rc != 128 + SIGSYS))
		CHECK_NEVER("%s%s, %s: %d (%s)", who->prefix, who->role->name,
		    acts[act].name, rc, rc == 0 ? "it could" : rc < 128 ?
		    strerror(rc) : strsignal(rc - 128));
	else
		CHECK(1);
}

static void
test_role(const struct who *who)
{
	struct spawned s;
	unsigned int i;

	test_begin(who->role->name);
	lend_stream();
	start(&s, who);
	for (i = 0; i < ACT_MAX; i++)
		check_act(&s, who, i);
	play_stop(&s);
	close(lent[2]);
	close(stream_end);
}

/* An own uid for each, never root's; the first is the parent or front. */
static void
check_uids(const struct role *roles, unsigned int n)
{
	unsigned int i, k;

	for (i = 1; i < n; i++)
		for (k = 0; k < i; k++)
			CHECK(roles[i].uid_off != roles[k].uid_off);
}

#define EACH_ROLE(name, text)	ROLE_##name,

static void
test_agent(void)
{
	static const enum role_id roles[] = { ROLE_LIST(EACH_ROLE) };
	struct who who = { "probe-", NULL, 0, agent_hello };
	size_t i;

	check_uids(agent_roles, ROLE_MAX);
	for (i = 0; i < ROLE_MAX; i++) {
		who.number = roles[i];
		who.role = &agent_roles[roles[i]];
		CHECK_STR(who.role->name, role_name(roles[i]));
		if (roles[i] != ROLE_PARENT)
			test_role(&who);
	}
}

static void
test_fstool(void)
{
	struct who who = { FSTOOL_PROBE, NULL, 0, fstool_hello };

	check_uids(fstool_roles, FSTOOL_MAX);
	for (who.number = 1; who.number < FSTOOL_MAX; who.number++) {
		who.role = &fstool_roles[who.number];
		test_role(&who);
	}
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");

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
	test_agent();
	test_fstool();
	give_back();
	if (rmdir(dir) == -1)
		CHECK_NEVER("%s is not empty: %s", dir, strerror(errno));
	return test_end();
}
