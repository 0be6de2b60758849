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

/* One request: 0 with the answer, or -1 with the session's reason. */
static int
collateral_once(struct session *s, const struct collateral_ask *ask,
    const char *what, struct answer *ret_a, int *ret_fd)
{
	struct frame f;
	struct wbuf w;

	wbuf_init(&w);
	collateral_ask_put(&w, ask);
	progress("%s", what);
	if (peer_ask(&s->fetch, CL_COLLATERAL_REQ, &w, NULL, 0,
	    ask_on_progress, (void *)(uintptr_t)what, &f) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->fetch.why);
	return ask_answer(s, &f, ret_a, ret_fd);
}

/*
 * AMD's service limits the requests of one address. 1: again, after a wait
 * that the server may say, within bounds.
 */
static int
busy_wait(const struct answer *a, unsigned int tried, unsigned int tries)
{
	unsigned int wait;

	if ((a->status != 429 && a->status != 503) || tried >= tries)
		return 0;
	wait = a->retry_after == 0 ? 1U << tried : a->retry_after;
	if (wait > BUSY_WAIT_MAX_S)
		wait = BUSY_WAIT_MAX_S;
	progress("busy, again in %u s", wait);
	sleep(wait);
	return 1;
}

static const char *
status_hint(unsigned int status)
{
	if (status == 429)
		return " (too many requests): try again later, or give a "
		    "folder with --collateral";
	if (status >= 300 && status < 400)
		return ", a redirection, which is not followed";
	return "";
}

int
try_collateral(struct session *s, const struct collateral_ask *ask,
    const char *what, unsigned int tries, struct collateral_got *g)
{
	unsigned int tried = 0;
	struct answer a;

	memset(g, 0, sizeof(*g));
	do {
		if (collateral_once(s, ask, what, &a, &g->fd) == -1)
			return -1;
		if (a.end == FETCH_OK && a.status == 200 && g->fd != -1)
			return 0;
		if (g->fd != -1)
			close(g->fd);
		g->fd = -1;
	} while (a.end == FETCH_OK && busy_wait(&a, tried++, tries));
	g->status = a.end == FETCH_OK ? a.status : 0;
	if (a.end != FETCH_OK)
		snprintf(g->why, sizeof(g->why), "%s: %s: %s", ask->base,
		    what, a.reason);
	else
		snprintf(g->why, sizeof(g->why), "%s: %s: the server "
		    "answered %u%s", ask->base, what, (unsigned int)a.status,
		    status_hint(a.status));
	return 0;
}

int
ask_collateral(struct session *s, const struct collateral_ask *ask,
    const char *what, int lacking, int *ret_fd)
{
	struct collateral_got g;

	if (try_collateral(s, ask, what, BUSY_RETRIES, &g) == -1)
		return -1;
	if (g.fd == -1 && !(lacking && g.status == 404))
		return session_fail(s, EXIT_ERROR, "%s", g.why);
	*ret_fd = g.fd;
	return 0;
}
