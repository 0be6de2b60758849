#include <errno.h>
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

/* What this run fetched, until it is known to be good, and had of the cache. */
static struct kept {
	uint8_t			 key[CACHE_KEY_LEN];
	unsigned int		 what;
	struct collateral_facts	 facts;
	int			 fd;	/* -1: from the cache */
} kept[COLLATERAL_MAX];
static size_t nkept;

/*
 * A piece is good when these lines of the judge say so, whatever he says of
 * the machine: the list that a revoked processor is refused for must not be
 * forgotten. The last line is about the piece and must be OK, the others say
 * that the key which signed it is the manufacturer's.
 */
#define VOUCHERS	3
static const char *const vouchers[COLLATERAL_MAX][VOUCHERS] = {
	[COLLATERAL_AMD_CHAIN] = { "snp.root", "snp.dates", "snp.chain" },
	[COLLATERAL_AMD_VCEK] = { "snp.root", "snp.chain", "snp.signature" },
	[COLLATERAL_TCB_SIGNING] = { "tdx.root", "tdx.chain", "tcb.signer" },
	[COLLATERAL_AMD_CRL] = { "snp.root", "snp.chain", "snp.crl" },
	[COLLATERAL_TCB_INFO] = { "tdx.root", "tcb.signer", "tcb.info" },
	[COLLATERAL_QE_IDENTITY] = { "tdx.root", "tcb.signer", "qe.identity" },
	[COLLATERAL_PCK_CRL] = { "tdx.root", "tdx.chain", "pck.crl" },
	[COLLATERAL_ROOT_CRL] = { "tdx.root", "tdx.chain", "root.crl" },
	[COLLATERAL_INTEL_ROOT_CRL] = { "tdx.root", "tdx.chain", "root.crl" },
};

/* Certificates only end; of everything else there may be a newer one. */
static int
is_dated(unsigned int what)
{
	return what != COLLATERAL_AMD_CHAIN && what != COLLATERAL_AMD_VCEK &&
	    what != COLLATERAL_TCB_SIGNING;
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
remember(const uint8_t key[CACHE_KEY_LEN], unsigned int what,
    const struct collateral_facts *f, int fd)
{
	struct kept *k = &kept[nkept];

	if (!f->ok || nkept == COLLATERAL_MAX)
		return;
	k->fd = -1;
	if (fd != -1 && (k->fd = dup(fd)) == -1)
		return;
	memcpy(k->key, key, CACHE_KEY_LEN);
	k->what = what;
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
    const uint8_t key[CACHE_KEY_LEN], unsigned int what, int fd, int *ret_fd)
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
	remember(key, what, &f, fd);
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
		remember(key, ask->what, &c.facts, -1);
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
		if (choose(s, &c, name, key, ask->what, g.fd,
		    ret_fd) == -1)
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

/* 1: this line is there, none of the name fails, and, if ok, none is worse. */
static int
line_holds(const struct report *r, const char *name, int ok)
{
	const struct check_line *l;
	int found = 0;
	size_t i;

	for (i = 0; i < r->n; i++) {
		l = &r->lines[i];
		if (strcmp(l->name, name) != 0)
			continue;
		if (l->result != LINE_OK && (ok || l->result != LINE_WARN))
			return 0;
		found = 1;
	}
	return found;
}

static int
is_vouched(const struct report *r, unsigned int what)
{
	int i;

	for (i = 0; i < VOUCHERS; i++)
		if (!line_holds(r, vouchers[what][i], i == VOUCHERS - 1))
			return 0;
	return 1;
}

void
collateral_keep(struct report *r)
{
	const struct kept *k;
	int good, failed = 0;

	while (nkept > 0) {
		k = &kept[--nkept];
		good = is_vouched(r, k->what);
		/* another run that holds the folder keeps the same */
		if (good && k->fd != -1 &&
		    cache_put(k->key, &k->facts, k->fd) == -1 &&
		    errno != EWOULDBLOCK)
			failed = errno;
		/* lists end; a certificate could be of no use for ever */
		if (!good && k->fd == -1 && !is_dated(k->what))
			cache_remove(k->key);
		if (k->fd != -1)
			close(k->fd);
	}
	/* As good as no folder, but then an older list is not known as one. */
	if (failed != 0)
		report_line(r, LINE_WARN, "collateral.cache", "what was fetched "
		    "could not be kept: %s", strerror(failed));
}
