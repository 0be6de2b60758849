/* Real reports with their certificates, and one change each. */
#include "evidence/snp_verify.h"
#include "regress/unit/claims/vectors.h"

struct files {
	struct buf report, quote, vek, ark, issuer;
};

/* 1 accepted */
static int
judge(const json_t *c, struct files *f)
{
	struct checks *ck = calloc(1, sizeof(*ck));
	struct snp_policy po;
	struct snp_result res;
	struct snp_certs certs;
	struct snp_report r;
	struct span raw = buf_span(&f->report);
	int ok = 0;

	memset(&certs, 0, sizeof(certs));
	memset(&po, 0, sizeof(po));
	po.now = vector_time(c);
	po.vmpl = -1;
	po.allow_debug = 1;
	if (f->quote.n != 0 &&
	    snp_blob_decode(buf_span(&f->quote), &raw, &certs) == -1)
		goto out;
	if (snp_report_decode(raw, &r) == -1)
		goto out;
	if (f->quote.n == 0 && r.signing_key == SNP_VLEK)
		certs.vlek = buf_span(&f->vek);
	else if (f->quote.n == 0)
		certs.vcek = buf_span(&f->vek);
	if (certs.ark.n == 0)
		certs.ark = buf_span(&f->ark);
	if (certs.ask.n == 0)
		certs.ask = buf_span(&f->issuer);
	ok = snp_verify(&r, &certs, &po, ck, &res) == 0;
	CHECK_INT(ok, res.root == SNP_ROOT_AMD);
	if (!ok && strcmp(vector_text(c, "verdict"), "accept") == 0) {
		size_t i;

		for (i = 0; i < ck->n; i++)
			if (ck->v[i].result == RESULT_FAIL)
				printf("%s: %s: %s\n", vector_text(c, "id"),
				    ck->v[i].name, ck->v[i].detail);
	}
out:
	free(ck);
	return ok;
}

static void
fields(const json_t *c, struct files *f)
{
	const json_t *e = json_object_get(c, "expect");
	struct span raw = buf_span(&f->report);
	struct snp_certs certs;
	struct snp_report r;
	char hex[129];

	if (f->quote.n != 0)
		CHECK_OK(snp_blob_decode(buf_span(&f->quote), &raw, &certs));
	if (!CHECK_OK(snp_report_decode(raw, &r)))
		return;
	CHECK_INT(r.version, json_integer_value(json_object_get(e,
	    "version")));
	hex_encode(r.measurement, hex, sizeof(hex));
	CHECK_STR(hex, vector_text(e, "measurement"));
	hex_encode(r.report_data, hex, sizeof(hex));
	CHECK_STR(hex, vector_text(e, "report_data"));
	hex_encode(span_make(r.reported.raw, 8), hex, sizeof(hex));
	CHECK_STR(hex, vector_text(e, "reported_tcb"));
	if (json_object_get(e, "chip_id") == NULL)
		return;
	hex_encode(r.chip_id, hex, sizeof(hex));
	CHECK_STR(hex, vector_text(e, "chip_id"));
	CHECK_INT(r.vmpl, json_integer_value(json_object_get(e, "vmpl")));
	CHECK_INT(r.policy, strtoull(vector_text(e, "policy"), NULL, 0));
}

static void
one(const json_t *c)
{
	const char *verdict = vector_text(c, "verdict");
	struct files f;

	test_begin(vector_text(c, "id"));
	vector_file(c, "report", &f.report);
	vector_file(c, "quote", &f.quote);
	vector_file(c, "vek", &f.vek);
	vector_file(c, "ark", &f.ark);
	vector_file(c, "issuer", &f.issuer);
	/* parse-only: no certificate of that chip, so never success. */
	if (strcmp(verdict, "parse-only") == 0)
		CHECK_INT(judge(c, &f), 0);
	else
		vector_verdict(c, judge(c, &f));
	if (strcmp(verdict, "reject") != 0)
		fields(c, &f);
	buf_free(&f.report);
	buf_free(&f.quote);
	buf_free(&f.vek);
	buf_free(&f.ark);
	buf_free(&f.issuer);
}

int
main(void)
{
	json_t *cases = vectors_open(), *c;
	size_t i;

	json_array_foreach(cases, i, c)
		if (vector_is(c, "snp-report") || vector_is(c,
		    "sev-quote-blob"))
			one(c);
	json_decref(vectors_manifest);
	return test_end();
}
