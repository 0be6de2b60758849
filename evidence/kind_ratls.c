/*
 * RA-TLS: the certificate vouches for nothing by itself; what counts is that
 * its quote is genuine and names this very key in all 64 bytes.
 */
#include <string.h>
#include <openssl/bn.h>

#include "evidence/attest_verify.h"
#include "evidence/kind_ratls.h"
#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"
#include "evidence/limits.h"
#include "evidence/ratls.h"
#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/utc.h"
#include "evidence/x509.h"

#define SGX_FLAG_DEBUG	0x02u

/* The number in hex, without leading zeros. */
static void
serial_claim(struct evout *out, X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	uint8_t b[64];
	int len;

	if (n != NULL && (len = BN_num_bytes(n)) <= (int)sizeof(b)) {
		BN_bn2bin(n, b);
		claim_hex(out, "serial", span_make(b, (size_t)len));
	}
	BN_free(n);
}

static void
cert_claims(struct evout *out, const struct ratls *r)
{
	char text[512];
	uint8_t d[32];

	x509_name(X509_get_subject_name(r->x), text, sizeof(text));
	claim_str(out, "subject", text);
	claim_str(out, "key", "P-256");
	serial_claim(out, r->x);
	if (digest_bytes(DIGEST_SHA256, span_make(r->point, 65), d) == 0)
		claim_hex(out, "public_key_point_sha256", span_make(d, 32));
	claim_str(out, "extension_oid", r->oid);
	claim_int(out, "quote_len", (int64_t)r->quote.n);
}

static int
cert_check(const struct evcase *c, struct evout *out, const struct ratls *r)
{
	struct span given = evcase_file(c, "quote");
	enum x509_date d = x509_date(r->x, c->at);
	int rc;

	rc = checks_test(&out->ck, ratls_self_signed(r), "ratls.self",
	    "certificate signed by its own key (ECDSA with SHA-256)");
	if (checks_test(&out->ck, d == X509_DATE_VALID, "ratls.dates",
	    "the certificate is %s", x509_date_text(d)) == -1)
		rc = -1;
	if (given.p != NULL && checks_test(&out->ck, span_eq(given, r->quote),
	    "ratls.quote", "the quote given against that of the "
	    "certificate") == -1)
		rc = -1;
	return rc;
}

/* Key and what was asked for, in all 64 bytes. */
static int
binding_check(const struct evcase *c, struct evout *out,
    const struct ratls *r, struct span got)
{
	struct span extra = span_make(NULL, 0);
	uint8_t want[64];
	int key, ok;

	if (c->has_nonce)
		extra = c->nonce;
	else if (c->has_report_data && c->report_data.n >= 32)
		extra = span_make(c->report_data.p + c->report_data.n - 32,
		    32);
	ok = ratls_report_data(r, extra, want) == 0 && got.n == 64;
	key = ok && memcmp(got.p, want, 32) == 0;
	claim_bool(out, "report_data_binds_key", key);
	claim_hex(out, "report_data", got);
	if (checks_test(&out->ck, key, "ratls.key", "first half of the report "
	    "data is the SHA-256 of the certificate's public point") == -1)
		return -1;
	if (checks_test(&out->ck, memcmp(got.p + 32, want + 32, 32) == 0,
	    "ratls.extra", "second half of the report data is %s",
	    extra.n == 0 ? "zero" : "as asked for") == -1)
		return -1;
	if (c->has_report_data && checks_test(&out->ck, c->report_data.n ==
	    32 || span_eq(c->report_data, got), "ratls.report-data",
	    "report data against what was asked for") == -1)
		return -1;
	if (c->has_nonce || c->has_report_data)
		return 0;
	return rule_check(&out->ck, evcase_rules(c)->no_nonce, "ratls.nonce",
	    "such certificates hold no nonce: freshness is not proven");
}

static void
window_claim(struct evout *out, X509 *x)
{
	char from[UTC_TEXT_LEN], to[UTC_TEXT_LEN];
	struct tm tm;

	from[0] = to[0] = '\0';
	if (ASN1_TIME_to_tm(X509_get0_notBefore(x), &tm) == 1)
		utc_text(utc_seconds(tm.tm_year + 1900,
		    (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
		    (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
		    (unsigned)tm.tm_sec), from);
	if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1)
		utc_text(utc_seconds(tm.tm_year + 1900,
		    (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
		    (unsigned)tm.tm_hour, (unsigned)tm.tm_min,
		    (unsigned)tm.tm_sec), to);
	claim_json(out, "vcek_window", json_pack("[s,s]", from, to));
}

static void
sev_judge(const struct evcase *c, struct evout *out, const struct ratls *r)
{
	static const char *const shared[] = { "measurement", "version",
	    "signing_key", NULL };
	struct snp_ask ask = { .vmpl = -1 };
	json_t *claims = json_object();
	struct snp_certs certs;
	struct snp_report rep;
	struct span raw;
	size_t i;
	X509 *vek;

	sev_blob_judge(c, out, r->quote, &ask, claims, out->claims);
	for (i = 0; shared[i] != NULL; i++)
		json_object_set(out->claims, shared[i],
		    json_object_get(claims, shared[i]));
	claim_json(out, "snp", claims);
	if (snp_blob_decode(r->quote, &raw, &certs) == -1 ||
	    snp_report_decode(raw, &rep) == -1)
		return;
	vek = x509_der(certs.vcek.n != 0 ? certs.vcek : certs.vlek,
	    MAX_SNP_CERT);
	if (vek != NULL)
		window_claim(out, vek);
	X509_free(vek);
	binding_check(c, out, r, rep.report_data);
}

static void
intel_judge(const struct evcase *c, struct evout *out, const struct ratls *r)
{
	struct tdx_quote q;
	int sgx;

	memset(&q, 0, sizeof(q));
	tdx_case_judge(c, out, r->quote, 1, &q, NULL);
	if (q.version == 0)
		return;
	sgx = q.body_type == TDX_BODY_SGX;
	claim_json(out, "pck_window", json_pack("[O?,O?]",
	    json_object_get(out->claims, "valid_from"),
	    json_object_get(out->claims, "valid_to")));
	checks_test(&out->ck, sgx == (r->tee == RATLS_SGX), "ratls.oid",
	    "quote of %s under the extension of %s", sgx ? "an SGX enclave" :
	    "a TDX guest", r->tee == RATLS_SGX ? "SGX" : "TDX");
	if (sgx && q.enclave.attributes.n > 0 &&
	    (q.enclave.attributes.p[0] & SGX_FLAG_DEBUG) != 0)
		rule_check(&out->ck, c->allow_debug ? RULE_WARN :
		    evcase_rules(c)->debug, "sgx.debug",
		    "the host may look into the enclave: it is a debug one");
	binding_check(c, out, r, sgx ? q.enclave.report_data :
	    q.body.report_data);
}

void
kind_ratls(const struct evcase *c, struct evout *out)
{
	struct span file;
	struct ratls r;
	const char *why;

	if (evcase_need(c, out, "cert", &file) == -1)
		return;
	if (ratls_decode(file, &r, &why) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "ratls.format",
		    "%zu bytes are no RA-TLS certificate: %s", file.n, why);
		goto out;
	}
	cert_claims(out, &r);
	cert_check(c, out, &r);
	/* Which quote it must be is decided by the extension's OID. */
	if (r.tee == RATLS_SEV)
		sev_judge(c, out, &r);
	else
		intel_judge(c, out, &r);
out:
	ratls_free(&r);
}
