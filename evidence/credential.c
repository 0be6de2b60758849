/*
 * MakeCredential in software.  The seed goes to the EK; what is derived from it
 * encrypts the secret and authenticates it together with the AK's Name, so a
 * TPM gives the secret back only if the object of that Name is loaded in it.
 */
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "evidence/attest_verify.h"
#include "evidence/credential.h"
#include "evidence/hash.h"
#include "evidence/tpm_key.h"
#include "evidence/tpm_verify.h"

/* TPMA_OBJECT (part 2, 8.3). */
#define A_FIXED_TPM		(1u << 1)
#define A_FIXED_PARENT		(1u << 4)
#define A_ORIGIN		(1u << 5)
#define A_RESTRICTED		(1u << 16)
#define A_DECRYPT		(1u << 17)
#define A_SIGN			(1u << 18)
#define A_NEED	(A_FIXED_TPM | A_FIXED_PARENT | A_ORIGIN | A_RESTRICTED | \
		    A_DECRYPT)

#define POINT_MAX	(1 + 2 * 48)

static const char	identity[] = "IDENTITY";

struct seed {
	size_t	 n;
	uint8_t	 b[DIGEST_MAX];
};

/* HMAC of at most 256 bytes of message. */
static int
hmac(enum digest_alg alg, struct span key, struct span msg, uint8_t *ret)
{
	EVP_MD *md = EVP_MD_fetch(NULL, digest_name(alg), NULL);
	unsigned int n = 0;
	int rc = -1;

	if (md != NULL && HMAC(md, key.p, (int)key.n, msg.p, msg.n, ret,
	    &n) != NULL && n == digest_size(alg))
		rc = 0;
	EVP_MD_free(md);
	return rc;
}

/* KDFa (part 1, 11.4.10.2) for one block of the digest. */
static int
kdfa(enum digest_alg alg, const struct seed *seed, const char *label,
    struct span context, unsigned bits, uint8_t *ret)
{
	uint8_t out[DIGEST_MAX];
	struct buf b;
	int rc = -1;

	buf_init(&b, 0);
	buf_add_be32(&b, 1);
	buf_add(&b, label, strlen(label) + 1);
	buf_add(&b, context.p, context.n);
	buf_add_be32(&b, bits);
	if (!b.failed && bits <= 8 * digest_size(alg) &&
	    hmac(alg, span_make(seed->b, seed->n), buf_span(&b), out) == 0) {
		memcpy(ret, out, bits / 8);
		rc = 0;
	}
	OPENSSL_cleanse(out, sizeof(out));
	buf_free(&b);
	return rc;
}

/* KDFe (part 1, 11.4.10.3): the digest of Z, label and both x. */
static int
kdfe(enum digest_alg alg, struct span z, struct span ux, struct span vx,
    struct seed *ret)
{
	static const uint8_t one[4] = { 0, 0, 0, 1 };
	struct hash h;
	int rc = -1;

	if (hash_init(&h, alg) == 0 && hash_start(&h) == 0 &&
	    hash_add(&h, one, sizeof(one)) == 0 &&
	    hash_add(&h, z.p, z.n) == 0 &&
	    hash_add(&h, identity, sizeof(identity)) == 0 &&
	    hash_add(&h, ux.p, ux.n) == 0 && hash_add(&h, vx.p, vx.n) == 0 &&
	    hash_end(&h, ret->b) == 0) {
		ret->n = digest_size(alg);
		rc = 0;
	}
	hash_free(&h);
	return rc;
}

/* A random seed, by OAEP with the label and its NUL (part 1, B.10.4). */
static int
seed_rsa(EVP_PKEY *ek, enum digest_alg alg, struct seed *seed,
    struct credential *c)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ek, NULL);
	void *label = OPENSSL_memdup(identity, sizeof(identity));
	int rc = -1;

	seed->n = digest_size(alg);
	c->seed_len = sizeof(c->seed);
	if (ctx == NULL || label == NULL ||
	    RAND_priv_bytes(seed->b, (int)seed->n) != 1 ||
	    EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest_name(alg),
	    NULL) != 1 || EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label,
	    sizeof(identity)) != 1)
		goto out;
	label = NULL;	/* the context's */
	if (EVP_PKEY_encrypt(ctx, c->seed, &c->seed_len, seed->b,
	    seed->n) == 1)
		rc = 0;
out:
	OPENSSL_free(label);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static int
agree(EVP_PKEY *own, EVP_PKEY *ek, uint8_t *z, size_t n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = n;
	int rc = -1;

	if (ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, ek) == 1 &&
	    EVP_PKEY_derive(ctx, z, &len) == 1 && len == n)
		rc = 0;
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* The public point, uncompressed, of coordinates of n bytes. */
static int
point_get(EVP_PKEY *k, size_t n, uint8_t *ret)
{
	size_t len;

	return EVP_PKEY_get_octet_string_param(k,
	    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, ret, POINT_MAX, &len) == 1 &&
	    len == 1 + 2 * n && ret[0] == 4 ? 0 : -1;
}

/* The seed from an ephemeral key, whose point is what the TPM gets (part 1,
 * C.6.1): TPMS_ECC_POINT. */
static int
seed_ecc(EVP_PKEY *ek, enum tpm_key curve, enum digest_alg alg,
    struct seed *seed, struct credential *c)
{
	size_t n = curve == TPM_KEY_P256 ? 32 : 48;
	uint8_t z[48], own_pt[POINT_MAX], ek_pt[POINT_MAX];
	EVP_PKEY *own = EVP_EC_gen(n == 32 ? "P-256" : "P-384");
	struct buf b;
	int rc = -1;

	buf_init(&b, sizeof(c->seed));
	if (own == NULL || point_get(own, n, own_pt) == -1 ||
	    point_get(ek, n, ek_pt) == -1 || agree(own, ek, z, n) == -1 ||
	    kdfe(alg, span_make(z, n), span_make(own_pt + 1, n),
	    span_make(ek_pt + 1, n), seed) == -1)
		goto out;
	buf_add_be16(&b, n);
	buf_add(&b, own_pt + 1, n);
	buf_add_be16(&b, n);
	buf_add(&b, own_pt + 1 + n, n);
	if (b.failed)
		goto out;
	memcpy(c->seed, b.p, b.n);
	c->seed_len = b.n;
	rc = 0;
out:
	OPENSSL_cleanse(z, sizeof(z));
	buf_free(&b);
	EVP_PKEY_free(own);
	return rc;
}

static int
cfb_encrypt(unsigned bits, const uint8_t *key, uint8_t *p, size_t n)
{
	static const uint8_t iv[16];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, rc = -1;

	if (ctx != NULL && EVP_EncryptInit_ex2(ctx, bits == 128 ?
	    EVP_aes_128_cfb128() : EVP_aes_256_cfb128(), key, iv, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, p, &len, p, (int)n) == 1 &&
	    (size_t)len == n)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

/* TPMS_ID_OBJECT: outer HMAC, then the encrypted TPM2B of the secret. */
static int
blob_make(const struct tpm_public *ek, const struct seed *seed,
    struct credential *c)
{
	enum digest_alg alg = ek->name_alg;
	size_t n = digest_size(alg), enc_len = 2 + sizeof(c->secret);
	uint8_t *enc = c->blob + 2 + n, key[DIGEST_MAX];
	uint8_t msg[2 + sizeof(c->secret) + TPM_NAME_MAX];
	int rc = -1;

	enc[0] = 0;
	enc[1] = sizeof(c->secret);
	memcpy(enc + 2, c->secret, sizeof(c->secret));
	if (kdfa(alg, seed, "STORAGE", span_make(c->ak_name, c->ak_name_len),
	    ek->aes_bits, key) == -1 ||
	    cfb_encrypt(ek->aes_bits, key, enc, enc_len) == -1)
		goto out;
	memcpy(msg, enc, enc_len);
	memcpy(msg + enc_len, c->ak_name, c->ak_name_len);
	c->blob[0] = 0;
	c->blob[1] = n;
	if (kdfa(alg, seed, "INTEGRITY", span_make(NULL, 0), 8 * n, key) == -1 ||
	    hmac(alg, span_make(key, n), span_make(msg, enc_len +
	    c->ak_name_len), c->blob + 2) == -1)
		goto out;
	c->blob_len = 2 + n + enc_len;
	rc = 0;
out:
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* Any other key would open the challenge for whoever may use it: only a
 * restricted storage key gives nothing away but to its own TPM's objects. */
static const char *
ek_refused(const struct tpm_public *ek)
{
	if ((ek->attributes & A_NEED) != A_NEED ||
	    (ek->attributes & A_SIGN) != 0)
		return "the endorsement key is not a restricted decryption "
		    "key of this TPM alone";
	if (ek->scheme != TPM_SCHEME_NONE)
		return "the endorsement key has a signing scheme";
	if (ek->name_alg == DIGEST_SHA1)
		return "the endorsement key's name is of SHA-1";
	if (ek->aes_bits != 128 && ek->aes_bits != 256)
		return "the endorsement key does not encrypt with AES-128 or "
		    "AES-256 in CFB mode";
	return NULL;
}

/* nameAlg and a digest of its size. */
static int
name_set(struct span name, struct credential *c)
{
	enum digest_alg alg;

	if (name.n < 2 || name.n > sizeof(c->ak_name))
		return -1;
	alg = digest_by_tpm_id(name.p[0] << 8 | name.p[1]);
	if (alg == DIGEST_NONE || name.n != 2 + digest_size(alg))
		return -1;
	memcpy(c->ak_name, name.p, name.n);
	c->ak_name_len = name.n;
	return 0;
}

static int
challenge(const struct tpm_public *ek, EVP_PKEY *pkey, struct credential *c)
{
	struct seed seed;
	int rc = -1;

	if (RAND_priv_bytes(c->secret, sizeof(c->secret)) == 1 &&
	    RAND_bytes(c->nonce, sizeof(c->nonce)) == 1 &&
	    (ek->key == TPM_KEY_RSA ?
	    seed_rsa(pkey, ek->name_alg, &seed, c) :
	    seed_ecc(pkey, ek->key, ek->name_alg, &seed, c)) == 0)
		rc = blob_make(ek, &seed, c);
	OPENSSL_cleanse(&seed, sizeof(seed));
	return rc;
}

int
credential_make(struct span ek_public, struct span ak_name,
    struct credential *ret, const char **ret_err)
{
	struct credential c;
	struct tpm_public ek;
	EVP_PKEY *pkey = NULL;
	int rc = -1;

	memset(&c, 0, sizeof(c));
	*ret_err = "the endorsement key is malformed or of a type that is not "
	    "known";
	if (tpm_public_decode(ek_public, &ek) == -1)
		goto out;
	if ((*ret_err = ek_refused(&ek)) != NULL)
		goto out;
	*ret_err = "the attestation key's name is malformed";
	if (name_set(ak_name, &c) == -1)
		goto out;
	*ret_err = "the endorsement key is no RSA key of 2048 to 4096 bits, "
	    "and no point of its curve";
	if ((pkey = tpm_public_pkey(&ek)) == NULL)
		goto out;
	*ret_err = "no memory";
	if (digest_bytes(DIGEST_SHA256, ek_public, c.ek_sha256) == -1 ||
	    challenge(&ek, pkey, &c) == -1)
		goto out;
	*ret_err = NULL;
	*ret = c;
	rc = 0;
out:
	OPENSSL_cleanse(&c, sizeof(c));
	EVP_PKEY_free(pkey);
	return rc;
}

void
credential_clear(struct credential *c)
{
	OPENSSL_cleanse(c, sizeof(*c));
}

int
credential_proof(const struct credential *c, struct span cert,
    struct span conn, uint8_t ret_proof[CREDENTIAL_PROOF_LEN])
{
	static const char label[] = "CVM-ACT-1";
	struct buf b;
	int rc = -1;

	if (cert.n != 32 || conn.n != 32 || c->ak_name_len == 0)
		return -1;
	buf_init(&b, 0);
	buf_add(&b, label, sizeof(label));
	buf_add(&b, c->nonce, sizeof(c->nonce));
	buf_add(&b, cert.p, cert.n);
	buf_add(&b, conn.p, conn.n);
	buf_add(&b, c->ak_name, c->ak_name_len);
	if (!b.failed)
		rc = hmac(DIGEST_SHA256, span_make(c->secret,
		    sizeof(c->secret)), buf_span(&b), ret_proof);
	buf_free(&b);
	return rc;
}
