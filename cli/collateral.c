#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cache.h"
#include "cli/collateral.h"
#include "cli/limits.h"
#include "cli/msg_facts.h"
#include "evidence/utc.h"

/* What this run fetched, until it is known to be good. */
static struct kept {
	uint8_t			 key[CACHE_KEY_LEN];
	struct collateral_facts	 facts;
	int			 fd;
} kept[COLLATERAL_MAX];
static size_t nkept;

/* Certificates only end; of everything else there may be a newer one. */
static int
is_dated(unsigned int what)
{
	return what == COLLATERAL_AMD_CRL || what == COLLATERAL_PCK_CRL ||
	    what == COLLATERAL_ROOT_CRL ||
	    what == COLLATERAL_INTEL_ROOT_CRL ||
	    what == COLLATERAL_TCB_INFO ||
	    what == COLLATERAL_QE_IDENTITY;
}

static int
is_fresh(const struct cached *c, unsigned int what, int64_t now)
{
	if (now > c->facts.next_update)
		return 0;
	/* a clock that went back makes nothing fresh */
	return !is_dated(what) || (now >= c->fetched &&
	    now - c->fetched < CACHE_FRESH_S);
}

/*
 * The certificate over Intel's TCB info comes with it, and another one may
 * have signed the next: it is good as long as that is.
 */
static int
signs_fresh(const struct collateral_ask *ask, int64_t now)
{
	static struct collateral_ask info;
	uint8_t key[CACHE_KEY_LEN];
	struct cached c;

	if (ask->what != COLLATERAL_TCB_SIGNING)
		return 1;
	info = *ask;
	info.what = COLLATERAL_TCB_INFO;
	cache_key(&info, key);
	if (cache_get(key, &c) == -1)
		return 0;
	close(c.fd);
	return is_fresh(&c, COLLATERAL_TCB_INFO, now);
}

/* appraise: what the piece says of itself; nothing is believed of it. */
static int
ask_facts(struct session *s, const char *name, int fd,
    struct collateral_facts *f)
{
	struct frame fr;
	struct wbuf w;
	struct rbuf r;

	wbuf_init(&w);
	put_str(&w, name);
	if (peer_ask(&s->appraise, CL_FACTS_REQ, &w, &fd, 1, NULL, NULL,
	    &fr) == -1)
		return session_fail(s, EXIT_ERROR, "%s", s->appraise.why);
	rbuf_init(&r, fr.data, fr.len);
	if (facts_get(&r, f) == -1)
		return session_fail(s, EXIT_ERROR,
		    "appraise sent a malformed FACTS_ANS");
	return 0;
}

static void
remember(const uint8_t key[CACHE_KEY_LEN], const struct collateral_facts *f,
    int fd)
{
	struct kept *k = &kept[nkept];

	if (!f->ok || nkept == COLLATERAL_MAX || (k->fd = dup(fd)) == -1)
		return;
	memcpy(k->key, key, CACHE_KEY_LEN);
	k->facts = *f;
	nkept++;
}

/* The one of before, and why. */
static int
take_old(struct session *s, const struct cached *c, const char *name,
    const char *why)
{
	char from[UTC_TEXT_LEN];

	utc_text(c->facts.this_update, from);
	report_line(&s->report, LINE_WARN, "collateral",
	    "%s: %s; the one of %s in the cache is taken", name, why, from);
	return c->fd;
}

/* What came from the network against what was known; -1: the run ends. */
static int
choose(struct session *s, const struct cached *c, const char *name,
    const uint8_t key[CACHE_KEY_LEN], int fd, int *ret_fd)
{
	struct collateral_facts f;
	const char *why = NULL;

	if (ask_facts(s, name, fd, &f) == -1) {
		close(fd);
		return -1;
	}
	if (c->fd != -1 && !f.ok)
		why = "the server sent one that cannot be read";
	else if (c->fd != -1 && collateral_older(&f, &c->facts))
		why = "the server sent an older one than it did before";
	if (why != NULL) {
		close(fd);
		*ret_fd = take_old(s, c, name, why);
		return 0;
	}
	remember(key, &f, fd);
	if (c->fd != -1)
		close(c->fd);
	*ret_fd = fd;
	return 0;
}

/* No piece at all; the one who asked knows what that means. */
static int
have_none(struct session *s, const struct collateral_got *g, const char *name,
    unsigned int flags)
{
	if ((flags & COLLATERAL_CACHED) != 0 ||
	    ((flags & COLLATERAL_LACKING) != 0 && g->status == 404))
		return 0;
	if ((flags & COLLATERAL_SOFT) == 0)
		return session_fail(s, EXIT_ERROR, "%s", g->why);
	report_line(&s->report, LINE_WARN, "collateral", "%s: %s", name,
	    g->why);
	return 0;
}

int
collateral_get(struct session *s, const struct collateral_ask *ask,
    const char *name, const char *what, unsigned int flags, int *ret_fd)
{
	const int64_t now = time(NULL);
	struct collateral_got g = { .fd = -1, .why = "not asked" };
	uint8_t key[CACHE_KEY_LEN];
	struct cached c = { .fd = -1 };

	cache_key(ask, key);
	if (cache_get(key, &c) == 0 && is_fresh(&c, ask->what, now) &&
	    signs_fresh(ask, now)) {
		*ret_fd = c.fd;
		return 0;
	}
	/* with one at hand a busy server is not waited for */
	if ((flags & COLLATERAL_CACHED) == 0 && try_collateral(s, ask, what,
	    c.fd != -1 && now <= c.facts.next_update ? 0 : BUSY_RETRIES,
	    &g) == -1)
		goto fail;
	if (g.fd == -1 && c.fd != -1)
		*ret_fd = take_old(s, &c, name, g.why);
	else if (g.fd != -1) {
		if (choose(s, &c, name, key, g.fd, ret_fd) == -1)
			goto fail;
	} else {
		*ret_fd = -1;
		return have_none(s, &g, name, flags);
	}
	return 0;
fail:
	if (c.fd != -1)
		close(c.fd);
	return -1;
}

void
collateral_keep(void)
{
	while (nkept > 0) {
		nkept--;
		/* a folder that cannot be written is as good as none */
		cache_put(kept[nkept].key, &kept[nkept].facts, kept[nkept].fd);
		close(kept[nkept].fd);
	}
}
