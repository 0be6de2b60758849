#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/report.h"
#include "privsep/text.h"

#define BOOT_CHECK	"tpm.boot"	/* which boot this is */
#define VOLUME_CHECK	"tpm.pcr15"	/* and which sealed volume was opened */

static const struct {
	const char	*json;
	const char	*text;
	const char	*colour;
} results[LINE_RESULT_MAX] = {
	[LINE_OK] =   { "OK",	"  OK  ", "\033[32m" },
	[LINE_WARN] = { "WARN",	" WARN ", "\033[33m" },
	[LINE_SKIP] = { "SKIP",	" SKIP ", "\033[36m" },
	[LINE_FAIL] = { "FAIL",	" FAIL ", "\033[31m" },
};

static const char *const verdicts[VERDICT_MAX] = {
	[VERDICT_VERIFIED] = "verified",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_ERROR] = "error",
	[VERDICT_FETCHED] = "fetched",
};

void
report_line(struct report *r, enum line_result result, const char *name,
    const char *fmt, ...)
{
	struct check_line *l;
	va_list ap;

	r->count[result]++;
	if (r->n == CHECKS_MAX) {
		r->dropped++;
		return;
	}
	l = &r->lines[r->n++];
	l->result = (uint8_t)result;
	snprintf(l->name, sizeof(l->name), "%s", name);
	va_start(ap, fmt);
	vsnprintf(l->detail, sizeof(l->detail), fmt, ap);
	va_end(ap);
	text_clean(l->name);
	text_clean(l->detail);
}

static void
print_hex(FILE *f, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, "%02x", p[i]);
}

/* What the judge found by a check, or NULL. */
static const char *
found(const struct report *r, const char *check)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->lines[i].name, check) == 0)
			return r->lines[i].detail;
	return NULL;
}

static void
json_claims(const struct report *r)
{
	const struct judgement *j = &r->facts;
	const char *text;

	printf(",\"claims\":{\"url\":");
	text_json(stdout, r->options->url);
	printf(",\"form\":\"%s\"", r->options->compat ? "compat" : "strong");
	if (r->have_leaf) {
		printf(",\"certificate_sha256\":\"");
		print_hex(stdout, r->leaf, sizeof(r->leaf));
		putchar('"');
	}
	if (r->judged) {
		printf(",\"policy\":");
		text_json(stdout, r->policy);
		if ((text = found(r, BOOT_CHECK)) != NULL) {
			printf(",\"boot\":");
			text_json(stdout, text);
		}
		if ((text = found(r, VOLUME_CHECK)) != NULL) {
			printf(",\"volume\":");
			text_json(stdout, text);
		}
		printf(",\"tee_root\":");
		text_json(stdout, j->tee_root);
		printf(",\"tpm_root\":");
		text_json(stdout, j->tpm_root);
		printf(",\"ima_entries\":%" PRIu64 ",\"ima_attested\":%" PRIu64
		    ",\"ima_not_attested\":%" PRIu64 ",\"files\":%" PRIu64
		    ",\"unknown_files\":%" PRIu64, j->ima_entries,
		    j->ima_attested, j->ima_tail, j->files, j->unknown_files);
	}
	if (r->saved != NULL) {
		printf(",\"%s\":", r->fetched != NULL ? "directory" :
		    "snapshot");
		text_json(stdout, r->saved);
	}
	if (r->fetched != NULL) {
		printf(",\"how\":");
		text_json(stdout, r->fetched);
	}
	putchar('}');
}

static void
print_json(const struct report *r, enum run_verdict v, const char *reason)
{
	size_t i;

	printf("{\"verdict\":\"%s\",\"reason\":", verdicts[v]);
	if (reason == NULL)
		printf("null");
	else
		text_json(stdout, reason);
	printf(",\"checks\":[");
	for (i = 0; i < r->n; i++) {
		printf("%s{\"name\":", i == 0 ? "" : ",");
		text_json(stdout, r->lines[i].name);
		printf(",\"result\":\"%s\",\"detail\":",
		    results[r->lines[i].result].json);
		text_json(stdout, r->lines[i].detail);
		putchar('}');
	}
	printf("],\"checks_not_shown\":%zu", r->dropped);
	json_claims(r);
	printf("}\n");
}

void
line_print(const struct check_line *l)
{
	const int colour = output_colour(STDOUT_FILENO);

	printf("[%s%s%s] %s%s%s\n", colour ? results[l->result].colour : "",
	    results[l->result].text, colour ? "\033[0m" : "", l->name,
	    l->detail[0] == '\0' ? "" : ": ", l->detail);
}

const char *
line_result_name(unsigned int result)
{
	return result < LINE_RESULT_MAX ? results[result].json : "FAIL";
}

static void
print_lines(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		line_print(&r->lines[i]);
	if (r->dropped != 0)
		printf("         and %zu lines more\n", r->dropped);
}

/* What all of it stands on, for whoever reads the last lines only. */
static void
print_rests(const struct report *r)
{
	const char *boot = found(r, BOOT_CHECK);

	printf("Roots: TEE %s, TPM %s. Policy: %s.\n", r->facts.tee_root,
	    r->facts.tpm_root, r->policy);
	if (boot != NULL)
		printf("Boot: %s.\n", boot);
}

static void
print_final(const struct report *r, enum run_verdict v, const char *reason)
{
	const char *url = r->options->url;

	switch (v) {
	case VERDICT_VERIFIED:
		printf("Verified: %s: %zu checks OK", url, r->count[LINE_OK]);
		if (r->count[LINE_WARN] != 0)
			printf(", %zu warnings", r->count[LINE_WARN]);
		if (r->saved != NULL)
			printf("; snapshot of %" PRIu64 " files saved as %s",
			    r->facts.files, r->saved);
		putchar('\n');
		break;
	case VERDICT_FETCHED:
		fputs(r->fetched, stdout);
		break;
	case VERDICT_REFUSED:
		printf("Refused: %s: %s\n", url, reason);
		break;
	default:
		/* also where only stderr is looked at */
		fflush(stdout);
		fprintf(stderr, "cosmian_vm: %s\n", reason);
	}
}

int
report_print(const struct report *r, enum run_verdict v, const char *reason)
{
	char clean[2048];

	if (reason != NULL) {
		snprintf(clean, sizeof(clean), "%s", reason);
		text_clean(clean);
		reason = clean;
	}
	progress_end();
	if (r->options->json)
		print_json(r, v, reason);
	else {
		print_lines(r);
		if (r->judged && (v == VERDICT_VERIFIED ||
		    v == VERDICT_REFUSED))
			print_rests(r);
		print_final(r, v, reason);
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	warn("the report cannot be written");
	return -1;
}
