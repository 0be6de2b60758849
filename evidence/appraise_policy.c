/* Which policy is in force: what the user gives now, else the snapshot's. */
#include <stdlib.h>
#include <string.h>

#include "evidence/appraisal.h"

static const char *
rules_name(const struct policy_rules *p)
{
	if (p == &rules_default)
		return "default";
	return p == &rules_strict ? "strict" : "that of a file";
}

static int
rules_same(const struct policy_rules *x, const struct policy_rules *y)
{
	struct buf a, b;
	int same;

	buf_init(&a, 0);
	buf_init(&b, 0);
	rules_write_line(x, &a);
	rules_write_line(y, &b);
	same = !a.failed && !b.failed && span_eq(buf_span(&a), buf_span(&b));
	buf_free(&a);
	buf_free(&b);
	return same;
}

/* What the option gives now holds in place of what was accepted then. */
static int
policy_given(struct appraisal *a, const struct policy_rules *was)
{
	a->accept &= ~ACCEPT_NO_REVOCATION | a->in->accept;
	if (was == NULL || rules_same(was, a->in->policy))
		return checks_add(a->ck, RESULT_OK, "policy", "%s, as asked",
		    rules_name(a->in->policy));
	return checks_add(a->ck, RESULT_WARN, "policy",
	    "%s, as asked, in place of the snapshot's (%s)",
	    rules_name(a->in->policy), rules_name(was));
}

int
appraise_policy(struct appraisal *a)
{
	const struct policy_rules *was = a->have_snap && a->snap.has_cvm ?
	    cvm_policy(&a->snap.cvm) : NULL;
	const struct policy_rules *p = a->in->policy;

	if (p != NULL)
		policy_given(a, was);
	else if (was != NULL) {
		p = was;
		checks_add(a->ck, RESULT_OK, "policy",
		    "of the snapshot: %s", rules_name(was));
	} else {
		p = &rules_default;
		checks_add(a->ck, RESULT_OK, "policy", "default");
	}
	if ((a->rules = malloc(sizeof(*a->rules))) == NULL)
		return checks_add(a->ck, RESULT_FAIL, "policy", "no memory");
	*a->rules = *p;
	return 0;
}
