/* One case: each file changed in turn, and what the judge says. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/mutate/mutate.h"

/*
 * No more than this for one judgement: what a megabyte of honest evidence
 * may need, however much of it a length field promises.
 */
#define MEMORY_BASE	(4u << 20)
#define MEMORY_TIMES	64u

#define SHOWN_MAX	20u	/* wrong acceptances that are described */

struct run {
	struct evcase	*c;
	struct case_file *f;
	struct span	 whole;	/* the good file */
	int		 spare, no_rules;
	json_t		*was;	/* claims of the good evidence */
	enum verdict	 verdict;
	struct tally	*t;
	uint64_t	 rand;
};

/* xorshift64*: the same positions on every machine. */
static size_t
position(struct run *r, size_t n)
{
	r->rand ^= r->rand >> 12;
	r->rand ^= r->rand << 25;
	r->rand ^= r->rand >> 27;
	return (size_t)((r->rand * 0x2545f4914f6cdd1dull >> 33) % n);
}

static void
wrong(struct run *r, int cut, size_t at, unsigned bit, const char *what)
{
	if (r->t->wrong++ >= SHOWN_MAX)
		return;
	if (cut)
		printf("WRONG %s: %s cut to %zu bytes: %s\n", r->t->id,
		    r->f->role, at, what);
	else
		printf("WRONG %s: %s with bit %u of byte %zu flipped: %s\n",
		    r->t->id, r->f->role, bit, at, what);
}

static void
differ(const json_t *was, const json_t *is)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)is, key, v)
		if (!json_equal(v, json_object_get(was, key)))
			printf("\t%s differs\n", key);
	json_object_foreach((json_t *)was, key, v)
		if (json_object_get(is, key) == NULL)
			printf("\t%s is gone\n", key);
}

static void
accepted(struct run *r, const struct evout *out, int cut, size_t at,
    unsigned bit)
{
	struct change ch = { r->c, r->f->role, r->whole, r->f->data,
	    r->was, out->claims };
	enum rule rule = unmeasured_rule(&ch);

	if (r->spare && json_equal(r->was, out->claims))
		rule = RULE_SPARE;
	if (r->no_rules)
		rule = RULE_NONE;
	r->t->rule[rule]++;
	if (rule != RULE_NONE)
		return;
	wrong(r, cut, at, bit, "accepted");
	if (r->t->wrong <= SHOWN_MAX)
		differ(r->was, out->claims);
}

static void
judge(struct run *r, int cut, size_t at, unsigned bit)
{
	struct evout out;
	size_t used;

	memory_start();
	if (evcase_judge(r->c, &out) == -1)
		errx(1, "no memory");
	switch (out.verdict) {
	case VERDICT_REJECT:
		r->t->refused++;
		break;
	case VERDICT_UNJUDGED:
		r->t->unjudged++;
		break;
	default:
		accepted(r, &out, cut, at, bit);
	}
	evout_free(&out);
	if ((used = memory_peak()) > r->t->peak)
		r->t->peak = used;
	if (used > MEMORY_BASE + MEMORY_TIMES * r->t->size)
		wrong(r, cut, at, bit, "more memory than the limit");
}

static void
flip(struct run *r, uint8_t *p, size_t bit)
{
	p[bit / 8] ^= 1u << bit % 8;
	r->t->flips++;
	judge(r, 0, bit / 8, bit % 8);
	p[bit / 8] ^= 1u << bit % 8;
}

static void
cut_at(struct run *r, size_t n)
{
	/* a copy of just this size, so that a sanitizer sees its end */
	uint8_t *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		err(1, NULL);
	memcpy(p, r->whole.p, n);
	r->f->data = span_make(p, n);
	r->t->cuts++;
	judge(r, 1, n, 0);
	free(p);
}

static void
file_pass(struct run *r, const struct pass *p)
{
	size_t n = r->f->data.n, i, head;
	uint8_t *copy = malloc(n);

	if (copy == NULL)
		err(1, NULL);
	r->whole = r->f->data;
	memcpy(copy, r->whole.p, n);
	r->f->data.p = copy;
	head = p->flips == 0 || p->head > n ? n : p->head;
	for (i = 0; i < 8 * head; i++)
		flip(r, copy, i);
	for (i = 0; i < p->flips && head < n; i++)
		flip(r, copy, position(r, 8 * n));
	for (i = 0; i < head; i++)
		cut_at(r, i);
	for (i = 0; i < p->cuts && head < n; i++)
		cut_at(r, position(r, n));
	r->f->data = r->whole;
	free(copy);
}

static int
is_asked(const struct evcase *c, enum digest_alg a, unsigned index)
{
	size_t i;

	for (i = 0; i < c->npcrs; i++)
		if (c->pcr[i].bank == a && c->pcr[i].index == index)
			return 1;
	return 0;
}

static void
bank_take(struct evcase *c, enum digest_alg a, json_t *values)
{
	static uint8_t kept[MAX_CASE_PCRS][DIGEST_MAX];
	const char *index;
	json_t *hex;
	size_t n;

	json_object_foreach(values, index, hex) {
		if (c->npcrs == MAX_CASE_PCRS || a == DIGEST_NONE ||
		    is_asked(c, a, (unsigned)atoi(index)) ||
		    hex_decode(span_str(json_string_value(hex)),
		    kept[c->npcrs], DIGEST_MAX, &n) == -1)
			continue;
		c->pcr[c->npcrs].bank = a;
		c->pcr[c->npcrs].index = (unsigned)atoi(index);
		c->pcr[c->npcrs].value = span_make(kept[c->npcrs], n);
		c->npcrs++;
	}
}

/* A log proves nothing by itself: it is compared with all that the good one
 * replays to, SHA-256 first. */
static void
registers_take(struct evcase *c, const json_t *claims)
{
	static const char *const kinds[] = { "ima-binary", "ima-ascii",
	    "ima-binary-perbank", "tcg-eventlog", "boot-aggregate" };
	const char *bank;
	json_t *o, *v;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(c->kind, kinds[i]) == 0)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return;
	if ((o = json_object_get(claims, "pcrs")) == NULL)
		o = json_object_get(claims, "pcr");
	bank_take(c, DIGEST_SHA256, json_object_get(o, "sha256"));
	json_object_foreach(o, bank, v)
		bank_take(c, digest_by_name(span_str(bank)), v);
}

static json_t *
baseline(struct evcase *c, struct tally *t)
{
	struct evout out;
	json_t *claims = NULL;
	int i;

	for (i = 0; i < 2; i++) {
		json_decref(claims);
		if (evcase_judge(c, &out) == -1)
			errx(1, "no memory");
		if (out.verdict != VERDICT_ACCEPT) {
			printf("WRONG %s: not accepted as it is: %s\n", t->id,
			    out.reason);
			t->wrong++;
		}
		claims = json_incref(out.claims);
		evout_free(&out);
		registers_take(c, claims);
	}
	return claims;
}

/* Accepted with the same claims? */
static int
as_before(struct run *r)
{
	struct evout out;
	int same;

	if (evcase_judge(r->c, &out) == -1)
		errx(1, "no memory");
	same = out.verdict == VERDICT_ACCEPT &&
	    json_equal(out.claims, r->was);
	evout_free(&out);
	return same;
}

/* Files that the verdict does not need go behind the others; c->nfiles is
 * that of the rest. */
static size_t
spares_last(struct run *r)
{
	struct evcase *c = r->c;
	size_t all = c->nfiles, i, tries;
	struct case_file f;

	for (i = 0, tries = all; tries > 0 && c->nfiles > 1; tries--) {
		f = c->file[i];
		c->file[i] = c->file[--c->nfiles];
		c->file[c->nfiles] = f;
		if (as_before(r))
			continue;
		c->file[c->nfiles++] = c->file[i];
		c->file[i++] = f;
	}
	return all;
}

void
mutate_case(struct evcase *c, const struct pass *small,
    const struct pass *logs, unsigned seed, struct tally *t)
{
	struct run r = { .c = c, .t = t, .no_rules = small->no_rules };
	size_t i, all, needed;

	r.rand = seed | 1ull << 40;
	for (i = 0; i < c->nfiles; i++)
		t->size += c->file[i].data.n;
	r.was = baseline(c, t);
	all = spares_last(&r);
	needed = c->nfiles;
	for (i = 0; i < all; i++) {
		r.f = &c->file[i];
		r.spare = i >= needed;
		c->nfiles = r.spare ? all : needed;
		if (r.f->data.n != 0)
			file_pass(&r, is_log(r.f->role) ? logs : small);
	}
	json_decref(r.was);
}
