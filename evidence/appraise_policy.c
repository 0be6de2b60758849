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

/* What the option gives now holds in place of what was accepted then. */
static int
policy_given(struct appraisal *a, const struct policy_rules *was)
{
	a->accept &= ~ACCEPT_NO_REVOCATION | a->in->accept;
	if (was == NULL || was == a->in->policy)
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
