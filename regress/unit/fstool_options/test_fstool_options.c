#include <sys/mman.h>

#include <unistd.h>

#include "fstool/limits.h"
#include "fstool/options.h"
#include "fstool/options_help.h"
#include "fstool/options_value.h"
#include "regress/unit/check.h"

#define ARGS_MAX	24
#define SAID_MAX	8192

/* A command line as the kernel gives it: strings one after the other. */
static struct {
	char	bytes[4096];
	char	*v[ARGS_MAX + 1];
	int	c;
} line;

static struct options	o;
static char		said[SAID_MAX];		/* on standard error */
static char		printed[SAID_MAX];	/* on standard output */

static void
line_set(const char *words)
{
	char *p = line.bytes;

	memset(&line, 0, sizeof(line));
	snprintf(line.bytes, sizeof(line.bytes), "%s", words);
	while (p != NULL && line.c < ARGS_MAX)
		line.v[line.c++] = strsep(&p, " ");
}

static int
catch(int fd, FILE *f, int *ret_old)
{
	int m = memfd_create("caught", 0);

	fflush(f);
	*ret_old = dup(fd);
	if (m == -1 || *ret_old == -1 || dup2(m, fd) == -1)
		exit(1);
	return m;
}

static void
release(int m, int fd, FILE *f, int old, char *dst)
{
	ssize_t n;

	fflush(f);
	n = pread(m, dst, SAID_MAX - 1, 0);
	dst[n > 0 ? n : 0] = '\0';
	dup2(old, fd);
	close(old);
	close(m);
}

/* Words parted by single blanks. */
static int
parse(const char *words)
{
	int rc, out, err, old_out, old_err;

	line_set(words);
	out = catch(STDOUT_FILENO, stdout, &old_out);
	err = catch(STDERR_FILENO, stderr, &old_err);
	rc = options_parse(line.c, line.v, &o);
	release(err, STDERR_FILENO, stderr, old_err, said);
	release(out, STDOUT_FILENO, stdout, old_out, printed);
	return rc;
}

static int
says(const char *words, const char *text)
{
	int rc = parse(words);

	if (rc == 3 && strstr(said, text) != NULL && printed[0] == '\0')
		return 1;
	printf("%s: %d, said: %s\n", words, rc, said);
	return 0;
}

static void
test_verbs(void)
{
	char words[64];
	unsigned int i;

	test_begin("verbs");
	for (i = 0; i < VERB_MAX; i++) {
		snprintf(words, sizeof(words), "x %s%s", verb_names[i],
		    i == VERB_BACKUP_HEADER ? " -o f" : "");
		CHECK_INT(parse(words), 0);
		CHECK_INT(o.verb, i);
		CHECK_INT(o.compat, 0);
	}
	CHECK(says("x", "usage: "));
	CHECK(says("x mount", "mount: no such verb"));
	CHECK(says("x open close", "close: one word too many"));
	CHECK_INT(parse("x open --"), 0);
	CHECK_INT(parse("x --json --location /c status -v"), 0);
	CHECK_INT(o.verb, VERB_STATUS);
	CHECK(o.json && o.verbose && !o.quiet);
	CHECK_STR(o.location, "/c");
	CHECK(says("x -v status -q", "only one"));
}

static void
test_defaults(void)
{
	test_begin("defaults");
	CHECK_INT(parse("x create"), 0);
	CHECK_STR(o.location, "/var/lib/cosmian_vm/container");
	CHECK_STR(o.header, "/var/lib/cosmian_vm/header");
	CHECK_STR(o.mount, "/var/lib/cosmian_vm/data");
	CHECK_STR(o.name, "cosmian_vm");
	CHECK_STR(o.tpm, "/dev/tpmrm0");
	CHECK_STR(o.tee, "/dev/sev-guest");
	CHECK(o.password == NULL && o.create_from == NULL && o.output == NULL);
	CHECK(o.integrity && o.filesystem && !o.generate);
	CHECK(o.size == 0 && o.pcrs == 0 && o.bank == 0 && o.bind == 0);
}

static void
test_compat(void)
{
	test_begin("the form of the existing system");
	CHECK_INT(parse("x --size 500MB"), 0);
	CHECK(o.verb == VERB_CREATE && o.compat);
	CHECK_INT(o.size, 500000000 / 4096 * 4096);
	CHECK_INT(parse("x --size 10GB --location /disk/c --password -"), 0);
	CHECK_STR(o.location, "/disk/c");
	CHECK_STR(o.password, "-");
	CHECK(says("x --location /disk/c", "--size is missing"));
	CHECK(says("x --next-boot k --size 1G", "create: there is no"));
	CHECK_INT(parse("x create --size 1G"), 0);
	CHECK(!o.compat);
}

static void
test_all_options(void)
{
	test_begin("every option");
	CHECK_INT(parse("x create --size 1G --location l --header h --mount m "
	    "--name n --password file:p --bind tpm --pcrs 4,7 --bank sha384 "
	    "--no-integrity --no-filesystem --tpm t"), 0);
	CHECK_STR(o.name, "n");
	CHECK_STR(o.password, "file:p");
	CHECK(o.bind == BIND_TPM && o.bank == 0x000c);
	CHECK(!o.integrity && !o.filesystem);
	CHECK_INT(o.pcrs, 1 << 4 | 1 << 7 | 1 << 15);
	CHECK_INT(parse("x open --create c --boot-log b --cmdline l "
	    "--tee-device t --bind tpm+tee --mount=/m"), 0);
	CHECK_STR(o.create_from, "c");
	CHECK_STR(o.boot_log, "b");
	CHECK_STR(o.cmdline, "l");
	CHECK_STR(o.tee, "t");
	CHECK_STR(o.mount, "/m");
	CHECK_INT(o.bind, BIND_TPM_TEE);
	CHECK_INT(parse("x reseal --next-boot k.efi --password fd:3"), 0);
	CHECK_STR(o.next_boot, "k.efi");
	CHECK_STR(o.password, "fd:3");
	CHECK_INT(parse("x recovery-key --output o"), 0);
	CHECK_STR(o.output, "o");
	CHECK_INT(parse("x create --generate-password --bind tee"), 0);
	CHECK(o.generate && o.bind == BIND_TEE);
}

static const char *
a_value(const struct option_row *r)
{
	switch (r->kind) {
	case OPTION_SIZE:	return " 1G";
	case OPTION_PCRS:	return " 4";
	case OPTION_BANK:	return " sha256";
	case OPTION_BIND:	return " tpm";
	case OPTION_PASSWORD:	return " -";
	case OPTION_TEXT:	return " x";
	default:		return "";
	}
}

/* The table says who knows what: everybody else refuses it by name. */
static void
test_unknown(void)
{
	const struct option_row *r;
	char words[96], want[96];
	unsigned int v;
	size_t i;

	test_begin("options of other verbs");
	for (i = 0; i < option_count; i++)
		for (v = 0; v < VERB_MAX; v++) {
			r = &option_rows[i];
			if ((r->verbs & (1u << v)) != 0)
				continue;
			snprintf(words, sizeof(words), "x %s --%s%s",
			    verb_names[v], r->name, a_value(r));
			snprintf(want, sizeof(want), "%s: there is no --%s",
			    verb_names[v], r->name);
			CHECK(says(words, want));
		}
	CHECK(says("x close --size 1G", "close: there is no --size"));
	CHECK(says("x create --frob", "--frob: no such option"));
	CHECK(says("x create --frob=y", "--frob: no such option"));
	CHECK(says("x create -z", "-z: no such option"));
	CHECK(says("x create --json=1", "--json takes no value"));
	CHECK(says("x create --size", "--size: its value is missing"));
	CHECK(says("x create --location=", "--location: empty"));
	CHECK(says("x create --name a --name b", "--name is given twice"));
	/* a typing error must not show what may be a password */
	CHECK(says("x --size 1G --pasword=hunter2", "--pasword:"));
	CHECK(strstr(said, "hunter2") == NULL);
}

static void
test_together(void)
{
	test_begin("what does not fit together");
	CHECK(says("x create --generate-password --password -",
	    "only one of them"));
	CHECK(says("x create --generate-password --no-integrity "
	    "--no-filesystem", "no place to keep"));
	CHECK(says("x create --no-filesystem", "--no-integrity"));
	CHECK(says("x backup-header", "-o FILE is missing"));
	CHECK(says("x open --pcrs 4", "for --create only"));
	CHECK(says("x open --bank sha256", "for --create only"));
	CHECK(says("x open --bind tpm", "for --create only"));
	CHECK(says("x open --no-integrity", "for --create only"));
	CHECK(says("x create --bind tee --pcrs 4", "no meaning"));
	CHECK(says("x create --bind tee --bank sha256", "no meaning"));
	CHECK(says("x create --bind both", "--bind both"));
	CHECK(says("x create --bank sha1", "--bank sha1"));
}

static void
size_is(const char *text, uint64_t want)
{
	char words[64];

	snprintf(words, sizeof(words), "x create --size %s", text);
	if (CHECK_INT(parse(words), 0))
		CHECK_INT(o.size, want);
}

static void
test_size(void)
{
	static const char *const bad[] = { "M", "-1G", "+1G", "1.5G", "1X",
	    "1GG", "1GiBx", "1 G", "0x10000000", "1Gi", "G1", "512M," };
	static const char *const large[] = { "9223372036854775808",
	    "18446744073709551616", "99999999999999999999999", "8388608T",
	    "9007199254740992K" };
	char words[64];
	size_t i;

	test_begin("sizes");
	size_is("33554432", 32u << 20);
	size_is("33554433", 32u << 20);
	size_is("512M", 512u << 20);
	size_is("512m", 512u << 20);
	size_is("512MiB", 512u << 20);
	size_is("65536K", 64u << 20);
	size_is("1T", 1ull << 40);
	size_is("10GB", 10000000000 / 4096 * 4096);
	size_is("8388607T", 8388607ull << 40);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (strchr(bad[i], ' ') != NULL)
			continue;
		snprintf(words, sizeof(words), "x create --size %s", bad[i]);
		CHECK(says(words, "not a size"));
	}
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		snprintf(words, sizeof(words), "x create --size %s", large[i]);
		CHECK(says(words, "too large"));
	}
	CHECK(says("x create --size 33554431", "32M at least"));
	CHECK(says("x create --size 0", "32M at least"));
	CHECK(says("x create --size 1K", "32M at least"));
}

static void
test_pcrs(void)
{
	static const char *const bad[] = { "24", "4,", ",4", "4,,7", "a",
	    "4;7", "-1", "4-7", "4294967300", "18446744073709551620" };
	uint32_t mask;
	char words[64];
	size_t i;

	test_begin("PCRs");
	CHECK_OK(pcrs_read("4,7,9,11", &mask));
	CHECK_INT(mask, 1 << 4 | 1 << 7 | 1 << 9 | 1 << 11 | 1 << 15);
	CHECK_OK(pcrs_read("0+7", &mask));
	CHECK_INT(mask, 1 | 1 << 7 | 1 << 15);
	CHECK_OK(pcrs_read("15,4", &mask));
	CHECK_INT(mask, 1 << 4 | 1 << 15);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(words, sizeof(words), "x create --pcrs %s", bad[i]);
		CHECK(says(words, "not a list of 0 to 23"));
	}
	CHECK(says("x create --pcrs 7", "PCR 7 alone"));
	CHECK(says("x create --pcrs 7,15", "PCR 7 alone"));
	CHECK(says("x create --pcrs 15", "PCR 15 says only"));
	CHECK(says("x create --pcrs 4,10", "not PCR 10: IMA"));
	CHECK(says("x create --pcrs 16,4", "not PCR 16: whoever"));
	CHECK(says("x create --pcrs 4,23", "not PCR 23: whoever"));
}

/* Nothing of it is left in the strings that /proc/PID/cmdline shows. */
static int
is_wiped(const char *what)
{
	return memmem(line.bytes, sizeof(line.bytes), what,
	    strlen(what)) == NULL;
}

static void
password_is(const char *words, const char *value)
{
	char got[PASS_MAX + 1];
	ssize_t n;

	if (!CHECK_INT(parse(words), 0) ||
	    !CHECK(strncmp(o.password, "fd:", 3) == 0))
		return;
	n = read(atoi(o.password + 3), got, sizeof(got));
	if (CHECK_INT(n, strlen(value)))
		CHECK_MEM(got, value, n);
	close(atoi(o.password + 3));
	CHECK(is_wiped(value));
	CHECK(strstr(said, "history") != NULL);
	CHECK(strstr(said, value) == NULL);
}

static void
test_password(void)
{
	char words[PASS_MAX + 64];
	size_t n;

	test_begin("a password on the command line");
	password_is("x --size 1G --password hunter2", "hunter2");
	password_is("x --size 1G --password=hunter2", "hunter2");
	password_is("x --password hunter2 open", "hunter2");
	password_is("x open --pass=-hunter2", "-hunter2");
	CHECK(says("x open --password=", "empty"));
	CHECK(says("x open --password fd:hunter2", "N is no number"));
	CHECK(is_wiped("hunter2"));
	CHECK(strstr(said, "hunter2") == NULL);
	CHECK(says("x open --password fd:99999999999", "N is no number"));
	CHECK(says("x open --password - --password hunter2", "twice"));
	CHECK(is_wiped("hunter2"));
	n = (size_t)snprintf(words, sizeof(words), "x open --password ");
	memset(words + n, 'p', PASS_MAX + 1);
	words[n + PASS_MAX + 1] = '\0';
	CHECK(says(words, "longer than 512"));
	CHECK(is_wiped("pppp"));
	words[n + PASS_MAX] = '\0';
	password_is(words, words + n);
}

/* At most one screen. */
static int
is_screen(const char *text)
{
	const char *p, *end;
	int lines = 0;

	for (p = text; *p != '\0'; p = end + 1, lines++)
		if ((end = strchr(p, '\n')) == NULL || end - p > 79)
			return 0;
	return lines > 3 && lines <= 24;
}

static void
test_help(void)
{
	char words[64];
	unsigned int i;

	test_begin("help");
	CHECK_INT(parse("x --help"), 1);
	CHECK(is_screen(printed) && said[0] == '\0');
	for (i = 0; i < VERB_MAX; i++) {
		CHECK(parse("x -h") == 1 &&
		    strstr(printed, verb_names[i]) != NULL);
		snprintf(words, sizeof(words), "x %s --help", verb_names[i]);
		CHECK_INT(parse(words), 1);
		if (!CHECK(is_screen(printed)))
			fputs(printed, stdout);
		CHECK(strstr(printed, verb_names[i]) != NULL);
		CHECK(said[0] == '\0');
	}
	CHECK_INT(parse("x create --help"), 1);
	CHECK(strstr(printed, "--pcrs") != NULL);
	CHECK(strstr(printed, "--next-boot") == NULL);
}

int
main(void)
{
	test_verbs();
	test_defaults();
	test_compat();
	test_all_options();
	test_unknown();
	test_together();
	test_size();
	test_pcrs();
	test_password();
	test_help();
	return test_end();
}
