#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/kind.h"
#include "evidence/kinds.h"

struct span
evcase_file(const struct evcase *c, const char *role)
{
	size_t i;

	for (i = 0; i < c->nfiles; i++)
		if (strcmp(c->file[i].role, role) == 0)
			return c->file[i].data;
	return span_make(NULL, 0);
}

struct span
evcase_collateral(const struct evcase *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->ncollateral; i++)
		if (strcmp(c->collateral[i].role, name) == 0)
			return c->collateral[i].data;
	return span_make(NULL, 0);
}

int
evcase_need(const struct evcase *c, struct evout *out, const char *role,
    struct span *ret_s)
{
	*ret_s = evcase_file(c, role);
	if (ret_s->p != NULL)
		return 0;
	out->verdict = VERDICT_UNJUDGED;
	snprintf(out->reason, sizeof(out->reason),
	    "%s needs --file %s=PATH", c->kind, role);
	return -1;
}

void
claim_json(struct evout *out, const char *name, json_t *v)
{
	/* takes v over, also when it fails */
	json_object_set_new(out->claims, name, v);
}

void
claim_int(struct evout *out, const char *name, int64_t v)
{
	claim_json(out, name, json_integer(v));
}

void
claim_str(struct evout *out, const char *name, const char *s)
{
	claim_json(out, name, json_string(s));
}

void
claim_bool(struct evout *out, const char *name, int v)
{
	claim_json(out, name, json_boolean(v));
}

void
claim_hex(struct evout *out, const char *name, struct span s)
{
	char *hex;

	if ((hex = malloc(2 * s.n + 1)) == NULL)
		return;
	hex_encode(s, hex, 2 * s.n + 1);
	claim_str(out, name, hex);
	free(hex);
}

const char *
verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_ACCEPT] = "accept", [VERDICT_REJECT] = "reject",
		[VERDICT_PARSED] = "parsed", [VERDICT_UNJUDGED] = "unjudged"
	};

	return names[v];
}

static void
conclude(struct evout *out)
{
	size_t i;

	if (out->verdict == VERDICT_UNJUDGED)
		return;
	if (out->ck.count[RESULT_FAIL] == 0) {
		if (out->verdict != VERDICT_PARSED && out->ck.n == 0)
			out->verdict = VERDICT_REJECT;
		return;
	}
	out->verdict = VERDICT_REJECT;
	for (i = 0; i < out->ck.n; i++)
		if (out->ck.v[i].result == RESULT_FAIL) {
			snprintf(out->reason, sizeof(out->reason), "%s: %.*s",
			    out->ck.v[i].name, MAX_CHECK_DETAIL - 80,
			    out->ck.v[i].detail);
			return;
		}
}

/* The kinds take an empty span for a file that was not given, and leave out
 * what it would be checked by.  Only a log may be empty. */
static int
files_check(const struct evcase *c, struct evout *out)
{
	size_t i;

	for (i = 0; i < c->nfiles; i++)
		if (c->file[i].data.n == 0 &&
		    strcmp(c->file[i].role, "log") != 0 &&
		    strcmp(c->file[i].role, "ascii") != 0)
			return checks_add(&out->ck, RESULT_FAIL, "file.empty",
			    "the file %s has no bytes", c->file[i].role);
	return 0;
}

int
evcase_judge(const struct evcase *c, struct evout *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	checks_init(&out->ck);
	if ((out->claims = json_object()) == NULL)
		return -1;
	for (i = 0; i < evidence_nkinds; i++)
		if (strcmp(evidence_kinds[i].name, c->kind) == 0) {
			if (files_check(c, out) == 0)
				evidence_kinds[i].judge(c, out);
			conclude(out);
			return 0;
		}
	out->verdict = VERDICT_UNJUDGED;
	snprintf(out->reason, sizeof(out->reason), "unknown kind");
	return 0;
}

void
evout_free(struct evout *out)
{
	json_decref(out->claims);
	out->claims = NULL;
}
