/*
 * Azure: the report of the paravisor with what it vouches for.  No attestation
 * service is asked; who says what is decided by the evidence.
 */
#include <string.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "evidence/attest_verify.h"
#include "evidence/hcl_quote.h"
#include "evidence/json.h"
#include "evidence/kind_azure.h"
#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"
#include "evidence/limits.h"
#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/tdx_claims.h"
#include "evidence/tpm_key.h"
#include "evidence/x509.h"

static void
keys_claim(struct evout *out, const struct hcl *h)
{
	json_t *o = json_load(h->vars, MAX_HCL_REPORT), *v, *kids, *names;
	const char *name;
	size_t i;

	kids = json_array();
	json_array_foreach(json_object_get(o, "keys"), i, v)
		json_array_append(kids, json_object_get(v, "kid"));
	claim_json(out, "keys", kids);
	names = json_array();
	json_object_foreach(o, name, v)
		if (strcmp(name, "keys") != 0)
			json_array_append_new(names, json_string(name));
	claim_json(out, "var_keys", names);
	json_decref(o);
}

static void
frame_claims(struct evout *out, const struct hcl *h)
{
	uint8_t d[32];

	claim_str(out, "signature", "HCLA");
	claim_int(out, "version", h->version);
	claim_int(out, "report_size", h->report_size);
	claim_int(out, "request_type", h->request_type);
	claim_int(out, "data_size", h->data_size);
	claim_int(out, "data_version", h->data_version);
	claim_int(out, "report_type", h->report_type);
	claim_int(out, "hash_type", h->hash_type);
	claim_int(out, "variable_data_size", h->vars_size);
	if (digest_bytes(DIGEST_SHA256, h->vars, d) == 0)
		claim_hex(out, "variable_data_sha256", span_make(d, 32));
	claim_bool(out, "report_data_binds_variable_data", hcl_binds(h));
	claim_int(out, "zero_padding_bytes", (int64_t)h->padding);
	keys_claim(out, h);
}

/* The key given apart is the one of the report. */
static int
ak_check(const struct evcase *c, struct evout *out, const struct tpm_public *p)
{
	struct span file = evcase_file(c, "ak_pub");
	EVP_PKEY *given = NULL, *own;
	BIO *bio;
	int ok;

	if (file.p == NULL)
		return 0;
	if (file.n <= MAX_TRUST_ROOT &&
	    (bio = BIO_new_mem_buf(file.p, (int)file.n)) != NULL) {
		given = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		BIO_free(bio);
	}
	own = tpm_public_pkey(p);
	ok = given != NULL && own != NULL && EVP_PKEY_eq(given, own) == 1;
	EVP_PKEY_free(given);
	EVP_PKEY_free(own);
	return checks_test(&out->ck, ok, "hcl.ak",
	    "the key given against HCLAkPub of the report");
}

static int
vars_check(const struct evcase *c, struct evout *out, const struct hcl *h,
    struct hcl_vars *v)
{
	uint8_t d[32];
	int rc;

	rc = checks_test(&out->ck, hcl_binds(h), "hcl.binding",
	    "report data of the hardware report is the digest of the "
	    "variable data, and zeros");
	if (hcl_vars_decode(h->vars, v) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "hcl.vars",
		    "the variable data is no JSON with RSA keys");
	if (!v->has_ak)
		return checks_add(&out->ck, RESULT_FAIL, "hcl.vars",
		    "the variable data names no HCLAkPub");
	if (digest_bytes(DIGEST_SHA256, span_make(v->ak.x, v->ak.x_len),
	    d) == 0)
		claim_hex(out, "ak_n_sha256", span_make(d, 32));
	if (ak_check(c, out, &v->ak) == -1)
		rc = -1;
	if (c->has_report_data && checks_test(&out->ck, v->has_user_data &&
	    span_eq(c->report_data, span_make(v->user_data, 64)),
	    "hcl.user-data", "user data against the report data asked "
	    "for") == -1)
		rc = -1;
	return rc;
}

static int
measurement_check(const struct evcase *c, struct evout *out, struct span m)
{
	const struct rule_values *v = &evcase_rules(c)->hcl_measurement;

	return v->n == 0 ? 0 : checks_test(&out->ck, rule_values_have(v, m),
	    "hcl.measurement", "the paravisor's measurement among the %zu of "
	    "the policy", v->n);
}

static int
snp_judge(const struct evcase *c, struct evout *out, const struct hcl *h,
    struct hcl_found *found)
{
	struct snp_ask ask = { .vmpl = 0, .ret_result = &found->snp };
	struct snp_report *r = &found->report;
	struct snp_certs certs;
	json_t *claims;
	int rc;

	memset(&certs, 0, sizeof(certs));
	if (snp_report_decode(h->hardware, r) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "the hardware report is no SEV-SNP report");
	claims = json_object();
	rc = snp_case_judge(c, out, r, &certs, &ask, claims);
	claim_json(out, "snp", claims);
	/* Also when no certificate is at hand: what asks is the paravisor. */
	if (out->verdict == VERDICT_PARSED && checks_test(&out->ck,
	    r->vmpl == 0, "snp.vmpl", "report asked from VMPL %u",
	    r->vmpl) == -1)
		rc = -1;
	if (measurement_check(c, out, r->measurement) == -1)
		rc = -1;
	return rc;
}

/* All that TDREPORT and quote have in common. */
static int
td_matches(struct span raw, const struct tdreport *t, const struct tdx_body *b)
{
	unsigned i;

	for (i = 0; i < TDX_RTMRS; i++)
		if (!span_eq(t->rtmr[i], b->rtmr[i]))
			return 0;
	/* TEE_TCB_INFO at 256: valid 8, SVN 16, MRSEAM 48, MRSIGNERSEAM 48,
	 * attributes 8. */
	return span_eq(t->report_data, b->report_data) &&
	    span_eq(t->td_attributes, b->td_attributes) &&
	    span_eq(t->xfam, b->xfam) && span_eq(t->mr_td, b->mr_td) &&
	    span_eq(t->mr_config_id, b->mr_config_id) &&
	    span_eq(t->mr_owner, b->mr_owner) &&
	    span_eq(t->mr_owner_config, b->mr_owner_config) &&
	    span_eq(span_make(raw.p + 264, 16), b->tee_tcb_svn) &&
	    span_eq(span_make(raw.p + 280, 48), b->mr_seam) &&
	    span_eq(span_make(raw.p + 328, 48), b->mr_signer_seam) &&
	    span_eq(span_make(raw.p + 376, 8), b->seam_attributes);
}

static int
td_quote_judge(const struct evcase *c, struct evout *out, const struct hcl *h,
    const struct tdreport *t, struct hcl_found *found)
{
	struct span quote = evcase_file(c, "td_quote");
	struct tdx_quote *q = &found->quote;
	json_t *top = out->claims;
	int rc, same;

	out->claims = json_object();
	rc = tdx_case_judge(c, out, quote, 0, q, &found->tdx);
	json_object_set_new(top, "td_quote", out->claims);
	out->claims = top;
	same = q->version != 0 && q->body_type != TDX_BODY_SGX &&
	    q->body.report_data.n == 64 &&
	    td_matches(h->hardware, t, &q->body);
	claim_bool(out, "td_quote_matches_hcl", same);
	if (checks_test(&out->ck, same, "hcl.td-quote",
	    "the TD quote is of the TDREPORT in the report") == -1)
		rc = -1;
	return rc;
}

static int
tdx_judge(const struct evcase *c, struct evout *out, const struct hcl *h,
    struct hcl_found *found)
{
	json_t *top = out->claims;
	struct tdreport t;
	int rc;

	if (tdreport_decode(h->hardware, &t) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tdx.report",
		    "the hardware report is no TDREPORT");
	out->claims = json_object();
	tdx_claim_report(out, &t);
	json_object_set_new(top, "tdreport", out->claims);
	out->claims = top;
	rc = checks_test(&out->ck, tdreport_consistent(h->hardware),
	    "tdx.report", "digests inside the TDREPORT fit its parts");
	if (measurement_check(c, out, t.mr_td) == -1)
		rc = -1;
	if (evcase_file(c, "td_quote").p == NULL) {
		/* Its MAC is for its own machine. */
		out->verdict = VERDICT_PARSED;
		snprintf(out->reason, sizeof(out->reason), "no TD quote was "
		    "given: a TDREPORT alone is shown, not judged");
		return rc;
	}
	return td_quote_judge(c, out, h, &t, found) == -1 ? -1 : rc;
}

int
azure_hcl_judge(const struct evcase *c, struct evout *out, struct span file,
    struct hcl_found *found)
{
	struct hcl h;
	const char *why;
	int rc;

	memset(found, 0, sizeof(*found));
	if (hcl_decode(file, &h, &why) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "hcl.format",
		    "%zu bytes are no HCL report: %s", file.n, why);
	frame_claims(out, &h);
	found->type = h.report_type;
	found->vars_ok = vars_check(c, out, &h, &found->vars) == 0;
	rc = h.report_type == HCL_SNP ? snp_judge(c, out, &h, found) :
	    tdx_judge(c, out, &h, found);
	return found->vars_ok ? rc : -1;
}

void
kind_azure_hcl(const struct evcase *c, struct evout *out)
{
	struct hcl_found found;
	struct span file;

	if (evcase_need(c, out, "hcl_report", &file) == -1)
		return;
	azure_hcl_judge(c, out, file, &found);
	if (found.vars_ok)
		hcl_quote_judge(c, out, &found.vars.ak);
}

int
azure_pem_certs(struct span text, struct buf der[3], size_t *ret_n)
{
	unsigned char *p;
	struct cursor c;
	size_t n = 0;
	X509 *x;
	int rc, len;

	cursor_init(&c, text);
	while ((rc = x509_pem_next(&c, MAX_SNP_CERT, &x)) == 1) {
		p = NULL;
		len = n < 3 ? i2d_X509(x, &p) : -1;
		X509_free(x);
		if (len <= 0)
			return -1;
		buf_add(&der[n++], p, (size_t)len);
		OPENSSL_free(p);
	}
	*ret_n = n;
	return rc;
}

void
kind_azure_snp_pem(const struct evcase *c, struct evout *out)
{
	struct snp_ask ask = { .vmpl = -1, .bound = "report data" };
	struct snp_certs certs;
	struct snp_report r;
	struct buf der[3];
	struct span file;
	size_t i, n = 0;

	memset(&certs, 0, sizeof(certs));
	if (evcase_need(c, out, "report", &file) == -1)
		return;
	for (i = 0; i < 3; i++)
		buf_init(&der[i], 0);
	if (file.n < SNP_REPORT_SIZE || snp_report_decode(span_make(file.p,
	    SNP_REPORT_SIZE), &r) == -1)
		checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "%zu bytes do not begin with an SEV-SNP report", file.n);
	else if (azure_pem_certs(span_make(file.p + SNP_REPORT_SIZE,
	    file.n - SNP_REPORT_SIZE), der, &n) == -1)
		checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "what follows the report is no PEM text of VEK, issuer "
		    "and ARK");
	else if (case_report_data(c, out, &ask.report_data) == 0) {
		if (r.signing_key == SNP_VLEK)
			certs.vlek = buf_span(&der[0]);
		else
			certs.vcek = buf_span(&der[0]);
		certs.ask = buf_span(&der[1]);
		certs.ark = buf_span(&der[2]);
		snp_case_judge(c, out, &r, &certs, &ask, out->claims);
		snp_case_certified(out, &r);
		case_nonce(c, out, r.report_data);
	}
	for (i = 0; i < 3; i++)
		buf_free(&der[i]);
}
