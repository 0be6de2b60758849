/* What a worker says, as it reaches the log: one line, no byte that acts. */
#include <sys/mman.h>

#include <syslog.h>
#include <unistd.h>

#include "privsep/log.h"
#include "regress/unit/check.h"

static int out;

/* Relay n bytes; what was written to stderr, as a string. */
static const char *
relayed(int level, const char *text, size_t n)
{
	static char got[4096];
	ssize_t len;

	CHECK_OK(ftruncate(out, 0));
	lseek(out, 0, SEEK_SET);
	log_relay("web[0]", level, text, n);
	len = pread(out, got, sizeof(got) - 1, 0);
	got[len > 0 ? len : 0] = '\0';
	return got;
}

#define RELAYED(level, text)	relayed(level, text, sizeof(text) - 1)

int
main(void)
{
	static char big[8192];
	const char *got;
	int err = dup(STDERR_FILENO);
	size_t i;

	out = memfd_create("log", 0);
	dup2(out, STDERR_FILENO);
	log_init_parent("test", LOG_TO_JOURNAL, 0);

	test_begin("text");
	CHECK_STR(RELAYED(LOG_INFO, "hello"), "<6>web[0]: hello\n");
	CHECK_STR(RELAYED(LOG_WARNING, ""), "<4>web[0]: \n");
	CHECK_STR(RELAYED(LOG_INFO, "gr\xc3\xb6\xc3\x9f" "er %s%n"),
	    "<6>web[0]: gr\xc3\xb6\xc3\x9f" "er %s%n\n");

	test_begin("bytes that act");
	CHECK_STR(RELAYED(LOG_INFO, "a\nb\r\tc\0d\x7f"),
	    "<6>web[0]: a\\x0ab\\x0d\\x09c\\x00d\\x7f\n");
	CHECK_STR(RELAYED(LOG_INFO, "\x1b[2J"), "<6>web[0]: \\x1b[2J\n");
	/* C1 of ISO 8859-1 in UTF-8: CSI to many a terminal */
	CHECK_STR(RELAYED(LOG_INFO, "\xc2\x9b" "2J"),
	    "<6>web[0]: \\xc2\\x9b2J\n");
	CHECK_STR(RELAYED(LOG_INFO, "\xc2\xa0\xc2"), "<6>web[0]: \xc2\xa0\xc2\n");

	test_begin("levels");
	CHECK_STR(RELAYED(0, "x"), "<5>web[0]: x\n");	/* not to wake people */
	CHECK_STR(RELAYED(99, "x"), "<5>web[0]: x\n");
	CHECK_STR(RELAYED(-1, "x"), "<5>web[0]: x\n");
	CHECK_STR(RELAYED(LOG_DEBUG, "x"), "");

	test_begin("length");
	memset(big, 1, sizeof(big));
	got = relayed(LOG_INFO, big, sizeof(big));
	CHECK(strlen(got) < 1100);
	for (i = 0; got[i] != '\0' && got[i + 1] != '\0'; i++)
		CHECK(got[i] >= 0x20 && got[i] < 0x7f);
	CHECK(got[i] == '\n');
	dup2(err, STDERR_FILENO);
	return test_end();
}
