/* Whether the command line of the kernel says what the root must hash to. */
#include <string.h>

#include "fstool/boot.h"

#define ROOT_HASH_MIN	64u	/* digits: 32 bytes */

static int
begins(struct span word, const char *name, struct span *ret_value)
{
	size_t n = strlen(name);

	if (word.n < n || memcmp(word.p, name, n) != 0)
		return 0;
	*ret_value = span_make(word.p + n, word.n - n);
	return 1;
}

static int
is_hash(struct span s)
{
	uint8_t raw[64];
	size_t n;

	return s.n >= ROOT_HASH_MIN &&
	    hex_decode(s, raw, sizeof(raw), &n) == 0;
}

static int
is_yes(struct span s)
{
	return span_eq_str(s, "1") || span_eq_str(s, "yes") ||
	    span_eq_str(s, "true") || span_eq_str(s, "on");
}

/* 1: a hash, -1: what makes all of them worthless, 0: neither. */
static int
word_judge(struct span word)
{
	static const char *const hashes[] = { "roothash=", "usrhash=",
	    "systemd.verity_root_hash=", "verity.roothash=" };
	struct span v;
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (begins(word, hashes[i], &v))
			return is_hash(v) ? 1 : -1;
	if (begins(word, "root=", &v))
		return span_eq_str(v, "/dev/mapper/root") ? 0 : -1;
	if (begins(word, "systemd.verity=", &v) ||
	    begins(word, "rd.systemd.verity=", &v))
		return is_yes(v) ? 0 : -1;
	return 0;
}

static int
is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word, up to a blank outside of quotes; 0 at the end. */
static int
word_next(struct span text, size_t *at, struct span *ret, int *ret_quoted)
{
	size_t i = *at, begin;
	int in = 0;

	*ret_quoted = 0;
	while (i < text.n && is_blank(text.p[i]))
		i++;
	for (begin = i; i < text.n && (in || !is_blank(text.p[i])); i++)
		if (text.p[i] == '"') {
			in = !in;
			*ret_quoted = 1;
		}
	*ret = span_make(text.p + begin, i - begin);
	*at = i;
	return i > begin;
}

int
boot_root_measured(struct span cmdline)
{
	struct span word;
	size_t at = 0;
	int quoted, found = 0, j;

	if (cmdline.n == 0 || memchr(cmdline.p, '\0', cmdline.n) != NULL)
		return 0;
	while (word_next(cmdline, &at, &word, &quoted)) {
		if (span_eq_str(word, "--"))
			break;
		if (quoted) {
			/* it could be "root=/dev/x": what is quoted spoils */
			if (memmem(word.p, word.n, "root", 4) != NULL ||
			    memmem(word.p, word.n, "verity", 6) != NULL)
				return 0;
			continue;
		}
		if ((j = word_judge(word)) == -1)
			return 0;
		found |= j;
	}
	return found;
}
