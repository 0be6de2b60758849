/* Chains of certificates. */
#include <string.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "evidence/limits.h"
#include "evidence/x509.h"
#include "evidence/x509_chain.h"

/* No SHA-1, no RSA below 2048. */
#define SECURITY_BITS	112

int
x509_chain_init(struct x509_chain *c)
{
	c->others = sk_X509_new_null();
	c->anchors = sk_X509_new_null();
	return c->others != NULL && c->anchors != NULL ? 0 : -1;
}

void
x509_chain_free(struct x509_chain *c)
{
	sk_X509_pop_free(c->others, X509_free);
	sk_X509_pop_free(c->anchors, X509_free);
}

static int
chain_put(struct x509_chain *c, X509 *x, int trusted, x509_pin_fn *pin)
{
	uint8_t sha256[32];
	STACK_OF(X509) *to = c->others;

	if (trusted || (pin != NULL && x509_sha256(x, sha256) == 0 &&
	    pin(sha256) != NULL))
		to = c->anchors;
	if (sk_X509_num(c->others) + sk_X509_num(c->anchors) >=
	    2 * (int)MAX_CERT_BUNDLE || sk_X509_push(to, x) == 0) {
		X509_free(x);
		return -1;
	}
	return 0;
}

static int
chain_file(struct x509_chain *c, struct span s, int trusted, x509_pin_fn *pin)
{
	struct cursor cur;
	X509 *x;
	int n = 0, rc;

	if ((x = x509_file(s, MAX_TPM_CERT)) != NULL)
		return chain_put(c, x, trusted, pin);
	cursor_init(&cur, s);
	while ((rc = x509_pem_next(&cur, MAX_TPM_CERT, &x)) == 1) {
		if (n++ == (int)MAX_CERT_BUNDLE) {
			X509_free(x);
			return -1;
		}
		if (chain_put(c, x, trusted, pin) == -1)
			return -1;
	}
	return rc == 0 && n > 0 ? 0 : -1;
}

int
x509_chain_anchor(struct x509_chain *c, struct span s)
{
	return chain_file(c, s, 1, NULL);
}

int
x509_chain_other(struct x509_chain *c, struct span s, x509_pin_fn *pin)
{
	return chain_file(c, s, 0, pin);
}

static X509_STORE *
anchor_store(const struct x509_chain *c)
{
	X509_STORE *store = X509_STORE_new();
	int i;

	for (i = 0; store != NULL && i < sk_X509_num(c->anchors); i++)
		if (X509_STORE_add_cert(store,
		    sk_X509_value(c->anchors, i)) != 1) {
			X509_STORE_free(store);
			return NULL;
		}
	return store;
}

/* OpenSSL's own levels would refuse an endorsement key of a type that it does
 * not know (RSAES-OAEP), which signs nothing here. */
static const char *
chain_strength(STACK_OF(X509) *chain, X509 **ret_at)
{
	EVP_PKEY *p;
	int i, bits;

	for (i = 0; i + 1 < sk_X509_num(chain); i++) {
		*ret_at = sk_X509_value(chain, i);
		if (X509_get_signature_info(*ret_at, NULL, NULL, &bits,
		    NULL) != 1 || bits < SECURITY_BITS)
			return "its signature is too weak";
		*ret_at = sk_X509_value(chain, i + 1);
		p = X509_get0_pubkey(*ret_at);
		if (p == NULL || EVP_PKEY_get_security_bits(p) <
		    SECURITY_BITS)
			return "its key is too weak";
	}
	*ret_at = sk_X509_value(chain, sk_X509_num(chain) - 1);
	return NULL;
}

/* For what X509_verify_cert() did not see: `below` certificates under these. */
static const char *
path_lengths(STACK_OF(X509) *chain, int below, X509 **ret_at)
{
	int i;
	long n;

	for (i = 0; below > 0 && i < sk_X509_num(chain); i++) {
		n = X509_get_pathlen(sk_X509_value(chain, i));
		if (n != -1 && n < i + below - 1) {
			*ret_at = sk_X509_value(chain, i);
			return X509_verify_cert_error_string(
			    X509_V_ERR_PATH_LENGTH_EXCEEDED);
		}
	}
	return NULL;
}

static const char *
chain_run(const struct x509_chain *c, X509 *leaf, int64_t at, int below,
    X509 **ret_at)
{
	X509_STORE *store = anchor_store(c);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *chain;
	X509_VERIFY_PARAM *param;
	const char *why = "no memory";
	X509 *x = NULL;

	*ret_at = NULL;
	if (store == NULL || ctx == NULL ||
	    X509_STORE_CTX_init(ctx, store, leaf, c->others) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, at);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
	    X509_V_FLAG_CHECK_SS_SIGNATURE);
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	if (X509_verify_cert(ctx) == 1) {
		chain = X509_STORE_CTX_get0_chain(ctx);
		if ((why = path_lengths(chain, below, &x)) == NULL)
			why = chain_strength(chain, &x);
	} else {
		why = X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx));
		x = X509_STORE_CTX_get_current_cert(ctx);
	}
	if (x != NULL && X509_up_ref(x) == 1)
		*ret_at = x;
out:
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return why;
}

/* Dates, extensions and strength of a leaf; what X509_verify_cert() does. */
static const char *
leaf_wrong(X509 *leaf, int64_t at)
{
	X509_EXTENSION *e;
	int i, bits, code = X509_V_OK;

	switch (x509_date(leaf, at)) {
	case X509_DATE_VALID:
		break;
	case X509_DATE_EXPIRED:
		code = X509_V_ERR_CERT_HAS_EXPIRED;
		break;
	default:
		code = X509_V_ERR_CERT_NOT_YET_VALID;
	}
	for (i = 0; i < X509_get_ext_count(leaf); i++) {
		e = X509_get_ext(leaf, i);
		if (X509_EXTENSION_get_critical(e) &&
		    !X509_supported_extension(e))
			code = X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION;
	}
	if ((X509_get_extension_flags(leaf) & EXFLAG_INVALID) != 0)
		code = X509_V_ERR_INVALID_EXTENSION;
	if (code == X509_V_OK && (X509_get_signature_info(leaf, NULL, NULL,
	    &bits, NULL) != 1 || bits < SECURITY_BITS))
		return "its signature is too weak";
	return code == X509_V_OK ? NULL : X509_verify_cert_error_string(code);
}

/* Who signed it, an authority; NULL: *ret_code says why there is none. */
static X509 *
leaf_issuer(const struct x509_chain *c, X509 *leaf, int *ret_code)
{
	STACK_OF(X509) *s[] = { c->anchors, c->others };
	X509 *x;
	int i, k;

	*ret_code = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
	for (k = 0; k < 2; k++)
		for (i = 0; i < sk_X509_num(s[k]); i++) {
			x = sk_X509_value(s[k], i);
			if (X509_NAME_cmp(X509_get_subject_name(x),
			    X509_get_issuer_name(leaf)) != 0)
				continue;
			*ret_code = X509_V_ERR_CERT_SIGNATURE_FAILURE;
			if (!x509_signed_by(leaf, x))
				continue;
			*ret_code = X509_V_ERR_INVALID_CA;
			if (X509_check_ca(x) == 1 &&
			    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0)
				return x;
		}
	return NULL;
}

/*
 * Makers say in the algorithm that an endorsement key is for RSAES-OAEP.
 * OpenSSL knows no such key and gives up on the chain, so the lowest
 * signature is checked here and the chain from there on by OpenSSL.
 */
static const char *
chain_foreign(const struct x509_chain *c, X509 *leaf, int64_t at,
    X509 **ret_at)
{
	const char *why = leaf_wrong(leaf, at);
	X509 *issuer = NULL;
	int code;

	if (why == NULL && (issuer = leaf_issuer(c, leaf, &code)) == NULL)
		why = X509_verify_cert_error_string(code);
	if (why == NULL)
		return chain_run(c, issuer, at, 1, ret_at);
	*ret_at = X509_up_ref(leaf) == 1 ? leaf : NULL;
	return why;
}

const char *
x509_chain_verify(const struct x509_chain *c, X509 *leaf, int64_t at,
    X509 **ret_at)
{
	return X509_get0_pubkey(leaf) != NULL ?
	    chain_run(c, leaf, at, 0, ret_at) :
	    chain_foreign(c, leaf, at, ret_at);
}

int
x509_chain_unproven(const char *why)
{
	static const long codes[] = {
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
		X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
		X509_V_ERR_CERT_NOT_YET_VALID,
		X509_V_ERR_CERT_HAS_EXPIRED
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(why, X509_verify_cert_error_string(codes[i])) == 0)
			return 1;
	return 0;
}
