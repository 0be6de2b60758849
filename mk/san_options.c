/*
 * Linked into the programs of the sanitizer build.  They run with an empty
 * environment, so the options have to be in the file.  A fault must look like
 * a crash to the parent; leaks are left to valgrind and the unit tests, since
 * the leak checker cannot trace a process that is not dumpable.
 */

const char	*__asan_default_options(void);
const char	*__ubsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=1:handle_abort=0:"
	    "allocator_may_return_null=1";
}

const char *
__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}
