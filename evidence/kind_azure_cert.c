/* The certificate of an Azure vTPM's attestation key. */
#include <string.h>
#include <openssl/x509v3.h>

#include "evidence/hcl.h"
#include "evidence/kind_azure.h"
#include "evidence/limits.h"
#include "evidence/roots.h"
#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/tpm_key.h"
#include "evidence/x509.h"

struct ak_chain {
	X509	*ak, *issuer, *root;
};

/* A CA that may sign certificates, with what it says critical. */
static int
is_ca(X509 *x)
{
	return X509_check_ca(x) == 1 &&
	    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) != 0;
}

static int
named(const struct evcase *c, X509 *x)
{
	X509 *root;
	size_t i;
	int same = 0;

	for (i = 0; i < c->nroots && !same; i++) {
		root = x509_file(c->root[i], MAX_TRUST_ROOT);
		same = root != NULL && X509_cmp(root, x) == 0;
		X509_free(root);
	}
	return same;
}

static int
root_check(const struct evcase *c, struct evout *out, X509 *root)
{
	const char *name;
	uint8_t d[32];
	char hex[65];

	if (x509_sha256(root, d) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "ak.root",
		    "no memory");
	if ((name = vtpm_root_find(d)) != NULL)
		return checks_add(&out->ck, RESULT_OK, "ak.root", "%s", name);
	hex_encode(span_make(d, 32), hex, sizeof(hex));
	if (named(c, root))
		return checks_add(&out->ck, RESULT_WARN, "ak.root",
		    "root %s, named by the user", hex);
	return checks_add(&out->ck, RESULT_FAIL, "ak.root", "the root %s is "
	    "neither Microsoft's nor one that --trust-root names", hex);
}

static int
chain_check(const struct evcase *c, struct evout *out,
    const struct ak_chain *ch)
{
	X509 *const v[] = { ch->ak, ch->issuer, ch->root };
	static const char *const name[] = { "AK", "issuer's", "root" };
	enum x509_date d;
	size_t i;
	int ok, rc;

	rc = root_check(c, out, ch->root);
	ok = x509_signed_by(ch->root, ch->root) && is_ca(ch->root) &&
	    x509_signed_by(ch->issuer, ch->root) && is_ca(ch->issuer) &&
	    x509_signed_by(ch->ak, ch->issuer) && !X509_check_ca(ch->ak) &&
	    (X509_get_extension_flags(ch->ak) & EXFLAG_CA) == 0;
	claim_bool(out, "chain_ok", ok);
	if (checks_test(&out->ck, ok, "ak.chain", "AK certificate signed by "
	    "the issuer, that by the root, both CAs") == -1)
		rc = -1;
	for (i = 0; i < 3; i++)
		if ((d = x509_date(v[i], c->at)) != X509_DATE_VALID)
			rc = checks_add(&out->ck, RESULT_FAIL, "ak.dates",
			    "the %s certificate is %s", name[i],
			    x509_date_text(d));
	if (rule_check(&out->ck, evcase_rules(c)->no_revocation,
	    "ak.revocation", "it is not known whether the certificates are "
	    "revoked") == -1)
		rc = -1;
	return rc;
}

static int
hcl_check(const struct evcase *c, struct evout *out, X509 *ak)
{
	struct span file = evcase_file(c, "hcl_report");
	struct hcl_vars v;
	struct hcl h;
	const char *why;
	EVP_PKEY *own;
	int same;

	if (file.p == NULL)
		return checks_add(&out->ck, RESULT_WARN, "ak.hcl", "no HCL "
		    "report was given: the key is not bound to a machine");
	if (hcl_decode(file, &h, &why) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "ak.hcl",
		    "%zu bytes are no HCL report: %s", file.n, why);
	if (hcl_vars_decode(h.vars, &v) == -1 || !v.has_ak)
		return checks_add(&out->ck, RESULT_FAIL, "ak.hcl",
		    "the HCL report names no HCLAkPub");
	own = tpm_public_pkey(&v.ak);
	same = own != NULL && EVP_PKEY_eq(own, X509_get0_pubkey(ak)) == 1;
	EVP_PKEY_free(own);
	claim_bool(out, "ak_in_hcl_report_is_cert_key", same);
	return checks_test(&out->ck, same && hcl_binds(&h), "ak.hcl",
	    "key of the certificate against HCLAkPub of the report");
}

/* What the TPM's NV index holds is the same certificate. */
static int
nv_check(const struct evcase *c, struct evout *out, X509 *ak)
{
	struct span file = evcase_file(c, "cert_nv_padded");
	X509 *x;
	int same;

	if (file.p == NULL)
		return 0;
	x = x509_file(file, MAX_TRUST_ROOT);
	same = x != NULL && X509_cmp(x, ak) == 0;
	X509_free(x);
	return checks_test(&out->ck, same, "ak.nv",
	    "content of the NV index against the certificate");
}

static X509 *
cert_role(const struct evcase *c, struct evout *out, const char *role)
{
	struct span file;
	X509 *x;

	if (evcase_need(c, out, role, &file) == -1)
		return NULL;
	if ((x = x509_file(file, MAX_TRUST_ROOT)) == NULL)
		checks_add(&out->ck, RESULT_FAIL, "ak.format",
		    "%s: %zu bytes are no certificate", role, file.n);
	return x;
}

void
kind_azure_ak_cert(const struct evcase *c, struct evout *out)
{
	struct ak_chain ch = { NULL, NULL, NULL };
	char text[512];

	if ((ch.ak = cert_role(c, out, "cert")) == NULL)
		return;
	x509_name(X509_get_subject_name(ch.ak), text, sizeof(text));
	claim_str(out, "subject", text);
	x509_name(X509_get_issuer_name(ch.ak), text, sizeof(text));
	claim_str(out, "issuer", text);
	if ((ch.issuer = cert_role(c, out, "issuer")) == NULL ||
	    (ch.root = cert_role(c, out, "root")) == NULL)
		goto out;
	x509_name(X509_get_subject_name(ch.issuer), text, sizeof(text));
	claim_json(out, "chain", json_pack("[s]", text));
	chain_check(c, out, &ch);
	nv_check(c, out, ch.ak);
	hcl_check(c, out, ch.ak);
out:
	X509_free(ch.ak);
	X509_free(ch.issuer);
	X509_free(ch.root);
}
