#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "workers/sealed.h"

int
sealed_fd(const char *name, const void *p, size_t n)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK |
	    F_SEAL_SEAL;
	int fd, e;

	if ((fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
		return -1;
	if (write(fd, p, n) == (ssize_t)n && fcntl(fd, F_ADD_SEALS, seals) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}
