#include <err.h>
#include <stdio.h>

#include "cli/evidence_out.h"
#include "cli/output.h"
#include "cli/report.h"
#include "privsep/text.h"

static const char *const verdicts[CASE_MAX] = {
	[CASE_ACCEPT] = "accept", [CASE_REJECT] = "reject",
	[CASE_PARSED] = "parsed", [CASE_UNJUDGED] = "unjudged"
};

void
evidence_line(struct evidence_out *o, const struct check_line *l)
{
	o->count[l->result]++;
	if (o->n == CHECKS_MAX) {
		o->dropped++;
		return;
	}
	o->line[o->n] = *l;
	text_clean(o->line[o->n].name);
	text_clean(o->line[o->n].detail);
	o->n++;
}

int
claims_printable(const char *p, size_t n)
{
	size_t i, depth = 0;
	int quoted = 0, escaped = 0;

	if (n < 2 || p[0] != '{')
		return 0;
	for (i = 0; i < n; i++) {
		if (p[i] == '\n' && !quoted)
			continue;
		if (p[i] < 0x20 || p[i] > 0x7e)
			return 0;
		if (escaped)
			escaped = 0;
		else if (quoted) {
			if (p[i] == '\\')
				escaped = 1;
			else if (p[i] == '"')
				quoted = 0;
		} else if (p[i] == '"')
			quoted = 1;
		else if (p[i] == '{' || p[i] == '[')
			depth++;
		else if ((p[i] == '}' || p[i] == ']') && --depth == 0)
			return i == n - 1;
	}
	return 0;
}

static void
print_json(const struct evidence_out *o)
{
	size_t i;

	printf("{\"verdict\":\"%s\",\"reason\":", verdicts[o->verdict]);
	text_json(stdout, o->reason);
	printf(",\"checks\":[");
	for (i = 0; i < o->n; i++) {
		printf("%s{\"name\":", i == 0 ? "" : ",");
		text_json(stdout, o->line[i].name);
		printf(",\"result\":\"%s\",\"detail\":",
		    line_result_name(o->line[i].result));
		text_json(stdout, o->line[i].detail);
		putchar('}');
	}
	printf("],\"checks_not_shown\":%zu,\"claims\":", o->dropped);
	if (o->claims == NULL)
		printf("{}");
	else
		fwrite(o->claims, 1, o->claims_len, stdout);
	printf("}\n");
}

static void
print_text(const struct evidence_options *e, const struct evidence_out *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		line_print(&o->line[i]);
	if (o->dropped != 0)
		printf("         and %zu lines more\n", o->dropped);
	if (e->ask.flags & CASE_SHOW && o->claims != NULL) {
		fwrite(o->claims, 1, o->claims_len, stdout);
		putchar('\n');
	}
	switch (o->verdict) {
	case CASE_ACCEPT:
		printf("Accepted: %s: %s\n", e->ask.kind, o->reason);
		break;
	case CASE_REJECT:
		printf("Refused: %s: %s\n", e->ask.kind, o->reason);
		break;
	case CASE_PARSED:
		printf("Parsed: %s: %s\n", e->ask.kind, o->reason);
		break;
	default:
		/* also where only stderr is looked at */
		fflush(stdout);
		fprintf(stderr, "cosmian_vm: %s\n", o->reason);
	}
}

int
evidence_print(const struct evidence_options *e, const struct evidence_out *o)
{
	if (e->json)
		print_json(o);
	else
		print_text(e, o);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("the verdict cannot be written");
	return -1;
}
