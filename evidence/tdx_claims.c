/* What a TDX quote and its collateral say, for people and scripts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <openssl/bn.h>

#include "evidence/tdx_claims.h"
#include "evidence/utc.h"

static void
claim_rtmrs(struct evout *out, const struct span *rtmr)
{
	char name[8];
	unsigned i;

	for (i = 0; i < TDX_RTMRS; i++) {
		snprintf(name, sizeof(name), "rtmr%u", i);
		claim_hex(out, name, rtmr[i]);
	}
}

static void
claim_body(struct evout *out, const struct tdx_body *b)
{
	char xfam[19];

	claim_hex(out, "tee_tcb_svn", b->tee_tcb_svn);
	claim_hex(out, "mr_seam", b->mr_seam);
	claim_hex(out, "mr_signer_seam", b->mr_signer_seam);
	claim_hex(out, "seam_attributes", b->seam_attributes);
	claim_hex(out, "td_attributes", b->td_attributes);
	snprintf(xfam, sizeof(xfam), "0x%016" PRIx64, b->features);
	claim_str(out, "xfam", xfam);
	claim_hex(out, "mr_td", b->mr_td);
	claim_hex(out, "mr_config_id", b->mr_config_id);
	claim_hex(out, "mr_owner", b->mr_owner);
	claim_hex(out, "mr_owner_config", b->mr_owner_config);
	claim_rtmrs(out, b->rtmr);
	claim_hex(out, "report_data", b->report_data);
	if (b->tee_tcb_svn2.n != 0) {
		claim_hex(out, "tee_tcb_svn2", b->tee_tcb_svn2);
		claim_hex(out, "mr_servicetd", b->mr_servicetd);
	}
	claim_bool(out, "td_debug", (b->attributes & TDX_ATTR_DEBUG) != 0);
	claim_bool(out, "cosmian_fixed_bits_ok", tdx_fixed_bits_ok(b));
}

void
tdx_claim_quote(struct evout *out, const struct tdx_quote *q)
{
	claim_int(out, "version", q->version);
	claim_int(out, "att_key_type", q->att_key_type);
	claim_int(out, "tee_type", q->tee_type);
	if (q->version == 5)
		claim_int(out, "body_type", q->body_type);
	claim_int(out, "qe_svn", q->qe_svn);
	claim_int(out, "pce_svn", q->pce_svn);
	claim_hex(out, "qe_vendor_id", q->qe_vendor_id);
	claim_hex(out, "user_data", q->user_data);
	if (q->body_type == TDX_BODY_SGX) {
		claim_hex(out, "mrenclave", q->enclave.mrenclave);
		claim_hex(out, "mrsigner", q->enclave.mrsigner);
		claim_hex(out, "report_data", q->enclave.report_data);
	} else
		claim_body(out, &q->body);
	claim_int(out, "sig_data_len", q->sig_data_len);
	if (q->outer_cert_type != 0)
		claim_int(out, "outer_cert_type", q->outer_cert_type);
	claim_int(out, "inner_cert_type", q->inner_cert_type);
	claim_hex(out, "qe_mrenclave", q->qe.mrenclave);
	claim_hex(out, "qe_mrsigner", q->qe.mrsigner);
	claim_int(out, "qe_isvprodid", q->qe.isvprodid);
	claim_int(out, "qe_isvsvn", q->qe.isvsvn);
	claim_hex(out, "qe_attributes", q->qe.attributes);
	claim_hex(out, "qe_miscselect", q->qe.miscselect);
	claim_int(out, "trailing_bytes_after_signature_data",
	    (int64_t)q->trailing);
}

static void
claim_time(struct evout *out, const char *name, int64_t at)
{
	char text[UTC_TEXT_LEN];

	utc_text(at, text);
	claim_str(out, name, text);
}

/* The number in hex, without leading zeros. */
static void
claim_serial(struct evout *out, X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *hex = n != NULL ? BN_bn2hex(n) : NULL, *p;

	if (hex != NULL) {
		for (p = hex; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'F')
				*p += 'a' - 'A';
		for (p = hex; *p == '0' && p[1] != '\0'; p++)
			continue;
		claim_str(out, "pck_serial", p);
	}
	OPENSSL_free(hex);
	BN_free(n);
}

static void
claim_ca(struct evout *out, X509 *leaf)
{
	char cn[64], text[260];
	int n;

	n = X509_NAME_get_text_by_NID(X509_get_issuer_name(leaf),
	    NID_commonName, cn, sizeof(cn));
	text_escape(span_make(cn, n > 0 ? (size_t)n : 0), text, sizeof(text));
	claim_str(out, "pck_ca", text);
}

static void
claim_pck(struct evout *out, const struct sgx_ext *e)
{
	json_t *svns = json_array();
	size_t i;

	claim_hex(out, "fmspc", e->fmspc);
	claim_hex(out, "pceid", e->pceid);
	claim_hex(out, "ppid", e->ppid);
	claim_int(out, "sgx_type", e->sgx_type);
	claim_int(out, "pcesvn", e->pcesvn);
	claim_hex(out, "pck_cpusvn", e->cpusvn);
	for (i = 0; i < SGX_COMPONENTS; i++)
		json_array_append_new(svns, json_integer(e->svn[i]));
	claim_json(out, "pck_svns", svns);
}

void
tdx_claim_result(struct evout *out, const struct tdx_quote *q,
    const struct tdx_result *r)
{
	claim_bool(out, "quote_sig_ok", r->quote_sig_ok);
	claim_bool(out, "att_key_bound", r->att_key_bound);
	claim_bool(out, "qe_report_sig_ok", r->qe_report_sig_ok);
	claim_bool(out, "chain_ok", r->chain_ok);
	claim_bool(out, "root_is_intel", r->root_is_intel);
	claim_hex(out, "root_sha256", span_make(r->root_sha256, 32));
	claim_str(out, "kind_of_guest", q->body_type == TDX_BODY_SGX ?
	    "sgx" : "tdx");
	if (r->chain.leaf == NULL)
		return;
	claim_time(out, "valid_from", r->valid_from);
	claim_time(out, "valid_to", r->valid_to);
	claim_ca(out, r->chain.leaf);
	claim_serial(out, r->chain.leaf);
	if (r->has_ext)
		claim_pck(out, &r->ext);
}

static json_t *
date_json(const struct tcb_level *l)
{
	char text[UTC_TEXT_LEN];

	if (l == NULL)
		return json_null();
	utc_text(l->date, text);
	return json_string(text);
}

static const char *
status_of(const struct tcb_level *l)
{
	return tcb_status_name(l == NULL ? TCB_NOT_FOUND : l->status);
}

static void
claim_info(struct evout *out, const struct tdx_tcb *t)
{
	const struct tcb_info *i = t->info;

	claim_json(out, "tcb_info", json_pack("{s:b,s:s,s:i,s:s,s:s,s:s,s:I}",
	    "signature_ok", t->info_signature_ok, "id", "TDX", "version", 3,
	    "fmspc", i->fmspc_text, "issueDate", i->issue_text, "nextUpdate",
	    i->next_text, "tcbEvaluationDataNumber",
	    (json_int_t)i->evaluation));
	claim_str(out, "platform_tcb_status", status_of(t->platform_level));
	claim_json(out, "platform_tcb_date", date_json(t->platform_level));
}

static void
claim_module(struct evout *out, const struct tdx_body *b,
    const struct tdx_tcb *t)
{
	char text[64], id[16];

	if (tdx_module_is_named(b)) {
		tdx_module_id(b, id);
		claim_json(out, "tdx_module", json_pack("[s,b,s,o]", id,
		    t->signer_ok && t->attributes_ok,
		    status_of(t->module_level), date_json(t->module_level)));
		return;
	}
	snprintf(text, sizeof(text), "tdxModule mrsigner match %s attrs %s",
	    t->signer_ok ? "True" : "False", t->attributes_ok ? "ok" : "bad");
	claim_str(out, "tdx_module", text);
}

static json_t *
advisories_json(const struct tcb_advisories *a)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < a->n; i++)
		json_array_append_new(list, json_string(a->id[i]));
	return list;
}

/* Those of the platform's level; all_advisories has the module's and the
 * quoting enclave's too. */
static void
claim_advisories(struct evout *out, const struct tdx_tcb *t)
{
	struct tcb_advisories a;

	a.n = 0;
	if (t->platform_level != NULL)
		tcb_level_advisories(t->platform_level, &a);
	claim_json(out, "advisories", advisories_json(&a));
	claim_json(out, "all_advisories", advisories_json(&t->advisories));
}

static void
claim_crl(struct evout *out, const char *name, const struct crl_facts *f)
{
	char from[UTC_TEXT_LEN], to[UTC_TEXT_LEN];

	utc_text(f->last_update, from);
	utc_text(f->next_update, to);
	claim_json(out, name, json_pack("{s:b,s:s,s:s,s:I}", "signature_ok",
	    f->signature_ok, "last_update", from, "next_update", to,
	    "revoked", (json_int_t)f->revoked));
}

void
tdx_claim_tcb(struct evout *out, const struct tdx_quote *q,
    const struct tdx_tcb *t)
{
	if (t->info != NULL) {
		claim_info(out, t);
		claim_module(out, &q->body, t);
		claim_advisories(out, t);
		claim_str(out, "overall_tcb_status",
		    tcb_status_name(t->status));
	}
	if (t->qe != NULL)
		claim_json(out, "qe_identity",
		    json_pack("{s:b,s:s,s:s,s:s,s:b,s:s}", "signature_ok",
		    t->qe_signature_ok, "id", "TD_QE", "issueDate",
		    t->qe->issue_text, "nextUpdate", t->qe->next_text,
		    "fields_match", t->qe_fault == NULL, "status",
		    status_of(t->qe_level)));
	if (t->has_pck_crl) {
		claim_crl(out, "pck_crl", &t->pck_crl);
		claim_bool(out, "pck_revoked", t->pck_revoked == 1);
	}
	if (t->has_root_crl)
		claim_crl(out, "root_ca_crl", &t->root_crl);
}

void
tdx_claim_report(struct evout *out, const struct tdreport *r)
{
	claim_hex(out, "report_type", r->type);
	claim_hex(out, "cpusvn", r->cpusvn);
	claim_hex(out, "report_data", r->report_data);
	claim_hex(out, "td_attributes", r->td_attributes);
	claim_hex(out, "xfam", r->xfam);
	claim_hex(out, "mr_td", r->mr_td);
	claim_hex(out, "mr_config_id", r->mr_config_id);
	claim_hex(out, "mr_owner", r->mr_owner);
	claim_hex(out, "mr_owner_config", r->mr_owner_config);
	claim_rtmrs(out, r->rtmr);
	claim_bool(out, "td_debug", (r->attributes & TDX_ATTR_DEBUG) != 0);
}
