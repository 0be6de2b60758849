#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "fstool/pass_tty.h"
#include "fstool/why.h"

/* What would leave the terminal silent, or the shell in front of it. */
static const int caught[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU
};
#define NCAUGHT	(sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t came;

static void
on_signal(int sig)
{
	came = sig;
}

static void
signals_take(struct sigaction old[NCAUGHT])
{
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	sigemptyset(&sa.sa_mask);
	came = 0;
	/* no SA_RESTART: read(2) has to end */
	for (i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &sa, &old[i]);
}

static void
signals_give(const struct sigaction old[NCAUGHT])
{
	size_t i;

	for (i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &old[i], NULL);
}

static void
say(int tty, const char *s)
{
	if (write(tty, s, strlen(s)) == -1)
		return;		/* reading will tell */
}

/* 0 at the newline or the end, -1 with errno; what does not fit is dropped. */
static int
line_type(int tty, struct secret *s, size_t *ret_n)
{
	size_t n = 0;
	ssize_t r;
	uint8_t c;

	for (;;) {
		r = came != 0 ? -1 : read(tty, &c, 1);
		if (r == -1 || (r == 0 && n == 0)) {
			errno = r == 0 ? EIO : came != 0 ? EINTR : errno;
			return -1;
		}
		if (r == 0 || c == '\n' || c == '\r')
			break;
		if (n < s->n - 1)
			s->p[n++] = c;
	}
	explicit_bzero(&c, sizeof(c));
	s->p[n] = '\0';
	*ret_n = n;
	return 0;
}

/* Once: 0, -1 with errno; EINTR: a signal came, and `came` says which. */
static int
ask_once(int tty, const char *prompt, struct secret *s, size_t *ret_n)
{
	struct sigaction old[NCAUGHT];
	struct termios before, silent;
	int rc, e;

	if (tcgetattr(tty, &before) == -1)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	signals_take(old);
	rc = tcsetattr(tty, TCSAFLUSH, &silent);
	if (rc == 0) {
		say(tty, prompt);
		rc = line_type(tty, s, ret_n);
	}
	e = came != 0 ? EINTR : errno;
	if (came != 0)
		rc = -1;
	say(tty, "\n");
	/* from the background this stops us (SIGTTOU), which is caught */
	while (tcsetattr(tty, TCSAFLUSH, &before) == -1 && errno == EINTR &&
	    came != SIGTTOU)
		continue;
	signals_give(old);
	errno = e;
	return rc;
}

int
tty_ask(const char *prompt, struct secret *s, size_t *ret_len)
{
	int tty, rc, e;

	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) == -1)
		return could_not("there is no terminal to ask for the "
		    "password at: give --password - or file:PATH");
	/* stopped and continued: ask anew; a signal that ends does so here */
	while ((rc = ask_once(tty, prompt, s, ret_len)) == -1 &&
	    errno == EINTR) {
		explicit_bzero(s->p, s->n);
		if (came == 0)
			continue;
		raise(came);
		if (came == SIGINT || came == SIGTERM || came == SIGHUP ||
		    came == SIGQUIT || came == SIGALRM) {
			/* whoever ignores it does not want to be asked */
			close(tty);
			return could_not("interrupted");
		}
	}
	e = errno;
	close(tty);
	if (rc == -1)
		return could_not("/dev/tty: %s", strerror(e));
	return 0;
}
