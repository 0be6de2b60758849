/* RA-TLS certificates: reading, and what binds key and quote. */
#include <string.h>
#include <openssl/evp.h>

#include "evidence/attest_verify.h"
#include "evidence/limits.h"
#include "evidence/ratls.h"
#include "evidence/x509.h"

static const char *const oids[RATLS_TEE_MAX] = {
	RATLS_OID_SGX, RATLS_OID_SEV, RATLS_OID_TDX
};

static int
key_decode(X509 *x, uint8_t point[65])
{
	EVP_PKEY *pkey = X509_get0_pubkey(x);
	char group[32] = "";
	size_t n = 0;

	if (pkey == NULL || EVP_PKEY_get_group_name(pkey, group,
	    sizeof(group), NULL) != 1 || strcmp(group, "prime256v1") != 0)
		return -1;
	if (EVP_PKEY_get_octet_string_param(pkey, "pub", point, 65, &n) != 1 ||
	    n != 65 || point[0] != 4)
		return -1;
	return 0;
}

int
ratls_decode(struct span s, struct ratls *ret, const char **ret_why)
{
	struct span quote;
	int i, n, found = 0;

	memset(ret, 0, sizeof(*ret));
	*ret_why = "it is no certificate, in PEM or DER";
	if ((ret->x = x509_file(s, MAX_RATLS_CERT)) == NULL)
		return -1;
	*ret_why = "its key is not on P-256";
	if (key_decode(ret->x, ret->point) == -1)
		return -1;
	*ret_why = "it has more than one extension with a quote";
	for (i = 0; i < RATLS_TEE_MAX; i++) {
		if ((n = x509_extension(ret->x, oids[i], &quote)) == 0)
			continue;
		if (n == -1 || found++ != 0)
			return -1;
		ret->tee = i;
		ret->oid = oids[i];
		ret->quote = quote;
	}
	*ret_why = "it has no extension with a quote";
	return found == 1 ? 0 : -1;
}

void
ratls_free(struct ratls *r)
{
	X509_free(r->x);
	r->x = NULL;
}

int
ratls_self_signed(const struct ratls *r)
{
	int md, pk;

	return X509_get_signature_info(r->x, &md, &pk, NULL, NULL) == 1 &&
	    md == NID_sha256 && pk == EVP_PKEY_EC &&
	    x509_signed_by(r->x, r->x);
}

int
ratls_report_data(const struct ratls *r, struct span extra, uint8_t ret[64])
{
	if (extra.n != 0 && extra.n != 32)
		return -1;
	memset(ret, 0, 64);
	if (extra.n != 0)
		memcpy(ret + 32, extra.p, 32);
	return digest_bytes(DIGEST_SHA256, span_make(r->point, 65), ret);
}
