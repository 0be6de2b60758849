#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

struct signals {
	struct sigaction	old[NCAUGHT];
	sigset_t		mask;
};

/*
 * Caught, and let in by ppoll(2) only: one that came just before a read(2)
 * would else be seen when the line is typed.  Those of the background are not
 * held back, or we would silence a terminal that is another's.
 */
static void
signals_take(struct signals *g)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t held;
	size_t i;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&held);
	came = 0;
	for (i = 0; i < NCAUGHT; i++) {
		sigaction(caught[i], &sa, &g->old[i]);
		if (caught[i] != SIGTTIN && caught[i] != SIGTTOU)
			sigaddset(&held, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &g->mask);
}

/* One that waits is then taken as ever, for the terminal is as it was. */
static void
signals_give(const struct signals *g)
{
	size_t i;

	for (i = 0; i < NCAUGHT; i++)
		sigaction(caught[i], &g->old[i], NULL);
	sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

static void
say(int tty, const char *s)
{
	if (write(tty, s, strlen(s)) == -1)
		return;		/* reading will tell */
}

/* 0 at the newline or the end, -1 with errno; what does not fit is dropped. */
static int
line_type(int tty, const sigset_t *mask, struct secret *s, size_t *ret_n)
{
	struct pollfd pfd = { .fd = tty, .events = POLLIN };
	size_t n = 0;
	ssize_t r;
	uint8_t c;

	for (;;) {
		r = came != 0 || ppoll(&pfd, 1, NULL, mask) == -1 ? -1 :
		    read(tty, &c, 1);
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
	struct signals signals;
	struct termios before, silent;
	int rc, e;

	if (tcgetattr(tty, &before) == -1)
		return -1;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	signals_take(&signals);
	rc = tcsetattr(tty, TCSAFLUSH, &silent);
	if (rc == 0) {
		say(tty, prompt);
		rc = line_type(tty, &signals.mask, s, ret_n);
	}
	e = came != 0 ? EINTR : errno;
	if (came != 0)
		rc = -1;
	say(tty, "\n");
	/* from the background this stops us (SIGTTOU), which is caught */
	while (tcsetattr(tty, TCSAFLUSH, &before) == -1 && errno == EINTR &&
	    came != SIGTTOU)
		continue;
	signals_give(&signals);
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
