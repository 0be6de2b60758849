/*
 * Collateral is signed by a key that the quote's own root certified, so one
 * pinned root covers both.  Old lists and old levels are good signatures too:
 * dates are checked for each part.
 */
#include <string.h>

#include "evidence/tdx_collateral.h"
#include "evidence/utc.h"
#include "evidence/x509.h"

struct job {
	const struct tdx_quote		*q;
	const struct tdx_result		*r;
	const struct tdx_policy		*po;
	const struct tdx_collateral	*c;
	struct checks			*ck;
	struct tdx_tcb			*t;
	X509				*signer;
	int				 rc;
};

static void
fail_unless(struct job *j, int ok, const char *name, const char *detail)
{
	if (checks_test(j->ck, ok, name, "%s", detail) == -1)
		j->rc = -1;
}

static void
signer_check(struct job *j)
{
	struct cursor c;
	const char *why;
	enum x509_date when;

	if (j->c->tcb_signing.n == 0) {
		if (j->c->tcb_info.n != 0 || j->c->qe_identity.n != 0)
			fail_unless(j, 0, "tcb.signer",
			    "no certificate of TCB signing was given");
		return;
	}
	/* A header of Intel's service has the root behind it: that one is
	 * not looked at, the quote's root must have signed. */
	j->signer = x509_der(j->c->tcb_signing, MAX_TRUST_ROOT);
	cursor_init(&c, j->c->tcb_signing);
	if (j->signer == NULL &&
	    x509_pem_next(&c, MAX_TRUST_ROOT, &j->signer) != 1) {
		j->signer = NULL;
		fail_unless(j, 0, "tcb.signer",
		    "the certificate of TCB signing is malformed");
		return;
	}
	why = tcb_signing_fault(j->signer, j->r->chain.root);
	when = x509_date(j->signer, j->po->at);
	if (why == NULL && when != X509_DATE_VALID)
		why = x509_date_text(when);
	fail_unless(j, why == NULL, "tcb.signer", why != NULL ? why :
	    "Intel's TCB signing key, certified by the quote's root");
}

/* 1 if the object is signed; ret_object is set if the text is of that form. */
static int
json_is_signed(struct job *j, struct span text, const char *name,
    struct span *ret_object)
{
	uint8_t sig[64];

	if (signed_json_split(text, name, ret_object, sig) == -1)
		return 0;
	return j->signer != NULL && p256_verify(X509_get0_pubkey(j->signer),
	    *ret_object, span_make(sig, sizeof(sig)));
}

static void
dates_check(struct job *j, const char *name, int64_t from, int64_t to)
{
	char a[UTC_TEXT_LEN], b[UTC_TEXT_LEN];

	utc_text(from, a);
	utc_text(to, b);
	if (checks_test(j->ck, j->po->at >= from && j->po->at <= to, name,
	    "good from %s to %s", a, b) == -1)
		j->rc = -1;
}

static void
info_load(struct job *j)
{
	struct span object = span_make(NULL, 0);
	const char *why = "it is not {tcbInfo, signature}";

	if (j->c->tcb_info.n == 0) {
		if (rule_check(j->ck, j->po->rules->no_revocation,
		    "tcb.status", "no TCB info: whether the platform is up "
		    "to date is not known") == -1)
			j->rc = -1;
		return;
	}
	j->t->info_signature_ok = json_is_signed(j, j->c->tcb_info, "tcbInfo",
	    &object);
	if (object.n != 0)
		j->t->info = tcb_info_decode(object, &why);
	if (j->t->info == NULL) {
		fail_unless(j, 0, "tcb.info", why);
		return;
	}
	fail_unless(j, j->t->info_signature_ok, "tcb.info",
	    "TCB info signed by the TCB signing key");
	dates_check(j, "tcb.dates", j->t->info->issue, j->t->info->next);
	fail_unless(j, j->r->has_ext && memcmp(j->r->ext.fmspc.p,
	    j->t->info->fmspc, 6) == 0 && memcmp(j->r->ext.pceid.p,
	    j->t->info->pceid, 2) == 0, "tcb.fmspc",
	    "TCB info is of the platform (FMSPC, PCEID) of the PCK");
}

static void
identity_load(struct job *j)
{
	struct tdx_tcb *t = j->t;
	struct span object = span_make(NULL, 0);
	const char *why = "it is not {enclaveIdentity, signature}";

	if (j->c->qe_identity.n == 0) {
		if (rule_check(j->ck, j->po->rules->no_revocation,
		    "qe.identity", "not given: whether the quoting enclave is "
		    "current is not known") == -1)
			j->rc = -1;
		return;
	}
	t->qe_signature_ok = json_is_signed(j, j->c->qe_identity,
	    "enclaveIdentity", &object);
	if (object.n != 0)
		t->qe = qe_identity_decode(object, &why);
	if (t->qe == NULL) {
		fail_unless(j, 0, "qe.identity", why);
		return;
	}
	fail_unless(j, t->qe_signature_ok, "qe.identity",
	    "identity of the quoting enclave signed by the TCB signing key");
	dates_check(j, "qe.dates", t->qe->issue, t->qe->next);
	t->qe_fault = qe_identity_fault(t->qe, &j->q->qe);
	fail_unless(j, t->qe_fault == NULL, "qe.fields", t->qe_fault != NULL ?
	    t->qe_fault : "the quoting enclave that Intel describes");
	t->qe_level = tcb_isvsvn_level(&t->qe->levels, j->q->qe.isvsvn);
}

/* The TDX module: listed by its major version, or the one of old. */
static void
module_check(struct job *j)
{
	const struct tdx_body *b = &j->q->body;
	const struct tcb_module *m = tdx_module_find(j->t->info, b);
	struct tdx_tcb *t = j->t;
	char id[16];

	tdx_module_id(b, id);
	if (m == NULL) {
		if (checks_add(j->ck, RESULT_FAIL, "tcb.module",
		    "module %s is not in the TCB info", id) == -1)
			j->rc = -1;
		return;
	}
	t->has_module = 1;
	t->signer_ok = tdx_module_signer_ok(m, b);
	t->attributes_ok = tdx_module_attributes_ok(m, b);
	if (tdx_module_is_named(b))
		t->module_level = tcb_isvsvn_level(&m->levels,
		    b->tee_tcb_svn.p[0]);
	fail_unless(j, t->signer_ok && t->attributes_ok, "tcb.module",
	    "TDX module signed by and with the attributes that Intel lists");
}

static enum tcb_status
level_status(const struct tcb_level *l)
{
	return l == NULL ? TCB_NOT_FOUND : l->status;
}

static void
status_find(struct job *j)
{
	const struct tdx_body *b = &j->q->body;
	struct tdx_tcb *t = j->t;

	if (j->r->has_ext)
		t->platform_level = tcb_platform_level(t->info, &j->r->ext, b);
	t->status = level_status(t->platform_level);
	if (tdx_module_is_named(b))
		t->status = tcb_converge(t->status,
		    level_status(t->module_level));
	if (t->qe != NULL)
		t->status = tcb_converge(t->status, level_status(t->qe_level));
	if (t->platform_level != NULL)
		tcb_level_advisories(t->platform_level, &t->advisories);
	if (t->module_level != NULL)
		tcb_level_advisories(t->module_level, &t->advisories);
	if (t->qe_level != NULL)
		tcb_level_advisories(t->qe_level, &t->advisories);
}

/* 1 if the policy names every advisory, and there is one: then the status
 * does not count.  Levels that are missing or revoked have no such excuse. */
static int
is_excused(const struct policy_rules *po, const struct tdx_tcb *t)
{
	size_t i, k;

	if (t->advisories.n == 0 || t->status == TCB_NOT_FOUND ||
	    t->status == TCB_REVOKED)
		return 0;
	for (i = 0; i < t->advisories.n; i++) {
		for (k = 0; k < po->nadvisories; k++)
			if (strcmp(po->advisory[k], t->advisories.id[i]) == 0)
				break;
		if (k == po->nadvisories)
			return 0;
	}
	return 1;
}

/* TDX 1.5 says too which module runs now: 1 if with that one platform and
 * module were up to date, so that a new start of the guest is all it takes. */
static int
restart_helps(const struct job *j)
{
	struct tdx_body now = j->q->body;
	const struct tcb_module *m;

	if (now.tee_tcb_svn2.n == 0 || j->t->status == TCB_UP_TO_DATE ||
	    !j->r->has_ext)
		return 0;
	now.tee_tcb_svn = now.tee_tcb_svn2;
	if (level_status(tcb_platform_level(j->t->info, &j->r->ext, &now)) !=
	    TCB_UP_TO_DATE)
		return 0;
	if (!tdx_module_is_named(&now))
		return 1;
	m = tdx_module_find(j->t->info, &now);
	return m != NULL && level_status(tcb_isvsvn_level(&m->levels,
	    now.tee_tcb_svn.p[0])) == TCB_UP_TO_DATE;
}

/* Status of each part, advisories, and what is short since when. */
static void
status_text(const struct job *j, struct buf *out)
{
	const struct tdx_tcb *t = j->t;
	char more[320];
	size_t i;

	buf_printf(out, "%s (platform %s", tcb_status_name(t->status),
	    tcb_status_name(level_status(t->platform_level)));
	if (tdx_module_is_named(&j->q->body))
		buf_printf(out, ", TDX module %s",
		    tcb_status_name(level_status(t->module_level)));
	if (t->qe != NULL)
		buf_printf(out, ", quoting enclave %s",
		    tcb_status_name(level_status(t->qe_level)));
	buf_add_str(out, ")");
	if (j->r->has_ext) {
		tcb_platform_short(t->info, &j->r->ext, &j->q->body, more,
		    sizeof(more));
		if (more[0] != '\0')
			buf_printf(out, ": %s", more);
	}
	if (restart_helps(j))
		buf_add_str(out, "; the machine runs a newer TDX module "
		    "already: start the guest anew");
	for (i = 0; i < t->advisories.n; i++)
		buf_printf(out, "%s %.20s", i == 0 ? "; advisories:" : ",",
		    t->advisories.id[i]);
}

static void
status_check(struct job *j)
{
	enum rule rule = j->po->rules->tdx_status[j->t->status];
	char text[MAX_CHECK_DETAIL];
	struct buf out;
	size_t n;

	buf_init(&out, 16384);
	status_text(j, &out);
	n = out.n < sizeof(text) ? out.n : sizeof(text) - 1;
	memcpy(text, out.n > 0 ? (const char *)out.p : "", n);
	text[n] = '\0';
	buf_free(&out);
	if (rule != RULE_ALLOW && is_excused(j->po->rules, j->t))
		rule = RULE_ALLOW;
	if (checks_add(j->ck, rule == RULE_ALLOW ? RESULT_OK : rule ==
	    RULE_WARN ? RESULT_WARN : RESULT_FAIL, "tcb.status", "%s",
	    text) == -1)
		j->rc = -1;
}

static void
no_list(struct job *j, const char *what)
{
	if (rule_check(j->ck, j->po->rules->no_revocation, "revocation",
	    "no list of %s: whether one is revoked is not known",
	    what) == -1)
		j->rc = -1;
}

static void
pck_crl_check(struct job *j)
{
	X509_CRL *crl;

	j->t->pck_revoked = -1;
	if (j->c->pck_crl.n == 0) {
		no_list(j, "PCK certificates");
		return;
	}
	if ((crl = crl_decode(j->c->pck_crl)) == NULL) {
		fail_unless(j, 0, "pck.crl", "the list is malformed");
		return;
	}
	j->t->has_pck_crl = 1;
	if (crl_check(crl, j->r->chain.ca, j->po->at, "pck.crl", j->ck,
	    &j->t->pck_crl) == -1)
		j->rc = -1;
	j->t->pck_revoked = crl_revokes(crl, j->r->chain.leaf);
	fail_unless(j, !j->t->pck_revoked, "pck.revoked",
	    j->t->pck_revoked ? "the PCK of this platform is revoked" :
	    "the PCK of this platform is not revoked");
	X509_CRL_free(crl);
}

static void
root_crl_check(struct job *j)
{
	X509_CRL *crl;
	int revoked;

	if (j->c->root_ca_crl.n == 0) {
		no_list(j, "CA certificates");
		return;
	}
	if ((crl = crl_decode(j->c->root_ca_crl)) == NULL) {
		fail_unless(j, 0, "root.crl", "the list is malformed");
		return;
	}
	j->t->has_root_crl = 1;
	if (crl_check(crl, j->r->chain.root, j->po->at, "root.crl", j->ck,
	    &j->t->root_crl) == -1)
		j->rc = -1;
	revoked = crl_revokes(crl, j->r->chain.ca) ||
	    crl_revokes(crl, j->r->chain.root) ||
	    (j->signer != NULL && crl_revokes(crl, j->signer));
	fail_unless(j, !revoked, "ca.revoked", revoked ?
	    "the PCK CA or TCB signing certificate is revoked" :
	    "PCK CA and TCB signing certificates are not revoked");
	X509_CRL_free(crl);
}

int
tdx_collateral_check(const struct tdx_quote *q, const struct tdx_result *r,
    const struct tdx_policy *po, const struct tdx_collateral *c,
    struct checks *ck, struct tdx_tcb *ret)
{
	struct job j = { q, r, po, c, ck, ret, NULL, 0 };

	memset(ret, 0, sizeof(*ret));
	ret->pck_revoked = -1;
	ret->status = TCB_NOT_FOUND;
	if (r->chain.leaf == NULL || q->body_type == TDX_BODY_SGX)
		return checks_add(ck, RESULT_FAIL, "tcb.info",
		    "without a chain in a TDX quote collateral says nothing");
	signer_check(&j);
	info_load(&j);
	identity_load(&j);
	if (ret->info != NULL) {
		module_check(&j);
		status_find(&j);
		status_check(&j);
	}
	pck_crl_check(&j);
	root_crl_check(&j);
	X509_free(j.signer);
	return j.rc;
}

void
tdx_tcb_free(struct tdx_tcb *t)
{
	tcb_info_free(t->info);
	qe_identity_free(t->qe);
	memset(t, 0, sizeof(*t));
}
