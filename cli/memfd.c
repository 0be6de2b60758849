#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/memfd.h"

#define SEALS	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

int
memfd_make(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

int
memfd_write(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t r;

	while (n > 0) {
		r = write(fd, p, n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

int
memfd_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS);
}

int
memfd_map(int fd, uint64_t max, const uint8_t **ret_p, size_t *ret_n)
{
	off_t n;
	void *p;
	int seals;

	/* without the seals the sender could change it under the reader */
	if ((seals = fcntl(fd, F_GET_SEALS)) == -1 || (seals & SEALS) != SEALS) {
		errno = EPERM;
		return -1;
	}
	/* libc's fstat is a look-up by name to the filter */
	if ((n = lseek(fd, 0, SEEK_END)) == -1)
		return -1;
	if ((uint64_t)n > max) {
		errno = EFBIG;
		return -1;
	}
	if (n == 0) {
		*ret_p = NULL;
		*ret_n = 0;
		return 0;
	}
	p = mmap(NULL, (size_t)n, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -1;
	*ret_p = p;
	*ret_n = (size_t)n;
	return 0;
}
