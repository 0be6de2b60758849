/* Replay of boot logs. */
#include <string.h>

#include "evidence/eventlog_replay.h"
#include "evidence/hash.h"

struct banks {
	size_t		 n;
	struct hash	 h[MAX_EVENTLOG_ALGS];	/* md NULL: unknown */
};

static void
banks_free(struct banks *b)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		hash_free(&b->h[i]);
}

static int
banks_init(struct banks *b, const struct eventlog *l)
{
	size_t i;

	memset(b, 0, sizeof(*b));
	b->n = l->nalgs;
	for (i = 0; i < b->n; i++)
		if (l->alg[i].alg != DIGEST_NONE &&
		    hash_init(&b->h[i], l->alg[i].alg) == -1)
			return -1;
	return 0;
}

int
eventlog_bank(const struct eventlog *l, enum digest_alg alg)
{
	size_t i;

	for (i = 0; i < l->nalgs; i++)
		if (alg != DIGEST_NONE && l->alg[i].alg == alg)
			return i;
	return -1;
}

/* The digest of these types is that of the data.  A CRTM version measured by
 * an H-CRTM (another locality) is not. */
static int
data_must_match(uint32_t type, int locality)
{
	switch (type) {
	case EV_SEPARATOR:
	case EV_EFI_ACTION:
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
	case EV_EFI_GPT_EVENT:
		return 1;
	case EV_S_CRTM_VERSION:
		return locality <= 0;
	default:
		return 0;
	}
}

static int
locality_take(const struct event *e, struct eventlog_replay *r)
{
	static const char name[] = "StartupLocality";

	if (e->index != 0 || e->data.n != sizeof(name) + 1 ||
	    memcmp(e->data.p, name, sizeof(name)) != 0)
		return 0;
	if ((r->mask & 1) != 0 || r->locality != -1) {
		r->late_locality = 1;
		return 0;
	}
	r->locality = e->data.p[sizeof(name)];
	return 1;
}

static int
data_check(const struct eventlog *l, struct banks *b, const struct event *e,
    struct eventlog_replay *r)
{
	uint8_t d[DIGEST_MAX];
	size_t i, known = 0, good = 0;

	for (i = 0; i < l->nalgs; i++) {
		if (b->h[i].md == NULL || e->digest[i].n == 0)
			continue;
		known++;
		if (hash_two(&b->h[i], e->data, span_make(NULL, 0), d) == -1)
			return -1;
		good += span_eq(e->digest[i], span_make(d, b->h[i].size));
	}
	if (known > 0 && good == known)
		r->data_matches++;
	else if (r->bad_data == NO_EVENT &&
	    data_must_match(e->type, r->locality)) {
		r->bad_data = r->events;
		r->bad_data_type = e->type;
	}
	return 0;
}

static int
event_replay(const struct eventlog *l, struct banks *b, const struct event *e,
    struct eventlog_replay *r)
{
	size_t i;

	if (e->type == EV_NO_ACTION) {
		if (l->kind == EVENTLOG_TPM && locality_take(e, r))
			for (i = 0; i < l->nalgs; i++)
				r->value[i][0][l->alg[i].size - 1] =
				    r->locality;
		return 0;
	}
	if (data_check(l, b, e, r) == -1)
		return -1;
	r->mask |= 1u << e->index;
	r->extended++;
	for (i = 0; i < l->nalgs; i++) {
		if (e->digest[i].n == 0)
			continue;
		r->digests[i]++;
		if (b->h[i].md != NULL && hash_two(&b->h[i],
		    span_make(r->value[i][e->index], b->h[i].size),
		    e->digest[i], r->value[i][e->index]) == -1)
			return -1;
	}
	return 0;
}

int
eventlog_replay(const struct eventlog *l, struct eventlog_replay *ret)
{
	enum event_status st;
	struct banks b;
	struct cursor c;
	struct event e;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	ret->locality = -1;
	ret->bad_data = NO_EVENT;
	if (banks_init(&b, l) == -1)
		goto out;
	eventlog_start(l, &c);
	while ((st = eventlog_next(l, &c, &e, &ret->why)) == EVENT_OK) {
		if (event_replay(l, &b, &e, ret) == -1)
			goto out;
		ret->events++;
	}
	ret->bad = st == EVENT_BAD;
	ret->consumed = c.off;
	rc = 0;
out:
	banks_free(&b);
	return rc;
}

int
eventlog_aggregate(const struct eventlog *l, const struct eventlog_replay *r,
    int bank, unsigned last, uint8_t *ret)
{
	struct hash h;
	unsigned i;
	int rc = -1;

	if (hash_init(&h, l->alg[bank].alg) == -1 || hash_start(&h) == -1)
		goto out;
	for (i = 0; i <= last; i++)
		if (hash_add(&h, r->value[bank][i], h.size) == -1)
			goto out;
	rc = hash_end(&h, ret);
out:
	hash_free(&h);
	return rc;
}

/* One register, one bank; the event `skip` of that register left out.  *ret
 * is the number of extensions after which the value was reached, NO_EVENT if
 * it never was. */
struct walk {
	const struct eventlog	*log;
	int			 bank;
	uint32_t		 index;
	struct span		 want;
	struct hash		 h;
};

static int
walk_run(struct walk *w, size_t skip, uint8_t *v, size_t *ret_reached,
    size_t *ret_n)
{
	struct eventlog_replay r;
	struct cursor c;
	struct event e;
	size_t n = 0;
	const char *why;

	memset(v, 0, DIGEST_MAX);
	r.mask = 0;
	r.locality = -1;
	*ret_reached = NO_EVENT;
	eventlog_start(w->log, &c);
	while (eventlog_next(w->log, &c, &e, &why) == EVENT_OK) {
		if (e.type == EV_NO_ACTION && w->index == 0 &&
		    w->log->kind == EVENTLOG_TPM && n == 0 &&
		    locality_take(&e, &r))
			v[w->h.size - 1] = r.locality;
		if (e.type == EV_NO_ACTION || e.index != w->index)
			continue;
		if (n++ == skip)
			continue;
		if (hash_two(&w->h, span_make(v, w->h.size),
		    e.digest[w->bank], v) == -1)
			return -1;
		if (span_eq(span_make(v, w->h.size), w->want))
			*ret_reached = n;
	}
	*ret_n = n;
	return 0;
}

/* The event with this number among those of the register. */
static size_t
walk_event(const struct walk *w, size_t nth, struct event *ret)
{
	struct cursor c;
	struct event e;
	size_t number = 0, n = 0;
	const char *why;

	eventlog_start(w->log, &c);
	for (; eventlog_next(w->log, &c, &e, &why) == EVENT_OK; number++) {
		if (e.type == EV_NO_ACTION || e.index != w->index)
			continue;
		if (n++ == nth) {
			*ret = e;
			return number;
		}
	}
	return NO_EVENT;
}

/* An event whose data another bank confirms, and this bank does not. */
static size_t
walk_other_bank(struct walk *w, struct banks *b, struct event *ret)
{
	uint8_t d[DIGEST_MAX];
	size_t number = 0, i;
	struct cursor c;
	struct event e;
	const char *why;
	int here, other;

	eventlog_start(w->log, &c);
	for (; eventlog_next(w->log, &c, &e, &why) == EVENT_OK; number++) {
		if (e.type == EV_NO_ACTION || e.index != w->index)
			continue;
		for (i = 0, here = other = 0; i < w->log->nalgs; i++) {
			if (b->h[i].md == NULL || hash_two(&b->h[i], e.data,
			    span_make(NULL, 0), d) == -1 ||
			    !span_eq(e.digest[i], span_make(d, b->h[i].size)))
				continue;
			here |= (int)i == w->bank;
			other |= (int)i != w->bank;
		}
		if (other && !here) {
			*ret = e;
			return number;
		}
	}
	return NO_EVENT;
}

static size_t
walk_find(struct walk *w, struct banks *b, struct event *ret,
    const char **ret_why)
{
	uint8_t v[DIGEST_MAX];
	size_t reached, n, i, found, m;

	if (walk_run(w, NO_EVENT, v, &reached, &n) == -1)
		return NO_EVENT;
	*ret_why = "the value is that before this event: it was not extended";
	if (reached != NO_EVENT && reached < n)
		return walk_event(w, reached, ret);
	*ret_why = "its digest is not that of its data, which another bank "
	    "confirms";
	if ((found = walk_other_bank(w, b, ret)) != NO_EVENT)
		return found;
	*ret_why = "without this event the log gives the value";
	for (i = 0; i < n && n <= MAX_EVENTLOG_SEARCH; i++) {
		if (walk_run(w, i, v, &reached, &m) == -1)
			return NO_EVENT;
		if (reached == n)
			return walk_event(w, i, ret);
	}
	*ret_why = n == 0 ? "the log has no event for it" :
	    "no single event explains it";
	return NO_EVENT;
}

size_t
eventlog_diverges(const struct eventlog *l, int bank, uint32_t index,
    struct span want, struct event *ret_event, const char **ret_why)
{
	struct walk w = { l, bank, index, want, { NULL, NULL, 0 } };
	struct banks b;
	size_t n = NO_EVENT;

	*ret_why = "no memory";
	if (banks_init(&b, l) == 0 && hash_init(&w.h, l->alg[bank].alg) == 0)
		n = walk_find(&w, &b, ret_event, ret_why);
	hash_free(&w.h);
	banks_free(&b);
	return n;
}
