#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent/agent.h"
#include "parent/tree.h"
#include "privsep/chan.h"
#include "privsep/log.h"

#define CLONE_TIMEOUT_MS	10000	/* mount calls; only a hung file system takes longer */

static int
clone_tree(const char *path)
{
	struct mount_attr ro = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
		    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC
	};
	int fd;

	fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE |
	    OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW);
	if (fd == -1)
		return -1;
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE,
	    &ro, sizeof(ro)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * No file of a snapshot is there, but what is said of other processes and of
 * the kernel. Where they are locked (a container) hasher's walk leaves them out.
 */
static void
hide_kernel(void)
{
	(void)umount2("/proc", MNT_DETACH);
	(void)umount2("/sys", MNT_DETACH);
}

/* Everything mounted below data_dir disappears with it. */
static int
hide_secrets(struct agent *a)
{
	const char *data = a->conf.str[CI_DATA_DIR];
	const char *key = conf_path(&a->conf, a->conf.str[CI_PRIVATE_KEY]);

	if (unshare(CLONE_NEWNS) == -1)
		return -1;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1) {
		if (errno == EINVAL)
			log_warnx("snapshot: / is no mount point here (a plain "
			    "chroot?), so nothing can be hidden from hasher");
		return -1;
	}
	if (mount("/dev/null", key, NULL, MS_BIND, NULL) == -1 &&
	    errno != ENOENT)
		return -1;
	hide_kernel();
	return mount("tmpfs", data, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV |
	    MS_NOEXEC, "size=4k,mode=0700");
}

static void
child_run(struct agent *a, int sock)
{
	int i, fd;

	if (hide_secrets(a) == -1) {
		log_warn("snapshot: hiding data_dir and key");
		_exit(1);
	}
	for (i = 0; i < a->conf.nroots; i++) {
		if ((fd = clone_tree(a->conf.roots[i])) == -1) {
			log_warn("snapshot root %s", a->conf.roots[i]);
			_exit(1);
		}
		if (chan_send(sock, 0, (uint32_t)i, NULL, &fd, 1) == -1)
			_exit(1);
		close(fd);
	}
	_exit(0);
}

static int
take_one(int sock, uint32_t i)
{
	struct pollfd pfd = { sock, POLLIN, 0 };
	struct frame f;
	int fd = -1;

	if (poll(&pfd, 1, CLONE_TIMEOUT_MS) != 1 || chan_recv(sock, &f) != 1)
		return -1;
	if (f.id == i && f.nfds == 1)
		fd = frame_take(&f, 0);
	frame_close(&f);
	return fd;
}

int
trees_clone(struct agent *a, int *ret_fds)
{
	int pair[2], n = 0;
	pid_t pid;

	if (chan_pair(pair) == -1) {
		log_warn("snapshot: clone of the trees");
		return -1;
	}
	if ((pid = fork()) == -1) {
		log_warn("snapshot: clone of the trees");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (pid == 0) {
		close(pair[0]);
		child_run(a, pair[1]);
	}
	close(pair[1]);
	while (n < a->conf.nroots &&
	    (ret_fds[n] = take_one(pair[0], (uint32_t)n)) != -1)
		n++;
	close(pair[0]);
	/* it has ended, or it hangs in a mount call */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (n == a->conf.nroots)
		return 0;
	while (n > 0)
		close(ret_fds[--n]);
	return -1;
}
