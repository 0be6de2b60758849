/* The Gregorian calendar, counted from March, so that a leap day is last. */
#include <stdio.h>

#include "evidence/utc.h"

#define DAY		86400
#define ERA_DAYS	146097	/* 400 years */
#define EPOCH_DAYS	719468	/* 0000-03-01 to 1970-01-01 */
#define YEAR_0		-62167219200ll
#define YEAR_10000	253402300800ll

static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era, of_era;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
	    (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1 - EPOCH_DAYS;
}

int64_t
utc_seconds(int64_t y, unsigned m, unsigned d, unsigned h, unsigned mi,
    unsigned s)
{
	return days_of(y, m, d) * DAY + h * 3600 + mi * 60 + s;
}

void
utc_text(int64_t at, char ret[UTC_TEXT_LEN])
{
	unsigned day, era_day, era_year, year_day, m, secs;
	unsigned y;

	ret[0] = '\0';
	if (at < YEAR_0 || at >= YEAR_10000)
		return;
	at -= YEAR_0;	/* from 0000-01-01: 60 days before 0000-03-01 */
	secs = at % DAY;
	/* one era more, so that January 0000 is not negative */
	day = at / DAY + ERA_DAYS - 60;
	era_day = day % ERA_DAYS;
	era_year = (era_day - era_day / 1460 + era_day / 36524 -
	    era_day / 146096) / 365;
	year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
	m = (5 * year_day + 2) / 153;
	y = era_year + day / ERA_DAYS * 400 - 400 + (m >= 10);
	snprintf(ret, UTC_TEXT_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    y % 10000, (m < 10 ? m + 3 : m - 9) % 100,
	    (year_day - (153 * m + 2) / 5 + 1) % 100, secs / 3600 % 100,
	    secs / 60 % 60, secs % 60);
}

static int
digits(struct span s, size_t off, size_t n, unsigned *ret)
{
	unsigned v = 0;

	for (; n > 0; n--, off++) {
		if (s.p[off] < '0' || s.p[off] > '9')
			return -1;
		v = v * 10 + (s.p[off] - '0');
	}
	*ret = v;
	return 0;
}

int
utc_parse(struct span s, int64_t *ret)
{
	static const char form[] = "....-..-..T..:..:..Z";
	unsigned y, m, d, h, mi, sec;
	char back[UTC_TEXT_LEN];
	int64_t at;
	size_t i;

	if (s.n != UTC_TEXT_LEN - 1)
		return -1;
	for (i = 0; i < s.n; i++)
		if (form[i] != '.' && s.p[i] != (uint8_t)form[i])
			return -1;
	if (digits(s, 0, 4, &y) == -1 || digits(s, 5, 2, &m) == -1 ||
	    digits(s, 8, 2, &d) == -1 || digits(s, 11, 2, &h) == -1 ||
	    digits(s, 14, 2, &mi) == -1 || digits(s, 17, 2, &sec) == -1 ||
	    m < 1 || m > 12 || d < 1 || d > 31)
		return -1;
	/* 31 June and 25:00 come back as another date */
	at = utc_seconds(y, m, d, h, mi, sec);
	utc_text(at, back);
	if (!span_eq_str(s, back))
		return -1;
	*ret = at;
	return 0;
}
