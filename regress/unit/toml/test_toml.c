/* workers/toml.c: what it accepts, and the text of every refusal. */
#include "regress/unit/check.h"
#include "workers/toml.h"

static struct toml *
parse_ok(const char *text)
{
	struct toml_error err;
	struct toml *doc = NULL;

	if (toml_parse((const uint8_t *)text, strlen(text), &doc, &err) == -1)
		CHECK_NEVER("refused: line %u: %s", err.line, err.text);
	return doc;
}

static void
parse_refused(const void *text, size_t len, unsigned int line,
    const char *want)
{
	struct toml_error err = { 0 };
	struct toml *doc = NULL;

	if (!CHECK_FAIL(toml_parse(text, len, &doc, &err))) {
		toml_free(doc);
		return;
	}
	CHECK(doc == NULL);
	CHECK_INT(err.line, line);
	if (strstr(err.text, want) == NULL)
		CHECK_STR(err.text, want);
}

static void
test_values(void)
{
	const struct toml_entry *e;
	struct toml *doc;

	test_begin("values");
	doc = parse_ok("a = \"x\\t\\u00e9\\U0001F600\\\"\"  # comment\r\n"
	    "'b c' = 'C:\\no'\n\"d\" = -9_223_372_036_854_775_808\n"
	    "e=0xFf\nf = 0o17\ng = 0b101\nh = true\ni = false\nj = +0\n"
	    "[t . \"u v\"]\nk = [ 'one', # why\n \"two\",\n]\nl = []");
	if (doc == NULL)
		return;
	CHECK_INT(toml_entry_count(doc), 11);
	CHECK_INT(toml_table_count(doc), 3);
	e = toml_entry_get(doc, 0);
	CHECK_INT(e->type, TOML_STRING);
	CHECK_STR(e->string.data, "x\t\xc3\xa9\xf0\x9f\x98\x80\"");
	CHECK_INT(e->string.len, strlen(e->string.data));
	e = toml_entry_get(doc, 1);
	CHECK_STR(e->key.data, "b c");
	CHECK_STR(e->string.data, "C:\\no");
	e = toml_entry_get(doc, 2);
	CHECK_INT(e->type, TOML_INTEGER);
	CHECK_INT(e->number, INT64_MIN);
	CHECK_INT(e->line, 3);
	CHECK_INT(toml_entry_get(doc, 3)->number, 255);
	CHECK_INT(toml_entry_get(doc, 4)->number, 15);
	CHECK_INT(toml_entry_get(doc, 5)->number, 5);
	CHECK_INT(toml_entry_get(doc, 6)->type, TOML_BOOLEAN);
	CHECK_INT(toml_entry_get(doc, 6)->number, 1);
	CHECK_INT(toml_entry_get(doc, 7)->number, 0);
	e = toml_entry_get(doc, 9);
	CHECK_INT(e->type, TOML_ARRAY);
	CHECK_INT(e->nelements, 2);
	CHECK_STR(e->elements[0].data, "one");
	CHECK_STR(e->elements[1].data, "two");
	CHECK_INT(e->table, 2);
	CHECK_STR(toml_table_get(doc, 2)->name.data, "u v");
	CHECK_STR(toml_table_get(doc, 1)->name.data, "t");
	CHECK_INT(toml_table_get(doc, 1)->declared, 0);
	CHECK_INT(toml_entry_get(doc, 10)->nelements, 0);
	CHECK(toml_entry_get(doc, 11) == NULL);
	CHECK(toml_table_get(doc, 3) == NULL);
	toml_free(doc);
}

static void
test_structure(void)
{
	static const char *const good[] = { "", "\n", "#", "# c\r\n\r\n", "[a]",
	    "[a.b]\n[a]\n", "[a]\n[b]\n[a.b]", "a=1\n[b]\na=1", " \t[ a ] # c",
	    "[\"\"]\n''=1", "a = \"\"" };
	struct toml *doc;
	size_t i;

	test_begin("structure");
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		doc = parse_ok(good[i]);
		CHECK(doc != NULL);
		toml_free(doc);
	}
	CHECK_STR(toml_type_name(TOML_ARRAY), "an array of strings");
	CHECK_STR(toml_type_name(TOML_MAX), "nothing known");
}

struct refusal {
	const char	*text;
	unsigned int	 line;
	const char	*want;
};

static const struct refusal refusals[] = {
	/* not supported, by name */
	{ "a = 1.5", 1, "floating-point numbers are not supported" },
	{ "a = 1e3", 1, "floating-point" }, { "a = -inf", 1, "floating-point" },
	{ "a = nan", 1, "floating-point" }, { "a = 1E3", 1, "floating-point" },
	{ "\na = 1979-05-27", 2, "dates and times are not supported" },
	{ "a = 07:32:00", 1, "dates and times" },
	{ "a = {b = 1}", 1, "inline tables ({...}) are not supported" },
	{ "[[a]]", 1, "arrays of tables ([[...]]) are not supported" },
	{ "a = \"\"\"x\"\"\"", 1, "multi-line strings are not supported" },
	{ "a = '''x'''", 1, "multi-line strings" },
	{ "a = [\"\"\"x\"\"\"]", 1, "multi-line strings" },
	{ "a.b = 1", 1, "dotted keys are not supported" },
	{ "a = \"\\u0000\"", 1, "a NUL in a string is not supported" },
	/* bytes */
	{ "\xef\xbb\xbf" "a = 1", 1, "byte order mark" },
	{ "a = 1\nb = \"\xc0\x80\"", 2, "not valid UTF-8" },
	{ "#\xed\xa0\x80", 1, "UTF-8" }, { "#\xf4\x90\x80\x80", 1, "UTF-8" },
	{ "#\xe0\x9f\xbf", 1, "UTF-8" }, { "#\xf0\x8f\xbf\xbf", 1, "UTF-8" },
	{ "#\xff", 1, "UTF-8" }, { "#\xe2\x82", 1, "UTF-8" },
	{ "#\xf1\x80\x80\x28", 1, "UTF-8" },
	{ "a = \"\x01\"", 1, "control character 0x01: only tab and line ends" },
	{ "a = 1\rb = 2", 1, "control character 0x0d" },
	{ "# \x7f", 1, "control character 0x7f" },
	/* strings */
	{ "a = \"x", 1, "string has no closing \" on its line" },
	{ "a = 'x\n'", 1, "string has no closing ' on its line" },
	{ "a = \"\\x41\"", 1, "unknown escape in a string: allowed are \\b" },
	{ "a = \"\\", 1, "unknown escape" },
	{ "a = \"\\u12g4\"", 1, "\\u needs 4 hexadecimal digits" },
	{ "a = \"\\U1234\"", 1, "\\U needs 8 hexadecimal digits" },
	{ "a = \"\\ud800\"", 1, "\\ud800 is not a Unicode character" },
	{ "a = \"\\U00110000\"", 1, "\\U00110000 is not a Unicode character" },
	/* integers and words */
	{ "a = 01", 1, "integer begins with 0" },
	{ "a = +0x1", 1, "a sign is allowed before decimal integers only" },
	{ "a = 0x", 1, "integer has no digits" },
	{ "a = -", 1, "integer has no digits" },
	{ "a = 1__0", 1, "digits with single '_' between them" },
	{ "a = 1_", 1, "single '_'" }, { "a = 0x_1", 1, "single '_'" },
	{ "a = 0b2", 1, "not an integer" }, { "a = 12a", 1, "not an integer" },
	{ "a = 9223372036854775808", 1, "integer does not fit in 64 bits" },
	{ "a = -9223372036854775809", 1, "does not fit" },
	{ "a = yes", 1, "not a value: a string needs quotes" },
	{ "a = True", 1, "not a value" }, { "a = b:c", 1, "not a value" },
	{ "a =", 1, "value expected: a string in quotes, an integer" },
	{ "a = ,", 1, "value expected" },
	/* arrays */
	{ "a = [1]", 1, "only strings in quotes are allowed in an array" },
	{ "a = [[\"b\"]]", 1, "only strings" }, { "a = [,]", 1, "only strings" },
	{ "a = [\"b\"\n\"c\"]", 2, "',' or ']' expected in the array" },
	{ "a = [\"b\",\n", 2, "array has no closing ]" },
	{ "a = [\"b\"", 1, "array has no closing ]" },
	/* structure */
	{ "a = 1 b = 2", 1, "something follows the value: only a comment may" },
	{ "[a] b = 2", 1, "something follows the table name" },
	{ "a", 1, "'=' expected after the key a" },
	{ "= 1", 1, "key expected: letters, digits, '_' and '-'" },
	{ "[]", 1, "table name expected" }, { "[a.]", 1, "table name expected" },
	{ "[a", 1, "table name has no closing ]" },
	{ "a = 1\n\na = 2", 3, "a was already set in line 1" },
	{ "a = 1\n\"a\" = 2", 2, "a was already set in line 1" },
	{ "[a]\n[a]", 2, "table a was already given in line 1" },
	{ "[a.b]\n[a]\n[a.b]", 3, "table b was already given in line 1" },
	{ "a = 1\n[a]", 2, "table a is already a key, in line 1" },
	{ "[a]\nb = 1\n[a.b]", 3, "table b is already a key" },
	{ "[a.b]\n[a]\nb = 1", 3, "b is already a table" },
	{ "\"\\n\xc3\xa9\" 1", 1, "'=' expected after the key ???" },
};

static void
test_refusals(void)
{
	size_t i;

	test_begin("refusals");
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		parse_refused(refusals[i].text, strlen(refusals[i].text),
		    refusals[i].line, refusals[i].want);
	parse_refused("a = \"x\0y\"", 9, 1, "control character 0x00");
	parse_refused("a = 1\0", 6, 1, "control character 0x00");
}

/* head, then for each number below n: before, the number, after; then tail. */
static char *
text_repeat(const char *head, const char *before, int n, const char *after,
    const char *tail)
{
	char *text, *end;
	int i;

	text = calloc(1, 64 + (size_t)n * 32);
	end = text + sprintf(text, "%s", head);
	for (i = 0; i < n; i++)
		end += sprintf(end, "%s%d%s", before, i, after);
	strcpy(end, tail);
	return text;
}

static void
check_limit(char *inside, char *outside, unsigned int line, const char *want)
{
	struct toml *doc;

	CHECK((doc = parse_ok(inside)) != NULL);
	toml_free(doc);
	parse_refused(outside, strlen(outside), line, want);
	free(inside);
	free(outside);
}

static char *
text_fill(const char *head, int c, size_t n, const char *tail)
{
	char *text = calloc(1, n + 64);

	strcpy(text, head);
	memset(text + strlen(text), c, n);
	strcat(text, tail);
	return text;
}

static void
test_limits(void)
{
	char *end, array[TOML_MAX_ARRAY * 4 + 1] = "", *text;
	int i;

	test_begin("limits");
	check_limit(text_repeat("", "k", TOML_MAX_KEYS, "=1\n", ""),
	    text_repeat("", "k", TOML_MAX_KEYS + 1, "=1\n", ""),
	    TOML_MAX_KEYS + 1, "more than 128 keys");
	check_limit(text_repeat("", "[t", TOML_MAX_TABLES - 1, "]\n", ""),
	    text_repeat("", "[t", TOML_MAX_TABLES, "]\n", ""), TOML_MAX_TABLES,
	    "more than 31 tables");
	check_limit(text_repeat("a=[", "'", TOML_MAX_ARRAY, "',", "]"),
	    text_repeat("a=[", "'", TOML_MAX_ARRAY + 1, "',", "]"), 1,
	    "more than 64 strings in an array, or 512 in all");
	check_limit(text_fill("a='", 'x', TOML_MAX_STRING, "'"),
	    text_fill("a='", 'x', TOML_MAX_STRING + 1, "'"), 1,
	    "string is longer than 4096 bytes");
	check_limit(text_fill("", 'x', TOML_MAX_NAME, "=1"),
	    text_fill("", 'x', TOML_MAX_NAME + 1, "=1"), 1,
	    "key is longer than 64 bytes");
	check_limit(text_fill("[", 'x', TOML_MAX_NAME, "]"),
	    text_fill("['", 'x', TOML_MAX_NAME + 1, "']"), 1,
	    "table name is longer than 64 bytes");
	check_limit(text_fill("", '#', TOML_MAX_FILE, ""),
	    text_fill("", '#', TOML_MAX_FILE + 1, ""), 0,
	    "file is longer than 65536 bytes");

	for (i = 0; i < TOML_MAX_ARRAY; i++)
		strcat(array, "'',");
	text = calloc(1, 9 * (sizeof(array) + 8));
	for (i = 0, end = text; i < 9; i++)
		end += sprintf(end, "k%d=[%s]\n", i, array);
	parse_refused(text, strlen(text), 9, "or 512 in all");
	free(text);
}

int
main(void)
{
	test_values();
	test_structure();
	test_refusals();
	test_limits();
	return test_end();
}
