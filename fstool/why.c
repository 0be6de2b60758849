#include <stdarg.h>
#include <stdio.h>

#include "fstool/why.h"
#include "privsep/text.h"

static char text[1024];
static int status;
static int quiet;

static int
say(int code, const char *fmt, va_list ap)
{
	if (status == 0) {
		status = code;
		vsnprintf(text, sizeof(text), fmt, ap);
		text_clean(text);
	}
	return -1;
}

int
could_not(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(1, fmt, ap);
	va_end(ap);
	return -1;
}

int
refused(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(3, fmt, ap);
	va_end(ap);
	return -1;
}

const char *
why_text(void)
{
	return text;
}

int
why_status(void)
{
	return status;
}

void
why_clear(void)
{
	text[0] = '\0';
	status = 0;
}

void
progress_off(void)
{
	quiet = 1;
}

void
progress(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
notice(const char *fmt, ...)
{
	char line[sizeof(text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_clean(line);	/* there may be words of a child in it */
	fprintf(stderr, "cosmian_fstool: %s\n", line);
}
