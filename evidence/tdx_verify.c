/*
 * A quote is signed by an attestation key; the quoting enclave's report names
 * that key; the PCK signs that report; Intel signs the PCK.  Each link has a
 * check of its own, and all are made, so that a refusal can be explained.
 */
#include <inttypes.h>
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/roots.h"
#include "evidence/tdx_verify.h"
#include "evidence/x509.h"

/* Debug is told apart; the rest of the first byte ("TD under debug") and all
 * bits that no specification names must be zero. */
#define ATTRIBUTES_KNOWN	(TDX_ATTR_DEBUG | 1ull << 27 |		\
    TDX_ATTR_SEPT_VE | TDX_ATTR_MIGRATABLE | TDX_ATTR_PKS | 1ull << 31 |	\
    1ull << 62 | TDX_ATTR_PERFMON)
/* The set that Cosmian's verifier allows. */
#define ATTRIBUTES_COSMIAN	(TDX_ATTR_DEBUG | TDX_ATTR_SEPT_VE |	\
    TDX_ATTR_PKS | TDX_ATTR_PERFMON)
/* x87 and SSE are always on; the module knows no other features. */
#define XFAM_ONE		0x3ull
#define XFAM_KNOWN		0x6dbe7ull

static const uint8_t	intel_vendor[16] = {
	0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
	0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07
};

/*
 * Intel's quoting enclaves by signer and product number.  The PCE vouches for
 * any enclave that may use the provisioning key, so a rogue one would get a
 * good signature: who the enclave is must be looked at.
 */
static const struct quoting_enclave {
	uint8_t		 signer[32];
	unsigned	 product;
} intel_qe[] = {
	{ {	/* of SGX */
		0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e,
		0x96, 0x13, 0x7f, 0x77, 0xc6, 0x8a, 0x82, 0x9a,
		0x00, 0x56, 0xac, 0x8d, 0xed, 0x70, 0x14, 0x0b,
		0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff
	}, 1 },
	{ {	/* of TDX */
		0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17,
		0x47, 0x4e, 0x34, 0xa7, 0xfc, 0x43, 0xed, 0x03,
		0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba, 0xbd, 0xdf,
		0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5
	}, 2 },
};

#define SGX_DEBUG	0x02u	/* of the first byte of attributes */

int
tdx_fixed_bits_ok(const struct tdx_body *b)
{
	return (b->attributes & ~ATTRIBUTES_COSMIAN) == 0 &&
	    (b->features & XFAM_ONE) == XFAM_ONE &&
	    (b->features & ~XFAM_KNOWN) == 0;
}

static int
root_check(const struct tdx_policy *po, struct tdx_result *res,
    struct checks *ck)
{
	char hex[65];

	if (x509_sha256(res->chain.root, res->root_sha256) == -1)
		return checks_add(ck, RESULT_FAIL, "tdx.root", "no memory");
	hex_encode(span_make(res->root_sha256, 32), hex, sizeof(hex));
	res->root_is_intel = intel_root_find(res->root_sha256);
	if (res->root_is_intel) {
		res->root = TDX_ROOT_INTEL;
		return checks_add(ck, RESULT_OK, "tdx.root",
		    "the Intel SGX Root CA");
	}
	if (!cert_among(res->chain.root, po->trust_root, po->ntrust_roots))
		return checks_add(ck, RESULT_FAIL, "tdx.root",
		    "the chain does not end in the Intel SGX Root CA or in a "
		    "root that was named, but in %s", hex);
	res->root = TDX_ROOT_NAMED;
	return checks_add(ck, RESULT_WARN, "tdx.root",
	    "root %s, named by the user, is not Intel's", hex);
}

/* Dates of the chain: the part that all three share. */
static int
dates_check(const struct tdx_policy *po, struct tdx_result *res,
    struct checks *ck)
{
	X509 *const v[] = { res->chain.root, res->chain.ca, res->chain.leaf };
	static const char *const name[] = { "root", "PCK CA", "PCK" };
	int64_t from, to;
	size_t i;
	enum x509_date when;
	int rc = 0;

	res->valid_from = INT64_MIN;
	res->valid_to = INT64_MAX;
	for (i = 0; i < 3; i++) {
		when = x509_date(v[i], po->at);
		if (when != X509_DATE_VALID && rc == 0)
			rc = checks_add(ck, RESULT_FAIL, "tdx.dates",
			    "the %s certificate is %s", name[i],
			    x509_date_text(when));
		if (asn1_seconds(X509_get0_notBefore(v[i]), &from) == 0 &&
		    from > res->valid_from)
			res->valid_from = from;
		if (asn1_seconds(X509_get0_notAfter(v[i]), &to) == 0 &&
		    to < res->valid_to)
			res->valid_to = to;
	}
	if (rc == 0)
		checks_add(ck, RESULT_OK, "tdx.dates",
		    "all certificates are within their dates");
	return rc;
}

static int
extension_check(struct tdx_result *res, struct checks *ck)
{
	struct span s;

	res->has_ext = x509_extension(res->chain.leaf, SGX_EXT_OID, &s) == 1 &&
	    sgx_ext_decode(s, &res->ext) == 0;
	return checks_test(ck, res->has_ext, "tdx.pck",
	    "the PCK certificate names platform and TCB (one well-formed "
	    "extension " SGX_EXT_OID ")");
}

static int
chain_check(const struct tdx_quote *q, const struct tdx_policy *po,
    struct tdx_result *res, struct checks *ck)
{
	const char *why;
	int rc;

	if (intel_chain_decode(q->cert_data, po->root, &res->chain) == -1)
		return checks_add(ck, RESULT_FAIL, "tdx.chain",
		    "the quote holds no PEM chain of PCK, PCK CA and root");
	rc = root_check(po, res, ck);
	why = pck_chain_fault(&res->chain);
	res->chain_ok = why == NULL;
	if (checks_test(ck, why == NULL, "tdx.chain", "%s", why != NULL ? why :
	    "PCK signed by its CA, that by the root") == -1)
		rc = -1;
	if (dates_check(po, res, ck) == -1)
		rc = -1;
	if (extension_check(res, ck) == -1)
		rc = -1;
	return rc;
}

/* report_data of the quoting enclave: the key that it vouches for. */
static int
key_is_bound(const struct tdx_quote *q)
{
	uint8_t text[64 + MAX_QE_AUTH], want[64];

	memcpy(text, q->att_key.p, 64);
	if (q->qe_auth.n > 0)
		memcpy(text + 64, q->qe_auth.p, q->qe_auth.n);
	memset(want, 0, sizeof(want));
	return digest_bytes(DIGEST_SHA256,
	    span_make(text, 64 + q->qe_auth.n), want) == 0 &&
	    memcmp(q->qe.report_data.p, want, sizeof(want)) == 0;
}

static int
signatures_check(const struct tdx_quote *q, struct tdx_result *res,
    struct checks *ck)
{
	EVP_PKEY *ak = p256_pkey(q->att_key);

	if (res->chain.leaf != NULL)
		res->qe_report_sig_ok = p256_verify(
		    X509_get0_pubkey(res->chain.leaf), q->qe.raw,
		    q->qe_signature);
	res->att_key_bound = key_is_bound(q);
	res->quote_sig_ok = ak != NULL &&
	    p256_verify(ak, q->signed_bytes, q->signature);
	EVP_PKEY_free(ak);
	checks_test(ck, res->qe_report_sig_ok, "tdx.qe-signature",
	    "report of the quoting enclave signed by the PCK");
	checks_test(ck, res->att_key_bound, "tdx.key", "the quoting enclave's "
	    "report holds the hash of the attestation key and its data");
	checks_test(ck, res->quote_sig_ok, "tdx.signature",
	    "quote signed by the attestation key (ECDSA P-256)");
	return res->qe_report_sig_ok && res->att_key_bound &&
	    res->quote_sig_ok ? 0 : -1;
}

/* The TDX module that made the report; with TCB info its signer and
 * attributes are compared once more with what Intel lists. */
static int
seam_check(const struct tdx_body *b, const struct policy_rules *po,
    struct checks *ck)
{
	if (!rule_values_have(&po->tdx_mrseam, b->mr_seam))
		return checks_add(ck, RESULT_FAIL, "policy.mrseam",
		    "the TDX module is none of those that the policy names");
	return checks_test(ck, span_is_zero(b->mr_signer_seam) &&
	    span_is_zero(b->seam_attributes), "tdx.seam",
	    "Intel's TDX module: its signer and its attributes are zero");
}

static int
debug_check(const struct tdx_body *b, const struct tdx_policy *po,
    struct checks *ck)
{
	enum rule rule = po->rules->debug;

	if ((b->attributes & TDX_ATTR_DEBUG) == 0)
		return checks_add(ck, RESULT_OK, "tdx.debug", "no debug");
	return rule_check(ck, rule == RULE_REFUSE && po->allow_debug ?
	    RULE_WARN : rule, "tdx.debug",
	    "the host may read the guest: it runs under debug");
}

static int
attributes_check(const struct tdx_body *b, const struct policy_rules *po,
    struct checks *ck)
{
	uint64_t a = b->attributes, wrong;
	int rc;

	wrong = a & ~ATTRIBUTES_KNOWN;
	rc = checks_test(ck, wrong == 0, "tdx.attributes",
	    "TD attributes 0x%016" PRIx64 ", reserved bits 0x%" PRIx64, a,
	    wrong);
	wrong = (po->tdx_must_set & ~a) | (po->tdx_must_clear & a &
	    ~TDX_ATTR_DEBUG);
	if (wrong != 0)
		rc = checks_add(ck, RESULT_FAIL, "policy.attributes",
		    "TD attributes 0x%016" PRIx64 ", the policy wants the "
		    "bits 0x%" PRIx64 " otherwise", a, wrong);
	if ((a & TDX_ATTR_MIGRATABLE) != 0)
		checks_add(ck, RESULT_WARN, "tdx.attributes",
		    "the guest may be migrated to another machine");
	return rc;
}

static int
measurements_check(const struct tdx_body *b, const struct policy_rules *po,
    struct checks *ck)
{
	unsigned i;
	int rc = 0;

	if (!rule_values_have(&po->tdx_mrtd, b->mr_td))
		rc = checks_add(ck, RESULT_FAIL, "policy.mrtd",
		    "MRTD is none of those that the policy names");
	for (i = 0; i < TDX_RTMRS; i++)
		if (!rule_values_have(&po->tdx_rtmr[i], b->rtmr[i]))
			rc = checks_add(ck, RESULT_FAIL, "policy.rtmr",
			    "RTMR%u is none of those that the policy names",
			    i);
	return rc;
}

static int
enclave_check(const struct tdx_quote *q, const struct tdx_policy *po,
    struct checks *ck)
{
	const struct quoting_enclave *want =
	    &intel_qe[q->body_type != TDX_BODY_SGX];

	/* Intel's signed description is more exact than what is known here. */
	if (po->has_qe_identity && q->body_type != TDX_BODY_SGX)
		return 0;
	return checks_test(ck, memcmp(q->qe.mrsigner.p, want->signer, 32) ==
	    0 && q->qe.isvprodid == want->product &&
	    (q->qe.attributes.p[0] & SGX_DEBUG) == 0, "tdx.qe",
	    "the quoting enclave is Intel's, and not under debug");
}

static int
body_check(const struct tdx_quote *q, const struct tdx_policy *po,
    struct checks *ck)
{
	const struct tdx_body *b = &q->body;
	int rc = 0;

	if (checks_test(ck, memcmp(q->qe_vendor_id.p, intel_vendor, 16) == 0,
	    "tdx.vendor", "quoting enclave of Intel") == -1)
		rc = -1;
	if (seam_check(b, po->rules, ck) == -1)
		rc = -1;
	if (debug_check(b, po, ck) == -1)
		rc = -1;
	if (attributes_check(b, po->rules, ck) == -1)
		rc = -1;
	if (checks_test(ck, (b->features & XFAM_ONE) == XFAM_ONE &&
	    (b->features & ~XFAM_KNOWN) == 0, "tdx.xfam", "XFAM 0x%" PRIx64
	    ", must have 0x3 and nothing outside 0x%llx", b->features,
	    XFAM_KNOWN) == -1)
		rc = -1;
	if (measurements_check(b, po->rules, ck) == -1)
		rc = -1;
	if (po->report_data.n != 0 && checks_test(ck, span_eq(po->report_data,
	    b->report_data), "tdx.report-data",
	    "report data, all 64 bytes") == -1)
		rc = -1;
	return rc;
}

int
tdx_verify(const struct tdx_quote *q, const struct tdx_policy *po,
    struct checks *ck, struct tdx_result *ret)
{
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	if (checks_test(ck, q->body_type != TDX_BODY_SGX || po->allow_sgx,
	    "tdx.kind", "quote of version %u of %s", q->version,
	    q->body_type != TDX_BODY_SGX ? "a TDX guest" :
	    "an SGX enclave, which is no confidential VM") == -1)
		rc = -1;
	if (chain_check(q, po, ret, ck) == -1)
		rc = -1;
	if (signatures_check(q, ret, ck) == -1)
		rc = -1;
	if (enclave_check(q, po, ck) == -1)
		rc = -1;
	if (q->body_type != TDX_BODY_SGX && body_check(q, po, ck) == -1)
		rc = -1;
	if (rc == -1)
		ret->root = TDX_ROOT_NONE;
	return rc;
}

void
tdx_result_free(struct tdx_result *r)
{
	intel_chain_free(&r->chain);
}
