/*
 * open: whatever comes between, the TPM is capped once something could have
 * been unsealed, before the volume is there, and by a program that cannot be
 * told to end meanwhile.
 */
#include <signal.h>

#include "fstool/commands.h"
#include "fstool/why.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_open/steps.h"

static struct options options = {
	.location = "/c", .header = "/h", .mount = "/m", .name = "n",
	.tpm = "/t", .tee = "/e"
};

static int
run(enum step fails)
{
	static struct store s;
	int rc;

	memset(&s, 0, sizeof(s));
	s.o = &options;
	s.header.fd = -1;
	world.fails = fails;
	world.ntrail = 0;
	world.opens = -1;
	why_clear();
	rc = cmd_open(&s);
	CHECK_INT(world.volumes, 0);
	CHECK_INT(world.secrets, 0);
	CHECK_INT(world.devices, 0);
	CHECK(s.o == &options);
	return rc;
}

static void
begin(const char *what, int header)
{
	test_begin(what);
	memset(&world, 0, sizeof(world));
	world.header = header;
}

static void
trail_show(void)
{
	int i;

	for (i = 0; i < world.ntrail; i++)
		printf("\t%s%s", step_name(world.trail[i]),
		    world.held[i] ? " (held)" : "");
	printf("\n");
}

/* Held from the first that may unseal to the cap, and never after it. */
static void
check_held(void)
{
	const int from = step_first(STEP_UNSEAL), to = step_first(STEP_CAP);
	sigset_t now;
	int i;

	for (i = 0; i < world.ntrail; i++)
		if (from != -1 && i >= from && i <= to)
			CHECK_INT(world.held[i], 1);
	CHECK(from == -1 || to > from);
	for (i = step_first(STEP_ACTIVATE); i != -1 && i < world.ntrail; i++)
		CHECK_INT(world.held[i], 0);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(!sigismember(&now, SIGTERM));
}

/* It goes well; then each of its steps fails. */
static void
test_each(void)
{
	enum step way[TRAIL_MAX], last = STEP_NONE;
	int i, n, header = world.header;

	CHECK_OK(run(STEP_NONE));
	trail_show();
	CHECK_INT(world.opens, 1);
	CHECK(step_first(STEP_CAP) != -1);
	CHECK_INT(step_first(STEP_CAP), step_last(STEP_CAP));
	CHECK(step_first(STEP_ACTIVATE) > step_first(STEP_CAP));
	CHECK(step_first(STEP_MOUNT) > step_first(STEP_CHECK_TABLE));
	check_held();
	n = world.ntrail;
	memcpy(way, world.trail, sizeof(way));
	for (i = 0; i < n; i++) {
		/* a kernel without device mapper says so later */
		if (way[i] == STEP_FIND || way[i] == last)
			continue;
		last = way[i];
		world.header = header;
		if (!CHECK_INT(run(way[i]), -1))
			printf("\t%s fails\n", step_name(way[i]));
		CHECK(why_text()[0] != '\0');
		if (!CHECK(step_first(STEP_CAP) != -1))
			trail_show();
		check_held();
		/* the volume is not there, or there no more */
		if (step_first(STEP_ACTIVATE) != -1 &&
		    way[i] != STEP_ACTIVATE && way[i] != STEP_REMOVE)
			CHECK(step_last(STEP_CLOSE) >
			    step_first(STEP_ACTIVATE));
		if (step_first(STEP_ACTIVATE) == -1 && way[i] != STEP_CAP)
			CHECK_INT(world.opens, 0);
		if (way[i] == STEP_CAP)
			CHECK_INT(step_first(STEP_ACTIVATE), -1);
	}
}

static void
test_there(void)
{
	begin("it is open already: by whomever, nothing may unseal now", 1);
	world.mounted = world.active = world.same = 1;
	CHECK_OK(run(STEP_NONE));
	CHECK(step_first(STEP_CAP) != -1);
	CHECK_INT(world.opens, 0);
	CHECK_INT(step_first(STEP_UNSEAL), -1);
	CHECK_INT(step_first(STEP_ACTIVATE), -1);
	CHECK_INT(run(STEP_CAP), -1);
	begin("something else is mounted there", 1);
	world.mounted = 1;
	CHECK_INT(run(STEP_NONE), -1);
	CHECK_STR(why_text(), "something else is mounted at /m");
	CHECK(step_first(STEP_CAP) != -1);
	CHECK_INT(step_first(STEP_UNSEAL), -1);
	begin("another volume is mounted there", 1);
	world.mounted = world.active = 1;
	CHECK_INT(run(STEP_NONE), -1);
	CHECK(step_first(STEP_CAP) != -1);
	begin("active and not mounted: that run was cut off", 1);
	world.active = 1;
	CHECK_OK(run(STEP_NONE));
	CHECK(step_first(STEP_CLOSE) < step_first(STEP_UNSEAL));
	CHECK_INT(world.opens, 1);
	begin("there is no container", 0);
	CHECK_INT(run(STEP_NONE), -1);
	CHECK(strstr(why_text(), "there is no container") != NULL);
	CHECK(step_first(STEP_CAP) != -1);
	CHECK_INT(world.opens, 0);
}

int
main(void)
{
	progress_off();
	begin("by the TPM", 1);
	test_each();
	CHECK(step_first(STEP_READ_PHRASE) == -1);
	begin("by password", 1);
	options.password = "-";
	test_each();
	options.password = NULL;
	begin("made, then opened", 0);
	options.create_from = "/s";
	test_each();
	options.create_from = NULL;
	test_there();
	begin("there is no TPM", 1);
	world.no_tpm = 1;
	CHECK_OK(run(STEP_NONE));
	CHECK_INT(step_first(STEP_CAP), -1);
	CHECK(step_first(STEP_ACTIVATE) != -1);
	return test_end();
}
