/*
 * Kinds ek-cert and ak-cert: the chain to a root that is pinned or named by
 * the user, and that the key is for what the kind says.  An EK encrypts and an
 * AK signs (TCG EK Credential Profile 3.2): one is never taken for the other.
 */
#include <stdio.h>
#include <string.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "evidence/kind_cert.h"
#include "evidence/roots_tpm.h"
#include "evidence/x509.h"
#include "evidence/x509_chain.h"

#define OID_EK	"2.23.133.8.1"
#define OID_AK	"2.23.133.8.3"

#define MAX_NAME	512

/* RFC 4514: the last part first, UTF-8. */
static void
name_claim(struct evout *out, const char *claim, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	if (bio == NULL)
		return;
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 &
	    ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		n = BIO_get_mem_data(bio, &p);
		claim_json(out, claim, json_stringn(n > 0 ? p : "",
		    n > 0 ? (size_t)n : 0));
	}
	BIO_free(bio);
}

/* Key type, and the NV index where TCG's profile has its certificate. */
static void
key_claim(struct evout *out, X509 *x, int ek)
{
	static const struct {
		int		 id, bits;
		const char	*name, *nv;
	} keys[] = {
		{ EVP_PKEY_RSA, 2048, "rsa2048", "0x1c00002" },
		{ EVP_PKEY_RSA, 3072, "rsa3072", "0x1c0001c" },
		{ EVP_PKEY_RSA, 4096, "rsa4096", "0x1c0001e" },
		{ EVP_PKEY_EC, 256, "ecc-p256", "0x1c0000a" },
		{ EVP_PKEY_EC, 384, "ecc-p384", "0x1c00016" },
		{ EVP_PKEY_EC, 521, "ecc-p521", "0x1c00018" },
	};
	EVP_PKEY *p = X509_get0_pubkey(x);
	char name[32];
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (EVP_PKEY_get_base_id(p) == keys[i].id &&
		    EVP_PKEY_get_bits(p) == keys[i].bits) {
			claim_str(out, "key", keys[i].name);
			if (ek)
				claim_str(out, "nv_index", keys[i].nv);
			return;
		}
	snprintf(name, sizeof(name), "type %d, %d bits",
	    EVP_PKEY_get_base_id(p), EVP_PKEY_get_bits(p));
	claim_str(out, "key", name);
}

/* All purposes with commas; n 0: there is no such extension. */
static size_t
eku_text(X509 *x, char *buf, size_t size)
{
	EXTENDED_KEY_USAGE *e = X509_get_ext_d2i(x, NID_ext_key_usage, NULL,
	    NULL);
	size_t used = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < sk_ASN1_OBJECT_num(e) && used + 66 < size; i++) {
		if (i > 0)
			buf[used++] = ',';
		OBJ_obj2txt(buf + used, 64, sk_ASN1_OBJECT_value(e, i), 1);
		used += strlen(buf + used);
	}
	EXTENDED_KEY_USAGE_free(e);
	return used;
}

static int
eku_has(const char *list, const char *oid)
{
	size_t n = strlen(oid);
	const char *p;

	for (p = list; (p = strstr(p, oid)) != NULL; p += n)
		if ((p == list || p[-1] == ',') &&
		    (p[n] == '\0' || p[n] == ','))
			return 1;
	return 0;
}

void
cert_use_check(struct evout *out, X509 *x, int ek)
{
	uint32_t u = X509_get_key_usage(x), encrypts, want;
	char eku[MAX_NAME];

	encrypts = KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT |
	    KU_DATA_ENCIPHERMENT;
	want = ek ? encrypts : KU_DIGITAL_SIGNATURE;
	checks_test(&out->ck, X509_check_ca(x) == 0 &&
	    (X509_get_extension_flags(x) & EXFLAG_CA) == 0, "cert.leaf",
	    "the certificate is not one of an authority");
	if (u == UINT32_MAX)
		checks_add(&out->ck, RESULT_WARN, "cert.usage",
		    "it does not say what the key is for");
	else
		checks_test(&out->ck, (u & want) != 0 && (!ek ||
		    (u & KU_DIGITAL_SIGNATURE) == 0), "cert.usage",
		    "key usage 0x%04x; %s", u, ek ?
		    "an endorsement key encrypts and does not sign" :
		    "an attestation key signs");
	if (eku_text(x, eku, sizeof(eku)) == 0) {
		checks_add(&out->ck, RESULT_WARN, "cert.purpose",
		    "it does not name TCG's purpose");
		return;
	}
	claim_str(out, "eku", eku);
	/* Google's AK certificates name the purpose of an EK */
	checks_test(&out->ck, eku_has(eku, OID_EK) || (!ek &&
	    eku_has(eku, OID_AK)), "cert.purpose", "purpose %s", eku);
}

static int
chain_files(const struct evcase *c, struct evout *out, struct x509_chain *ch)
{
	static const char *const roles[] = { "issuer", "chain", "root" };
	struct span s;
	size_t i;

	for (i = 0; i < c->nroots; i++)
		if (x509_chain_anchor(ch, c->root[i]) == -1)
			return checks_add(&out->ck, RESULT_FAIL, "cert.chain",
			    "a trust root given is no certificate");
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		s = evcase_file(c, roles[i]);
		if (s.p != NULL && x509_chain_other(ch, s,
		    tpm_root_name) == -1)
			return checks_add(&out->ck, RESULT_FAIL, "cert.chain",
			    "file %s is not of certificates", roles[i]);
	}
	if (sk_X509_num(ch->anchors) == 0)
		return checks_add(&out->ck, RESULT_FAIL, "cert.chain",
		    "no root is trusted: none of the certificates given is "
		    "one that is pinned, and no --trust-root was given");
	return 0;
}

/* The signature by the issuer given, whatever the rest of the chain says. */
static void
issuer_claim(struct evout *out, const struct x509_chain *ch, X509 *x)
{
	STACK_OF(X509) *s[] = { ch->others, ch->anchors };
	int i, k, ok = 0;

	for (k = 0; k < 2; k++)
		for (i = 0; i < sk_X509_num(s[k]); i++)
			ok |= x509_signed_by(x, sk_X509_value(s[k], i));
	claim_bool(out, "issuer_signature_ok", ok);
}

static void
root_claim(struct evout *out, X509 *root)
{
	uint8_t sha256[32];
	const char *name;

	if (root == NULL || x509_sha256(root, sha256) == -1)
		return;
	name = tpm_root_name(sha256);
	claim_str(out, "root", name != NULL ? name : "given by the user");
	claim_hex(out, "root_sha256", span_make(sha256, 32));
}

int
cert_chain_judge(const struct evcase *c, struct evout *out, X509 *leaf)
{
	struct x509_chain ch = { NULL, NULL };
	char name[MAX_NAME];
	const char *why;
	X509 *at = NULL;
	int rc = -1;

	if (x509_chain_init(&ch) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "cert.chain", "no memory");
		goto out;
	}
	rc = chain_files(c, out, &ch);
	issuer_claim(out, &ch, leaf);
	if (rc == -1)
		goto out;
	why = x509_chain_verify(&ch, leaf, c->at, &at);
	if (why != NULL) {
		name[0] = '\0';
		if (at != NULL)
			x509_name(X509_get_subject_name(at), name,
			    sizeof(name));
		rc = checks_add(&out->ck, RESULT_FAIL, "cert.chain",
		    "certificate \"%s\": %s", name, why);
		goto out;
	}
	root_claim(out, at);
	checks_add(&out->ck, RESULT_OK, "cert.chain",
	    "every certificate up to a trusted root, at that date");
	checks_add(&out->ck, RESULT_WARN, "cert.revocation",
	    "revocation was not checked");
out:
	X509_free(at);
	x509_chain_free(&ch);
	return rc;
}

static void
judge(const struct evcase *c, struct evout *out, int ek)
{
	struct span s;
	X509 *x;

	if (evcase_need(c, out, "cert", &s) == -1)
		return;
	if ((x = x509_file(s, MAX_TPM_CERT)) == NULL) {
		checks_add(&out->ck, RESULT_FAIL, "cert.format",
		    "not one certificate, DER or PEM");
		return;
	}
	name_claim(out, "subject", X509_get_subject_name(x));
	name_claim(out, "issuer", X509_get_issuer_name(x));
	key_claim(out, x, ek);
	cert_use_check(out, x, ek);
	cert_chain_judge(c, out, x);
	X509_free(x);
}

void
kind_ek_cert(const struct evcase *c, struct evout *out)
{
	judge(c, out, 1);
}

void
kind_ak_cert(const struct evcase *c, struct evout *out)
{
	judge(c, out, 0);
}
