/*
 * Layout of the kernel's integrity.h: u8 type (3 digital signature, 6 of a
 * verity digest), u8 version (2, 3), u8 hash, be32 key id, be16 length,
 * signature.  Version 2 signs the file's digest; version 3 the digest of
 * { u8 type, u8 hash, digest }.
 */
#include <string.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "evidence/attest_verify.h"
#include "evidence/ima_sig.h"

#define XATTR_IMA_SIG		3
#define XATTR_VERITY_SIG	6
#define MAX_KEY_FILE		(256u * 1024)

/* hash_algo of the kernel, as far as libcrypto always has them. */
static const struct {
	uint8_t		 id;
	enum digest_alg	 alg;
} hash_ids[] = {
	{ 2, DIGEST_SHA1 }, { 4, DIGEST_SHA256 }, { 5, DIGEST_SHA384 },
	{ 6, DIGEST_SHA512 },
};

static int
key_add(struct ima_keys *k, EVP_PKEY *p)
{
	if (p == NULL)
		return -1;
	if (k->n == MAX_IMA_KEYS) {
		EVP_PKEY_free(p);
		return -1;
	}
	k->key[k->n++] = p;
	return 0;
}

static EVP_PKEY *
key_der(const uint8_t *p, size_t n)
{
	const uint8_t *q = p;
	EVP_PKEY *pkey;
	X509 *x;

	if ((pkey = d2i_PUBKEY(NULL, &q, (long)n)) != NULL)
		return pkey;
	q = p;
	if ((x = d2i_X509(NULL, &q, (long)n)) == NULL)
		return NULL;
	pkey = X509_get_pubkey(x);
	X509_free(x);
	return pkey;
}

int
ima_keys_load(struct ima_keys *k, struct span s)
{
	BIO *bio;
	char *name, *header;
	uint8_t *data;
	long n;
	int rc = 0;

	memset(k, 0, sizeof(*k));
	if (s.n == 0 || s.n > MAX_KEY_FILE ||
	    (bio = BIO_new_mem_buf(s.p, (int)s.n)) == NULL)
		return -1;
	while (rc == 0 && PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
		rc = key_add(k, key_der(data, n));
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	BIO_free(bio);
	if (k->n == 0 && rc == 0)
		rc = key_add(k, key_der(s.p, s.n));
	return rc;
}

void
ima_keys_free(struct ima_keys *k)
{
	while (k->n > 0)
		EVP_PKEY_free(k->key[--k->n]);
}

static int
digest_verify(EVP_PKEY *key, enum digest_alg alg, struct span digest,
    struct span sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	EVP_MD *md = EVP_MD_fetch(NULL, digest_name(alg), NULL);
	int ok = 0;

	if (ctx != NULL && md != NULL && EVP_PKEY_verify_init(ctx) == 1 &&
	    (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
	    EVP_PKEY_CTX_set_signature_md(ctx, md) == 1)
		ok = EVP_PKEY_verify(ctx, sig.p, sig.n, digest.p,
		    digest.n) == 1;
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* struct ima_file_id and its digest */
static int
file_id_digest(uint8_t type, uint8_t id, enum digest_alg alg,
    struct span digest, uint8_t *ret)
{
	uint8_t b[2 + DIGEST_MAX];

	b[0] = type;
	b[1] = id;
	memcpy(b + 2, digest.p, digest.n);
	return digest_bytes(alg, span_make(b, 2 + digest.n), ret);
}

enum ima_sig_result
ima_sig_verify(const struct ima_keys *k, const struct ima_fields *f)
{
	struct span digest = f->digest, sig;
	uint8_t d[DIGEST_MAX], type, version, id;
	enum digest_alg alg = DIGEST_NONE;
	struct cursor c;
	uint16_t len;
	size_t i;

	if (f->sig.n == 0)
		return IMA_SIG_NONE;
	cursor_init(&c, f->sig);
	if (cursor_u8(&c, &type) == -1 || cursor_u8(&c, &version) == -1 ||
	    cursor_u8(&c, &id) == -1 || cursor_skip(&c, 4) == -1 ||
	    cursor_be16(&c, &len) == -1 || cursor_take(&c, len, &sig) == -1 ||
	    cursor_left(&c) != 0)
		return IMA_SIG_UNKNOWN;
	for (i = 0; i < sizeof(hash_ids) / sizeof(hash_ids[0]); i++)
		if (hash_ids[i].id == id)
			alg = hash_ids[i].alg;
	if (alg == DIGEST_NONE || !((type == XATTR_IMA_SIG && version == 2) ||
	    (type == XATTR_VERITY_SIG && version == 3)))
		return IMA_SIG_UNKNOWN;
	/* the digest in the list must be what was signed */
	if (alg != f->alg || digest.n != digest_size(alg))
		return IMA_SIG_BAD;
	if (version == 3) {
		if (file_id_digest(type, id, alg, digest, d) == -1)
			return IMA_SIG_UNKNOWN;
		digest = span_make(d, digest_size(alg));
	}
	for (i = 0; i < k->n; i++)
		if (digest_verify(k->key[i], alg, digest, sig))
			return IMA_SIG_GOOD;
	return IMA_SIG_BAD;
}
