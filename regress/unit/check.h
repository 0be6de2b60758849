#ifndef REGRESS_UNIT_CHECK_H
#define REGRESS_UNIT_CHECK_H

/*
 * Check macros for unit and proc tests.  A failed check is printed with file
 * and line and counted, and the test goes on: one run shows all failures.
 *
 *	int
 *	main(void)
 *	{
 *		test_begin("empty log");
 *		CHECK(log_parse("", 0) == 0);
 *		return test_end();
 *	}
 *
 * Each macro evaluates its arguments once and returns whether it held, so
 * that what depends on it can be left out: if (!CHECK(p != NULL)) return;
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char	*check_subject = "";
static unsigned int	 check_count;
static unsigned int	 check_failed;

static void check_report(const char *, int, const char *, ...)
    __attribute__((format(printf, 3, 4), unused));
static int check_int(const char *, int, const char *, intmax_t, intmax_t)
    __attribute__((unused));
static int check_str(const char *, int, const char *, const char *,
    const char *) __attribute__((unused));
static int check_mem(const char *, int, const char *, const void *,
    const void *, size_t) __attribute__((unused));
static void test_begin(const char *) __attribute__((unused));
static int test_end(void) __attribute__((unused));
static void test_skip(const char *) __attribute__((noreturn, unused));
static void test_disabled(const char *) __attribute__((noreturn, unused));

#define CHECK(cond)	__extension__ ({				\
	int check_ok_ = (cond) ? 1 : 0;					\
	check_count++;							\
	if (!check_ok_)							\
		check_report(__FILE__, __LINE__, "%s", #cond);		\
	check_ok_;							\
})
#define CHECK_INT(got, want)						\
	check_int(__FILE__, __LINE__, #got, (intmax_t)(got), (intmax_t)(want))
#define CHECK_STR(got, want)						\
	check_str(__FILE__, __LINE__, #got, (got), (want))
#define CHECK_MEM(got, want, len)					\
	check_mem(__FILE__, __LINE__, #got, (got), (want), (len))
/* The call must fail with -1; with CHECK_ERRNO also for this reason. */
#define CHECK_FAIL(call)	CHECK((call) == -1)
#define CHECK_OK(call)		CHECK((call) == 0)
#define CHECK_ERRNO(call, e)	CHECK((errno = 0, (call) == -1 && errno == (e)))
#define CHECK_NEVER(...)						\
	(check_count++, check_report(__FILE__, __LINE__, __VA_ARGS__))

static void
check_report(const char *file, int line, const char *fmt, ...)
{
	va_list	 ap;

	check_failed++;
	printf("%s:%d: %s: ", file, line, check_subject);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static int
check_int(const char *file, int line, const char *what, intmax_t got,
    intmax_t want)
{
	check_count++;
	if (got == want)
		return 1;
	check_report(file, line, "%s is %jd (0x%jx), not %jd (0x%jx)", what,
	    got, (uintmax_t)got, want, (uintmax_t)want);
	return 0;
}

static int
check_str(const char *file, int line, const char *what, const char *got,
    const char *want)
{
	check_count++;
	if (got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0))
		return 1;
	check_report(file, line, "%s is \"%s\", not \"%s\"", what,
	    got != NULL ? got : "(null)", want != NULL ? want : "(null)");
	return 0;
}

static int
check_mem(const char *file, int line, const char *what, const void *got,
    const void *want, size_t len)
{
	const uint8_t	*g = got, *w = want;
	size_t		 i;

	check_count++;
	if (len == 0)
		return 1;
	if (g == NULL || w == NULL) {
		check_report(file, line, "%s: null pointer", what);
		return 0;
	}
	for (i = 0; i < len && g[i] == w[i]; i++)
		continue;
	if (i == len)
		return 1;
	check_report(file, line, "%s: byte %zu of %zu is %02x, not %02x", what,
	    i, len, g[i], w[i]);
	return 0;
}

static void
test_begin(const char *subject)
{
	check_subject = subject;
}

/* The exit status of main.  No check at all is a failure too. */
static int
test_end(void)
{
	printf("%u checks, %u failed\n", check_count, check_failed);
	return check_failed != 0 || check_count == 0;
}

static void
test_skip(const char *reason)
{
	if (check_failed != 0)
		exit(1);
	printf("SKIPPED %s\n", reason);
	exit(77);
}

static void
test_disabled(const char *issue)
{
	printf("DISABLED %s\n", issue);
	exit(78);
}

#endif
