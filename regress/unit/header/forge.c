#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/header/forge.h"

const char forge_json[] =
    "{\"keyslots\":{"
    "\"0\":{\"type\":\"luks2\",\"key_size\":96,"
    "\"af\":{\"type\":\"luks1\",\"stripes\":4000,\"hash\":\"sha256\"},"
    "\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":\"385024\","
    "\"encryption\":\"aes-xts-plain64\",\"key_size\":64},"
    "\"kdf\":{\"type\":\"argon2id\",\"time\":4,\"memory\":262144,\"cpus\":2,"
    "\"salt\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"}},"
    "\"1\":{\"type\":\"luks2\",\"key_size\":96,"
    "\"af\":{\"type\":\"luks1\",\"stripes\":4000,\"hash\":\"sha512\"},"
    "\"area\":{\"type\":\"raw\",\"offset\":\"417792\",\"size\":\"385024\","
    "\"encryption\":\"aes-xts-plain64\",\"key_size\":64},"
    "\"kdf\":{\"type\":\"pbkdf2\",\"hash\":\"sha512\",\"iterations\":1000,"
    "\"salt\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"}}},"
    "\"tokens\":{\"0\":{\"type\":\"systemd-tpm2\",\"keyslots\":[\"1\"],"
    "\"tpm2-blob\":\"AAEAAAE=\",\"tpm2-pcrs\":[4,7,9,11,15],"
    "\"tpm2-pcr-bank\":\"sha256\",\"tpm2-primary-alg\":\"ecc\","
    "\"tpm2-policy-hash\":\"00112233445566778899aabbccddeeff"
    "00112233445566778899aabbccddeeff\",\"tpm2-pin\":false}},"
    "\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"0\","
    "\"size\":\"dynamic\",\"iv_tweak\":\"0\","
    "\"encryption\":\"aes-xts-plain64\",\"sector_size\":4096,"
    "\"integrity\":{\"type\":\"hmac(sha256)\","
    "\"journal_encryption\":\"none\",\"journal_integrity\":\"none\"}}},"
    "\"digests\":{\"0\":{\"type\":\"pbkdf2\",\"keyslots\":[\"0\",\"1\"],"
    "\"segments\":[\"0\"],\"hash\":\"sha256\",\"iterations\":100000,"
    "\"salt\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\","
    "\"digest\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"}},"
    "\"config\":{\"json_size\":\"12288\",\"keyslots_size\":\"1048576\"}}";

char *
forge_edit(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	size_t head;
	char *out;

	if (at == NULL ||
	    (out = malloc(strlen(text) + strlen(to) + 1)) == NULL)
		return NULL;
	head = (size_t)(at - text);
	memcpy(out, text, head);
	strcpy(out + head, to);
	strcat(out, at + strlen(from));
	return out;
}

static void
put_be64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

void
forge_seal(uint8_t *h, size_t at)
{
	memset(h + at + 448, 0, 64);
	SHA256(h + at, FORGE_COPY, h + at + 448);
}

static void
copy_write(uint8_t *h, size_t at, const char *magic, const char *json)
{
	uint8_t *p = h + at;

	memcpy(p, magic, 6);
	p[7] = 2;
	put_be64(p + 8, FORGE_COPY);
	put_be64(p + 16, 3);
	strcpy((char *)p + 72, "sha256");
	memset(p + 104, at == 0 ? 0x5a : 0xa5, 64);
	strcpy((char *)p + 168, FORGE_UUID);
	put_be64(p + 256, at);
	strncpy((char *)p + 4096, json, FORGE_COPY - 4096 - 1);
	forge_seal(h, at);
}

void
forge_header(uint8_t *h, const char *json)
{
	memset(h, 0, FORGE_SIZE);
	copy_write(h, 0, "LUKS\xba\xbe", json);
	copy_write(h, FORGE_COPY, "SKUL\xba\xbe", json);
}
