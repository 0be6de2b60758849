#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workers/toml.h"

struct toml {
	struct toml_entry	entries[TOML_MAX_KEYS];
	size_t			nentries;
	struct toml_table	tables[TOML_MAX_TABLES];
	size_t			ntables;
	struct toml_text	elements[TOML_MAX_ELEMENTS];
	size_t			nelements;
	/* All decoded text.  Decoding never makes a string longer than its source. */
	size_t			arena_size;
	size_t			arena_used;
	char			arena[];
};

struct parser {
	const uint8_t		*p;
	const uint8_t		*end;
	unsigned int		 line;
	size_t			 table;		/* that the next key belongs to */
	struct toml		*doc;
	struct toml_error	*err;
};

static const uint8_t no_text[1];

static int __attribute__((format(printf, 2, 3)))
parse_fail(struct parser *ps, const char *fmt, ...)
{
	va_list ap;

	ps->err->line = ps->line;
	va_start(ap, fmt);
	vsnprintf(ps->err->text, sizeof(ps->err->text), fmt, ap);
	va_end(ap);
	return -1;
}

void
toml_text_show(struct toml_text text, char *dst, size_t dstsize)
{
	size_t i;

	for (i = 0; i < text.len && i + 1 < dstsize; i++) {
		dst[i] = text.data[i];
		if (dst[i] < 0x20 || dst[i] > 0x7e)
			dst[i] = '?';
	}
	if (dstsize > 0)
		dst[i] = '\0';
}

static int
text_equal(struct toml_text a, struct toml_text b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* What the next byte is: the end counts as a NUL, which no valid file holds. */
static int
peek(const struct parser *ps)
{
	return ps->p < ps->end ? *ps->p : '\0';
}

static int
looking_at(const struct parser *ps, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(ps->end - ps->p) >= len &&
	    memcmp(ps->p, what, len) == 0;
}

/* The check of the whole file left CR only where LF follows. */
static int
at_line_end(const struct parser *ps)
{
	return ps->p == ps->end || *ps->p == '\n' || *ps->p == '\r';
}

static void
skip_blanks(struct parser *ps)
{
	while (peek(ps) == ' ' || peek(ps) == '\t')
		ps->p++;
}

/* Blanks, comments and line ends, as they may stand between elements. */
static void
skip_space(struct parser *ps)
{
	for (;;) {
		skip_blanks(ps);
		if (peek(ps) == '#') {
			while (!at_line_end(ps))
				ps->p++;
		} else if (peek(ps) == '\r')
			ps->p++;
		else if (peek(ps) == '\n') {
			ps->p++;
			ps->line++;
		} else
			return;
	}
}

static int
expect_line_end(struct parser *ps, const char *after)
{
	skip_blanks(ps);
	if (!at_line_end(ps) && peek(ps) != '#')
		return parse_fail(ps, "something follows the %s: only a "
		    "comment may", after);
	skip_space(ps);
	return 0;
}

/* Length of the UTF-8 sequence at p, 0 if it is none that may stand there. */
static size_t
utf8_length(const uint8_t *p, const uint8_t *end)
{
	size_t i, n;
	uint8_t low = 0x80, high = 0xbf;

	if (*p < 0x80)
		return 1;
	if (*p >= 0xc2 && *p <= 0xdf)
		n = 2;
	else if (*p >= 0xe0 && *p <= 0xef)
		n = 3;
	else if (*p >= 0xf0 && *p <= 0xf4)
		n = 4;
	else
		return 0;
	/* Overlong forms, surrogates and what lies beyond U+10FFFF. */
	if (*p == 0xe0)
		low = 0xa0;
	else if (*p == 0xed)
		high = 0x9f;
	else if (*p == 0xf0)
		low = 0x90;
	else if (*p == 0xf4)
		high = 0x8f;
	if ((size_t)(end - p) < n || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

/*
 * TOML allows control characters nowhere, so they are refused once for the
 * whole file and no later step meets them.
 */
static int
check_bytes(struct parser *ps)
{
	const uint8_t *start = ps->p;
	size_t n;

	if (looking_at(ps, "\xef\xbb\xbf"))
		return parse_fail(ps, "the file begins with a byte order mark: "
		    "plain UTF-8 is allowed");
	for (; ps->p < ps->end; ps->p += n) {
		if ((n = utf8_length(ps->p, ps->end)) == 0)
			return parse_fail(ps, "not valid UTF-8");
		if (looking_at(ps, "\r\n"))
			continue;
		if (*ps->p == '\n')
			ps->line++;
		else if ((*ps->p < 0x20 && *ps->p != '\t') || *ps->p == 0x7f)
			return parse_fail(ps, "control character 0x%02x: only "
			    "tab and line ends are allowed", *ps->p);
	}
	ps->p = start;
	ps->line = 1;
	return 0;
}

static void
arena_put(struct toml *doc, char c)
{
	/* The size was chosen so that this holds; a mistake must not write. */
	if (doc->arena_used >= doc->arena_size)
		abort();
	doc->arena[doc->arena_used++] = c;
}

static int
is_bare(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int
digit_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 255;
}

static void
utf8_put(struct toml *doc, uint32_t c)
{
	if (c < 0x80)
		arena_put(doc, c);
	else if (c < 0x800) {
		arena_put(doc, 0xc0 | c >> 6);
		arena_put(doc, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		arena_put(doc, 0xe0 | c >> 12);
		arena_put(doc, 0x80 | (c >> 6 & 0x3f));
		arena_put(doc, 0x80 | (c & 0x3f));
	} else {
		arena_put(doc, 0xf0 | c >> 18);
		arena_put(doc, 0x80 | (c >> 12 & 0x3f));
		arena_put(doc, 0x80 | (c >> 6 & 0x3f));
		arena_put(doc, 0x80 | (c & 0x3f));
	}
}

/* The digits of \uXXXX or \UXXXXXXXX. */
static int
unicode_parse(struct parser *ps, int ndigits)
{
	uint32_t c = 0;
	int i;

	for (i = 0; i < ndigits; i++, ps->p++) {
		if (digit_value(peek(ps)) > 15)
			return parse_fail(ps, "\\%c needs %d hexadecimal digits",
			    ndigits == 4 ? 'u' : 'U', ndigits);
		c = c << 4 | (uint32_t)digit_value(peek(ps));
	}
	if (c == 0)
		return parse_fail(ps, "a NUL in a string is not supported");
	if ((c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return parse_fail(ps, "\\%c%0*x is not a Unicode character",
		    ndigits == 4 ? 'u' : 'U', ndigits, c);
	utf8_put(ps->doc, c);
	return 0;
}

static int
escape_parse(struct parser *ps)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *found;
	int c;

	c = peek(ps);
	if (c == 'u' || c == 'U') {
		ps->p++;
		return unicode_parse(ps, c == 'u' ? 4 : 8);
	}
	if (c == '\0' || (found = strchr(from, c)) == NULL)
		return parse_fail(ps, "unknown escape in a string: allowed are "
		    "\\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX");
	arena_put(ps->doc, to[found - from]);
	ps->p++;
	return 0;
}

/* A basic or literal string on one line; the parser stands on its quote. */
static int
string_parse(struct parser *ps, struct toml_text *ret_text)
{
	struct toml *doc = ps->doc;
	const char *start = doc->arena + doc->arena_used;
	uint8_t quote = *ps->p++;

	while (!at_line_end(ps) && *ps->p != quote) {
		if ((size_t)(doc->arena + doc->arena_used - start) >
		    TOML_MAX_STRING)
			break;
		if (quote == '"' && *ps->p == '\\') {
			ps->p++;
			if (escape_parse(ps) == -1)
				return -1;
		} else
			arena_put(doc, *ps->p++);
	}
	ret_text->data = start;
	ret_text->len = (size_t)(doc->arena + doc->arena_used - start);
	if (ret_text->len > TOML_MAX_STRING)
		return parse_fail(ps, "string is longer than %d bytes",
		    TOML_MAX_STRING);
	if (at_line_end(ps))
		return parse_fail(ps, "string has no closing %c on its line",
		    quote);
	ps->p++;
	arena_put(doc, '\0');
	return 0;
}

/* One part of a key or of a table's name. */
static int
name_parse(struct parser *ps, const char *what, struct toml_text *ret_name)
{
	struct toml *doc = ps->doc;

	if (peek(ps) == '"' || peek(ps) == '\'') {
		if (string_parse(ps, ret_name) == -1)
			return -1;
	} else {
		ret_name->data = doc->arena + doc->arena_used;
		ret_name->len = 0;
		for (; is_bare(peek(ps)); ret_name->len++)
			arena_put(doc, *ps->p++);
		if (ret_name->len == 0)
			return parse_fail(ps, "%s expected: letters, digits, "
			    "'_' and '-', or a quoted string", what);
		arena_put(doc, '\0');
	}
	if (ret_name->len > TOML_MAX_NAME)
		return parse_fail(ps, "%s is longer than %d bytes", what,
		    TOML_MAX_NAME);
	return 0;
}

static const struct toml_entry *
entry_find(const struct toml *doc, size_t table, struct toml_text key)
{
	size_t i;

	for (i = 0; i < doc->nentries; i++)
		if (doc->entries[i].table == table &&
		    text_equal(doc->entries[i].key, key))
			return &doc->entries[i];
	return NULL;
}

static struct toml_table *
table_find(struct toml *doc, size_t parent, struct toml_text name)
{
	size_t i;

	for (i = TOML_ROOT + 1; i < doc->ntables; i++)
		if (doc->tables[i].parent == parent &&
		    text_equal(doc->tables[i].name, name))
			return &doc->tables[i];
	return NULL;
}

/* Steps from ps->table into the table of that name, which it makes if new. */
static int
table_enter(struct parser *ps, struct toml_text name)
{
	struct toml *doc = ps->doc;
	const struct toml_entry *entry;
	struct toml_table *table;
	char shown[TOML_MAX_NAME + 1];

	toml_text_show(name, shown, sizeof(shown));
	if ((entry = entry_find(doc, ps->table, name)) != NULL)
		return parse_fail(ps, "table %s is already a key, in line %u",
		    shown, entry->line);
	if ((table = table_find(doc, ps->table, name)) == NULL) {
		if (doc->ntables == TOML_MAX_TABLES)
			return parse_fail(ps, "more than %d tables",
			    TOML_MAX_TABLES - 1);
		table = &doc->tables[doc->ntables++];
		table->name = name;
		table->parent = ps->table;
		table->line = ps->line;
	}
	ps->table = (size_t)(table - doc->tables);
	return 0;
}

static int
header_parse(struct parser *ps)
{
	struct toml_table *table;
	struct toml_text name;
	char shown[TOML_MAX_NAME + 1];

	if (looking_at(ps, "[["))
		return parse_fail(ps, "arrays of tables ([[...]]) are not "
		    "supported: use [table]");
	ps->table = TOML_ROOT;
	do {
		ps->p++;
		skip_blanks(ps);
		if (name_parse(ps, "table name", &name) == -1 ||
		    table_enter(ps, name) == -1)
			return -1;
		skip_blanks(ps);
	} while (peek(ps) == '.');
	if (peek(ps) != ']')
		return parse_fail(ps, "table name has no closing ]");
	ps->p++;
	table = &ps->doc->tables[ps->table];
	if (table->declared) {
		toml_text_show(name, shown, sizeof(shown));
		return parse_fail(ps, "table %s was already given in line %u",
		    shown, table->line);
	}
	table->declared = 1;
	table->line = ps->line;
	return expect_line_end(ps, "table name");
}

/* Digits of a base with single '_' between them, within int64_t. */
static int
digits_parse(struct parser *ps, struct toml_text word, int base, int negative,
    int64_t *ret_number)
{
	int64_t number = 0;
	size_t i;
	int digit, after_digit = 0;

	for (i = 0; i < word.len; i++) {
		if (word.data[i] == '_' && after_digit && i + 1 < word.len) {
			after_digit = 0;
			continue;
		}
		if ((digit = digit_value(word.data[i])) >= base)
			return parse_fail(ps, "not an integer: allowed are "
			    "digits with single '_' between them");
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, negative ? -digit : digit,
		    &number))
			return parse_fail(ps, "integer does not fit in 64 bits");
		after_digit = 1;
	}
	*ret_number = number;
	return 0;
}

static int
integer_parse(struct parser *ps, struct toml_text word, int64_t *ret_number)
{
	int base = 10, sign = word.data[0];

	if (sign == '+' || sign == '-') {
		word.data++;
		word.len--;
	}
	if (word.len > 1 && word.data[0] == '0') {
		switch (word.data[1]) {
		case 'x':
			base = 16;
			break;
		case 'o':
			base = 8;
			break;
		case 'b':
			base = 2;
			break;
		default:
			return parse_fail(ps, "integer begins with 0");
		}
		if (sign == '+' || sign == '-')
			return parse_fail(ps, "a sign is allowed before "
			    "decimal integers only");
		word.data += 2;
		word.len -= 2;
	}
	if (word.len == 0)
		return parse_fail(ps, "integer has no digits");
	return digits_parse(ps, word, base, sign == '-', ret_number);
}

static int
word_is(struct toml_text word, const char *what)
{
	return word.len == strlen(what) &&
	    memcmp(word.data, what, word.len) == 0;
}

/* 1 if the word is TOML's float or date, which are refused by name. */
static int
word_refused(struct parser *ps, struct toml_text word)
{
	struct toml_text bare = word;
	int digit, hex;

	if (*bare.data == '+' || *bare.data == '-') {
		bare.data++;
		bare.len--;
	}
	digit = bare.len > 0 && digit_value(bare.data[0]) < 10;
	hex = bare.len > 1 && bare.data[0] == '0' && bare.data[1] == 'x';
	if (digit && (memchr(word.data, ':', word.len) != NULL ||
	    (word.len > 4 && word.data[4] == '-'))) {
		parse_fail(ps, "dates and times are not supported");
		return 1;
	}
	if (word_is(bare, "inf") || word_is(bare, "nan") || (digit && !hex &&
	    (memchr(bare.data, '.', bare.len) != NULL ||
	    memchr(bare.data, 'e', bare.len) != NULL ||
	    memchr(bare.data, 'E', bare.len) != NULL))) {
		parse_fail(ps, "floating-point numbers are not supported: use "
		    "an integer");
		return 1;
	}
	return 0;
}

/* An integer or boolean; everything else that can stand here is refused. */
static int
word_parse(struct parser *ps, struct toml_entry *entry)
{
	struct toml_text word = { (const char *)ps->p, 0 };

	while (is_bare(peek(ps)) || peek(ps) == '+' || peek(ps) == '.' ||
	    peek(ps) == ':') {
		ps->p++;
		word.len++;
	}
	if (word.len == 0)
		return parse_fail(ps, "value expected: a string in quotes, an "
		    "integer, true, false or an array of strings");
	entry->type = TOML_BOOLEAN;
	entry->number = word_is(word, "true");
	if (entry->number || word_is(word, "false"))
		return 0;
	if (word_refused(ps, word))
		return -1;
	if (digit_value(word.data[0]) > 9 && *word.data != '+' &&
	    *word.data != '-')
		return parse_fail(ps, "not a value: a string needs quotes, a "
		    "boolean is true or false");
	entry->type = TOML_INTEGER;
	return integer_parse(ps, word, &entry->number);
}

static int
quoted_parse(struct parser *ps, struct toml_text *ret_text)
{
	if (looking_at(ps, "\"\"\"") || looking_at(ps, "'''"))
		return parse_fail(ps, "multi-line strings are not supported: "
		    "use \"...\" or '...' on one line");
	return string_parse(ps, ret_text);
}

static int
array_parse(struct parser *ps, struct toml_entry *entry)
{
	struct toml *doc = ps->doc;

	entry->type = TOML_ARRAY;
	entry->elements = &doc->elements[doc->nelements];
	ps->p++;
	for (;;) {
		skip_space(ps);
		if (peek(ps) == ']')
			break;
		if (ps->p == ps->end)
			return parse_fail(ps, "array has no closing ]");
		if (peek(ps) != '"' && peek(ps) != '\'')
			return parse_fail(ps, "only strings in quotes are "
			    "allowed in an array");
		if (entry->nelements == TOML_MAX_ARRAY ||
		    doc->nelements == TOML_MAX_ELEMENTS)
			return parse_fail(ps, "more than %d strings in an "
			    "array, or %d in all", TOML_MAX_ARRAY,
			    TOML_MAX_ELEMENTS);
		if (quoted_parse(ps, &doc->elements[doc->nelements]) == -1)
			return -1;
		doc->nelements++;
		entry->nelements++;
		skip_space(ps);
		if (peek(ps) == ',')
			ps->p++;
		else if (peek(ps) != ']' && ps->p != ps->end)
			return parse_fail(ps, "',' or ']' expected in the array");
	}
	ps->p++;
	return 0;
}

static int
value_parse(struct parser *ps, struct toml_entry *entry)
{
	switch (peek(ps)) {
	case '"':
	case '\'':
		entry->type = TOML_STRING;
		return quoted_parse(ps, &entry->string);
	case '[':
		return array_parse(ps, entry);
	case '{':
		return parse_fail(ps, "inline tables ({...}) are not "
		    "supported: use [table]");
	default:
		return word_parse(ps, entry);
	}
}

static int
entry_parse(struct parser *ps)
{
	struct toml *doc = ps->doc;
	struct toml_entry *entry;
	const struct toml_entry *other;
	struct toml_text key;
	char shown[TOML_MAX_NAME + 1];

	if (name_parse(ps, "key", &key) == -1)
		return -1;
	toml_text_show(key, shown, sizeof(shown));
	skip_blanks(ps);
	if (peek(ps) == '.')
		return parse_fail(ps, "dotted keys are not supported: use "
		    "[table] and a plain key");
	if (peek(ps) != '=')
		return parse_fail(ps, "'=' expected after the key %s", shown);
	ps->p++;
	if ((other = entry_find(doc, ps->table, key)) != NULL)
		return parse_fail(ps, "%s was already set in line %u", shown,
		    other->line);
	if (table_find(doc, ps->table, key) != NULL)
		return parse_fail(ps, "%s is already a table", shown);
	if (doc->nentries == TOML_MAX_KEYS)
		return parse_fail(ps, "more than %d keys", TOML_MAX_KEYS);
	entry = &doc->entries[doc->nentries++];
	entry->key = key;
	entry->table = ps->table;
	entry->line = ps->line;
	skip_blanks(ps);
	if (value_parse(ps, entry) == -1)
		return -1;
	return expect_line_end(ps, "value");
}

static int
document_parse(struct parser *ps)
{
	if (check_bytes(ps) == -1)
		return -1;
	skip_space(ps);
	while (ps->p < ps->end)
		if ((peek(ps) == '[' ? header_parse(ps) :
		    entry_parse(ps)) == -1)
			return -1;
	return 0;
}

int
toml_parse(const uint8_t *buf, size_t len, struct toml **ret_doc,
    struct toml_error *ret_err)
{
	struct parser ps = { .p = len > 0 ? buf : no_text, .line = 0,
	    .err = ret_err };

	if (len > TOML_MAX_FILE)
		return parse_fail(&ps, "file is longer than %d bytes",
		    TOML_MAX_FILE);
	ps.end = ps.p + len;
	ps.doc = calloc(1, sizeof(*ps.doc) + len + 1);
	if (ps.doc == NULL)
		return parse_fail(&ps, "no memory");
	ps.doc->arena_size = len + 1;
	ps.doc->ntables = 1;
	ps.doc->tables[TOML_ROOT].name.data = "";
	ps.line = 1;
	if (document_parse(&ps) == -1) {
		toml_free(ps.doc);
		return -1;
	}
	*ret_doc = ps.doc;
	return 0;
}

void
toml_free(struct toml *doc)
{
	free(doc);
}

size_t
toml_entry_count(const struct toml *doc)
{
	return doc->nentries;
}

const struct toml_entry *
toml_entry_get(const struct toml *doc, size_t i)
{
	return i < doc->nentries ? &doc->entries[i] : NULL;
}

size_t
toml_table_count(const struct toml *doc)
{
	return doc->ntables;
}

const struct toml_table *
toml_table_get(const struct toml *doc, size_t i)
{
	return i < doc->ntables ? &doc->tables[i] : NULL;
}

const char *
toml_type_name(enum toml_type type)
{
	static const char *const names[TOML_MAX] = { "a string", "an integer",
	    "true or false", "an array of strings" };

	return type < TOML_MAX ? names[type] : "nothing known";
}
