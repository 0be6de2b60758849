#include <sys/mman.h>

#include <unistd.h>

#include "fstool/report.h"
#include "fstool/why.h"
#include "regress/unit/check.h"

static char printed[65536];
static char key[] = "123456-000011";

static void
facts(void)
{
	report_fact("uuid", "%s-%d", "abc", 1);
	report_flag("root file system measured", 0);
	report_number("epoch", 18446744073709551615ull);
	report_list("tokens");
	report_element();
	report_number("number", 0);
	report_fact("bind", "tpm");
	report_element();
	report_number("number", 1);
	report_list_end();
	report_list("none");
	report_list_end();
	report_hex("digest", "\1\377", 2);
	report_fact("location", "a\"\\\033[2J\n");
	report_secret("recovery key", key);
}

/* The exit status; what was printed is in `printed`. */
static int
run(int json, void (*fill)(void), int status, const char *reason)
{
	int m, old, olderr, rc;
	ssize_t n;

	fflush(stdout);
	m = memfd_create("out", 0);
	old = dup(STDOUT_FILENO);
	olderr = dup(STDERR_FILENO);
	if (m == -1 || old == -1 || olderr == -1)
		exit(1);
	dup2(m, STDOUT_FILENO);
	dup2(m, STDERR_FILENO);
	report_begin("status", json);
	fill();
	rc = report_end(status, reason);
	fflush(stdout);
	dup2(old, STDOUT_FILENO);
	dup2(olderr, STDERR_FILENO);
	n = pread(m, printed, sizeof(printed) - 1, 0);
	printed[n > 0 ? n : 0] = '\0';
	close(old);
	close(olderr);
	close(m);
	return rc;
}

static void
nothing(void)
{
}

static void
test_json(void)
{
	test_begin("JSON");
	CHECK_INT(run(1, facts, EXIT_DONE, ""), 0);
	CHECK_STR(printed,
	    "{\"verb\":\"status\",\"result\":\"done\",\"reason\":\"\","
	    "\"uuid\":\"abc-1\",\"root_file_system_measured\":false,"
	    "\"epoch\":18446744073709551615,"
	    "\"tokens\":[{\"number\":0,\"bind\":\"tpm\"},{\"number\":1}],"
	    "\"none\":[],\"digest\":\"01ff\","
	    "\"location\":\"a\\\"\\\\?[2J?\","
	    "\"recovery_key\":\"123456-000011\"}\n");
	CHECK_INT(run(1, nothing, EXIT_REFUSED, "a \"b\""), 3);
	CHECK(strstr(printed, "{\"verb\":\"status\",\"result\":\"refused\","
	    "\"reason\":\"a \\\"b\\\"\"}\n") != NULL);
	CHECK(strstr(printed, "cosmian_fstool: REFUSED: a \"b\"") != NULL);
	CHECK_INT(run(1, nothing, EXIT_COULD_NOT, "no"), 1);
	CHECK(strstr(printed, "\"result\":\"failed\"") != NULL);
	CHECK_INT(run(1, nothing, 77, NULL), 1);
}

static void
test_text(void)
{
	test_begin("text");
	CHECK_INT(run(0, facts, EXIT_DONE, NULL), 0);
	CHECK_STR(printed,
	    "uuid:                      abc-1\n"
	    "root file system measured: no\n"
	    "epoch:                     18446744073709551615\n"
	    "tokens:\n"
	    "  number 0, bind tpm\n"
	    "  number 1\n"
	    "none:\n"
	    "digest:                    01ff\n"
	    "location:                  a\"\\?[2J?\n"
	    "recovery key:              123456-000011\n");
	CHECK_INT(run(0, nothing, EXIT_COULD_NOT, "no such"), 1);
	CHECK_STR(printed, "cosmian_fstool: no such\n");
}

static void
many(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		report_number("n", 1);
}

/* What could not be said whole is no success. */
static void
test_short(void)
{
	int old, rc;

	test_begin("not whole");
	CHECK_INT(run(1, many, EXIT_DONE, ""), 1);
	CHECK_INT(run(1, many, EXIT_REFUSED, "x"), 3);
	CHECK(strstr(printed, "could not be written whole") != NULL);
	fflush(stdout);
	old = dup(STDOUT_FILENO);
	if (freopen("/dev/full", "w", stdout) == NULL)
		exit(1);
	report_begin("status", 0);
	facts();
	rc = report_end(EXIT_DONE, "");
	clearerr(stdout);
	dup2(old, STDOUT_FILENO);
	close(old);
	CHECK_INT(rc, 1);
}

#define WORDS	"\033[2J\r\n\a\177\x9b" "x\xe2\x80\xae"

static void
words(void)
{
	notice("token %u: %s", 1, WORDS);
	report_fact("why", "%s", WORDS);
}

/* What a child says is shown, and does nothing to the terminal. */
static void
test_words(void)
{
	test_begin("words of a child");
	CHECK_INT(run(0, words, EXIT_DONE, NULL), 0);
	CHECK_STR(printed, "cosmian_fstool: token 1: ?[2J?????x???\n"
	    "why: ?[2J?????x???\n");
	CHECK_INT(run(0, nothing, EXIT_REFUSED, WORDS), 3);
	CHECK_STR(printed, "cosmian_fstool: REFUSED: ?[2J?????x???\n");
	test_begin("the reason");
	why_clear();
	CHECK_INT(refused("%s: %s", "parse", WORDS), -1);
	CHECK_STR(why_text(), "parse: ?[2J?????x???");
	CHECK_INT(why_status(), 3);
	/* the first who says why is right */
	CHECK_INT(could_not("%s", "another"), -1);
	CHECK_STR(why_text(), "parse: ?[2J?????x???");
	CHECK_INT(why_status(), 3);
	why_clear();
	CHECK_INT(could_not("%s", WORDS), -1);
	CHECK_STR(why_text(), "?[2J?????x???");
	CHECK_INT(why_status(), 1);
	why_clear();
}

int
main(void)
{
	test_json();
	test_text();
	test_short();
	test_words();
	return test_end();
}
