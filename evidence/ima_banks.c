/* Replay to all banks. */
#include <string.h>

#include "evidence/ima_banks.h"

int
ima_banks_init(struct ima_banks *b, enum digest_alg header)
{
	int a;

	memset(b, 0, sizeof(*b));
	b->header = header;
	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++)
		if (hash_init(&b->h[a], a) == -1)
			return -1;
	return 0;
}

void
ima_banks_free(struct ima_banks *b)
{
	int a;

	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++)
		hash_free(&b->h[a]);
}

static void
wants_check(struct ima_banks *b, unsigned pcr)
{
	struct ima_want *w;
	size_t i;

	for (i = 0; i < b->nwants; i++) {
		w = &b->want[i];
		if (w->pcr != pcr)
			continue;
		if (span_eq(w->value, span_make(b->pcr[w->bank][pcr],
		    b->h[w->bank].size))) {
			w->reached = b->entries;
			w->padded = 0;
		} else if (span_eq(w->value,
		    span_make(b->padded[w->bank][pcr],
		    b->h[w->bank].size))) {
			w->reached = b->entries;
			w->padded = 1;
		}
	}
}

static int
extend(struct hash *h, uint8_t *pcr, const uint8_t *d)
{
	return hash_two(h, span_make(pcr, h->size), span_make(d, h->size),
	    pcr);
}

int
ima_banks_add(struct ima_banks *b, unsigned pcr, struct span logged,
    struct span data)
{
	const struct span none = { NULL, 0 };
	uint8_t d[DIGEST_ALG_MAX][DIGEST_MAX], old[DIGEST_MAX];
	int a, violation = span_is_zero(logged);

	memset(d, 0xff, sizeof(d));
	for (a = DIGEST_SHA1; !violation && a < DIGEST_ALG_MAX; a++)
		if (hash_two(&b->h[a], data, none, d[a]) == -1)
			return -1;
	/* twenty bytes, 0xff for a violation, then zeros */
	memset(old, 0, sizeof(old));
	memcpy(old, d[DIGEST_SHA1], digest_size(DIGEST_SHA1));
	b->violations += violation;
	if (!violation && !span_eq(logged, span_make(d[b->header],
	    digest_size(b->header))) && b->wrong++ == 0)
		b->first_wrong = b->entries;
	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++)
		if (extend(&b->h[a], b->pcr[a][pcr], d[a]) == -1 ||
		    extend(&b->h[a], b->padded[a][pcr], old) == -1)
			return -1;
	b->mask |= 1u << pcr;
	b->entries++;
	wants_check(b, pcr);
	return 0;
}
