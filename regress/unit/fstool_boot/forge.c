#include <openssl/evp.h>
#include <string.h>

#include "regress/unit/fstool_boot/forge.h"

static void
put(struct forge *f, const void *p, size_t n)
{
	if (n > 0)
		memcpy(f->b + f->n, p, n);
	f->n += n;
}

static void
le(uint8_t *p, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		*p++ = (uint8_t)v;
}

static void
put_le(struct forge *f, uint64_t v, size_t n)
{
	le(f->b + f->n, v, n);
	f->n += n;
}

void
forge_log(struct forge *f)
{
	f->n = 0;
	put_le(f, 0, 4);
	put_le(f, 3, 4);
	put(f, (uint8_t[20]){ 0 }, 20);
	put_le(f, 37, 4);
	put(f, "Spec ID Event03", 16);
	put_le(f, 0, 4);
	put(f, (uint8_t[4]){ 0, 2, 0, 2 }, 4);
	put_le(f, 2, 4);
	put_le(f, 0x000b, 2);
	put_le(f, 32, 2);
	put_le(f, 0x000c, 2);
	put_le(f, 48, 2);
	put_le(f, 0, 1);
}

static void
event(struct forge *f, uint32_t pcr, uint32_t type, const uint8_t *sha256,
    const uint8_t *sha384, struct span data)
{
	put_le(f, pcr, 4);
	put_le(f, type, 4);
	put_le(f, 2, 4);
	put_le(f, 0x000b, 2);
	put(f, sha256, 32);
	put_le(f, 0x000c, 2);
	put(f, sha384, 48);
	put_le(f, data.n, 4);
	put(f, data.p, data.n);
}

void
forge_event(struct forge *f, uint32_t pcr, uint32_t type, struct span m,
    struct span data)
{
	uint8_t a[32], b[48];

	EVP_Digest(m.p, m.n, a, NULL, EVP_sha256(), NULL);
	EVP_Digest(m.p, m.n, b, NULL, EVP_sha384(), NULL);
	event(f, pcr, type, a, b, data);
}

void
forge_digest(struct forge *f, uint32_t pcr, uint32_t type,
    const uint8_t *sha256, struct span data)
{
	event(f, pcr, type, sha256, (uint8_t[48]){ 1 }, data);
}

static void
headers_put(struct forge *f, size_t nparts)
{
	uint8_t *p = f->b;

	memset(p, 0, FORGE_HEADERS);
	memcpy(p, "MZ", 2);
	le(p + 0x3c, FORGE_PE, 4);
	memcpy(p + FORGE_PE, "PE\0\0", 4);
	le(p + FORGE_PE + 4, 0x8664, 2);
	le(p + FORGE_PE + 6, nparts, 2);
	le(p + FORGE_PE + 20, 240, 2);
	le(p + FORGE_OPT, 0x20b, 2);
	le(p + FORGE_OPT + 60, FORGE_HEADERS, 4);
	le(p + FORGE_CSUM, 0x12345678, 4);
	le(p + FORGE_OPT + 108, 16, 4);
	f->n = FORGE_HEADERS;
}

void
forge_pe(struct forge *f, const struct forge_part *parts, uint32_t cert)
{
	size_t i, n, padded;
	uint8_t *s;

	for (n = 0; parts[n].name != NULL; n++)
		;
	memset(f->b, 0, sizeof(f->b));
	headers_put(f, n);
	for (i = 0; i < n; i++) {
		s = f->b + FORGE_TABLE + 40 * i;
		padded = (parts[i].bytes.n + 511) / 512 * 512;
		if (parts[i].more != 0)	/* no padding that would be taken for it */
			padded = parts[i].bytes.n;
		memcpy(s, parts[i].name, strlen(parts[i].name));
		le(s + 8, parts[i].bytes.n + parts[i].more, 4);
		le(s + 12, 0x1000 * (i + 1), 4);
		le(s + 16, padded, 4);
		le(s + 20, padded == 0 ? 0 : f->n, 4);
		if (parts[i].bytes.n != 0)
			memcpy(f->b + f->n, parts[i].bytes.p,
			    parts[i].bytes.n);
		f->n += padded;
	}
	if (cert == 0)
		return;
	le(f->b + FORGE_CERT, f->n, 4);
	le(f->b + FORGE_CERT + 4, cert, 4);
	memset(f->b + f->n, 0xce, cert);
	f->n += cert;
}

void
forge_authenticode(const struct forge *f, uint8_t ret[32])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t cert = f->b[FORGE_CERT + 4] | (size_t)f->b[FORGE_CERT + 5] << 8;

	EVP_DigestInit(c, EVP_sha256());
	EVP_DigestUpdate(c, f->b, FORGE_CSUM);
	EVP_DigestUpdate(c, f->b + FORGE_CSUM + 4, FORGE_CERT - FORGE_CSUM - 4);
	EVP_DigestUpdate(c, f->b + FORGE_CERT + 8,
	    f->n - cert - FORGE_CERT - 8);
	EVP_DigestFinal(c, ret, NULL);
	EVP_MD_CTX_free(c);
}
