/* fstool/header*.c: each rule is broken once, the published attacks by name. */
#include "fstool/header.h"
#include "regress/unit/check.h"
#include "regress/unit/header/forge.h"

static uint8_t header[FORGE_SIZE];

static void
refused(const char *want)
{
	char why[HEADER_REASON_MAX] = "";
	struct header_facts f;

	if (!CHECK_FAIL(header_check(span_make(header, sizeof(header)), &f,
	    why)))
		return;
	if (strstr(why, want) == NULL)
		CHECK_STR(why, want);
}

static void
test_good(void)
{
	char why[HEADER_REASON_MAX] = "";
	struct header_facts f;
	char *plain, *slots;

	test_begin("what fstool and systemd-cryptenroll write");
	forge_header(header, forge_json);
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
	CHECK_STR(why, "");
	CHECK_STR(f.uuid, FORGE_UUID);
	CHECK_INT(f.seqid, 3);
	CHECK_INT(f.size, FORGE_SIZE);
	CHECK_INT(f.integrity, 1);
	CHECK_INT(f.key_size, 96);
	CHECK_INT(f.sector_size, 4096);
	CHECK_INT(f.nslots, 2);
	CHECK_INT(f.slot[0].kdf, KDF_ARGON2ID);
	CHECK_INT(f.slot[0].of_token, 0);
	CHECK_INT(f.slot[1].kdf, KDF_PBKDF2);
	CHECK_INT(f.slot[1].of_token, 1);
	CHECK_INT(f.ntokens, 1);
	CHECK_INT(f.token[0].slot, 1);
	CHECK_INT(f.token[0].pcr_mask, 1 << 4 | 1 << 7 | 1 << 9 | 1 << 11 |
	    1 << 15);
	CHECK_INT(f.token[0].bank, 0x000b);
	CHECK_INT(f.token[0].primary_ecc, 1);
	CHECK_INT(f.token[0].blob_len, 5);
	test_begin("without integrity");
	plain = forge_edit(forge_json, ",\"integrity\":{\"type\":"
	    "\"hmac(sha256)\",\"journal_encryption\":\"none\","
	    "\"journal_integrity\":\"none\"}", "");
	slots = forge_edit(plain, "\"key_size\":96", "\"key_size\":64");
	free(plain);
	plain = forge_edit(slots, "\"key_size\":96", "\"key_size\":64");
	free(slots);
	forge_header(header, plain);
	free(plain);
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
	CHECK_INT(f.integrity, 0);
	CHECK_INT(f.key_size, 64);
}

#define SEGMENT	"\"encryption\":\"aes-xts-plain64\",\"sector_size\""
#define AREA	"\"encryption\":\"aes-xts-plain64\",\"key_size\""

static const struct {
	const char	*name, *from, *to, *why;
} edits[] = {
	{ "CVE-2025-59054: null cipher in a keyslot", AREA,
	    "\"encryption\":\"cipher_null-ecb\",\"key_size\"",
	    "keyslot 0: cipher other than" },
	{ "CVE-2025-59054: another null cipher in a keyslot", AREA,
	    "\"encryption\":\"cipher_null\",\"key_size\"",
	    "keyslot 0: cipher other than" },
	{ "CVE-2025-59054: no cipher in a keyslot", AREA, "\"key_size\"",
	    "keyslot 0: area" },
	{ "CVE-2025-58356: another null cipher in the segment", SEGMENT,
	    "\"encryption\":\"null-xts-plain64\",\"sector_size\"",
	    "segment 0: cipher other than" },
	{ "CVE-2025-58356: null cipher in the segment", SEGMENT,
	    "\"encryption\":\"cipher_null-ecb\",\"sector_size\"",
	    "segment 0: cipher other than" },
	{ "CVE-2021-4122: a reencryption that seems to go on",
	    "\"keyslots_size\":\"1048576\"", "\"keyslots_size\":\"1048576\","
	    "\"requirements\":{\"mandatory\":[\"online-reencrypt\"]}",
	    "config: flags or requirements" },
	{ "flags", "\"keyslots_size\":\"1048576\"", "\"keyslots_size\":"
	    "\"1048576\",\"flags\":[\"allow-discards\"]",
	    "config: flags or requirements" },
	{ "a keyslot of reencryption", "\"type\":\"luks2\"",
	    "\"type\":\"reencrypt\"", "keyslot 0: not of type luks2" },
	{ "a linear segment", "\"type\":\"crypt\"", "\"type\":\"linear\"",
	    "segment 0: not of type crypt" },
	{ "a flag in the segment", "\"type\":\"crypt\"",
	    "\"flags\":[\"backup-final\"],\"type\":\"crypt\"",
	    "segment 0: not of type crypt, or with more" },
	{ "two segments", "\"segments\":{\"0\":", "\"segments\":{\"1\":{},"
	    "\"0\":", "not exactly one segment" },
	{ "data that begins elsewhere", "\"offset\":\"0\"",
	    "\"offset\":\"4096\"", "does not begin at offset 0" },
	{ "another tweak", "\"iv_tweak\":\"0\"", "\"iv_tweak\":\"8\"",
	    "iv_tweak or size" },
	{ "a size", "\"size\":\"dynamic\"", "\"size\":\"4096\"",
	    "iv_tweak or size" },
	{ "sector size", "\"sector_size\":4096", "\"sector_size\":1024",
	    "sector size" },
	{ "no integrity in the journal", "\"hmac(sha256)\"", "\"none\"",
	    "integrity other than" },
	{ "a short key", "\"key_size\":96", "\"key_size\":32",
	    "keyslot 0: size of the key" },
	{ "a short key of the slot", "\"key_size\":64", "\"key_size\":16",
	    "keyslot 0: area" },
	{ "few passes", "\"time\":4", "\"time\":1", "argon2id below" },
	{ "little memory", "\"memory\":262144", "\"memory\":32",
	    "argon2id below" },
	{ "hours of passes", "\"time\":4", "\"time\":4294967295",
	    "argon2id of more than 131072 MiB times passes" },
	{ "too many passes", "\"time\":4", "\"time\":513",
	    "argon2id of more than" },
	{ "more than all memory", "\"memory\":262144", "\"memory\":4194305",
	    "parameters of argon2id" },
	{ "many lanes", "\"cpus\":2", "\"cpus\":5",
	    "parameters of argon2id" },
	{ "hours of iterations", "\"iterations\":1000,\"salt\"",
	    "\"iterations\":10000001,\"salt\"", "pbkdf2 below" },
	{ "hours of the digest", "\"iterations\":100000",
	    "\"iterations\":4294967295", "digest 0: below" },
	{ "no lane", "\"cpus\":2", "\"cpus\":0", "parameters of argon2id" },
	{ "argon2i", "\"argon2id\"", "\"argon2i\"",
	    "key derivation other than" },
	{ "few iterations", "\"iterations\":1000,\"salt\"",
	    "\"iterations\":1,\"salt\"", "pbkdf2 below" },
	{ "weak digest", "\"iterations\":100000", "\"iterations\":1",
	    "digest 0: below" },
	{ "a digest of some slots", "\"keyslots\":[\"0\",\"1\"]",
	    "\"keyslots\":[\"0\"]", "all keyslots" },
	{ "a digest of one slot twice", "\"keyslots\":[\"0\",\"1\"]",
	    "\"keyslots\":[\"0\",\"0\"]", "all keyslots" },
	{ "a digest of no segment", "\"segments\":[\"0\"]", "\"segments\":[]",
	    "all keyslots" },
	{ "another digest", "\"digests\":{\"0\"", "\"digests\":{\"1\":{},"
	    "\"0\"", "not exactly one digest" },
	{ "few stripes", "\"stripes\":4000", "\"stripes\":1",
	    "anti-forensic" },
	{ "key material in the header", "\"offset\":\"32768\"",
	    "\"offset\":\"4096\"", "not among the keyslots" },
	{ "key material behind the end", "\"offset\":\"417792\"",
	    "\"offset\":\"1048576\"", "not among the keyslots" },
	{ "two slots, one area", "\"offset\":\"417792\"",
	    "\"offset\":\"36864\"", "its area is another's" },
	{ "a number of twenty digits", "\"offset\":\"417792\"",
	    "\"offset\":\"18446744073709551616\"", "not among the keyslots" },
	{ "priority", "\"type\":\"luks2\"", "\"priority\":0,\"type\":"
	    "\"luks2\"", "not of type luks2, or with more" },
	{ "slot 32", "{\"0\":{\"type\":\"luks2\"", "{\"32\":{\"type\":"
	    "\"luks2\"", "a keyslot without number" },
	{ "a password stretched with pbkdf2", "\"keyslots\":[\"1\"]",
	    "\"keyslots\":[\"0\"]", "too weak for a password" },
	{ "a token of no slot", "\"keyslots\":[\"1\"]",
	    "\"keyslots\":[\"7\"]", "its own" },
	{ "a token of two slots", "\"keyslots\":[\"1\"]",
	    "\"keyslots\":[\"0\",\"1\"]", "its own" },
	{ "a token of another kind", "\"systemd-tpm2\"", "\"clevis\"",
	    "type other than" },
	{ "a PIN", "\"tpm2-pin\":false", "\"tpm2-pin\":true", "wants a PIN" },
	{ "a PCR lock", "\"tpm2-pin\":false", "\"tpm2_pcrlock\":true",
	    "a PCR lock" },
	{ "a signed PCR policy", "\"tpm2-pin\":false",
	    "\"tpm2_pubkey\":\"AA==\"", "a signed PCR policy" },
	{ "the PCRs of a signed policy", "\"tpm2-pin\":false",
	    "\"tpm2_pubkey_pcrs\":[11]", "a signed PCR policy" },
	{ "what is not known of a token", "\"tpm2-pin\":false",
	    "\"tpm2_salt\":\"AA==\"", "not known" },
	{ "a bind in systemd's token", "\"tpm2-pin\":false",
	    "\"bind\":\"tpm+tee\"", "not known" },
	{ "PCR 24", "\"tpm2-pcrs\":[4", "\"tpm2-pcrs\":[24", "PCRs" },
	{ "a PCR twice", "\"tpm2-pcrs\":[4", "\"tpm2-pcrs\":[7", "PCRs" },
	{ "no PCR", "[4,7,9,11,15]", "[]", "PCRs" },
	{ "SHA-1", "\"tpm2-pcr-bank\":\"sha256\"",
	    "\"tpm2-pcr-bank\":\"sha1\"", "bank other than" },
	{ "a primary of no kind", "\"ecc\"", "\"null\"", "primary key" },
	{ "a policy that is short", "00112233445566778899aabbccddeeff", "",
	    "policy digest" },
	{ "no base64", "AAEAAAE=", "AAEAA!E=", "tpm2-blob" },
	{ "json_size", "\"json_size\":\"12288\"", "\"json_size\":\"12289\"",
	    "json_size" },
	{ "keyslots_size", "\"1048576\"", "\"2097152\"", "keyslots_size" },
	{ "a part too many", "{\"keyslots\":", "{\"x\":{},\"keyslots\":",
	    "five parts" },
	{ "a member twice", "{\"keyslots\":", "{\"config\":{},\"keyslots\":",
	    "malformed" },
	{ "no keyslot", "\"keyslots\":{\"0\"", "\"keyslots\":{},\"k\":{\"0\"",
	    "five parts" },
	{ "no JSON", "{\"keyslots\"", "\"keyslots\"", "malformed" },
};

static void
test_edits(void)
{
	char *json;
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		test_begin(edits[i].name);
		json = forge_edit(forge_json, edits[i].from, edits[i].to);
		if (!CHECK(json != NULL))
			continue;
		forge_header(header, json);
		free(json);
		refused(edits[i].why);
	}
}

/* In a keyslot and in the segment: what would be opened with any password,
 * and be written to in clear. */
static void
test_null_both(void)
{
	char *slot, *both;

	test_begin("CVE-2025-59054, CVE-2025-58356: null cipher in both");
	slot = forge_edit(forge_json, AREA,
	    "\"encryption\":\"cipher_null-ecb\",\"key_size\"");
	both = forge_edit(slot, SEGMENT,
	    "\"encryption\":\"cipher_null-ecb\",\"sector_size\"");
	forge_header(header, both);
	refused("cipher other than aes-xts-plain64");
	free(slot);
	free(both);
	test_begin("CVE-2025-59054: null cipher in the second keyslot");
	slot = forge_edit(forge_json, "\"385024\",\"encryption\":"
	    "\"aes-xts-plain64\",\"key_size\":64},\"kdf\":{\"type\":"
	    "\"pbkdf2\"", "\"385024\",\"encryption\":\"cipher_null-ecb\","
	    "\"key_size\":64},\"kdf\":{\"type\":\"pbkdf2\"");
	if (CHECK(slot != NULL))
		forge_header(header, slot);
	refused("keyslot 1: cipher other than");
	free(slot);
}

static void
token_edit(const char *from, const char *to)
{
	char *json = forge_edit(forge_json, from, to);

	if (CHECK(json != NULL))
		forge_header(header, json);
	free(json);
}

/* The whole token of slot 1 in another form. */
static void
token_whole(const char *to)
{
	const char *begin = strstr(forge_json, "{\"type\":\"systemd-tpm2\"");
	char from[512];

	snprintf(from, sizeof(from), "%.*s", (int)(strstr(begin, "},") -
	    begin + 1), begin);
	from[strlen(from) - 1] = '\0';	/* the brace is of "tokens" */
	token_edit(from, to);
}

static void
test_tee(void)
{
	char why[HEADER_REASON_MAX] = "";
	struct header_facts f;

	test_begin("a token into whose secret a key of the TEE is mixed");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\",\"bind\":\"tpm+tee\"");
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
	CHECK_STR(why, "");
	CHECK_INT(f.token[0].bind, BIND_TPM_TEE);
	CHECK_INT(f.token[0].blob_len, 5);
	test_begin("one of the TEE alone");
	token_whole("{\"type\":\"cosmian-fstool\",\"keyslots\":[\"1\"],"
	    "\"bind\":\"tee\"}");
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
	CHECK_STR(why, "");
	CHECK_INT(f.ntokens, 1);
	CHECK_INT(f.token[0].bind, BIND_TEE);
	CHECK_INT(f.token[0].slot, 1);
	CHECK_INT(f.slot[1].of_token, 1);
	CHECK_INT(f.token[0].blob_len, 0);
	test_begin("and of a slot that is not its own");
	token_whole("{\"type\":\"cosmian-fstool\",\"keyslots\":[\"0\"],"
	    "\"bind\":\"tee\"}");
	refused("too weak for a password");
	token_whole("{\"type\":\"cosmian-fstool\",\"keyslots\":[],"
	    "\"bind\":\"tee\"}");
	refused("not exactly one keyslot");
	test_begin("of the TEE alone, and something sealed");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\",\"bind\":\"tee\"");
	refused("with more than that has");
	test_begin("bound to what is not known, or to nothing");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\",\"bind\":\"tpm\"");
	refused("bound to something else");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\",\"bind\":1");
	refused("bound to something else");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\"");
	refused("bound to something else");
	test_begin("a member more");
	token_edit("\"systemd-tpm2\"", "\"cosmian-fstool\",\"bind\":"
	    "\"tpm+tee\",\"x\":1");
	refused("a member that is not known");
	test_begin("a PIN in ours");
	token_edit("\"tpm2-pin\":false", "\"tpm2-pin\":true");
	refused("wants a PIN");
}

/* As systemd-cryptenroll of Debian 12 wrote it, with a password of cryptsetup's. */
static void
test_systemd(void)
{
	static char json[16384];
	char why[HEADER_REASON_MAX] = "";
	struct header_facts f;
	FILE *in;

	test_begin("a token that systemd-cryptenroll wrote");
	in = fopen("regress/corpus/header/systemd-cryptenroll-252.json", "r");
	if (!CHECK(in != NULL))
		return;
	json[fread(json, 1, sizeof(json) - 1, in)] = '\0';
	fclose(in);
	forge_header(header, json);
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
	CHECK_STR(why, "");
	CHECK_INT(f.ntokens, 1);
	CHECK_INT(f.token[0].bind, BIND_TPM);
	CHECK_INT(f.token[0].pcr_mask, 1 << 4 | 1 << 7 | 1 << 11);
	CHECK_INT(f.token[0].bank, 0x000b);
	CHECK_INT(f.token[0].primary_ecc, 1);
	CHECK_INT(f.token[0].blob_len, 240);
	CHECK_INT(f.token[0].srk_len, 0);
	test_begin("and of an older systemd, which has no word of a PIN");
	token_edit(",\"tpm2-pin\":false", "");
	CHECK_OK(header_check(span_make(header, sizeof(header)), &f, why));
}

/* A byte at an offset of one copy, its checksum made right again. */
static void
patched(const char *name, size_t at, size_t off, uint8_t value,
    const char *why)
{
	test_begin(name);
	forge_header(header, forge_json);
	header[at + off] = value;
	forge_seal(header, at);
	refused(why);
}

static void
test_binary(void)
{
	struct header_facts f;
	char why[HEADER_REASON_MAX], *json;
	size_t n;

	patched("magic", 0, 0, 'X', "no LUKS header");
	patched("the second copy's magic", FORGE_COPY, 0, 'X',
	    "second copy is damaged");
	patched("version 1", 0, 7, 1, "not version 2");
	patched("an old second copy", FORGE_COPY, 23, 2, "different ages");
	patched("label of one", 0, 24, 'x', "the two copies differ");
	patched("UUID of one", 0, 168, '2', "the two copies differ");
	patched("a label that does not end", 0, 71, 'x', "does not end");
	patched("hdr_offset", 0, 263, 1, "hdr_offset");
	patched("checksum algorithm", 0, 75, '5', "other than sha256");
	patched("padding", 0, 300, 1, "padding");
	patched("padding to a page", 0, 4095, 1, "padding");
	patched("hdr_size", 0, 14, 0x41, "none that exists");
	patched("bytes behind the JSON", 0, FORGE_COPY - 1, 'x',
	    "bytes follow the JSON");
	test_begin("a bit of the first copy");
	forge_header(header, forge_json);
	header[5000] ^= 1;
	refused("its checksum is wrong");
	test_begin("a bit of the second copy");
	forge_header(header, forge_json);
	header[FORGE_COPY + 5000] ^= 1;
	refused("its checksum is wrong");
	test_begin("JSON of one copy");
	json = forge_edit(forge_json, "\"time\":4", "\"time\":5");
	forge_header(header, json);
	free(json);
	memcpy(header + FORGE_COPY + 4096, forge_json, strlen(forge_json));
	forge_seal(header, FORGE_COPY);
	refused("the two copies differ");
	test_begin("a UUID that is none");
	forge_header(header, forge_json);
	header[168] = header[FORGE_COPY + 168] = 'g';
	forge_seal(header, 0);
	forge_seal(header, FORGE_COPY);
	refused("UUID is none");
	test_begin("a subsystem");
	forge_header(header, forge_json);
	header[208] = header[FORGE_COPY + 208] = 'g';
	forge_seal(header, 0);
	forge_seal(header, FORGE_COPY);
	refused("a subsystem");
	test_begin("cut off anywhere");
	forge_header(header, forge_json);
	for (n = 0; n < FORGE_SIZE; n += n < 2 * FORGE_COPY ? 97 : 9973)
		CHECK_FAIL(header_check(span_make(header, n), &f, why));
}

int
main(void)
{
	test_good();
	test_edits();
	test_null_both();
	test_tee();
	test_systemd();
	test_binary();
	return test_end();
}
