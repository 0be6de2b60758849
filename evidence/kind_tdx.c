/* The kinds tdx-quote, tdx-quote+collateral and tdx-tdreport. */
#include <stdio.h>
#include <string.h>

#include "evidence/kind_tdx.h"
#include "evidence/rules.h"
#include "evidence/tdx_claims.h"

/* The role's --file, else the file of --collateral of one of two names. */
static struct span
either(const struct evcase *c, const char *role, const char *name,
    const char *other)
{
	struct span s = evcase_file(c, role);

	if (s.p == NULL)
		s = evcase_collateral(c, name);
	return s.p == NULL ? evcase_collateral(c, other) : s;
}

static void
policy_fill(const struct evcase *c, struct tdx_policy *po)
{
	memset(po, 0, sizeof(*po));
	po->at = c->at;
	po->root = either(c, "root", "sgx_root_ca.der", "sgx_root_ca.pem");
	po->trust_root = c->root;
	po->ntrust_roots = c->nroots;
	po->allow_debug = c->allow_debug;
	po->rules = c->policy != NULL ? c->policy : &rules_authenticity;
}

static void
collateral_fill(const struct evcase *c, struct tdx_collateral *co)
{
	co->tcb_info = either(c, "tcb_info", "tcb_info.json", "tcb_info");
	co->qe_identity = either(c, "qe_identity", "qe_identity.json",
	    "qe_identity");
	co->tcb_signing = either(c, "tcb_signing", "tcb_signing.der",
	    "tcb_signing.pem");
	co->pck_crl = either(c, "pck_crl", "pck_crl.der", "pck_crl.pem");
	co->root_ca_crl = either(c, "root_ca_crl", "root_ca_crl.der",
	    "root_ca_crl.pem");
}

/* What the verifier asked for.  A nonce is what report data begins with, as
 * in the form of the existing agent (nonce, then certificate). */
static void
asked_check(const struct evcase *c, const struct tdx_body *b,
    struct evout *out)
{
	struct span rd = b->report_data;
	unsigned i;

	if (c->has_report_data)
		checks_test(&out->ck, span_eq(c->report_data, rd),
		    "tdx.report-data", "report data, all 64 bytes");
	if (c->has_nonce)
		checks_test(&out->ck, c->nonce.n > 0 && c->nonce.n <= rd.n &&
		    memcmp(rd.p, c->nonce.p, c->nonce.n) == 0, "tdx.nonce",
		    "report data begins with the nonce of %zu bytes",
		    c->nonce.n);
	if (!c->has_report_data && !c->has_nonce)
		rule_check(&out->ck, c->policy != NULL ? c->policy->no_nonce :
		    rules_authenticity.no_nonce, "tdx.nonce",
		    "no nonce was given: freshness is not proven");
	for (i = 0; i < c->nrtmrs; i++)
		checks_test(&out->ck, c->rtmr[i].index < TDX_RTMRS &&
		    span_eq(c->rtmr[i].value, b->rtmr[c->rtmr[i].index]),
		    "tdx.rtmr", "RTMR%u against the value asked for",
		    c->rtmr[i].index);
}

int
tdx_case_judge(const struct evcase *c, struct evout *out, struct span file,
    int allow_sgx, struct tdx_quote *q, struct tdx_found *ret)
{
	struct tdx_policy po;
	struct tdx_result r;
	struct tdx_collateral co;
	struct tdx_tcb t;
	const char *why;
	int rc;

	policy_fill(c, &po);
	po.allow_sgx = allow_sgx;
	collateral_fill(c, &co);
	po.has_qe_identity = co.qe_identity.n != 0;
	if (tdx_quote_decode(file, q, &why) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tdx.quote",
		    "%zu bytes are no quote: %s", file.n, why);
	tdx_claim_quote(out, q);
	rc = tdx_verify(q, &po, &out->ck, &r);
	tdx_claim_result(out, q, &r);
	if (ret != NULL) {
		ret->holds = r.root != TDX_ROOT_NONE;
		ret->is_intel = r.root_is_intel;
		memcpy(ret->root_sha256, r.root_sha256, 32);
	}
	if (q->body_type != TDX_BODY_SGX) {
		if (tdx_collateral_check(q, &r, &po, &co, &out->ck, &t) == -1)
			rc = -1;
		tdx_claim_tcb(out, q, &t);
		tdx_tcb_free(&t);
	}
	tdx_result_free(&r);
	return rc;
}

static void
judge(const struct evcase *c, struct evout *out, int want_collateral)
{
	struct tdx_collateral co;
	struct tdx_quote q;
	struct span file;

	if (evcase_need(c, out, "quote", &file) == -1)
		return;
	collateral_fill(c, &co);
	if (want_collateral && (co.tcb_info.n == 0 || co.tcb_signing.n == 0)) {
		out->verdict = VERDICT_UNJUDGED;
		snprintf(out->reason, sizeof(out->reason), "%s needs --file "
		    "tcb_info=PATH and tcb_signing=PATH, or --collateral",
		    c->kind);
		return;
	}
	memset(&q, 0, sizeof(q));
	tdx_case_judge(c, out, file, 0, &q, NULL);
	if (q.version != 0 && q.body_type != TDX_BODY_SGX)
		asked_check(c, &q.body, out);
}

void
kind_tdx_quote(const struct evcase *c, struct evout *out)
{
	judge(c, out, 0);
}

void
kind_tdx_quote_collateral(const struct evcase *c, struct evout *out)
{
	judge(c, out, 1);
}

void
kind_tdx_tdreport(const struct evcase *c, struct evout *out)
{
	struct span file;
	struct tdreport r;

	if (evcase_need(c, out, "report", &file) == -1)
		return;
	if (tdreport_decode(file, &r) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "tdx.report",
		    "%zu bytes are no TDREPORT of 1024 bytes", file.n);
		return;
	}
	tdx_claim_report(out, &r);
	checks_add(&out->ck, RESULT_WARN, "tdx.report", "a TDREPORT is "
	    "authenticated for its own machine only: nothing can be judged");
	out->verdict = VERDICT_PARSED;
}
