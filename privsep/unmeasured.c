#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <unistd.h>

#include "privsep/log.h"
#include "privsep/unmeasured.h"

static unsigned int reader = 64200;	/* uid_base by default: no role has it */

void
unmeasured_uid(unsigned int uid)
{
	reader = uid;
}

/*
 * The saved id as well: of a process with CAP_SETUID, IMA takes each of the
 * three for its effective one.  Not by libc, which would tell other threads.
 */
static int
set_ids(unsigned int uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

int
openat_unmeasured(int dir, const char *path, int flags)
{
	unsigned int uid = geteuid();
	int bits, e, fd = -1;

	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EINVAL;
		return -1;
	}
	/* without this bit the capabilities would go with the id */
	if ((bits = prctl(PR_GET_SECUREBITS)) == -1 ||
	    prctl(PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP) == -1)
		return -1;
	if (set_ids(reader) == 0) {
		fd = openat(dir, path, flags);
		e = errno;
		if (set_ids(uid) == -1)
			fatal("the id is not to be had back");
		errno = e;
	}
	e = errno;
	if (prctl(PR_SET_SECUREBITS, bits) == -1)
		fatal("secure bits");
	errno = e;
	return fd;
}

int
open_unmeasured(const char *path, int flags)
{
	return openat_unmeasured(AT_FDCWD, path, flags);
}
