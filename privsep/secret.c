#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "privsep/secret.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret	447	/* Linux 5.14, same number everywhere */
#endif

#define PAGE	4096UL

static uint8_t *
map_secret(size_t n)
{
	uint8_t *p;
	int fd;

	if ((fd = (int)syscall(SYS_memfd_secret, 0)) == -1)
		return MAP_FAILED;
	p = ftruncate(fd, (off_t)n) == -1 ? MAP_FAILED :
	    mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p;
}

/* One unreadable page on either side turns an overrun into a death. */
static int
map_guarded(struct secret *s, size_t n)
{
	uint8_t *base;

	base = mmap(NULL, n + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	if (base == MAP_FAILED)
		return -1;
	if (mprotect(base + PAGE, n, PROT_READ | PROT_WRITE) == -1 ||
	    mlock(base + PAGE, n) == -1) {
		munmap(base, n + 2 * PAGE);
		return -1;
	}
	s->base = base;
	s->mapped = n + 2 * PAGE;
	s->p = base + PAGE;
	return 0;
}

int
secret_alloc(struct secret *s, size_t n)
{
	size_t pages = (n + PAGE - 1) & ~(PAGE - 1);

	memset(s, 0, sizeof(*s));
	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	if ((s->p = map_secret(pages)) != MAP_FAILED) {
		s->base = s->p;
		s->mapped = pages;
	} else if (map_guarded(s, pages) == -1) {
		memset(s, 0, sizeof(*s));
		return -1;
	}
	/* where these are not known the mapping is still private and locked */
	(void)madvise(s->p, pages, MADV_DONTDUMP);
	(void)madvise(s->p, pages, MADV_WIPEONFORK);
	s->n = n;
	return 0;
}

void
secret_free(struct secret *s)
{
	if (s->p == NULL)
		return;
	explicit_bzero(s->p, s->n);
	munmap(s->base, s->mapped);
	memset(s, 0, sizeof(*s));
}

int
secret_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t d = 0;
	size_t i;

	for (i = 0; i < n; i++)
		d |= x[i] ^ y[i];
	return d == 0;
}
