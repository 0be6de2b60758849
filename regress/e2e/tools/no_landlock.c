/*
 * no_landlock COMMAND: run it on a kernel that, as far as it can see, has no
 * landlock: the calls fail with ENOSYS, as they do before Linux 5.13.
 */
#include <err.h>
#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static const int calls[] = {
		SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule),
		SCMP_SYS(landlock_restrict_self)
	};
	scmp_filter_ctx ctx;
	size_t i;

	if (argc < 2)
		errx(2, "usage: no_landlock command ...");
	if ((ctx = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
		errx(1, "seccomp_init");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), calls[i],
		    0) < 0)
			errx(1, "seccomp_rule_add");
	/* root needs no no_new_privs, and the agent must not get it from here */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0) < 0 ||
	    seccomp_load(ctx) < 0)
		errx(1, "seccomp_load");
	execvp(argv[1], argv + 1);
	err(1, "%s", argv[1]);
}
