/* Public keys of a TPM from files, and their names. */
#include <string.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "evidence/hash.h"
#include "evidence/tpm_forms.h"
#include "evidence/tpm_key.h"
#include "evidence/tpm_verify.h"

static int
pkey_allowed(EVP_PKEY *p)
{
	char group[32];
	size_t n;

	switch (EVP_PKEY_get_base_id(p)) {
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(p) >= 2048 &&
		    EVP_PKEY_get_bits(p) <= 4096;
	case EVP_PKEY_EC:
		return EVP_PKEY_get_group_name(p, group, sizeof(group),
		    &n) == 1 && (strcmp(group, "prime256v1") == 0 ||
		    strcmp(group, "secp384r1") == 0);
	default:
		return 0;
	}
}

static EVP_PKEY *
pkey_file(struct span s)
{
	const uint8_t *p = s.p;
	EVP_PKEY *pkey;
	BIO *bio;

	if (s.n == 0 || s.n > MAX_TPM_BLOB)
		return NULL;
	pkey = d2i_PUBKEY(NULL, &p, (long)s.n);
	if (pkey != NULL && p != s.p + s.n) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	if (pkey != NULL || (bio = BIO_new_mem_buf(s.p, (int)s.n)) == NULL)
		return pkey;
	pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return pkey;
}

int
tpm_anykey_load(struct span s, struct tpm_anykey *k)
{
	struct span inner = { NULL, 0 };

	memset(k, 0, sizeof(*k));
	if (s.n > 2 && (size_t)(s.p[0] << 8 | s.p[1]) == s.n - 2)
		inner = span_make(s.p + 2, s.n - 2);
	if (tpm_public_decode(s, &k->pub) == 0 ||
	    (inner.n > 0 && tpm_public_decode(inner, &k->pub) == 0)) {
		k->has_public = 1;
		k->pkey = tpm_public_pkey(&k->pub);
		return k->pkey != NULL ? 0 : -1;
	}
	k->pkey = pkey_file(s);
	return k->pkey != NULL && pkey_allowed(k->pkey) ? 0 : -1;
}

void
tpm_anykey_free(struct tpm_anykey *k)
{
	EVP_PKEY_free(k->pkey);
	k->pkey = NULL;
}

int
tpm_qualified_name(const struct tpm_public *p, struct span parent,
    uint8_t *ret, size_t *ret_len)
{
	uint8_t name[TPM_NAME_MAX];
	struct hash h;
	size_t n;
	int rc = -1;

	if (tpm_name(p, name, &n) == -1)
		return -1;
	memcpy(ret, name, 2);
	if (hash_init(&h, p->name_alg) == 0 &&
	    hash_two(&h, parent, span_make(name, n), ret + 2) == 0) {
		*ret_len = 2 + h.size;
		rc = 0;
	}
	hash_free(&h);
	return rc;
}

const char *
tpm_primary_of(const struct tpm_public *p, struct span qualified)
{
	/* the name of a hierarchy is its handle */
	static const struct {
		const char	*name;
		uint8_t		 handle[4];
	} h[] = {
		{ "owner",       { 0x40, 0, 0, 0x01 } },
		{ "null",        { 0x40, 0, 0, 0x07 } },
		{ "endorsement", { 0x40, 0, 0, 0x0b } },
		{ "platform",    { 0x40, 0, 0, 0x0c } },
	};
	uint8_t q[TPM_NAME_MAX];
	size_t i, n;

	for (i = 0; i < sizeof(h) / sizeof(h[0]); i++)
		if (tpm_qualified_name(p, span_make(h[i].handle, 4), q,
		    &n) == 0 && span_eq(qualified, span_make(q, n)))
			return h[i].name;
	return NULL;
}
