/* Two logs that extend the same registers with the same digests. */
#include <string.h>

#include "evidence/eventlog.h"
#include "evidence/ima_ascii.h"
#include "regress/mutate/unmeasured.h"

/* One entry of either form of list, as far as it is measured. */
struct measured {
	enum ima_status	 status;
	uint32_t	 pcr;
	int		 violation;
	struct span	 logged, data;
};

struct reader {
	struct cursor	 c;
	size_t		 digest_len;
	int		 ascii;
	struct ima_line	 line;
	uint8_t		 pad[276];
};

static void
reader_init(struct reader *r, struct span list, size_t digest_len, int ascii)
{
	cursor_init(&r->c, list);
	r->digest_len = digest_len;
	r->ascii = ascii;
	ima_line_init(&r->line);
}

static void
reader_next(struct reader *r, struct measured *m)
{
	struct ima_entry e;

	memset(m, 0, sizeof(*m));
	if (r->ascii) {
		m->status = ima_ascii_next(&r->c, &r->line);
		if (m->status == IMA_ENTRY) {
			m->pcr = r->line.pcr;
			m->logged = span_make(r->line.digest,
			    r->line.digest_len);
			m->data = buf_span(&r->line.data);
		}
	} else {
		m->status = ima_next_sized(&r->c, r->digest_len, &e);
		if (m->status == IMA_ENTRY) {
			m->pcr = e.pcr;
			m->logged = e.template_digest;
			m->data = ima_hashed_data(&e, r->pad);
		}
	}
	m->violation = m->status == IMA_ENTRY && span_is_zero(m->logged);
}

int
ima_same(struct span a, struct span b, size_t digest_len)
{
	struct reader r[2];
	struct measured m[2];
	int ascii = ima_is_ascii(a), same;

	reader_init(&r[0], a, digest_len, ascii);
	reader_init(&r[1], b, digest_len, ascii);
	do {
		reader_next(&r[0], &m[0]);
		reader_next(&r[1], &m[1]);
		same = m[0].status == m[1].status && m[0].pcr == m[1].pcr &&
		    m[0].violation == m[1].violation &&
		    span_eq(m[0].logged, m[1].logged) &&
		    (m[0].violation || span_eq(m[0].data, m[1].data));
	} while (same && m[0].status == IMA_ENTRY);
	ima_line_free(&r[0].line);
	ima_line_free(&r[1].line);
	return same && m[0].status == IMA_END;
}

struct events {
	struct eventlog	 l;
	struct cursor	 c;
	struct event	 e;
	enum digest_alg	 alg;
	uint32_t	 mask;
};

static int
events_open(struct events *v, struct span s, int ccel, enum digest_alg alg,
    uint32_t mask)
{
	const char *why;

	v->alg = alg;
	v->mask = mask;
	if (eventlog_open(s, ccel ? EVENTLOG_CCEL : EVENTLOG_TPM, &v->l,
	    &why) == -1)
		return -1;
	eventlog_start(&v->l, &v->c);
	return 0;
}

/* The next event that extends a register of the mask. */
static enum event_status
extends(struct events *v)
{
	enum event_status st;
	const char *why;

	do {
		st = eventlog_next(&v->l, &v->c, &v->e, &why);
	} while (st == EVENT_OK && (v->e.type == EV_NO_ACTION ||
	    (v->mask >> v->e.index & 1) == 0));
	return st;
}

uint32_t
eventlog_mask(struct span s)
{
	struct events v;
	uint32_t mask = 0;

	if (events_open(&v, s, 0, DIGEST_NONE, UINT32_MAX) == -1)
		return 0;
	while (extends(&v) == EVENT_OK)
		mask |= 1u << v.e.index;
	return mask;
}

/* By algorithm, for the banks may stand in another order; those that we do
 * not know are kept by nobody. */
static int
digests_same(const struct events *a, const struct events *b)
{
	size_t i, k;

	for (i = 0; i < a->l.nalgs; i++) {
		if (a->l.alg[i].alg == DIGEST_NONE ||
		    (a->alg != DIGEST_NONE && a->l.alg[i].alg != a->alg))
			continue;
		for (k = 0; k < b->l.nalgs; k++)
			if (b->l.alg[k].alg == a->l.alg[i].alg)
				break;
		if (k == b->l.nalgs ||
		    !span_eq(a->e.digest[i], b->e.digest[k]))
			return 0;
	}
	return a->e.index == b->e.index;
}

int
eventlog_same(struct span x, struct span y, int ccel, enum digest_alg alg,
    uint32_t mask)
{
	enum event_status sa, sb;
	struct events a, b;

	if (events_open(&a, x, ccel, alg, mask) == -1 ||
	    events_open(&b, y, ccel, alg, mask) == -1)
		return 0;
	do {
		sa = extends(&a);
		sb = extends(&b);
	} while (sa == EVENT_OK && sb == EVENT_OK && digests_same(&a, &b));
	return sa == EVENT_END && sb == EVENT_END;
}
