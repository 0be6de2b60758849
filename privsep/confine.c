#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/sandbox.h"

#define CAP_BITS	41	/* CAP_CHECKPOINT_RESTORE is 40; unknown ones fail and are skipped */

static void
reset_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("sigprocmask");
	umask(077);
}

static void
limit(__rlimit_resource_t what, rlim_t n)
{
	struct rlimit r = { n, n };

	if (setrlimit(what, &r) == -1)
		fatal("setrlimit %d", (int)what);
}

/* What the service manager allows may be less; more cannot be had from it. */
static void
limit_files(rlim_t n)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		fatal("getrlimit");
	limit(RLIMIT_NOFILE, r.rlim_max < n ? r.rlim_max : n);
}

static void
set_limits(const struct role *r)
{
	limit(RLIMIT_CORE, 0);
	limit_files(r->nofile);
	if ((r->sc & (SC_THREADS | SC_RESOLVE)) == 0)
		limit(RLIMIT_NPROC, 0);
#ifndef NO_SECCOMP
	if (r->memory != 0)
		limit(RLIMIT_DATA, (rlim_t)r->memory << 20);
#endif
}

/* A tmpfs that is mounted nowhere: empty, read-only, and nobody can put a thing into it. */
static void
enter_empty_root(void)
{
	int fs, mnt;

	fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (fs == -1 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size",
	    "4k", 0) == -1 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE,
	    NULL, NULL, 0) == -1)
		fatal("empty root: tmpfs");
	mnt = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
	    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	    MOUNT_ATTR_NOEXEC);
	if (mnt == -1 || fchdir(mnt) == -1 || chroot(".") == -1 ||
	    chdir("/") == -1)
		fatal("empty root");
	close(mnt);
	close(fs);
}

static void
keep_caps(uint64_t caps)
{
	struct __user_cap_header_struct h = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof(d));
	d[0].effective = d[0].permitted = (uint32_t)caps;
	d[1].effective = d[1].permitted = (uint32_t)(caps >> 32);
	if (syscall(SYS_capset, &h, d) == -1)
		fatal("capset");
}

static void
become(unsigned int uid, uint64_t caps)
{
	int i;

	for (i = 0; i < CAP_BITS; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1 && errno != EINVAL)
			fatal("capability bound");
	if (prctl(PR_SET_KEEPCAPS, caps != 0, 0, 0, 0) == -1)
		fatal("keepcaps");
	if (setgroups(0, NULL) == -1 || setresgid(uid, uid, uid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		fatal("uid %u", uid);
	keep_caps(caps);
}

/* After the change of id, which clears the first and may rewrite the second. */
static void
bind_to_parent(int ppid)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("pdeathsig");
	if (getppid() != ppid)
		fatalx("the parent is gone");
#ifndef NO_SECCOMP
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("dumpable");
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("no_new_privs");
}

static int
missing(const struct child *c, const char *what)
{
	if ((errno != ENOSYS && errno != EOPNOTSUPP) ||
	    (c->flags & CHILD_DEGRADED_OK) == 0)
		fatal("this kernel has no %s, and allow_degraded is not set",
		    what);
	log_warnx("degraded: this kernel has no %s", what);
	return 1;
}

const char *
confine_missing(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		return "landlock";
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == -1)
		return "seccomp filters";
	if (access("/proc/self/ns/net", F_OK) == -1)
		return "network namespaces";
	return NULL;
}

int
confine(const struct role *r, const struct child *c, const int *dirs)
{
	int degraded = 0, n = 0;

	reset_signals();
	set_limits(r);
	if ((c->flags & CHILD_UNPRIVILEGED) == 0) {
		if (unshare(CLONE_NEWNET | CLONE_NEWIPC) == -1)
			degraded |= missing(c, "network namespaces");
		enter_empty_root();
		become(c->uid, r->caps);
	}
	bind_to_parent(c->ppid);
	while (dirs != NULL && dirs[n] != -1)
		n++;
	if ((r->sc & SC_RESOLVE ? landlock_read_only(dirs, n) :
	    landlock_wall(dirs, n)) == -1)
		degraded |= missing(c, "landlock");
	if (seccomp_wall(r->sc) == -1)
		degraded |= missing(c, "seccomp filters");
	return degraded;
}
