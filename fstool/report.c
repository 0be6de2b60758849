#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fstool/report.h"
#include "fstool/why.h"
#include "privsep/text.h"

#define FACTS_MAX	160	/* status: a dozen, and eight slots and four tokens of six */
#define NAME_MAX_LEN	48
#define VALUE_MAX	1536	/* a path, or a reason */

enum fact_kind { FACT_TEXT, FACT_SECRET, FACT_FLAG, FACT_NUMBER, FACT_LIST,
    FACT_ELEMENT, FACT_LIST_END };

struct fact {
	enum fact_kind	 kind;
	char		 name[NAME_MAX_LEN];
	char		*text;		/* TEXT: ours; SECRET: the caller's */
	uint64_t	 number;
};

static struct {
	const char	*verb;
	int		 json;
	struct fact	 fact[FACTS_MAX];
	size_t		 nfacts;
	int		 short_of;	/* memory, or facts */
} report;

/* What is printed may be a recovery key: a buffer that can be wiped. */
static char buffer[65536];

void
report_begin(const char *verb, int json)
{
	report.verb = verb;
	report.json = json;
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
}

static struct fact *
fact_add(enum fact_kind kind, const char *name)
{
	struct fact *f;

	if (report.nfacts == FACTS_MAX) {
		report.short_of = 1;
		return NULL;
	}
	f = &report.fact[report.nfacts++];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	snprintf(f->name, sizeof(f->name), "%s", name);
	return f;
}

static void
text_add(const char *name, const char *text)
{
	struct fact *f = fact_add(FACT_TEXT, name);

	if (f == NULL)
		return;
	if ((f->text = strdup(text)) == NULL) {
		report.nfacts--;
		report.short_of = 1;
	} else
		text_clean(f->text);
}

void
report_fact(const char *name, const char *fmt, ...)
{
	char text[VALUE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_add(name, text);
}

void
report_flag(const char *name, int on)
{
	struct fact *f = fact_add(FACT_FLAG, name);

	if (f != NULL)
		f->number = on != 0;
}

void
report_number(const char *name, uint64_t v)
{
	struct fact *f = fact_add(FACT_NUMBER, name);

	if (f != NULL)
		f->number = v;
}

void
report_hex(const char *name, const void *p, size_t n)
{
	const uint8_t *b = p;
	char text[VALUE_MAX];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < n && 2 * i + 3 <= sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", b[i]);
	text_add(name, text);
}

void
report_secret(const char *name, const char *text)
{
	struct fact *f = fact_add(FACT_SECRET, name);

	if (f != NULL)
		f->text = (char *)(uintptr_t)text;
}

void
report_list(const char *name)
{
	fact_add(FACT_LIST, name);
}

void
report_element(void)
{
	fact_add(FACT_ELEMENT, "");
}

void
report_list_end(void)
{
	fact_add(FACT_LIST_END, "");
}

/* "sector size" is no name for a program: "sector_size" */
static void
json_name(const char *name)
{
	putchar('"');
	for (; *name != '\0'; name++)
		putchar(*name == ' ' ? '_' : *name);
	fputs("\":", stdout);
}

static void
json_value(const struct fact *f)
{
	json_name(f->name);
	if (f->kind == FACT_FLAG)
		fputs(f->number ? "true" : "false", stdout);
	else if (f->kind == FACT_NUMBER)
		printf("%llu", (unsigned long long)f->number);
	else
		text_json(stdout, f->text);
}

static void
json_print(const char *result, const char *reason)
{
	const struct fact *f;
	const char *comma = ",";
	int open = 0;	/* an element is */

	printf("{\"verb\":\"%s\",\"result\":\"%s\",\"reason\":", report.verb,
	    result);
	text_json(stdout, reason);
	for (f = report.fact; f < report.fact + report.nfacts; f++)
		switch (f->kind) {
		case FACT_LIST:
			fputs(comma, stdout);
			json_name(f->name);
			putchar('[');
			comma = "";
			open = 0;
			break;
		case FACT_ELEMENT:
			printf("%s{", open ? "}," : "");
			comma = "";
			open = 1;
			break;
		case FACT_LIST_END:
			fputs(open ? "}]" : "]", stdout);
			comma = ",";
			break;
		default:
			fputs(comma, stdout);
			json_value(f);
			comma = ",";
		}
	fputs("}\n", stdout);
}

static void
value_print(const struct fact *f)
{
	if (f->kind == FACT_FLAG)
		fputs(f->number ? "yes" : "no", stdout);
	else if (f->kind == FACT_NUMBER)
		printf("%llu", (unsigned long long)f->number);
	else
		fputs(f->text, stdout);
}

static int
width(void)
{
	const struct fact *f;
	size_t n, most = 0;
	int inside = 0;

	for (f = report.fact; f < report.fact + report.nfacts; f++) {
		if (f->kind == FACT_LIST || f->kind == FACT_LIST_END)
			inside = f->kind == FACT_LIST;
		if (f->kind == FACT_ELEMENT || f->kind == FACT_LIST_END ||
		    (inside && f->kind != FACT_LIST))
			continue;
		if ((n = strlen(f->name)) > most)
			most = n;
	}
	return (int)most;
}

static void
text_print(void)
{
	const int most = width();
	const struct fact *f;
	int inside = 0, first = 0;

	for (f = report.fact; f < report.fact + report.nfacts; f++) {
		if (f->kind == FACT_LIST_END) {
			inside = 0;
			putchar('\n');
		} else if (f->kind == FACT_LIST) {
			inside = 1;
			first = 0;
			fputs(f->name, stdout);
			putchar(':');
		} else if (f->kind == FACT_ELEMENT) {
			fputs("\n  ", stdout);
			first = 1;
		} else if (inside) {
			fputs(first ? "" : ", ", stdout);
			first = 0;
			fputs(f->name, stdout);
			putchar(' ');
			value_print(f);
		} else {
			fputs(f->name, stdout);
			printf(":%*s ", most - (int)strlen(f->name), "");
			value_print(f);
			putchar('\n');
		}
	}
}

static void
forget(void)
{
	size_t i;

	for (i = 0; i < report.nfacts; i++)
		if (report.fact[i].kind == FACT_TEXT)
			free(report.fact[i].text);
	memset(&report, 0, sizeof(report));
	explicit_bzero(buffer, sizeof(buffer));
}

int
report_end(int status, const char *reason)
{
	static const char *const result[] = {
		[EXIT_DONE] = "done", [EXIT_COULD_NOT] = "failed",
		[EXIT_USAGE] = "failed", [EXIT_REFUSED] = "refused"
	};
	int lost;

	if (reason == NULL)
		reason = "";
	if (status < EXIT_DONE || status > EXIT_REFUSED)
		status = EXIT_COULD_NOT;
	if (report.json)
		json_print(result[status], reason);
	else
		text_print();
	lost = fflush(stdout) != 0 || ferror(stdout) || report.short_of;
	if (*reason != '\0')
		notice("%s%s", status == EXIT_REFUSED ? "REFUSED: " : "",
		    reason);
	if (lost) {
		notice("the report could not be written whole");
		if (status == EXIT_DONE)
			status = EXIT_COULD_NOT;
	}
	forget();
	return status;
}
