/* Hash algorithms: one table. */
#include <string.h>

#include "evidence/alg.h"

static const struct {
	const char	*name;
	size_t		 size;
	uint16_t	 tpm_id;
} algs[DIGEST_ALG_MAX] = {
	[DIGEST_NONE] =   { "none",   0,  0x0010 },
	[DIGEST_SHA1] =   { "sha1",   20, 0x0004 },
	[DIGEST_SHA256] = { "sha256", 32, 0x000b },
	[DIGEST_SHA384] = { "sha384", 48, 0x000c },
	[DIGEST_SHA512] = { "sha512", 64, 0x000d },
};

static enum digest_alg
alg_clamp(enum digest_alg a)
{
	return (unsigned)a < DIGEST_ALG_MAX ? a : DIGEST_NONE;
}

const char *
digest_name(enum digest_alg a)
{
	return algs[alg_clamp(a)].name;
}

size_t
digest_size(enum digest_alg a)
{
	return algs[alg_clamp(a)].size;
}

uint16_t
digest_tpm_id(enum digest_alg a)
{
	return algs[alg_clamp(a)].tpm_id;
}

enum digest_alg
digest_by_name(struct span s)
{
	int i;

	for (i = DIGEST_SHA1; i < DIGEST_ALG_MAX; i++)
		if (span_eq_str(s, algs[i].name))
			return i;
	return DIGEST_NONE;
}

enum digest_alg
digest_by_tpm_id(uint16_t id)
{
	int i;

	for (i = DIGEST_SHA1; i < DIGEST_ALG_MAX; i++)
		if (algs[i].tpm_id == id)
			return i;
	return DIGEST_NONE;
}

enum digest_alg
digest_by_size(size_t n)
{
	int i;

	for (i = DIGEST_SHA1; i < DIGEST_ALG_MAX; i++)
		if (algs[i].size == n)
			return i;
	return DIGEST_NONE;
}

/* Digests of the empty string. */
static const char *const empty[DIGEST_ALG_MAX] = {
	[DIGEST_SHA1] =
	    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	[DIGEST_SHA256] =
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	[DIGEST_SHA384] =
	    "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
	    "274edebfe76f65fbd51ad2f14898b95b",
	[DIGEST_SHA512] =
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
};

int
digest_is_empty(enum digest_alg a, struct span s)
{
	char hex[2 * DIGEST_MAX + 1];

	a = alg_clamp(a);
	if (empty[a] == NULL || hex_encode(s, hex, sizeof(hex)) == -1)
		return 0;
	return strcmp(hex, empty[a]) == 0;
}
