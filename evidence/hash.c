/* Digests by libcrypto. */
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/hash.h"

int
hash_init(struct hash *h, enum digest_alg alg)
{
	memset(h, 0, sizeof(*h));
	if (digest_size(alg) == 0)
		return -1;
	h->md = EVP_MD_fetch(NULL, digest_name(alg), NULL);
	h->ctx = EVP_MD_CTX_new();
	h->size = digest_size(alg);
	if (h->md == NULL || h->ctx == NULL ||
	    (size_t)EVP_MD_get_size(h->md) != h->size)
		return -1;
	return EVP_DigestInit_ex2(h->ctx, h->md, NULL) == 1 ? 0 : -1;
}

void
hash_free(struct hash *h)
{
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	h->ctx = NULL;
	h->md = NULL;
}

int
hash_start(struct hash *h)
{
	return EVP_DigestInit_ex2(h->ctx, NULL, NULL) == 1 ? 0 : -1;
}

int
hash_add(struct hash *h, const void *p, size_t n)
{
	return n == 0 || EVP_DigestUpdate(h->ctx, p, n) == 1 ? 0 : -1;
}

int
hash_end(struct hash *h, uint8_t *ret)
{
	return EVP_DigestFinal_ex(h->ctx, ret, NULL) == 1 ? 0 : -1;
}

int
hash_two(struct hash *h, struct span a, struct span b, uint8_t *ret)
{
	if (hash_start(h) == -1 || hash_add(h, a.p, a.n) == -1 ||
	    hash_add(h, b.p, b.n) == -1)
		return -1;
	return hash_end(h, ret);
}

int
digest_bytes(enum digest_alg alg, struct span s, uint8_t *ret)
{
	struct hash h;
	int rc = -1;

	if (hash_init(&h, alg) == 0)
		rc = hash_two(&h, s, span_make(NULL, 0), ret);
	hash_free(&h);
	return rc;
}
