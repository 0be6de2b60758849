#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/output.h"

struct taking {
	int	*fd;		/* [PIECE_MAX] */
};

/* Each piece at most once. */
static int
on_piece(void *arg, struct frame *f)
{
	struct taking *t = arg;
	struct rbuf r;
	unsigned int which;

	rbuf_init(&r, f->data, f->len);
	which = get_u8(&r);
	if (f->type != CL_PIECE || msg_end(&r) == -1 || which >= PIECE_MAX ||
	    f->nfds != 1 || t->fd[which] != -1)
		return -1;
	t->fd[which] = frame_take(f, 0);
	return 0;
}

int
ask_pieces(struct session *s, int fd[PIECE_MAX], struct pieces_end *e)
{
	struct taking t = { fd };
	struct frame f;
	struct wbuf w;
	struct rbuf r;
	int i;

	for (i = 0; i < PIECE_MAX; i++)
		fd[i] = -1;
	wbuf_init(&w);
	own_put(&w, &s->own);
	if (peer_ask(&s->appraise, CL_PIECES_REQ, &w, NULL, 0, on_piece, &t,
	    &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, f.data, f.len);
	if (pieces_end_get(&r, e) == -1)
		return session_fail(s, EXIT_ERROR, "appraise sent malformed "
		    "pieces");
	if (!e->ok)
		return session_fail(s, EXIT_ERROR, "%s: %s", s->o->url,
		    e->reason);
	return 0;
}

int
ask_collateral(struct session *s, const struct collateral_ask *ask,
    const char *what, int lacking, int *ret_fd)
{
	unsigned int wait, tries;
	struct answer a;
	struct frame f;
	struct wbuf w;
	int fd;

	for (tries = 0; ; tries++) {
		wbuf_init(&w);
		collateral_ask_put(&w, ask);
		progress("%s", what);
		if (peer_ask(&s->fetch, CL_COLLATERAL_REQ, &w, NULL, 0,
		    ask_on_progress, (void *)(uintptr_t)what, &f) == -1)
			return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
		if (ask_answer(s, &f, &a, &fd) == -1)
			return -1;
		if (a.end != FETCH_OK)
			return session_fail(s, EXIT_ERROR, "%s: %s: %s",
			    ask->base, what, a.reason);
		if (a.status == 200 && fd != -1) {
			*ret_fd = fd;
			return 0;
		}
		if (fd != -1)
			close(fd);
		if (a.status == 404 && lacking) {
			*ret_fd = -1;
			return 0;
		}
		/* AMD's service limits requests of one address */
		if ((a.status != 429 && a.status != 503) ||
		    tries == BUSY_RETRIES)
			break;
		wait = a.retry_after == 0 ? 1U << tries : a.retry_after;
		if (wait > BUSY_WAIT_MAX_S)
			wait = BUSY_WAIT_MAX_S;
		progress("%s: busy, again in %u s", what, wait);
		sleep(wait);
	}
	return session_fail(s, EXIT_ERROR, "%s: %s: the server answered %u%s",
	    ask->base, what, (unsigned int)a.status, a.status >= 300 &&
	    a.status < 400 ? ", a redirection, which is not followed" : "");
}
