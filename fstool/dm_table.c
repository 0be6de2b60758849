#include <sys/sysmacros.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fstool/dm_table.h"
#include "fstool/why.h"

#define TAG_LEN		32u	/* hmac(sha256) */
#define WORD_MAX	512u	/* the longest is a key of 96 bytes in hex */
#define OPTIONS_MAX	16u

static int
differs(const char *what)
{
	return refused("the device mapper's table is not what the header asks "
	    "for: %s", what);
}

/* The next word; words are separated by exactly one blank. */
static int
word_next(const char **text, char ret[static WORD_MAX])
{
	size_t n = strcspn(*text, " ");

	if (n == 0 || n >= WORD_MAX)
		return -1;
	memcpy(ret, *text, n);
	ret[n] = '\0';
	*text += n;
	if (**text == ' ' && *++*text == '\0')
		return -1;
	return 0;
}

static int
word_is(const char **text, const char *want)
{
	char word[WORD_MAX];

	return word_next(text, word) == 0 && strcmp(word, want) == 0;
}

/* Decimal, no sign, no zeros before it. */
static int
number_read(const char *s, unsigned long *ret)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 18 || s[n] != '\0' || (s[0] == '0' && n > 1))
		return -1;
	*ret = strtoul(s, NULL, 10);
	return 0;
}

static int
device_is(const char **text, dev_t dev)
{
	char want[32];

	snprintf(want, sizeof(want), "%u:%u", major(dev), minor(dev));
	return word_is(text, want);
}

int
dm_table_below(const char *text, dev_t *ret)
{
	char word[WORD_MAX], *colon;
	unsigned long hi, lo;
	int i;

	for (i = 0; i < 4; i++)	/* cipher, key, IV offset, device */
		if (word_next(&text, word) == -1)
			return differs("a part is missing");
	if ((colon = strchr(word, ':')) == NULL)
		return differs("the device below");
	*colon = '\0';
	if (number_read(word, &hi) == -1 || number_read(colon + 1, &lo) == -1 ||
	    hi > 0xfff || lo > 0xfffff)
		return differs("the device below");
	*ret = makedev((unsigned int)hi, (unsigned int)lo);
	return 0;
}

/*
 * The key stands in the kernel's keyring under the name that libcryptsetup
 * gives to digest 0 of this header; a kernel without keyrings shows it in hex.
 */
static int
key_is(const char **text, const struct header_facts *f)
{
	char word[WORD_MAX], want[128];
	size_t n;
	int ok;

	snprintf(want, sizeof(want), ":%u:logon:cryptsetup:%s-d0", f->key_size,
	    f->uuid);
	if (word_next(text, word) == -1)
		return 0;
	n = strspn(word, "0123456789abcdef");
	ok = strcmp(word, want) == 0 ||
	    (n == 2 * (size_t)f->key_size && word[n] == '\0');
	explicit_bzero(word, sizeof(word));
	return ok;
}

static int
crypt_options(const char *text, const struct header_facts *f)
{
	char want[64], sector[32] = "";
	unsigned int n = 0;

	if (f->sector_size != 512) {
		snprintf(sector, sizeof(sector), " sector_size:%u",
		    f->sector_size);
		n++;
	}
	if (f->integrity)
		snprintf(want, sizeof(want), "%u integrity:%u:aead%s", n + 1,
		    TAG_LEN, sector);
	else if (n != 0)
		snprintf(want, sizeof(want), "%u%s", n, sector);
	else
		want[0] = '\0';
	return strcmp(text, want) == 0;
}

int
dm_table_crypt(const char *text, const struct header_facts *f, dev_t below)
{
	char offset[32];

	snprintf(offset, sizeof(offset), "%llu",
	    (unsigned long long)f->data_offset / 512);
	if (!word_is(&text, f->integrity ?
	    "capi:authenc(hmac(sha256),xts(aes))-plain64" : "aes-xts-plain64"))
		return differs("cipher");
	if (!key_is(&text, f))
		return differs("key");
	if (!word_is(&text, "0"))
		return differs("IV offset");
	if (!device_is(&text, below))
		return differs("the device below");
	if (!word_is(&text, offset))
		return differs("offset of the data");
	if (!crypt_options(text, f))
		return differs("options");
	return 0;
}

/*
 * Sizes of journal and buffers are the superblock's and the kernel's affair.
 * What is not in this list changes what is protected: a hash of dm-integrity's
 * own, recalculation of tags, another device for them, discards.
 */
static int
integrity_option(const char *word, const struct header_facts *f,
    unsigned int *seen)
{
	static const char *const sizes[] = { "journal_sectors",
	    "interleave_sectors", "buffer_sectors", "journal_watermark",
	    "commit_time" };
	unsigned long v;
	unsigned int i;
	size_t n;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = strlen(sizes[i]);
		if (strncmp(word, sizes[i], n) == 0 && word[n] == ':')
			break;
	}
	if (i < sizeof(sizes) / sizeof(sizes[0])) {
		if (number_read(word + n + 1, &v) == -1)
			return -1;
	} else if (strncmp(word, "block_size:", 11) == 0) {
		if (number_read(word + 11, &v) == -1 || v != f->sector_size ||
		    v == 512)
			return -1;
	} else if (strcmp(word, "fix_padding") == 0)
		i++;
	else
		return -1;
	if ((*seen >> i & 1) != 0)
		return -1;
	*seen |= 1u << i;
	return 0;
}

#define SEEN_BLOCK_SIZE	(1u << 5)

int
dm_table_integrity(const char *text, const struct header_facts *f, dev_t data)
{
	char word[WORD_MAX], offset[32];
	unsigned int seen = 0;
	unsigned long n, i;

	snprintf(offset, sizeof(offset), "%llu",
	    (unsigned long long)f->data_offset / 512);
	if (!device_is(&text, data))
		return differs("the device below integrity");
	if (!word_is(&text, offset))
		return differs("offset of integrity");
	if (!word_is(&text, "32"))
		return differs("length of a tag");
	if (!word_is(&text, "J"))
		return differs("integrity without a journal");
	if (word_next(&text, word) == -1 || number_read(word, &n) == -1 ||
	    n > OPTIONS_MAX)
		return differs("options of integrity");
	for (i = 0; i < n; i++)
		if (word_next(&text, word) == -1 ||
		    integrity_option(word, f, &seen) == -1)
			return differs("options of integrity");
	if (*text != '\0' ||
	    ((seen & SEEN_BLOCK_SIZE) != 0) != (f->sector_size != 512))
		return differs("options of integrity");
	return 0;
}

int
dm_table_uuid(const char *got, const char *type, const char *uuid,
    const char *name)
{
	char want[256], hex[HEADER_UUID_LEN + 1];
	size_t i, n = 0;

	for (i = 0; uuid[i] != '\0' && n < HEADER_UUID_LEN; i++)
		if (uuid[i] != '-')
			hex[n++] = uuid[i];
	hex[n] = '\0';
	snprintf(want, sizeof(want), "CRYPT-%s-%s%s%s", type, hex,
	    n != 0 ? "-" : "", name);
	return strcmp(got, want) == 0 ? 0 : differs("UUID");
}
