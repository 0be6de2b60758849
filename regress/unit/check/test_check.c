/*
 * The check macros themselves: a check that cannot fail would make every
 * other test worthless.
 */

#include <errno.h>

#include "regress/unit/check.h"

static int
errno_set(int e)
{
	errno = e;
	return e == 0 ? 0 : -1;
}

/* Run with the counters set aside: how many of these checks failed? */
static unsigned int
failures_of(void (*checks)(void))
{
	unsigned int	 count = check_count, failed = check_failed, n;

	checks();
	n = check_failed - failed;
	check_count = count;
	check_failed = failed;
	return n;
}

static void
checks_bad(void)
{
	CHECK(1 == 2);
	CHECK_INT(1, 2);
	CHECK_STR("a", "b");
	CHECK_STR("a", NULL);
	CHECK_MEM("ab", "ac", 2);
	CHECK_MEM("ab", NULL, 2);
	CHECK_FAIL(0);
	CHECK_OK(-1);
	CHECK_ERRNO(errno_set(EPERM), EINVAL);
	CHECK_ERRNO(errno_set(0), EINVAL);
	CHECK_NEVER("%d", 1);
}

static void
checks_good(void)
{
	CHECK(1 == 1);
	CHECK_INT(-1, -1);
	CHECK_STR("a", "a");
	CHECK_MEM("ab", "ac", 1);
	CHECK_FAIL(-1);
	CHECK_OK(0);
	CHECK_ERRNO(errno_set(EPERM), EPERM);
}

int
main(void)
{
	test_begin("checks that fail on purpose");
	CHECK_INT(failures_of(checks_bad), 11);
	test_begin("checks that hold");
	CHECK_INT(failures_of(checks_good), 0);
	return test_end();
}
