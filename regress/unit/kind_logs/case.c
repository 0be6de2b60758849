/* Cases for the tests of kinds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/kind_logs/case.h"

void
tcase_init(struct tcase *t, const char *kind)
{
	memset(t, 0, sizeof(*t));
	t->c.kind = kind;
	t->c.at = 1790000000;
}

void
tcase_free(struct tcase *t)
{
	if (t->judged)
		evout_free(&t->out);
	t->judged = 0;
}

void
tcase_file(struct tcase *t, const char *role, struct span s)
{
	size_t i;

	for (i = 0; i < t->c.nfiles; i++)
		if (strcmp(t->c.file[i].role, role) == 0)
			break;
	t->c.file[i].role = role;
	t->c.file[i].data = s;
	if (i == t->c.nfiles)
		t->c.nfiles++;
}

void
tcase_pcr(struct tcase *t, enum digest_alg a, unsigned index, struct span v)
{
	struct case_pcr *p = &t->c.pcr[t->c.npcrs++];

	p->bank = a;
	p->index = index;
	p->value = v;
}

enum verdict
tcase_judge(struct tcase *t)
{
	tcase_free(t);
	if (evcase_judge(&t->c, &t->out) == -1)
		abort();
	t->judged = 1;
	return t->out.verdict;
}

const char *
tcase_fails(struct tcase *t)
{
	static char text[1024];
	const char *name;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < t->out.ck.n; i++) {
		name = t->out.ck.v[i].name;
		if (t->out.ck.v[i].result != RESULT_FAIL ||
		    strstr(text, name) != NULL)
			continue;
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%s%s", text[0] == '\0' ? "" : " ", name);
	}
	return text;
}

int
tcase_has(struct tcase *t, const char *name, enum result r)
{
	size_t i;

	for (i = 0; i < t->out.ck.n; i++)
		if (t->out.ck.v[i].result == r &&
		    strcmp(t->out.ck.v[i].name, name) == 0)
			return 1;
	return 0;
}

const char *
tcase_claim(struct tcase *t, const char *name)
{
	const char *s = json_string_value(json_object_get(t->out.claims,
	    name));

	return s != NULL ? s : "";
}
