/* Intel's hierarchy.  A certificate is only what its issuer, its constraints
 * and its name together say: the TCB signing key must be no PCK, and no PCK
 * CA may sign TCB info. */
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "evidence/intel_chain.h"
#include "evidence/tpm_key.h"
#include "evidence/utc.h"
#include "evidence/x509.h"

int
cert_among(X509 *x, const struct span *s, size_t n)
{
	size_t i;
	int same = 0;

	for (i = 0; i < n && !same; i++)
		same = x509_is(x, s[i], MAX_TRUST_ROOT);
	return same;
}

int
asn1_seconds(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return -1;
	*ret = utc_seconds((int64_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	return 0;
}

int
cert_is_named(X509 *x, const char *cn)
{
	char text[64];
	int n;

	n = X509_NAME_get_text_by_NID(X509_get_subject_name(x),
	    NID_commonName, text, sizeof(text));
	return n == (int)strlen(cn) && memcmp(text, cn, n) == 0;
}

EVP_PKEY *
p256_pkey(struct span xy)
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey = NULL;
	char group[] = "P-256";
	uint8_t point[65];
	OSSL_PARAM params[3];

	if (xy.n != 64 ||
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL)) == NULL)
		return NULL;
	point[0] = 4;
	memcpy(point + 1, xy.p, 64);
	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static int
is_p256(EVP_PKEY *pkey)
{
	char group[32] = "";

	return pkey != NULL && EVP_PKEY_get_group_name(pkey, group,
	    sizeof(group), NULL) == 1 && (strcmp(group, "prime256v1") == 0 ||
	    strcmp(group, "P-256") == 0);
}

int
p256_verify(EVP_PKEY *pkey, struct span msg, struct span rs)
{
	uint8_t *der = NULL;
	int n, ok = 0;

	if (rs.n != 64 || !is_p256(pkey))
		return 0;
	n = ecdsa_der(span_make(rs.p, 32), span_make(rs.p + 32, 32), &der);
	if (n > 0)
		ok = pkey_verify(pkey, DIGEST_SHA256, 0, msg,
		    span_make(der, n));
	OPENSSL_free(der);
	return ok;
}

void
intel_chain_free(struct intel_chain *ch)
{
	X509_free(ch->leaf);
	X509_free(ch->ca);
	X509_free(ch->root);
	memset(ch, 0, sizeof(*ch));
}

/* All certificates of a PEM text that ends as a C string may, with one line
 * end and NULs; -1: other things in it, or more than max. */
static int
pem_list(struct span s, X509 **ret, size_t max, size_t *ret_n)
{
	struct cursor c;
	X509 *x;
	size_t n = 0;
	int more;

	*ret_n = 0;
	while (s.n > 0 && s.p[s.n - 1] == '\0')
		s.n--;
	if (s.n > 0 && s.p[s.n - 1] == '\n')
		s.n--;
	if (s.n == 0 || s.p[s.n - 1] != '-')
		return -1;
	cursor_init(&c, s);
	while ((more = x509_pem_next(&c, MAX_PCK_CHAIN, &x)) == 1) {
		if (n == max) {
			X509_free(x);
			more = -1;
			break;
		}
		ret[n++] = x;
	}
	*ret_n = n;
	return more;
}

int
intel_chain_decode(struct span pem, struct span candidate,
    struct intel_chain *ret)
{
	X509 *v[MAX_CHAIN_CERTS] = { NULL };
	size_t i, n;

	memset(ret, 0, sizeof(*ret));
	if (pem_list(pem, v, MAX_CHAIN_CERTS, &n) == -1 || n < 2 || n > 3) {
		for (i = 0; i < n; i++)
			X509_free(v[i]);
		return -1;
	}
	ret->leaf = v[0];
	ret->ca = v[1];
	ret->root = n == 3 ? v[2] : x509_file(candidate, MAX_TRUST_ROOT);
	if (ret->root == NULL) {
		intel_chain_free(ret);
		return -1;
	}
	return 0;
}

static int
signed_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *pkey = X509_get0_pubkey(issuer);

	return is_p256(pkey) &&
	    X509_get_signature_nid(x) == NID_ecdsa_with_SHA256 &&
	    X509_NAME_cmp(X509_get_issuer_name(x),
	    X509_get_subject_name(issuer)) == 0 && X509_verify(x, pkey) == 1;
}

/* Without extensions that nobody here understands. */
static int
is_sound(X509 *x)
{
	return (X509_get_extension_flags(x) &
	    (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
}

static int
is_ca(X509 *x, long below)
{
	long depth = X509_get_pathlen(x);

	return is_sound(x) && (X509_get_extension_flags(x) & EXFLAG_CA) != 0 &&
	    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0 &&
	    (depth == -1 || depth >= below);
}

static int
is_end(X509 *x)
{
	return is_sound(x) && (X509_get_extension_flags(x) & EXFLAG_CA) == 0 &&
	    (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) != 0;
}

static const char *
root_fault(X509 *root, long below)
{
	if (!signed_by(root, root))
		return "the root does not sign itself (ECDSA P-256)";
	if (!is_ca(root, below) || !cert_is_named(root, "Intel SGX Root CA"))
		return "the root is no CA named Intel SGX Root CA";
	return NULL;
}

const char *
pck_chain_fault(const struct intel_chain *ch)
{
	const char *why;

	if ((why = root_fault(ch->root, 1)) != NULL)
		return why;
	if (!signed_by(ch->ca, ch->root))
		return "the PCK CA is not signed by the root";
	if (!is_ca(ch->ca, 0) ||
	    (!cert_is_named(ch->ca, "Intel SGX PCK Platform CA") &&
	    !cert_is_named(ch->ca, "Intel SGX PCK Processor CA")))
		return "the second certificate is no CA of PCKs by name and "
		    "constraints";
	if (!signed_by(ch->leaf, ch->ca))
		return "the PCK certificate is not signed by the PCK CA";
	if (!is_end(ch->leaf) ||
	    !cert_is_named(ch->leaf, "Intel SGX PCK Certificate"))
		return "the first certificate is no PCK by name and "
		    "constraints";
	return NULL;
}

const char *
tcb_signing_fault(X509 *x, X509 *root)
{
	if (!signed_by(x, root))
		return "the certificate is not signed by the quote's root";
	if (!is_end(x) || !cert_is_named(x, "Intel SGX TCB Signing"))
		return "the certificate is not the one named Intel SGX TCB "
		    "Signing";
	return NULL;
}
