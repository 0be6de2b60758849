#include <sys/random.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fstool/pass.h"
#include "fstool/why.h"

/*
 * Ten and its powers leave the remainder 1 or -1 by eleven, so that a multiple
 * of eleven is none any more when one digit changes, or two different ones
 * beside each other change places.
 */
#define GROUPS		8u
#define DIGITS		6u
#define CHECK		11u
#define GROUP_END	(65536u * CHECK)	/* 16 bits a group */
#define DIGITS_ALL	(GROUPS * DIGITS)

#define DIGITS_SLIP	8u	/* a group with a digit too many, or two */
#define GROUPS_GOOD	6u	/* of six digits: less is no slip, but something else */

int
recovery_make(struct secret *ret_text)
{
	struct secret s, bits;
	uint32_t v;
	size_t i;

	if (secret_alloc(&bits, GROUPS * 2) == -1)
		return could_not("no locked memory: %s", strerror(errno));
	if (secret_alloc(&s, RECOVERY_LEN + 1) == -1) {
		secret_free(&bits);
		return could_not("no locked memory: %s", strerror(errno));
	}
	if (getrandom(bits.p, bits.n, 0) != (ssize_t)bits.n) {
		secret_free(&bits);
		secret_free(&s);
		return could_not("no random bytes from the kernel");
	}
	for (i = 0; i < GROUPS; i++) {
		v = (uint32_t)(bits.p[2 * i] << 8 | bits.p[2 * i + 1]) * CHECK;
		snprintf((char *)s.p + i * (DIGITS + 1), DIGITS + 2, "%06u%s",
		    v, i + 1 < GROUPS ? "-" : "");
	}
	explicit_bzero(&v, sizeof(v));
	secret_free(&bits);
	*ret_text = s;
	return 0;
}

/* How the digits stand: how many in each group. */
struct form {
	size_t	digits;
	size_t	groups;			/* as blanks and dashes part them */
	size_t	in[GROUPS];
	size_t	good;			/* of these, with as many as there should be */
};

/* -1 when there is anything but digits, blanks and dashes. */
static int
form_read(const char *text, size_t len, struct form *f)
{
	size_t i;
	int inside = 0;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < len; i++) {
		if (text[i] == '-' || text[i] == ' ' || text[i] == '\t') {
			inside = 0;
			continue;
		}
		if (!isdigit((unsigned char)text[i]))
			return -1;
		if (!inside && f->groups++ == DIGITS_ALL)
			return -1;
		inside = 1;
		f->digits++;
		if (f->groups <= GROUPS)
			f->in[f->groups - 1]++;
	}
	for (i = 0; i < GROUPS; i++)
		f->good += f->in[i] == DIGITS;
	return 0;
}

/* Eight groups, most of them right: a recovery key with a slip. */
static int
form_slipped(const struct form *f)
{
	size_t i;

	if (f->groups != GROUPS || f->good < GROUPS_GOOD || f->good == GROUPS)
		return 0;
	for (i = 0; i < GROUPS; i++)
		if (f->in[i] == 0 || f->in[i] > DIGITS_SLIP)
			return 0;
	return 1;
}

static int
slip_say(const struct form *f)
{
	size_t i;

	for (i = 0; i < GROUPS; i++)
		if (f->in[i] != DIGITS)
			break;
	return could_not("group %zu of the recovery key has %zu digits, not "
	    "%u", i + 1, f->in[i], DIGITS);
}

/* Every run of digits is whole groups. */
static int
form_right(const char *text, size_t len, const struct form *f)
{
	size_t i, run = 0;

	if (f->digits != DIGITS_ALL)
		return 0;
	for (i = 0; i <= len; i++) {
		if (i < len && isdigit((unsigned char)text[i])) {
			run++;
			continue;
		}
		if (run % DIGITS != 0)
			return 0;
		run = 0;
	}
	return 1;
}

/* The number of the first group that is none, or 0. */
static unsigned int
group_wrong(const char key[DIGITS_ALL])
{
	unsigned int g, i, v = 0, wrong = 0;

	for (g = 0; g < GROUPS && wrong == 0; g++) {
		for (i = 0, v = 0; i < DIGITS; i++)
			v = v * 10 + (unsigned int)(key[g * DIGITS + i] - '0');
		if (v % CHECK != 0 || v >= GROUP_END)
			wrong = g + 1;
	}
	explicit_bzero(&v, sizeof(v));
	return wrong;
}

int
recovery_read(char *text, size_t cap, size_t *len)
{
	char key[DIGITS_ALL];
	struct form f;
	size_t i, n = 0;
	unsigned int wrong;

	if (form_read(text, *len, &f) == -1)
		return 0;
	if (form_slipped(&f))
		return slip_say(&f);
	if (!form_right(text, *len, &f))
		return 0;
	if (cap < RECOVERY_LEN + 1)
		return could_not("no room for a recovery key");
	for (i = 0; i < *len; i++)
		if (isdigit((unsigned char)text[i]))
			key[n++] = text[i];
	if ((wrong = group_wrong(key)) != 0) {
		explicit_bzero(key, sizeof(key));
		return could_not("group %u of the recovery key is wrong: a "
		    "digit was misread or misheard", wrong);
	}
	for (i = 0; i < GROUPS; i++) {
		memcpy(text + i * (DIGITS + 1), key + i * DIGITS, DIGITS);
		text[i * (DIGITS + 1) + DIGITS] = '-';
	}
	text[RECOVERY_LEN] = '\0';
	*len = RECOVERY_LEN;
	explicit_bzero(key, sizeof(key));
	return 1;
}
