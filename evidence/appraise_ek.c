/*
 * Whose the TPM is: the certificates of its keys, and the proof that the key
 * which quoted lives in the TPM of the endorsement key.  A certificate without
 * that proof is somebody's certificate: it never makes a root better.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/objects.h>

#include "evidence/appraisal.h"
#include "evidence/json.h"
#include "evidence/kind_cert.h"
#include "evidence/roots_tpm.h"
#include "evidence/tpm_certs.h"
#include "evidence/tpm_key.h"
#include "evidence/x509.h"
#include "evidence/x509_chain.h"

/* A certificate that was found for a key, and what is to be said of it. */
struct key_cert {
	const char	*check;
	const char	*what;		/* "endorsement key" */
	int		 ek;
	int		 pinned;	/* the snapshot rests on it */
	X509		*x;
	struct x509_chain chain;
	enum tpm_ca	 ca;
	const char	*ca_name;
};

/* Makers state an EK's purpose in the algorithm (RSAES-OAEP), which OpenSSL
 * does not take for a key: the bits are those of any RSA key. */
static EVP_PKEY *
cert_key(X509 *x)
{
	EVP_PKEY *k = X509_get0_pubkey(x);
	const uint8_t *p;
	ASN1_OBJECT *alg;
	int n;

	if (k != NULL)
		return EVP_PKEY_up_ref(k) == 1 ? k : NULL;
	if (X509_PUBKEY_get0_param(&alg, &p, &n, NULL,
	    X509_get_X509_PUBKEY(x)) != 1 ||
	    OBJ_obj2nid(alg) != NID_rsaesOaep)
		return NULL;
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, n);
}

static int
cert_fits(X509 *x, EVP_PKEY *key)
{
	EVP_PKEY *k = cert_key(x);
	int same = k != NULL && EVP_PKEY_eq(k, key) == 1;

	EVP_PKEY_free(k);
	return same;
}

/* The first that is for the key; NULL: none is. */
static X509 *
cert_find(const struct tpm_cert_list *l, const struct tpm_public *pub)
{
	EVP_PKEY *key = tpm_public_pkey(pub);
	X509 *x = NULL;
	size_t i;

	for (i = 0; key != NULL && i < l->n; i++) {
		x = x509_file(span_make(l->v[i].p, l->v[i].n),
		    MAX_TPM_CERT_NV);
		if (x != NULL && cert_fits(x, key))
			break;
		X509_free(x);
		x = NULL;
	}
	EVP_PKEY_free(key);
	return x;
}

/* Certificates one after the other, zero bytes between: the indices of a chain
 * are one stream (TCG EK Credential Profile 2.2.1.5.2).  What cannot be read
 * is passed over, and missing then. */
static void
chain_stream(struct x509_chain *ch, struct span s)
{
	size_t n;

	while (s.n > 4) {
		if (s.p[0] == 0) {
			s.p++;
			s.n--;
			continue;
		}
		n = 4 + (size_t)(s.p[2] << 8 | s.p[3]);
		if (s.p[0] != 0x30 || s.p[1] != 0x82 || n > s.n)
			return;
		x509_chain_other(ch, span_make(s.p, n), tpm_root_name);
		s.p += n;
		s.n -= n;
	}
}

static int
chain_load(const struct appraisal *a, struct x509_chain *ch)
{
	const struct appraise_input *in = a->in;
	struct buf b;
	size_t i;
	int rc = 0;

	buf_init(&b, 0);
	if (x509_chain_init(ch) == -1)
		return -1;
	for (i = 0; i < in->nroots; i++)
		if (x509_chain_anchor(ch, in->root[i]) == -1)
			rc = -1;
	for (i = 0; i < a->certs.ek_chain.n; i++)
		buf_add(&b, a->certs.ek_chain.v[i].p,
		    a->certs.ek_chain.v[i].n);
	chain_stream(ch, buf_span(&b));
	for (i = 0; i < in->ncollateral; i++)
		if (strcmp(in->collateral[i].role, "ek_chain.pem") == 0 &&
		    x509_chain_other(ch, in->collateral[i].data,
		    tpm_root_name) == -1)
			rc = -1;
	rc |= b.failed ? -1 : 0;
	buf_free(&b);
	return rc;
}

/* The first fault as text; 0 none. */
static int
use_wrong(const struct key_cert *k, char *why, size_t size)
{
	struct evout *out = calloc(1, sizeof(*out));
	size_t i;
	int wrong = 1;

	text_escape(span_str("no memory"), why, size);
	if (out == NULL)
		return 1;
	checks_init(&out->ck);
	if ((out->claims = json_object()) != NULL) {
		cert_use_check(out, k->x, k->ek);
		wrong = out->ck.count[RESULT_FAIL] != 0;
	}
	for (i = 0; i < out->ck.n; i++)
		if (out->ck.v[i].result == RESULT_FAIL) {
			text_escape(span_str(out->ck.v[i].detail), why, size);
			break;
		}
	json_decref(out->claims);
	free(out);
	return wrong;
}

/* The TEE's report names the AK: no maker need vouch for its TPM. */
static int
named_by_tee(const struct appraisal *a)
{
	return a->tee_ok && a->ak_in_tee;
}

/* Nothing is wrong, but nothing is proven either. */
static int
unproven(struct appraisal *a, const struct key_cert *k, const char *text)
{
	if (!k->pinned && named_by_tee(a))
		return checks_add(a->ck, RESULT_SKIP, k->check, "%s; the "
		    "TEE's report names the key", text);
	return checks_add(a->ck, k->pinned ? RESULT_FAIL : RESULT_WARN,
	    k->check, "%s%s", text, k->pinned ?
	    "; the snapshot's TPM had one that was good" : "");
}

static int
root_found(struct appraisal *a, struct key_cert *k, X509 *root)
{
	uint8_t sha256[32];
	char hex[65];

	if (root == NULL || x509_sha256(root, sha256) == -1)
		return checks_add(a->ck, RESULT_FAIL, k->check, "no memory");
	hex_encode(span_make(sha256, 32), hex, sizeof(hex));
	k->ca = tpm_root_kind(sha256);
	k->ca_name = tpm_root_name(sha256);
	if (k->ca == TPM_CA_NONE) {
		k->ca = TPM_CA_GIVEN;
		k->ca_name = "a root that you named";
		return checks_add(a->ck, RESULT_WARN, k->check, "the %s is "
		    "vouched for by root %s, which you named", k->what, hex);
	}
	return checks_add(a->ck, RESULT_OK, k->check, "the %s is vouched for "
	    "by %s%s", k->what, k->ca_name, k->ca == TPM_CA_PROVIDER ?
	    ", the provider of a virtual TPM" : "");
}

static int
cert_judge(struct appraisal *a, struct key_cert *k)
{
	char text[MAX_CHECK_DETAIL], name[256];
	const char *why;
	X509 *at = NULL;
	int rc;

	if (use_wrong(k, text, sizeof(text)))
		return checks_add(a->ck, RESULT_FAIL, k->check,
		    "certificate of the %s: %s", k->what, text);
	if (chain_load(a, &k->chain) == -1)
		return checks_add(a->ck, RESULT_FAIL, k->check, "a trust root "
		    "or ek_chain.pem is not of certificates");
	why = x509_chain_verify(&k->chain, k->x, a->in->now, &at);
	if (why == NULL)
		rc = root_found(a, k, at);
	else if (x509_chain_unproven(why)) {
		x509_name(X509_get_issuer_name(k->x), name, sizeof(name));
		snprintf(text, sizeof(text), "the certificate of the %s, by "
		    "\"%s\", leads to no root that is known or named "
		    "(--trust-root): %s", k->what, name, why);
		rc = unproven(a, k, text);
	} else {
		name[0] = '\0';
		if (at != NULL)
			x509_name(X509_get_subject_name(at), name,
			    sizeof(name));
		rc = checks_add(a->ck, RESULT_FAIL, k->check,
		    "certificate \"%s\": %s", name, why);
	}
	X509_free(at);
	return rc;
}

static void
key_cert_free(struct key_cert *k)
{
	X509_free(k->x);
	x509_chain_free(&k->chain);
}

static int
ek_cert_check(struct appraisal *a)
{
	struct key_cert k = { .check = "tpm.ek-cert",
	    .what = "endorsement key", .ek = 1 };
	struct tpm_public ek;
	int rc;

	k.pinned = a->have_snap && (a->without & WITHOUT_INSTANCE) == 0 &&
	    strcmp(a->snap.cvm.tpm_root, "hardware-tpm") == 0;
	if (a->certs.ek_public == NULL || tpm_public_decode(span_make(
	    a->certs.ek_public, a->certs.ek_public_len), &ek) == -1)
		return unproven(a, &k, "no endorsement key is shown that is "
		    "of a known type");
	if (a->certs.ek.n == 0)
		return unproven(a, &k, "the TPM shows no certificate of its "
		    "endorsement key");
	if ((k.x = cert_find(&a->certs.ek, &ek)) == NULL)
		return unproven(a, &k, "none of the TPM's certificates is for "
		    "its endorsement key");
	rc = cert_judge(a, &k);
	a->ek_ca = k.ca;
	a->ek_ca_name = k.ca_name;
	key_cert_free(&k);
	return rc;
}

/* Clouds certify the AK itself. */
static int
ak_cert_check(struct appraisal *a)
{
	struct key_cert k = { .check = "tpm.ak-cert",
	    .what = "attestation key" };
	int rc;

	if (a->certs.ak.n == 0 || !a->tpm_ok)
		return 0;
	/* Clouds certify a key of their own template, which need not be the
	 * one that our agent has made. */
	if ((k.x = cert_find(&a->certs.ak, &a->ak)) == NULL)
		return checks_add(a->ck, RESULT_SKIP, k.check, "none of the "
		    "TPM's certificates is for the key that quoted");
	rc = cert_judge(a, &k);
	if (k.ca == TPM_CA_PROVIDER)
		a->ak_ca_name = k.ca_name;
	key_cert_free(&k);
	return rc;
}

static int
proof_read(struct span s, uint8_t proof[CREDENTIAL_PROOF_LEN])
{
	static const char *const keys[] = { "proof", NULL };
	json_t *o = json_load(s, MAX_ACTIVATION);
	int rc = -1;

	if (o != NULL && json_exact_keys(o, keys) == 0)
		rc = json_hex(o, "proof", proof, CREDENTIAL_PROOF_LEN);
	json_decref(o);
	return rc;
}

/* The challenge is ours, but for which keys it was made is to be seen here:
 * those of this evidence. */
static int
challenge_fits(const struct appraisal *a)
{
	const struct credential *c = a->in->credential;
	uint8_t sha256[32];

	return a->certs.ek_public != NULL && digest_bytes(DIGEST_SHA256,
	    span_make(a->certs.ek_public, a->certs.ek_public_len),
	    sha256) == 0 && memcmp(sha256, c->ek_sha256, 32) == 0 &&
	    span_eq(span_make(c->ak_name, c->ak_name_len), a->own.ak_name);
}

static int
activation_check(struct appraisal *a)
{
	static const char name[] = "tpm.activation";
	uint8_t want[CREDENTIAL_PROOF_LEN], got[CREDENTIAL_PROOF_LEN];
	int pinned = a->have_snap && a->snap.cvm.ek.set &&
	    (a->without & WITHOUT_INSTANCE) == 0;
	int ok;

	if (a->in->credential == NULL || a->in->activation.n == 0)
		return checks_add(a->ck, pinned ? RESULT_FAIL :
		    named_by_tee(a) ? RESULT_SKIP : RESULT_WARN, name, "%s: nothing proves in which TPM the key is that "
		    "quoted%s", a->in->credential == NULL ?
		    "the TPM could not be challenged" :
		    "the TPM did not answer the challenge", pinned ?
		    "; the snapshot's TPM proved it" : "");
	if (!a->tpm_ok)
		return checks_add(a->ck, RESULT_SKIP, name,
		    "not judged: the TPM quote does not hold");
	if (proof_read(a->in->activation, got) == -1)
		return checks_add(a->ck, RESULT_FAIL, name,
		    "the answer to the challenge is malformed");
	if (!challenge_fits(a))
		return checks_add(a->ck, RESULT_FAIL, name, "the challenge "
		    "was not made for the keys of this evidence");
	ok = credential_proof(a->in->credential, a->in->cert, a->in->conn,
	    want) == 0 && CRYPTO_memcmp(want, got, sizeof(want)) == 0;
	OPENSSL_cleanse(want, sizeof(want));
	if (!ok)
		return checks_add(a->ck, RESULT_FAIL, name, "the challenge "
		    "was not solved: the key that quoted is not in the TPM "
		    "of this endorsement key, or another server answered");
	a->ek_proven = 1;
	memcpy(a->ek_sha256, a->in->credential->ek_sha256, 32);
	return checks_add(a->ck, RESULT_OK, name, "the key that quoted is in "
	    "the TPM of this endorsement key");
}

int
appraise_ek(struct appraisal *a)
{
	const char *err;
	int rc = 0;

	if (a->in->form != FORM_STRONG || !a->att.has_tpm)
		return 0;
	if (a->in->tpm_certs.n != 0 && tpm_certs_decode(a->in->tpm_certs,
	    &a->certs, &err) == -1)
		return checks_add(a->ck, RESULT_FAIL, "tpm.ek-cert",
		    "the TPM's certificates: %s", err);
	if (ek_cert_check(a) == -1)
		rc = -1;
	if (ak_cert_check(a) == -1)
		rc = -1;
	if (activation_check(a) == -1)
		rc = -1;
	return rc;
}
