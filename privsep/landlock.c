#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "privsep/sandbox.h"

/*
 * Debian 12's headers know ABI 2; the constants of later ones stand here, and
 * what the running kernel does not know is masked off by its ABI number.
 */
struct ruleset_attr {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct path_attr {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

#define FS_EXECUTE	(UINT64_C(1) << 0)
#define FS_READ_FILE	(UINT64_C(1) << 2)
#define FS_READ_DIR	(UINT64_C(1) << 3)
#define FS_ABI1		((UINT64_C(1) << 13) - 1)
#define FS_REFER	(UINT64_C(1) << 13)	/* ABI 2 */
#define FS_TRUNCATE	(UINT64_C(1) << 14)	/* ABI 3 */
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)	/* ABI 5 */
#define NET_BIND	(UINT64_C(1) << 0)	/* ABI 4 */
#define NET_CONNECT	(UINT64_C(1) << 1)
#define SCOPE_ABSTRACT	(UINT64_C(1) << 0)	/* ABI 6 */
#define SCOPE_SIGNAL	(UINT64_C(1) << 1)
#define RULE_PATH	1
#define GET_VERSION	1

static size_t
attr_for_abi(struct ruleset_attr *a, long abi)
{
	memset(a, 0, sizeof(*a));
	a->fs = FS_ABI1;
	if (abi >= 2)
		a->fs |= FS_REFER;
	if (abi >= 3)
		a->fs |= FS_TRUNCATE;
	if (abi >= 4)
		a->net = NET_BIND | NET_CONNECT;
	if (abi >= 5)
		a->fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		a->scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return abi >= 6 ? sizeof(*a) : abi >= 4 ? 16 : 8;
}

static int
allow_below(int ruleset, int dir, uint64_t access)
{
	struct path_attr p = { access, dir };

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &p, 0);
}

static int
wall(const int *dirs, int n, uint64_t access, uint64_t net)
{
	struct ruleset_attr a;
	size_t size;
	long abi;
	int i, e, fd, rc = -1;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
	if (abi < 1)
		return -1;
	size = attr_for_abi(&a, abi);
	a.net &= ~net;
	fd = (int)syscall(SYS_landlock_create_ruleset, &a, size, 0);
	if (fd == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (allow_below(fd, dirs[i], access) == -1)
			goto out;
	rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
out:
	e = errno;
	close(fd);
	errno = e;
	return rc;
}

int
landlock_wall(const int *dirs, int n)
{
	return wall(dirs, n, FS_READ_FILE | FS_READ_DIR, 0);
}

int
landlock_read_only(const int *dirs, int n)
{
	return wall(dirs, n, FS_READ_FILE | FS_READ_DIR, NET_CONNECT);
}
