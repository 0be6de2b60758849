#include <ctype.h>

#include "fstool/pass.h"
#include "fstool/why.h"
#include "regress/unit/check.h"
#include "regress/unit/fstool_pass/tests.h"

#define ROUNDS	1000
#define ROOM	512

static char text[ROOM];
static size_t len;

static int
reads(const char *s)
{
	len = strlen(s);
	memcpy(text, s, len + 1);
	why_clear();
	return recovery_read(text, sizeof(text), &len);
}

static int
said(const char *what)
{
	return strstr(why_text(), what) != NULL;
}

/* The same key with another separator between its groups, "" for none. */
static void
spell(const char *key, const char *between, char *dst)
{
	for (; *key != '\0'; key++)
		if (*key == '-')
			dst += sprintf(dst, "%s", between);
		else
			*dst++ = *key;
	*dst = '\0';
}

static void
test_rounds(void)
{
	static const char *const between[] = { "-", " ", "", "   ", " - ",
	    "\t", "--" };
	char key[RECOVERY_LEN + 1], last[RECOVERY_LEN + 1] = "";
	char other[ROOM];
	struct secret s;
	size_t i, j;

	test_begin("recovery keys, there and back");
	for (i = 0; i < ROUNDS; i++) {
		if (!CHECK_OK(recovery_make(&s)))
			return;
		CHECK_INT(s.n, RECOVERY_LEN + 1);
		memcpy(key, s.p, sizeof(key));
		secret_free(&s);
		CHECK_INT(strlen(key), RECOVERY_LEN);
		CHECK(strcmp(key, last) != 0);
		strcpy(last, key);
		for (j = 0; j < sizeof(between) / sizeof(between[0]); j++) {
			spell(key, between[j], other);
			if (CHECK_INT(reads(other), 1)) {
				CHECK_STR(text, key);
				CHECK_INT(len, RECOVERY_LEN);
			}
		}
	}
	snprintf(other, sizeof(other), "  %s ", key);
	CHECK_INT(reads(other), 1);
	CHECK_STR(text, key);
}

/* Each digit of a key, each other digit in its place: found, and where. */
static void
test_digits(void)
{
	static const char key[] =
	    "000000-720885-000011-123453-654324-099990-111111-400004";
	char bad[RECOVERY_LEN + 1], want[64];
	size_t i;
	char d;

	test_begin("one digit wrong");
	CHECK_INT(reads(key), 1);
	for (i = 0; i < RECOVERY_LEN; i++) {
		if (key[i] == '-')
			continue;
		for (d = '0'; d <= '9'; d++) {
			if (d == key[i])
				continue;
			memcpy(bad, key, sizeof(bad));
			bad[i] = d;
			snprintf(want, sizeof(want), "group %zu of the",
			    i / 7 + 1);
			CHECK_INT(reads(bad), -1);
			CHECK(said(want));
			CHECK_STR(text, bad);
		}
		if (key[i + 1] == '-' || key[i + 1] == '\0' ||
		    key[i] == key[i + 1])
			continue;
		memcpy(bad, key, sizeof(bad));
		bad[i] = key[i + 1];
		bad[i + 1] = key[i];
		CHECK_INT(reads(bad), -1);
	}
	/* a multiple of eleven that is no 16 bits */
	CHECK_INT(reads("000000-720896-000011-123453-654324-099990-111111-"
	    "400004"), -1);
	CHECK(said("group 2 "));
}

static void
test_none(void)
{
	static const char *const none[] = {
		"", "-", "a", "hunter2", "123456", "1-2-3-4-5-6-7-8",
		"000000-720885-000011-123453-654324-099990-111111",
		"000000-720885-000011-123453-654324-099990-111111-40000x",
		"000000.720885.000011.123453.654324.099990.111111.400004",
		"00000072088500001112345365432409999011111140000",
		"0000007208850000111234536543240999901111114000044",
		"0000-007208-850000-111234-536543-240999-901111-114000-04",
		"111111-111111-111111-111111-111111-111111-111111-111111-111111",
	};
	size_t i;

	test_begin("what is no recovery key");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (!CHECK_INT(reads(none[i]), 0))
			printf("  %s\n", none[i]);
		CHECK_STR(text, none[i]);
		CHECK_STR(why_text(), "");
	}
}

static void
test_slips(void)
{
	test_begin("a digit too few or too many");
	CHECK_INT(reads("000000-72088-000011-123453-654324-099990-111111-"
	    "400004"), -1);
	CHECK(said("group 2 of the recovery key has 5 digits"));
	CHECK_INT(reads("000000 720885 000011 123453 654324 099990 1111111 "
	    "400004"), -1);
	CHECK(said("group 7 of the recovery key has 7 digits"));
	/* no room for the dashes */
	len = 48;
	memcpy(text, "000000720885000011123453654324099990111111400004", 49);
	CHECK_FAIL(recovery_read(text, 49, &len));
}

int
test_recovery(void)
{
	test_rounds();
	test_digits();
	test_none();
	test_slips();
	return test_end();
}
