#include <stdio.h>
#include <string.h>

#include "cli/appraise_kind.h"
#include "evidence/rules.h"

/* Files that the case points into; the names and values must stay, too. */
static struct evcase the_case;
static char names[MAX_CASE_FILES + MAX_COLLATERAL][ROLE_MAX];
static size_t nnames;
static struct case_register registers[MAX_CASE_PCRS + MAX_CASE_RTMRS];
static size_t nregisters;
static struct span policy_file;

static int
add_named(struct case_file *list, size_t *n, size_t max, const char *name,
    struct span data)
{
	if (*n == max)
		return -1;
	snprintf(names[nnames], ROLE_MAX, "%s", name);
	list[*n].role = names[nnames++];
	list[*n].data = data;
	++*n;
	return 0;
}

int
kind_add_file(const struct case_place_of *p, struct span data)
{
	struct evcase *c = &the_case;

	/* NULL means that a file was not given; an empty one was */
	if (data.p == NULL)
		data = span_str("");
	switch (p->place) {
	case PLACE_FILE:
		return add_named(c->file, &c->nfiles, MAX_CASE_FILES, p->name,
		    data);
	case PLACE_COLLATERAL:
		return add_named(c->collateral, &c->ncollateral,
		    MAX_COLLATERAL, p->name, data);
	case PLACE_ROOT:
		if (c->nroots == MAX_CASE_ROOTS)
			return -1;
		c->root[c->nroots++] = data;
		return 0;
	default:
		if (policy_file.p != NULL)
			return -1;
		policy_file = data;
		return 0;
	}
}

int
kind_add_register(const struct case_register *r)
{
	struct evcase *c = &the_case;
	struct case_register *kept = &registers[nregisters];
	struct case_pcr *to;

	if (r->rtmr ? c->nrtmrs == MAX_CASE_RTMRS : c->npcrs == MAX_CASE_PCRS)
		return -1;
	to = r->rtmr ? &c->rtmr[c->nrtmrs] : &c->pcr[c->npcrs];
	to->bank = r->rtmr ? DIGEST_NONE : digest_by_name(span_str(r->bank));
	if (!r->rtmr && (to->bank == DIGEST_NONE ||
	    r->n != digest_size(to->bank)))
		return -1;
	*kept = *r;
	nregisters++;
	to->index = r->index;
	to->value = span_make(kept->value, kept->n);
	if (r->rtmr)
		c->nrtmrs++;
	else
		c->npcrs++;
	return 0;
}

/* -1: end says why. */
static int
take_policy(const struct case_ask *a, struct case_end *end)
{
	static struct policy_rules rules;
	char why[256] = "";

	end->verdict = CASE_UNJUDGED;
	if (policy_file.p != NULL) {
		the_case.policy = &rules;
		if (rules_read(policy_file, &rules, why, sizeof(why)) == 0)
			return 0;
		snprintf(end->reason, sizeof(end->reason), "--policy: %s",
		    why);
		return -1;
	}
	if (a->policy[0] == '\0')
		return 0;
	if ((the_case.policy = rules_named(a->policy)) != NULL)
		return 0;
	snprintf(end->reason, sizeof(end->reason), "--policy %s: there is no "
	    "such policy", a->policy);
	return -1;
}

static int
dump_piece(const char *p, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, p, n);
	return b->failed ? -1 : 0;
}

/*
 * `show' decodes: what could be named is shown, whatever a verifier would say
 * of it, and no line of a check shall look like a verification.
 */
static void
only_shown(struct evout *out)
{
	if (json_object_size(out->claims) != 0) {
		out->verdict = VERDICT_PARSED;
		out->reason[0] = '\0';
	}
	checks_init(&out->ck);
}

static void
case_end_make(const struct evout *out, struct case_end *end)
{
	_Static_assert((int)CASE_ACCEPT == (int)VERDICT_ACCEPT &&
	    (int)CASE_REJECT == (int)VERDICT_REJECT &&
	    (int)CASE_PARSED == (int)VERDICT_PARSED &&
	    (int)CASE_UNJUDGED == (int)VERDICT_UNJUDGED, "same order");
	_Static_assert(sizeof(end->reason) >= MAX_CHECK_DETAIL, "same size");

	end->verdict = (uint8_t)out->verdict;
	end->dropped = out->ck.dropped;
	snprintf(end->reason, sizeof(end->reason), "%s", out->reason);
}

int
kind_decide(const struct case_ask *a, struct checks *ck, struct buf *claims,
    struct case_end *end)
{
	static struct evout out;
	struct evcase *c = &the_case;
	int rc = -1;

	memset(end, 0, sizeof(*end));
	checks_init(ck);
	c->kind = a->kind;
	c->at = (int64_t)a->at;
	c->has_nonce = (a->flags & CASE_NONCE) != 0;
	c->has_report_data = (a->flags & CASE_REPORT_DATA) != 0;
	c->allow_debug = (a->flags & CASE_ALLOW_DEBUG) != 0;
	c->nonce = span_make(a->nonce.b, a->nonce.n);
	c->report_data = span_make(a->report_data.b, a->report_data.n);
	if (take_policy(a, end) == -1) {
		buf_add_str(claims, "{}");
		return 0;
	}
	if (evcase_judge(c, &out) == -1)
		return -1;
	if ((a->flags & CASE_SHOW) != 0)
		only_shown(&out);
	case_end_make(&out, end);
	*ck = out.ck;
	if (json_dump_callback(out.claims, dump_piece, claims,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0)
		rc = 0;
	evout_free(&out);
	return rc;
}
