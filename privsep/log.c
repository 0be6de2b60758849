#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "privsep/log.h"

#define LINE_MAX_LEN	1024

enum dest { TO_STDERR, TO_JOURNAL, TO_SYSLOG, TO_PARENT };

static enum dest dest = TO_STDERR;
static int verbose;

void
log_init_child(int be_verbose)
{
	dest = TO_PARENT;
	verbose = be_verbose;
}

void
log_init_parent(const char *ident, enum log_to to, int be_verbose)
{
	verbose = be_verbose;
	dest = to == LOG_TO_SYSLOG ? TO_SYSLOG :
	    to == LOG_TO_JOURNAL ? TO_JOURNAL : TO_STDERR;
	if (dest == TO_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

/* Control characters: C0 and, in UTF-8 the two bytes 0xc2 0x80 to 0x9f, C1. */
static size_t
control_len(const unsigned char *s, size_t n)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	return n > 1 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

/* What a stranger may have had a hand in must not move a terminal's cursor. */
static size_t
escape(char *dst, size_t cap, const char *src, size_t n)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t i, o = 0, control = 0;

	for (i = 0; i < n && o + 5 < cap; i++) {
		if (control == 0)
			control = control_len(s + i, n - i);
		if (control == 0) {
			dst[o++] = src[i];
			continue;
		}
		o += (size_t)snprintf(dst + o, cap - o, "\\x%02x", s[i]);
		control--;
	}
	dst[o] = '\0';
	return o;
}

static void
emit(int level, const char *text)
{
	char line[LINE_MAX_LEN + 64], when[32] = "";
	struct tm tm;
	time_t now;
	int n;

	switch (dest) {
	case TO_PARENT:
		line[0] = (char)level;
		n = snprintf(line + 1, sizeof(line) - 1, "%s", text);
		if (n > (int)sizeof(line) - 2)
			n = (int)sizeof(line) - 2;
		send(LOG_FD, line, (size_t)n + 1, MSG_NOSIGNAL);
		return;
	case TO_SYSLOG:
		syslog(level, "%s", text);
		return;
	case TO_JOURNAL:
		n = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
		break;
	default:
		now = time(NULL);
		if (gmtime_r(&now, &tm) != NULL)
			strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
		n = snprintf(line, sizeof(line), "%s %s\n", when, text);
	}
	if (n > (int)sizeof(line) - 1)
		n = (int)sizeof(line) - 1;
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		return;	/* nowhere left to say so */
}

void
log_relay(const char *who, int level, const char *text, unsigned long n)
{
	char line[LINE_MAX_LEN];
	int o;

	if (level < LOG_CRIT || level > LOG_DEBUG)
		level = LOG_NOTICE;
	if (level == LOG_DEBUG && !verbose)
		return;
	o = snprintf(line, sizeof(line), "%s: ", who);
	escape(line + o, sizeof(line) - (size_t)o, text, n);
	emit(level, line);
}

static void	vlog(int, int, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

static void
vlog(int level, int with_errno, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_LEN / 2], line[LINE_MAX_LEN];
	int e = errno, n;

	n = vsnprintf(raw, sizeof(raw), fmt, ap);
	if (n < 0)
		return;
	if (n > (int)sizeof(raw) - 1)
		n = (int)sizeof(raw) - 1;
	if (with_errno && n < (int)sizeof(raw) - 2)
		snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s", strerror(e));
	escape(line, sizeof(line), raw, strlen(raw));
	emit(level, line);
	errno = e;
}

#define VLOG(level, with_errno) do {				\
	va_list ap;						\
	va_start(ap, fmt);					\
	vlog(level, with_errno, fmt, ap);			\
	va_end(ap);						\
} while (0)

void
log_info(const char *fmt, ...)
{
	VLOG(LOG_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	if (verbose)
		VLOG(LOG_DEBUG, 0);
}

void
log_warn(const char *fmt, ...)
{
	VLOG(LOG_WARNING, 1);
}

void
log_warnx(const char *fmt, ...)
{
	VLOG(LOG_WARNING, 0);
}

void
fatal(const char *fmt, ...)
{
	VLOG(LOG_CRIT, 1);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	VLOG(LOG_CRIT, 0);
	exit(1);
}
