/*
 * What one judgement allocates, by all libraries: this program's malloc is
 * glibc's with a counter.  Under a sanitizer, whose malloc may not be
 * replaced, nothing is counted.
 */
#include <malloc.h>
#include <stdlib.h>

#include "regress/mutate/mutate.h"

#if defined(__SANITIZE_ADDRESS__)
void
memory_start(void)
{
}

size_t
memory_peak(void)
{
	return 0;
}
#else

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	 __libc_free(void *);

static size_t now, base, peak;

static void *
count(void *p)
{
	if (p != NULL && (now += malloc_usable_size(p)) > peak)
		peak = now;
	return p;
}

void *
malloc(size_t n)
{
	return count(__libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	return count(__libc_calloc(n, size));
}

/* While it copies, both blocks may be there. */
void *
realloc(void *old, size_t n)
{
	size_t was = old != NULL ? malloc_usable_size(old) : 0;
	void *p = count(__libc_realloc(old, n));

	if (p != NULL || n == 0)
		now -= was;
	return p;
}

void
free(void *p)
{
	if (p != NULL)
		now -= malloc_usable_size(p);
	__libc_free(p);
}

void
memory_start(void)
{
	base = peak = now;
}

size_t
memory_peak(void)
{
	return peak - base;
}
#endif
