/*
 * Replay: every template digest is recomputed from its data, and the bank is
 * extended with the bank's own hash of that data (kernel 5.8 and later).
 * Nothing that the log says about itself enters the PCR.
 */
#include <errno.h>
#include <string.h>

#include "evidence/hash.h"
#include "evidence/ima_verify.h"
#include "evidence/limits.h"

struct replay {
	struct hash	 sha1;
	struct hash	 bank;
	struct hash	 quote;
	int		 same;		/* bank is sha1 */
	uint8_t		 pcr[DIGEST_MAX];
};

/* Template data as it is hashed; pad has room for `ima`'s 276 bytes. */
static struct span
hashed_data(const struct ima_entry *e, uint8_t *pad)
{
	if (!e->is_ima)
		return e->data;
	memset(pad, 0, 20 + IMA_EVENT_NAME_LEN + 1);
	memcpy(pad, e->digest.p, e->digest.n);
	if (e->path.n > 0)	/* an empty span has no pointer */
		memcpy(pad + 20, e->path.p, e->path.n);
	return span_make(pad, 20 + IMA_EVENT_NAME_LEN + 1);
}

static int
replay_extend(struct replay *r, const struct ima_entry *e, int *ret_good)
{
	const struct span none = { NULL, 0 };
	uint8_t sha1[DIGEST_MAX], d[DIGEST_MAX], pad[20 + 256];
	struct span data = hashed_data(e, pad);

	*ret_good = 1;
	if (e->violation)
		memset(d, 0xff, r->bank.size);
	else {
		if (hash_two(&r->sha1, data, none, sha1) == -1)
			return -1;
		*ret_good = memcmp(sha1, e->template_digest.p,
		    IMA_TEMPLATE_DIGEST) == 0;
		if (r->same)
			memcpy(d, sha1, IMA_TEMPLATE_DIGEST);
		else if (hash_two(&r->bank, data, none, d) == -1)
			return -1;
	}
	return hash_two(&r->bank, span_make(r->pcr, r->bank.size),
	    span_make(d, r->bank.size), r->pcr);
}

/* 1: the PCR is the target's, 0: not, -1: error */
static int
replay_reached(struct replay *r, const struct ima_target *t)
{
	struct span pcr = span_make(r->pcr, r->bank.size);
	uint8_t d[DIGEST_MAX];

	if (t->value.n != 0)
		return span_eq(pcr, t->value);
	if (t->quote_digest.n == 0)
		return 0;
	if (hash_two(&r->quote, pcr, span_make(NULL, 0), d) == -1)
		return -1;
	return span_eq(span_make(d, r->quote.size), t->quote_digest);
}

static int
replay_list(struct replay *r, struct span log, const struct ima_target *t,
    struct ima_replay *ret)
{
	struct ima_replay now;
	struct ima_entry e;
	struct cursor c;
	int good, hit;

	memset(&now, 0, sizeof(now));
	memset(ret, 0, sizeof(*ret));
	cursor_init(&c, log);
	while ((now.tail = ima_next(&c, &e)) == IMA_ENTRY) {
		if (e.pcr != IMA_PCR) {
			now.other_pcr++;
			good = 1;
		} else if (replay_extend(r, &e, &good) == -1)
			return -1;
		if (!good && now.bad_digest++ == 0)
			now.first_bad = now.entries;
		now.violations += e.violation;
		now.entries++;
		if (ret->matched || e.pcr != IMA_PCR)
			continue;
		if ((hit = replay_reached(r, t)) == -1)
			return -1;
		if (hit) {
			*ret = now;
			ret->matched = 1;
			ret->attested = now.entries;
			ret->attested_end = c.off;
		}
	}
	if (!ret->matched) {
		*ret = now;
		ret->attested = now.entries;
		ret->attested_end = c.off;
	}
	ret->entries = now.entries;
	ret->tail = now.tail;
	ret->tail_offset = c.off;
	memcpy(ret->final, r->pcr, sizeof(ret->final));
	return 0;
}

int
ima_replay(struct span log, const struct ima_target *t,
    struct ima_replay *ret_replay)
{
	struct ima_replay out;
	struct replay r;
	int rc = -1;

	memset(&r, 0, sizeof(r));
	if (digest_size(t->bank) == 0 || log.n > MAX_IMA_LIST ||
	    (t->value.n != 0 && t->value.n != digest_size(t->bank))) {
		errno = EINVAL;
		return -1;
	}
	if (hash_init(&r.sha1, DIGEST_SHA1) == -1 ||
	    hash_init(&r.bank, t->bank) == -1)
		goto out;
	if (t->quote_digest.n != 0 && hash_init(&r.quote, t->quote_alg) == -1)
		goto out;
	r.same = t->bank == DIGEST_SHA1;
	if (replay_list(&r, log, t, &out) == -1)
		goto out;
	*ret_replay = out;
	rc = 0;
out:
	if (rc == -1)
		errno = ENOMEM;
	hash_free(&r.sha1);
	hash_free(&r.bank);
	hash_free(&r.quote);
	return rc;
}

static int
tail_check(const struct ima_replay *r, struct checks *ck)
{
	size_t more = r->entries - r->attested;

	if (r->tail == IMA_BAD)
		return checks_add(ck, RESULT_FAIL, "ima.list",
		    "the list is malformed at byte %zu, after %zu entries",
		    r->tail_offset, r->entries);
	if (r->tail == IMA_SHORT && !r->matched)
		return checks_add(ck, RESULT_FAIL, "ima.list",
		    "the list ends inside an entry, at byte %zu, after %zu "
		    "entries", r->tail_offset, r->entries);
	if (r->tail == IMA_SHORT)
		return checks_add(ck, RESULT_WARN, "ima.tail",
		    "%zu entries and a part of one follow the quoted state: "
		    "not yet attested", more);
	if (more > 0)
		return checks_add(ck, RESULT_OK, "ima.tail",
		    "%zu entries were added after the quote: not yet attested",
		    more);
	return 0;
}

int
ima_replay_checks(const struct ima_replay *r, struct checks *ck)
{
	int rc = 0;

	if (r->entries == 0)
		return checks_add(ck, RESULT_FAIL, "ima.list",
		    "no entry: not a measured system");
	if (r->bad_digest > 0)
		rc = checks_add(ck, RESULT_FAIL, "ima.template",
		    "%zu entries whose template digest is not that of their "
		    "data, the first is entry %zu", r->bad_digest,
		    r->first_bad);
	else
		checks_add(ck, RESULT_OK, "ima.template",
		    "all template digests recomputed");
	if (r->other_pcr > 0)
		rc = checks_add(ck, RESULT_FAIL, "ima.pcr",
		    "%zu entries are for another PCR than %u", r->other_pcr,
		    IMA_PCR);
	if (!r->matched)
		rc = checks_add(ck, RESULT_FAIL, "ima.replay",
		    "no beginning of the list (%zu entries) replays to the "
		    "quoted PCR %u: an entry was changed, removed or added",
		    r->entries, IMA_PCR);
	else
		checks_add(ck, RESULT_OK, "ima.replay",
		    "%zu of %zu entries replay to the quoted PCR %u",
		    r->attested, r->entries, IMA_PCR);
	if (tail_check(r, ck) == -1)
		rc = -1;
	return rc;
}

/* H over PCR 0 to last. */
static int
aggregate(const struct tpm_pcrs *pcrs, unsigned last, uint8_t *ret)
{
	struct hash h;
	unsigned i;
	int rc = -1;

	if (hash_init(&h, pcrs->bank) == -1 || hash_start(&h) == -1)
		goto out;
	for (i = 0; i <= last; i++)
		if (hash_add(&h, pcrs->value[i], h.size) == -1)
			goto out;
	rc = hash_end(&h, ret);
out:
	hash_free(&h);
	return rc;
}

int
ima_boot_aggregate_check(struct span log, const struct tpm_pcrs *pcrs,
    struct checks *ck)
{
	static const char name[] = "ima.boot-aggregate";
	/* The kernel leaves PCRs 8 and 9 out of a SHA-1 aggregate. */
	unsigned last = pcrs->bank == DIGEST_SHA1 ? 7 : 9;
	uint32_t need = (1u << (last + 1)) - 1;
	uint8_t d[DIGEST_MAX];
	struct ima_entry e;
	struct cursor c;
	int ok;

	cursor_init(&c, log);
	if (ima_next(&c, &e) != IMA_ENTRY || !ima_is_boot_aggregate(&e) ||
	    e.violation || e.pcr != IMA_PCR)
		return checks_add(ck, RESULT_FAIL, name,
		    "the list does not begin with boot_aggregate");
	if ((pcrs->mask & need) != need)
		return checks_add(ck, RESULT_FAIL, name,
		    "PCRs 0-%u were not quoted", last);
	if (e.alg != pcrs->bank)
		return checks_add(ck, RESULT_FAIL, name,
		    "boot_aggregate is %s, the quoted bank is %s",
		    digest_name(e.alg), digest_name(pcrs->bank));
	if (aggregate(pcrs, last, d) == -1)
		return checks_add(ck, RESULT_FAIL, name, "no memory");
	ok = span_eq(e.digest, span_make(d, digest_size(pcrs->bank)));
	return checks_test(ck, ok, name, ok ?
	    "the digest of the quoted PCRs 0-%u" :
	    "not the digest of the quoted PCRs 0-%u: the list is of another "
	    "boot", last);
}
