/*
 * What changed since the snapshot, where boot PCRs differ: by the names that
 * both logs give, else the first event that is another.  Explanations only;
 * the PCRs have decided.
 */
#include <stdio.h>
#include <string.h>
#include <jansson.h>

#include "evidence/appraisal.h"
#include "evidence/eventlog.h"

#define PART	260	/* of two in a detail */

static const char *
secure_text(const json_t *boot)
{
	const json_t *v = json_object_get(boot, "secure_boot");

	return json_is_null(v) ? "unknown" : json_is_true(v) ? "on" : "off";
}

/* "shim (sha256 0123456789abcdef), grub (...)", cut when long. */
static void
names_text(const json_t *list, char *text, size_t size)
{
	const json_t *o;
	size_t i, used = 0;
	int n;

	snprintf(text, size, "none");
	for (i = 0; i < json_array_size(list) && used < size; i++) {
		o = json_array_get(list, i);
		n = snprintf(text + used, size - used,
		    "%s%.120s (%.8s %.16s)", i > 0 ? ", " : "",
		    json_string_value(json_object_get(o, "name")),
		    json_string_value(json_object_get(o, "alg")),
		    json_string_value(json_object_get(o, "digest")));
		used += n > 0 ? (size_t)n : 0;
	}
}

/* 1 if the lists differ. */
static int
list_change(struct appraisal *a, const char *check, const char *what,
    const char *key)
{
	const json_t *was = json_object_get(a->snap.cvm.boot, key);
	const json_t *is = json_object_get(a->boot, key);
	char was_text[PART], is_text[PART];

	if (json_equal(was, is))
		return 0;
	names_text(was, was_text, sizeof(was_text));
	names_text(is, is_text, sizeof(is_text));
	checks_add(a->ck, RESULT_WARN, check, "%s: %s -> %s", what, was_text,
	    is_text);
	return 1;
}

static int
has_word(const char *line, const char *word, size_t n)
{
	const char *p;

	for (p = line; (p = memmem(p, strlen(p), word, n)) != NULL; p++)
		if ((p == line || p[-1] == ' ') &&
		    (p[n] == ' ' || p[n] == '\0'))
			return 1;
	return 0;
}

/* The words of one line that the other has not. */
static void
words_text(const char *line, const char *other, char *text, size_t size)
{
	size_t n, used = 0;
	int w;

	snprintf(text, size, "no word");
	for (; *line != '\0' && used < size; line += n) {
		line += strspn(line, " ");
		if ((n = strcspn(line, " ")) == 0 || has_word(other, line, n))
			continue;
		w = snprintf(text + used, size - used, "%s%.*s",
		    used > 0 ? " " : "", (int)(n < PART ? n : PART), line);
		used += w > 0 ? (size_t)w : 0;
	}
}

static const char *
line_at(const json_t *lines, size_t i)
{
	const char *s = json_string_value(json_array_get(lines, i));

	return s != NULL ? s : "";
}

/* A long line is told by the words that went and came. */
static int
line_change(struct appraisal *a)
{
	const json_t *was = json_object_get(a->snap.cvm.boot,
	    "command_lines");
	const json_t *is = json_object_get(a->boot, "command_lines");
	char gone[PART], come[PART];
	const char *old, *now;
	size_t i = 0;

	if (json_equal(was, is))
		return 0;
	while (strcmp(line_at(was, i), line_at(is, i)) == 0 &&
	    (i < json_array_size(was) || i < json_array_size(is)))
		i++;
	old = line_at(was, i);
	now = line_at(is, i);
	if (strlen(old) < PART && strlen(now) < PART) {
		checks_add(a->ck, RESULT_WARN, "boot.command-line",
		    "command line: \"%s\" -> \"%s\"", old, now);
		return 1;
	}
	words_text(old, now, gone, sizeof(gone));
	words_text(now, old, come, sizeof(come));
	checks_add(a->ck, RESULT_WARN, "boot.command-line",
	    "command line: gone \"%s\", new \"%s\"", gone, come);
	return 1;
}

/* The nth event of a register, NULL behind the last. */
static const json_t *
event_at(const json_t *events, unsigned pcr, size_t nth)
{
	const json_t *e;
	size_t i;

	for (i = 0; i < json_array_size(events); i++) {
		e = json_array_get(events, i);
		if (json_integer_value(json_array_get(e, 0)) == pcr &&
		    nth-- == 0)
			return e;
	}
	return NULL;
}

static const char *
event_text(const json_t *e)
{
	return e == NULL ? "none" : event_type_name((uint32_t)
	    json_integer_value(json_array_get(e, 1)));
}

/* A log of PCR 11 is kept only if it explains that register. */
static int
one_sided(const json_t *was, const json_t *is, unsigned pcr)
{
	return pcr == IMAGE_PCR && (event_at(was, pcr, 0) == NULL) !=
	    (event_at(is, pcr, 0) == NULL);
}

static void
event_change(struct appraisal *a, unsigned pcr)
{
	const json_t *was = json_object_get(a->snap.cvm.boot, "events");
	const json_t *is = json_object_get(a->boot, "events");
	const json_t *w, *n;
	size_t i;

	if (json_is_null(was) || json_is_null(is)) {
		checks_add(a->ck, RESULT_WARN, "boot.event",
		    "PCR %u: too many events to be told one by one", pcr);
		return;
	}
	for (i = 0; !one_sided(was, is, pcr); i++) {
		w = event_at(was, pcr, i);
		n = event_at(is, pcr, i);
		if (w == NULL && n == NULL)
			break;
		if (w != NULL && n != NULL && json_equal(w, n))
			continue;
		checks_add(a->ck, RESULT_WARN, "boot.event",
		    "PCR %u: from its event %zu on: %s -> %s%s", pcr, i,
		    event_text(w), event_text(n), w != NULL && n != NULL &&
		    json_equal(json_array_get(w, 1), json_array_get(n, 1)) ?
		    " with another digest" : "");
		return;
	}
	checks_add(a->ck, RESULT_WARN, "boot.event", "PCR %u: what extended it "
	    "otherwise is not in the log", pcr);
}

void
appraise_boot_changes(struct appraisal *a, uint32_t differ)
{
	const json_t *was = a->snap.cvm.boot;
	unsigned i;

	if (a->boot == NULL || was == NULL) {
		checks_add(a->ck, RESULT_WARN, "boot.changes",
		    "the change cannot be explained: %s", a->boot == NULL ?
		    "there is no boot log that replays" :
		    "the snapshot holds no boot log");
		return;
	}
	if (strcmp(secure_text(was), secure_text(a->boot)) != 0)
		checks_add(a->ck, RESULT_WARN, "boot.secure-boot",
		    "Secure Boot: %s -> %s", secure_text(was),
		    secure_text(a->boot));
	/* Names are the log's own: they are told, and prove nothing. */
	list_change(a, "boot.loaders", "boot loaders", "boot_loaders");
	list_change(a, "boot.kernels", "kernels", "kernels");
	list_change(a, "boot.initrds", "initrds", "initrds");
	line_change(a);
	for (i = 0; i < TPM_PCRS; i++)
		if ((differ >> i & 1) != 0)
			event_change(a, i);
}
