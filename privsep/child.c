#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "privsep/child.h"
#include "privsep/log.h"

#if defined(__SANITIZE_ADDRESS__)
/* A leak check needs ptrace of oneself, which a confined process must not have. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:disable_coredump=1";
}
#endif

static unsigned int
number(const char *s)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || v > INT_MAX)
		fatalx("bad argument");
	return (unsigned int)v;
}

void
child_args(struct child *c, int argc, char **argv)
{
	static char usage[] =
	    "this program is started by its parent process only\n";

	if (argc != 4) {
		if (write(STDERR_FILENO, usage, sizeof(usage) - 1) == -1)
			_exit(2);
		_exit(2);
	}
	c->uid = number(argv[1]);
	c->ppid = (int)number(argv[2]);
	c->flags = number(argv[3]);
	log_init_child((c->flags & CHILD_VERBOSE) != 0);
}
