/* SEV-SNP: reports, Cosmian's quote blob in its encodings, certificates. */
#include <string.h>

#include "evidence/kind_snp.h"
#include "evidence/limits.h"
#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/x509.h"

int
case_report_data(const struct evcase *c, struct evout *out, struct span *ret)
{
	*ret = span_make(NULL, 0);
	if (!c->has_report_data)
		return 0;
	if (c->report_data.n != 64)
		return checks_add(&out->ck, RESULT_FAIL, "snp.report-data",
		    "%zu bytes were asked for, report data has 64",
		    c->report_data.n);
	*ret = c->report_data;
	return 0;
}

int
case_nonce(const struct evcase *c, struct evout *out, struct span data)
{
	if (c->has_nonce)
		return checks_test(&out->ck, c->nonce.n > 0 && c->nonce.n <=
		    data.n && memcmp(data.p, c->nonce.p, c->nonce.n) == 0,
		    "snp.nonce", "report data begins with the nonce of %zu "
		    "bytes", c->nonce.n);
	return c->has_report_data ? 0 : rule_check(&out->ck,
	    evcase_rules(c)->no_nonce, "snp.nonce",
	    "no nonce was given: freshness is not proven");
}

void
kind_snp_report(const struct evcase *c, struct evout *out)
{
	struct snp_ask ask = { .vmpl = -1, .bound = "report data" };
	struct snp_certs certs;
	struct snp_report r;
	struct span s;

	memset(&certs, 0, sizeof(certs));
	if (evcase_need(c, out, "report", &s) == -1)
		return;
	if (snp_report_decode(s, &r) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "%zu bytes are no SEV-SNP report of version 2 to 5 "
		    "(1184 bytes)", s.n);
		return;
	}
	if (case_report_data(c, out, &ask.report_data) == -1)
		return;
	snp_case_judge(c, out, &r, &certs, &ask, out->claims);
	case_nonce(c, out, r.report_data);
}

/*
 * An AMD certificate under a GUID that is none of AMD's: the next reader would
 * not find it, and this one would take another in its place.
 */
static int
entries_check(const struct snp_entry *e, size_t n, struct evout *out)
{
	char cn[64];
	size_t i;
	X509 *x;
	int bad = 0;

	for (i = 0; i < n && !bad; i++) {
		if (e[i].kind != SNP_ENTRY_OTHER &&
		    e[i].kind != SNP_ENTRY_EMPTY)
			continue;
		if ((x = x509_der(e[i].data, MAX_SNP_CERT)) == NULL)
			continue;
		cn[0] = '\0';
		X509_NAME_get_text_by_NID(X509_get_subject_name(x),
		    NID_commonName, cn, sizeof(cn));
		bad = strncmp(cn, "ARK-", 4) == 0 ||
		    strncmp(cn, "SEV-", 4) == 0;
		X509_free(x);
	}
	return bad ? checks_add(&out->ck, RESULT_FAIL, "snp.table",
	    "entry %zu is AMD's certificate of %s under another GUID", i,
	    cn) : 0;
}

int
sev_blob_judge(const struct evcase *c, struct evout *out, struct span blob,
    const struct snp_ask *ask, json_t *claims, json_t *beside)
{
	struct snp_entry e[MAX_SNP_CERTS];
	struct snp_certs certs;
	struct snp_report r;
	struct span raw;
	json_t *names;
	size_t i, n;
	int rc;

	if (snp_blob_decode(blob, &raw, &certs) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "%zu bytes are no SEV quote blob: the report is cut, or "
		    "the certificate table does not fit", blob.n);
	if (snp_report_decode(raw, &r) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "no SEV-SNP report of version 2 to 5");
	n = snp_blob_entries(blob, e);
	names = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(names,
		    json_string(snp_entry_name(e[i].kind)));
	json_object_set_new(beside, "cert_entries", names);
	if (entries_check(e, n, out) == -1)
		return -1;
	rc = snp_case_judge(c, out, &r, &certs, ask, claims);
	snp_case_certified(out, &r);
	return rc;
}

void
kind_sev_blob(const struct evcase *c, struct evout *out)
{
	struct snp_ask ask = { .vmpl = -1, .bound = "report data" };
	struct span s;

	if (evcase_need(c, out, "quote", &s) == -1 ||
	    case_report_data(c, out, &ask.report_data) == -1)
		return;
	sev_blob_judge(c, out, s, &ask, out->claims, out->claims);
	/* Where the blob is malformed it is refused already. */
	if (s.n >= SNP_REPORT_SIZE)
		case_nonce(c, out, span_make(s.p + SNP_REPORT_DATA, 64));
}

void
kind_sev_bincode(const struct evcase *c, struct evout *out)
{
	struct snp_entry e[MAX_SNP_CERTS];
	uint32_t variant[MAX_SNP_CERTS];
	struct snp_report r;
	struct span s, raw;
	size_t n, len;

	if (evcase_need(c, out, "quote", &s) == -1)
		return;
	if (snp_bincode_decode(s, &raw, e, variant, &n) == -1 ||
	    snp_report_decode(raw, &r) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "%zu bytes are no report with a table in either of the "
		    "old encodings", s.n);
		return;
	}
	snp_report_claims(&r, out->claims);
	claim_int(out, "count_u64", (int64_t)n);
	if (n != 0) {
		claim_int(out, "variant_u32", variant[0]);
		len = e[0].data.n;
		claim_int(out, "data_len_u64", (int64_t)len);
	}
	out->verdict = VERDICT_PARSED;
	snprintf(out->reason, sizeof(out->reason),
	    "an encoding that is no longer used: shown, not judged");
}

void
kind_snp_cert(const struct evcase *c, struct evout *out)
{
	struct snp_vek v;
	struct span s;
	X509 *x;

	if (evcase_need(c, out, "vek", &s) == -1)
		return;
	if ((x = x509_file(s, MAX_SNP_CERT)) == NULL ||
	    snp_vek_decode(x, &v) == -1) {
		X509_free(x);
		checks_add(&out->ck, RESULT_FAIL, "snp.format",
		    "%zu bytes are no certificate with AMD's extensions", s.n);
		return;
	}
	X509_free(x);
	snp_case_cert(c, out, (v.seen & VEK_CSP_ID) != 0);
}
