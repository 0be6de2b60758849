#ifndef PRIVSEP_LOG_H
#define PRIVSEP_LOG_H

/*
 * Levels are those of syslog(3). In a child, lines go to the parent over
 * LOG_FD as one datagram: a level byte and the text. In the parent they go
 * to stderr or syslog.
 */

#define LOG_FD	4

/* A child: send to LOG_FD. */
void	log_init_child(int verbose);

/* A root or front process: stderr with a time, stderr for the journal ("<6>"), or syslog. */
enum log_to { LOG_TO_STDERR, LOG_TO_JOURNAL, LOG_TO_SYSLOG };
void	log_init_parent(const char *ident, enum log_to, int verbose);

/* Print a line that a child sent; control bytes are escaped here. */
void	log_relay(const char *who, int level, const char *text, unsigned long n);

void	log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* with and without the text of errno */
void	log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	fatal(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));
void	fatalx(const char *fmt, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

#endif
