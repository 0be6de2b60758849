/* Which of two pieces of collateral is the newer one. */
#include <string.h>

#include "evidence/collateral_facts.h"

static int
number_cmp(const struct collateral_facts *a, const struct collateral_facts *b)
{
	if (a->number_len != b->number_len)
		return a->number_len < b->number_len ? -1 : 1;
	return memcmp(a->number, b->number, a->number_len);
}

int
collateral_older(const struct collateral_facts *a,
    const struct collateral_facts *b)
{
	if (!a->ok || !b->ok)
		return 0;
	if (a->this_update != b->this_update)
		return a->this_update < b->this_update;
	return a->has_number && b->has_number && number_cmp(a, b) < 0;
}
