/*
 * Segments, digests, keyslots and config against the one form that we write.
 * The attacks of CVE-2025-59054 and CVE-2025-58356 put a null cipher into a
 * keyslot or segment; CVE-2021-4122 a reencryption: none is in these lists.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "fstool/header_json.h"
#include "fstool/header_token.h"

#define AREA_ALIGN	4096u
#define KEY_XTS		64u	/* AES-256 in XTS: two keys */
#define KEY_HMAC	32u
#define AF_STRIPES	4000u

/* "123": numbers of 64 bits are texts in this format. */
static int
number(const json_t *o, const char *key, uint64_t *ret)
{
	struct span s;
	uint64_t v = 0;
	size_t i;

	if (json_text(json_object_get(o, key), &s) == -1 || s.n == 0 ||
	    s.n > 19 || (s.p[0] == '0' && s.n != 1))
		return -1;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	*ret = v;
	return 0;
}

static int
is(const json_t *o, const char *key, const char *value)
{
	struct span s;

	return json_text(json_object_get(o, key), &s) == 0 &&
	    span_eq_str(s, value);
}

static int
is_int(const json_t *o, const char *key, uint64_t value)
{
	uint64_t v;

	return json_uint(json_object_get(o, key), value, &v) == 0 &&
	    v == value;
}

/* The key of a numbered object: "0" to max - 1. */
int
header_key_number(const char *key, unsigned int max, unsigned int *ret)
{
	if (key[0] < '0' || key[0] > '9' || (key[0] == '0' && key[1] != '\0') ||
	    strspn(key, "0123456789") != strlen(key) || strlen(key) > 2 ||
	    (*ret = (unsigned int)atoi(key)) >= max)
		return -1;
	return 0;
}

static int
integrity_check(const json_t *seg, struct header_facts *ret, char *why)
{
	static const char *const keys[] = { "type", "journal_encryption",
	    "journal_integrity", NULL };
	const json_t *o = json_object_get(seg, "integrity");

	ret->key_size = KEY_XTS;
	if (o == NULL)
		return 0;
	if (json_exact_keys(o, keys) == -1 || !is(o, "type", "hmac(sha256)") ||
	    !is(o, "journal_encryption", "none") ||
	    !is(o, "journal_integrity", "none"))
		return header_refuse(why, "segment 0: integrity other than "
		    "hmac(sha256)");
	ret->integrity = 1;
	ret->key_size = KEY_XTS + KEY_HMAC;
	return 0;
}

static int
segment_check(const json_t *all, struct header_facts *ret, char *why)
{
	static const char *const plain[] = { "type", "offset", "size",
	    "iv_tweak", "encryption", "sector_size", NULL };
	static const char *const tagged[] = { "type", "offset", "size",
	    "iv_tweak", "encryption", "sector_size", "integrity", NULL };
	const json_t *seg = json_object_get(all, "0");

	if (!json_is_object(all) || json_object_size(all) != 1 || seg == NULL)
		return header_refuse(why, "not exactly one segment");
	if (json_exact_keys(seg, json_object_get(seg, "integrity") == NULL ?
	    plain : tagged) == -1 || !is(seg, "type", "crypt"))
		return header_refuse(why, "segment 0: not of type crypt, or "
		    "with more than that has (flags, reencryption)");
	if (!is(seg, "encryption", "aes-xts-plain64"))
		return header_refuse(why, "segment 0: cipher other than "
		    "aes-xts-plain64");
	if (!is(seg, "iv_tweak", "0") || !is(seg, "size", "dynamic"))
		return header_refuse(why, "segment 0: iv_tweak or size");
	if (number(seg, "offset", &ret->data_offset) == -1 ||
	    ret->data_offset != 0)
		return header_refuse(why, "segment 0: the data does not begin "
		    "at offset 0");
	if (is_int(seg, "sector_size", 512))
		ret->sector_size = 512;
	else if (is_int(seg, "sector_size", 4096))
		ret->sector_size = 4096;
	else
		return header_refuse(why, "segment 0: sector size");
	return integrity_check(seg, ret, why);
}

static int
kdf_check(const json_t *o, struct header_slot *s, char *why)
{
	static const char *const argon[] = { "type", "time", "memory", "cpus",
	    "salt", NULL };
	static const char *const pbkdf[] = { "type", "hash", "iterations",
	    "salt", NULL };
	uint64_t cpus;

	if (is(o, "type", "argon2id")) {
		s->kdf = KDF_ARGON2ID;
		if (json_exact_keys(o, argon) == -1 ||
		    json_uint(json_object_get(o, "time"), UINT32_MAX,
		    &s->cost) == -1 ||
		    json_uint(json_object_get(o, "memory"),
		    ARGON2_MEMORY_MAX, &s->memory) == -1 ||
		    json_uint(json_object_get(o, "cpus"), ARGON2_LANES_MAX,
		    &cpus) == -1 ||
		    cpus == 0)
			return header_refuse(why, "keyslot %u: parameters of "
			    "argon2id", s->number);
		if (s->cost < ARGON2_TIME_MIN || s->memory < ARGON2_MEMORY_MIN)
			return header_refuse(why, "keyslot %u: argon2id below "
			    "%u passes or %u KiB", s->number, ARGON2_TIME_MIN,
			    ARGON2_MEMORY_MIN);
		return 0;
	}
	s->kdf = KDF_PBKDF2;
	if (!is(o, "type", "pbkdf2") || json_exact_keys(o, pbkdf) == -1 ||
	    (!is(o, "hash", "sha512") && !is(o, "hash", "sha256")) ||
	    json_uint(json_object_get(o, "iterations"), UINT32_MAX,
	    &s->cost) == -1)
		return header_refuse(why, "keyslot %u: key derivation other "
		    "than argon2id and pbkdf2", s->number);
	if (s->cost < PBKDF2_MIN || s->cost > PBKDF2_MAX)
		return header_refuse(why, "keyslot %u: pbkdf2 below %u or "
		    "above %u iterations", s->number, PBKDF2_MIN, PBKDF2_MAX);
	return 0;
}

static int
af_check(const json_t *o, const struct header_slot *s, char *why)
{
	static const char *const keys[] = { "type", "stripes", "hash", NULL };

	if (json_exact_keys(o, keys) == -1 || !is(o, "type", "luks1") ||
	    !is_int(o, "stripes", AF_STRIPES) ||
	    (!is(o, "hash", "sha256") && !is(o, "hash", "sha512")))
		return header_refuse(why, "keyslot %u: anti-forensic splitter",
		    s->number);
	return 0;
}

struct area {
	uint64_t	 begin, end;
};

/* Where the key material of a slot lies: behind both copies, in the area of
 * keyslots, and in no other slot's. */
static int
area_check(const json_t *o, const struct header_slot *s,
    const struct area *whole, struct area *taken, size_t ntaken, char *why)
{
	static const char *const keys[] = { "type", "offset", "size",
	    "encryption", "key_size", NULL };
	uint64_t offset, size;
	size_t i;

	if (json_exact_keys(o, keys) == -1 || !is(o, "type", "raw") ||
	    !is_int(o, "key_size", KEY_XTS))
		return header_refuse(why, "keyslot %u: area", s->number);
	if (!is(o, "encryption", "aes-xts-plain64"))
		return header_refuse(why, "keyslot %u: cipher other than "
		    "aes-xts-plain64", s->number);
	if (number(o, "offset", &offset) == -1 ||
	    number(o, "size", &size) == -1 || size == 0 ||
	    (offset | size) % AREA_ALIGN != 0 || offset < whole->begin ||
	    offset > whole->end || size > whole->end - offset)
		return header_refuse(why, "keyslot %u: its area is not among "
		    "the keyslots", s->number);
	for (i = 0; i < ntaken; i++)
		if (offset < taken[i].end && taken[i].begin < offset + size)
			return header_refuse(why, "keyslot %u: its area is "
			    "another's, too", s->number);
	taken[ntaken].begin = offset;
	taken[ntaken].end = offset + size;
	return 0;
}

static int
slot_check(const json_t *o, struct header_facts *ret, struct header_slot *s,
    const struct area *whole, struct area *taken, char *why)
{
	static const char *const keys[] = { "type", "key_size", "af", "area",
	    "kdf", NULL };

	if (json_exact_keys(o, keys) == -1 || !is(o, "type", "luks2"))
		return header_refuse(why, "keyslot %u: not of type luks2, or "
		    "with more than that has (priority, reencryption)",
		    s->number);
	if (!is_int(o, "key_size", ret->key_size))
		return header_refuse(why, "keyslot %u: size of the key",
		    s->number);
	if (af_check(json_object_get(o, "af"), s, why) == -1 ||
	    kdf_check(json_object_get(o, "kdf"), s, why) == -1)
		return -1;
	return area_check(json_object_get(o, "area"), s, whole, taken,
	    ret->nslots, why);
}

static int
slots_check(json_t *all, struct header_facts *ret, const struct area *whole,
    char *why)
{
	struct area taken[HEADER_SLOTS_MAX];
	struct header_slot *s;
	const char *key;
	json_t *v;

	if (!json_is_object(all) || json_object_size(all) == 0 ||
	    json_object_size(all) > HEADER_SLOTS_MAX)
		return header_refuse(why, "no keyslot, or more than %u",
		    HEADER_SLOTS_MAX);
	json_object_foreach(all, key, v) {
		s = &ret->slot[ret->nslots];
		if (header_key_number(key, HEADER_NUMBERS, &s->number) == -1)
			return header_refuse(why, "a keyslot without number");
		if (slot_check(v, ret, s, whole, taken, why) == -1)
			return -1;
		ret->nslots++;
	}
	return 0;
}

/* A list of numbers as texts, each a slot that exists; all slots: complete. */
static int
digest_slots(const json_t *list, const struct header_facts *f)
{
	unsigned int n, seen = 0;
	struct span s;
	char text[4];
	size_t i, j;

	if (!json_is_array(list) || json_array_size(list) != f->nslots)
		return -1;
	for (i = 0; i < f->nslots; i++) {
		if (json_text(json_array_get(list, i), &s) == -1 ||
		    s.n == 0 || s.n >= sizeof(text))
			return -1;
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		if (header_key_number(text, HEADER_NUMBERS, &n) == -1 ||
		    (seen >> n & 1) != 0)
			return -1;
		seen |= 1u << n;
		for (j = 0; j < f->nslots && f->slot[j].number != n; j++)
			;
		if (j == f->nslots)
			return -1;
	}
	return 0;
}

static int
digest_check(const json_t *all, const struct header_facts *f, char *why)
{
	static const char *const keys[] = { "type", "keyslots", "segments",
	    "hash", "iterations", "digest", "salt", NULL };
	const json_t *d = json_object_get(all, "0"), *segs;
	struct span s;
	uint64_t n;

	if (!json_is_object(all) || json_object_size(all) != 1 ||
	    json_exact_keys(d, keys) == -1 || !is(d, "type", "pbkdf2") ||
	    (!is(d, "hash", "sha256") && !is(d, "hash", "sha512")))
		return header_refuse(why, "not exactly one digest, of type "
		    "pbkdf2");
	if (json_uint(json_object_get(d, "iterations"), UINT32_MAX, &n) ==
	    -1 || n < PBKDF2_MIN || n > PBKDF2_MAX)
		return header_refuse(why, "digest 0: below %u or above %u "
		    "iterations", PBKDF2_MIN, PBKDF2_MAX);
	segs = json_object_get(d, "segments");
	if (json_array_size(segs) != 1 ||
	    json_text(json_array_get(segs, 0), &s) == -1 ||
	    !span_eq_str(s, "0") ||
	    digest_slots(json_object_get(d, "keyslots"), f) == -1)
		return header_refuse(why, "digest 0: not of segment 0 and all "
		    "keyslots");
	return 0;
}

/* Flags and requirements (reencryption) are not in the list of keys. */
static int
config_check(const json_t *o, uint64_t copy, size_t size,
    struct header_facts *ret, struct area *whole, char *why)
{
	static const char *const keys[] = { "json_size", "keyslots_size",
	    NULL };
	uint64_t json_size, slots;

	if (json_exact_keys(o, keys) == -1)
		return header_refuse(why, "config: flags or requirements");
	if (number(o, "json_size", &json_size) == -1 ||
	    json_size != copy - 4096)
		return header_refuse(why, "config: json_size");
	if (number(o, "keyslots_size", &slots) == -1 ||
	    slots % AREA_ALIGN != 0 || slots > HEADER_MAX ||
	    2 * copy + slots > size)
		return header_refuse(why, "config: keyslots_size");
	whole->begin = 2 * copy;
	whole->end = ret->size = 2 * copy + slots;
	return 0;
}

/* A slot of few iterations is for a secret that a TPM holds, not a word. */
static int
stretching_check(const struct header_facts *f, char *why)
{
	const struct header_slot *s;
	uint64_t work = 0;
	size_t i;

	for (i = 0; i < f->nslots; i++) {
		s = &f->slot[i];
		if (s->kdf == KDF_PBKDF2 && !s->of_token)
			return header_refuse(why, "keyslot %u: pbkdf2 without "
			    "a token: too weak for a password", s->number);
		if (s->kdf == KDF_ARGON2ID)
			work += s->cost * s->memory;	/* 32 bits and 22 */
	}
	if (work > ARGON2_WORK_MAX)
		return header_refuse(why, "keyslots: argon2id of more than "
		    "%llu MiB times passes together", ARGON2_WORK_MAX >> 10);
	return 0;
}

int
header_json_check(struct span text, uint64_t copy, size_t size,
    struct header_facts *ret, char *why)
{
	static const char *const keys[] = { "keyslots", "tokens", "segments",
	    "digests", "config", NULL };
	json_t *o = json_load(text, HEADER_COPY_MAX);
	struct area whole = { 0 };	/* gcc 12 does not see that it is set */
	int rc = -1;

	if (o == NULL)
		return header_refuse(why, "the JSON is malformed");
	if (json_exact_keys(o, keys) == -1)
		header_refuse(why, "the JSON has not exactly its five parts");
	else if (config_check(json_object_get(o, "config"), copy, size, ret,
	    &whole, why) == 0 &&
	    segment_check(json_object_get(o, "segments"), ret, why) == 0 &&
	    slots_check(json_object_get(o, "keyslots"), ret, &whole, why) ==
	    0 && digest_check(json_object_get(o, "digests"), ret, why) == 0 &&
	    header_tokens_check(json_object_get(o, "tokens"), ret, why) == 0)
		rc = stretching_check(ret, why);
	json_decref(o);
	return rc;
}
