/*
 * workers/toml.c against Python's tomllib over generated files.  What both
 * accept must have equal values; what tomllib refuses, ours must refuse; and
 * an unbroken file of the subset must not be refused by ours.  The numbers
 * come from a fixed seed, so a failure can be repeated.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <unistd.h>

#include "regress/unit/check.h"
#include "workers/toml.h"

#define SAMPLES		3000
#define SAMPLE_MAX	4096
#define LINES_MAX	512

/* Answers a line "E" or "A", then one line a table and value, then "." */
static const char oracle[] =
"import sys, struct, tomllib\n"
"h = lambda s: s.encode().hex()\n"
"def walk(d, path, out):\n"
"    for k, v in d.items():\n"
"        p = path + '/' + h(k)\n"
"        if isinstance(v, dict):\n"
"            out.append('T ' + p); walk(v, p, out)\n"
"        elif isinstance(v, bool): out.append('B %s %d' % (p, v))\n"
"        elif isinstance(v, int): out.append('I %s %d' % (p, v))\n"
"        elif isinstance(v, str): out.append('S %s %s' % (p, h(v)))\n"
"        elif isinstance(v, list) and all(isinstance(e, str) for e in v):\n"
"            out.append('A %s %s' % (p, ','.join(h(e) for e in v)))\n"
"        else: out.append('X ' + p)\n"
"data = sys.stdin.buffer.read(); at = 0\n"
"while at < len(data):\n"
"    n, = struct.unpack_from('>I', data, at); at += 4\n"
"    raw = data[at:at + n]; at += n\n"
"    out = []\n"
"    try:\n"
"        walk(tomllib.loads(raw.decode()), '', out)\n"
"        out = ['A'] + sorted(out)\n"
"    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):\n"
"        out = ['E']\n"
"    print('\\n'.join(out + ['.']))\n";

struct sample {
	uint8_t	text[SAMPLE_MAX];
	size_t	len;
	int	broken;		/* a byte was changed: anything may follow */
};

static struct sample samples[SAMPLES];
static uint64_t random_state = 0x436f736d69616e21;

static unsigned int
random_below(unsigned int n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state >> 33) % n;
}

static void
add(struct sample *s, const char *text)
{
	size_t len = strlen(text);

	if (s->len + len <= sizeof(s->text)) {
		memcpy(s->text + s->len, text, len);
		s->len += len;
	}
}

#define PICK(array) \
	((array)[random_below(sizeof(array) / sizeof((array)[0]))])

static void
add_space(struct sample *s)
{
	static const char *const space[] = { "", "", "", " ", "\t", "  " };

	add(s, PICK(space));
}

static void
add_string(struct sample *s)
{
	static const char *const basic[] = { "a", "Z9", " ", "#", "=", "\\n",
	    "\\\\", "\\\"", "\\u00E9", "\\U0001f600", "'", "\xc3\xa9",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\t", "[", "]", ",", "\\u007f",
	    "\\ud7ff", "\\ue000", "\\b\\t\\f\\r" };
	static const char *const literal[] = { "a", "\\", "\"", "#", "\t",
	    "\\u12", "\xc2\x80", "{}" };
	unsigned int n = random_below(6), quote = random_below(3);

	add(s, quote ? "\"" : "'");
	while (n-- > 0)
		add(s, quote ? PICK(basic) : PICK(literal));
	add(s, quote ? "\"" : "'");
}

static void
add_integer(struct sample *s)
{
	static const char *const some[] = { "0", "-0", "+0", "1", "-17", "+99",
	    "1_000", "9223372036854775807", "-9223372036854775808", "0x7f",
	    "0xDEAD_beef", "0o755", "0b1_0_1", "0x7fffffffffffffff", "0b0",
	    "0x00", "5555", "1_2_3" };

	add(s, PICK(some));
}

static void
add_gap(struct sample *s)
{
	static const char *const gap[] = { "", "", " ", "\n", "\r\n", " # c\n",
	    "\n\n\t", "#\n#'\n" };

	add(s, PICK(gap));
}

static void
add_value(struct sample *s)
{
	unsigned int n;

	switch (random_below(5)) {
	case 0:
		add_integer(s);
		break;
	case 1:
		add(s, random_below(2) ? "true" : "false");
		break;
	case 2:
		add(s, "[");
		for (n = random_below(4); n > 0; n--) {
			add_gap(s);
			add_string(s);
			add_gap(s);
			if (n > 1 || random_below(2))
				add(s, ",");
		}
		add_gap(s);
		add(s, "]");
		break;
	default:
		add_string(s);
	}
}

/* The number makes it new in its table: the unbroken file has no double key. */
static void
add_name(struct sample *s, unsigned int number)
{
	char name[32];

	switch (random_below(5)) {
	case 0:
		snprintf(name, sizeof(name), "k%u", number);
		break;
	case 1:
		snprintf(name, sizeof(name), "-_%u", number);
		break;
	case 2:
		snprintf(name, sizeof(name), "\"a.%u\"", number);
		break;
	case 3:
		snprintf(name, sizeof(name), "'b \"%u'", number);
		break;
	default:
		snprintf(name, sizeof(name), "\"c\\u00e9%u\"", number);
	}
	add(s, name);
}

static void
add_line_end(struct sample *s)
{
	static const char *const end[] = { "\n", "\n", "\r\n", " # x\n",
	    "#\xc3\xa9 \"\n", "\n\n", "\t\n" };

	add(s, PICK(end));
}

static void
sample_make(struct sample *s)
{
	unsigned int i, n = 1 + random_below(12), number = 0;

	s->len = 0;
	for (i = 0; i < n; i++) {
		add_space(s);
		if (random_below(4) == 0) {
			add(s, "[");
			add_space(s);
			add_name(s, 1000 + number++);
			if (random_below(2)) {
				add(s, " . ");
				add_name(s, 1000 + number++);
			}
			add_space(s);
			add(s, "]");
		} else {
			add_name(s, number++);
			add_space(s);
			add(s, "=");
			add_space(s);
			add_value(s);
		}
		add_line_end(s);
	}
}

/* Byte changes that tend to make new tokens, and lines said twice. */
static void
sample_break(struct sample *s)
{
	static const char bytes[] = "\"'[]{}.,=#\\_-+ \n\r\t0x1eEuU\x7f\x80\xc3\0";
	unsigned int n;
	size_t at;

	s->broken = 1;
	for (n = 1 + random_below(3); n > 0 && s->len > 0; n--) {
		at = random_below((unsigned int)s->len);
		switch (random_below(4)) {
		case 0:
			s->text[at] = (uint8_t)PICK(bytes);
			break;
		case 1:
			memmove(s->text + at, s->text + at + 1, --s->len - at);
			break;
		case 2:
			if (s->len * 2 <= sizeof(s->text)) {
				memcpy(s->text + s->len, s->text, s->len);
				s->len *= 2;
			}
			break;
		default:
			if (s->len == sizeof(s->text))
				break;
			memmove(s->text + at + 1, s->text + at, s->len++ - at);
			s->text[at] = (uint8_t)PICK(bytes);
		}
	}
}

/* The answers, as one string to be freed; NULL if there is no such Python. */
static char *
oracle_ask(void)
{
	uint8_t head[4];
	char *answer;
	off_t size;
	pid_t pid;
	int i, in, out, status;

	in = memfd_create("samples", 0);
	out = memfd_create("answers", 0);
	for (i = 0; i < SAMPLES; i++) {
		head[0] = head[1] = 0;
		head[2] = (uint8_t)(samples[i].len >> 8);
		head[3] = (uint8_t)samples[i].len;
		if (write(in, head, 4) != 4 || write(in, samples[i].text,
		    samples[i].len) != (ssize_t)samples[i].len)
			return NULL;
	}
	lseek(in, 0, SEEK_SET);
	if ((pid = fork()) == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execlp("python3", "python3", "-c", oracle, (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
		return NULL;
	size = lseek(out, 0, SEEK_END);
	answer = calloc(1, (size_t)size + 1);
	if (pread(out, answer, (size_t)size, 0) != size)
		return NULL;
	close(in);
	close(out);
	return answer;
}

static char *
hex_put(char *dst, struct toml_text text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		dst += sprintf(dst, "%02x", (uint8_t)text.data[i]);
	return dst;
}

static char *
path_put(char *dst, const struct toml *doc, size_t table)
{
	const struct toml_table *t = toml_table_get(doc, table);

	/* The generator nests two deep; a broken file could not go far. */
	if (table == TOML_ROOT)
		return dst;
	dst = path_put(dst, doc, t->parent);
	*dst++ = '/';
	return hex_put(dst, t->name);
}

static void
entry_put(char *dst, const struct toml *doc, const struct toml_entry *e)
{
	static const char letter[] = "SIBA";
	size_t i;

	*dst++ = letter[e->type];
	*dst++ = ' ';
	dst = path_put(dst, doc, e->table);
	*dst++ = '/';
	dst = hex_put(dst, e->key);
	*dst++ = ' ';
	if (e->type == TOML_STRING)
		dst = hex_put(dst, e->string);
	else if (e->type != TOML_ARRAY)
		dst += sprintf(dst, "%jd", (intmax_t)e->number);
	for (i = 0; i < e->nelements; i++) {
		if (i > 0)
			*dst++ = ',';
		dst = hex_put(dst, e->elements[i]);
	}
	*dst = '\0';
}

static int
line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The same text that the oracle answers for a file it accepts. */
static void
document_show(const struct toml *doc, char *dst)
{
	static char lines[LINES_MAX][SAMPLE_MAX * 4];
	size_t i, n = 0;

	for (i = 0; i < toml_entry_count(doc); i++)
		entry_put(lines[n++], doc, toml_entry_get(doc, i));
	for (i = TOML_ROOT + 1; i < toml_table_count(doc); i++) {
		strcpy(lines[n], "T ");
		*path_put(lines[n++] + 2, doc, i) = '\0';
	}
	qsort(lines, n, sizeof(lines[0]), line_compare);
	dst += sprintf(dst, "A\n");
	for (i = 0; i < n; i++)
		dst += sprintf(dst, "%s\n", lines[i]);
}

static void
sample_check(const struct sample *s, const char *want)
{
	static char shown[SAMPLE_MAX * 16];
	struct toml_error err;
	struct toml *doc;

	if (toml_parse(s->text, s->len, &doc, &err) == -1) {
		if (!s->broken)
			CHECK_NEVER("refused: line %u: %s in:\n%.*s", err.line,
			    err.text, (int)s->len, (const char *)s->text);
		return;
	}
	document_show(doc, shown);
	toml_free(doc);
	if (!CHECK_STR(shown, want))
		printf("file:\n%.*s\n", (int)s->len, (const char *)s->text);
}

int
main(void)
{
	char *answer, *end, *next;
	int both = 0, i;

	test_begin("tomllib");
	for (i = 0; i < SAMPLES; i++) {
		sample_make(&samples[i]);
		if (i % 3 != 0)
			sample_break(&samples[i]);
	}
	if ((answer = oracle_ask()) == NULL)
		test_skip("no python3 with tomllib");
	for (i = 0, next = answer; i < SAMPLES; i++) {
		if ((end = strstr(next, "\n.\n")) == NULL)
			break;
		end[1] = '\0';
		both += *next == 'A';
		sample_check(&samples[i], next);
		next = end + 3;
	}
	CHECK_INT(i, SAMPLES);
	/* Neither side may pass by refusing everything. */
	CHECK(both > SAMPLES / 3 && both < SAMPLES);
	printf("%d files, %d accepted by tomllib\n", i, both);
	free(answer);
	return test_end();
}
