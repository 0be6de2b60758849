#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <string.h>
#include <sys/random.h>

#include "fstool/keys.h"
#include "fstool/why.h"

int
keys_alloc(struct secret *s, size_t n)
{
	if (secret_alloc(s, n) == -1)
		return could_not("no memory that is kept from the swap "
		    "(RLIMIT_MEMLOCK)");
	return 0;
}

int
keys_random(void *dst, size_t n)
{
	if (getrandom(dst, n, 0) != (ssize_t)n)
		return could_not("no random bytes from the kernel");
	return 0;
}

static int
hkdf(const uint8_t *ikm, size_t len, const char *uuid, const char *label,
    uint8_t ret[32])
{
	OSSL_PARAM p[5];
	EVP_KDF_CTX *ctx = NULL;
	EVP_KDF *kdf;
	int ok;

	p[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
	    (char *)(uintptr_t)"SHA256", 0);
	p[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
	    (void *)(uintptr_t)ikm, len);
	p[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
	    (void *)(uintptr_t)uuid, strlen(uuid));
	p[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
	    (void *)(uintptr_t)label, strlen(label));
	p[4] = OSSL_PARAM_construct_end();
	ok = (kdf = EVP_KDF_fetch(NULL, "HKDF", NULL)) != NULL &&
	    (ctx = EVP_KDF_CTX_new(kdf)) != NULL &&
	    EVP_KDF_derive(ctx, ret, 32, p) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok ? 0 : could_not("libcrypto: HKDF");
}

int
keys_slot(enum bind bind, const char *uuid, const uint8_t *sealed,
    const uint8_t *derived, uint8_t ret[SECRET_LEN])
{
	uint8_t both[2 * SECRET_LEN];
	int rc;

	if (bind == BIND_TPM && sealed != NULL) {
		memcpy(ret, sealed, SECRET_LEN);
		return 0;
	}
	if (derived == NULL || (bind == BIND_TPM_TEE) != (sealed != NULL))
		return could_not("a key of the TEE is missing");
	if (bind == BIND_TEE)
		return hkdf(derived, SECRET_LEN, uuid,
		    "cosmian_fstool slot tee 1", ret);
	memcpy(both, sealed, SECRET_LEN);
	memcpy(both + SECRET_LEN, derived, SECRET_LEN);
	rc = hkdf(both, sizeof(both), uuid, "cosmian_fstool slot tpm+tee 1",
	    ret);
	explicit_bzero(both, sizeof(both));
	return rc;
}

void
keys_slot_pass(const uint8_t secret[SECRET_LEN], char pass[SLOT_PASS_LEN + 1])
{
	EVP_EncodeBlock((unsigned char *)pass, secret, SECRET_LEN);
}

int
keys_pad(const char *uuid, const uint8_t secret[SECRET_LEN],
    uint8_t pad[MAC_LEN])
{
	return hkdf(secret, SECRET_LEN, uuid, "cosmian_fstool wrap 1", pad);
}

int
keys_mac_key(const char *uuid, const struct secret *key, uint8_t ret[MAC_LEN])
{
	return hkdf(key->p, key->n, uuid, "cosmian_fstool record 1", ret);
}

int
keys_counter_auth(const char *uuid, const struct secret *key,
    uint8_t ret[SECRET_LEN])
{
	return hkdf(key->p, key->n, uuid, "cosmian_fstool counter 1", ret);
}

int
keys_mac(const uint8_t key[MAC_LEN], const struct record *r,
    const struct record_entry *e, uint8_t ret[MAC_LEN])
{
	uint8_t buf[RECORD_MAX];
	unsigned int n = MAC_LEN;
	size_t len;

	if (record_maced(r, e, buf, sizeof(buf), &len) == -1)
		return could_not("the record does not fit");
	if (HMAC(EVP_sha256(), key, MAC_LEN, buf, len, ret, &n) == NULL)
		return could_not("libcrypto: HMAC");
	return 0;
}

int
keys_sha256(const void *p, size_t n, uint8_t ret[32])
{
	if (EVP_Digest(p, n, ret, NULL, EVP_sha256(), NULL) != 1)
		return could_not("libcrypto: SHA-256");
	return 0;
}

void
keys_xor(uint8_t dst[MAC_LEN], const uint8_t src[MAC_LEN])
{
	size_t i;

	for (i = 0; i < MAC_LEN; i++)
		dst[i] ^= src[i];
}
