/* SNP reports in cases: which certificates, which root, which claims. */
#include <stdlib.h>
#include <string.h>

#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/x509.h"

void
member_hex(json_t *o, const char *name, struct span s)
{
	char *hex = malloc(2 * s.n + 1);

	if (hex != NULL && hex_encode(s, hex, 2 * s.n + 1) == 0)
		json_object_set_new(o, name, json_string(hex));
	free(hex);
}

void
member_int(json_t *o, const char *name, int64_t v)
{
	json_object_set_new(o, name, json_integer(v));
}

void
member_str(json_t *o, const char *name, const char *s)
{
	json_object_set_new(o, name, s != NULL ? json_string(s) :
	    json_null());
}

void
member_bool(json_t *o, const char *name, int v)
{
	json_object_set_new(o, name, json_boolean(v));
}

const struct policy_rules *
evcase_rules(const struct evcase *c)
{
	return c->policy != NULL ? c->policy : &rules_authenticity;
}

static void
member_number(json_t *o, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)v);
	member_str(o, name, text);
}

static void
member_firmware(json_t *o, const char *name, uint32_t v)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u", v >> 16 & 0xff, v >> 8 & 0xff,
	    v & 0xff);
	member_str(o, name, text);
}

static const char *
key_name(unsigned key)
{
	switch (key) {
	case SNP_VCEK:
		return "VCEK";
	case SNP_VLEK:
		return "VLEK";
	case SNP_KEY_NONE:
		return "none";
	default:
		return "reserved";
	}
}

static void
report_bytes(const struct snp_report *r, json_t *o)
{
	member_hex(o, "report_data", r->report_data);
	member_hex(o, "measurement", r->measurement);
	member_hex(o, "host_data", r->host_data);
	member_hex(o, "family_id", r->family_id);
	member_hex(o, "image_id", r->image_id);
	member_hex(o, "id_key_digest", r->id_key_digest);
	member_hex(o, "author_key_digest", r->author_key_digest);
	member_hex(o, "report_id", r->report_id);
	member_hex(o, "report_id_ma", r->report_id_ma);
	member_hex(o, "chip_id", r->chip_id);
	member_hex(o, "current_tcb", span_make(r->current.raw, 8));
	member_hex(o, "reported_tcb", span_make(r->reported.raw, 8));
	member_hex(o, "committed_tcb", span_make(r->committed.raw, 8));
	member_hex(o, "launch_tcb", span_make(r->launch.raw, 8));
}

void
snp_report_claims(const struct snp_report *r, json_t *o)
{
	uint8_t cpuid[3];

	member_int(o, "version", r->version);
	member_int(o, "guest_svn", r->guest_svn);
	member_number(o, "policy", r->policy);
	member_int(o, "vmpl", r->vmpl);
	member_str(o, "signing_key", key_name(r->signing_key));
	report_bytes(r, o);
	member_number(o, "platform_info", r->platform_info);
	member_int(o, "author_key_en", r->author_key_en);
	member_int(o, "mask_chip_key", r->mask_chip_key);
	member_firmware(o, "current_version", r->current_fw);
	member_firmware(o, "committed_version", r->committed_fw);
	member_bool(o, "policy_debug_allowed",
	    (r->policy & SNP_POLICY_DEBUG) != 0);
	if (!r->has_cpuid)
		return;
	cpuid[0] = r->cpuid_family;
	cpuid[1] = r->cpuid_model;
	cpuid[2] = r->cpuid_stepping;
	member_hex(o, "cpuid_fam_mod_step", span_make(cpuid, 3));
	member_str(o, "product_from_cpuid", snp_product_name(r->product));
	member_str(o, "product", snp_product_name(r->product));
}

static void
tcb_pair(json_t *o, const char *name, uint8_t vek, uint8_t report)
{
	json_object_set_new(o, name, json_pack("[i,i]", vek, report));
}

json_t *
snp_vek_claims(const struct snp_result *res)
{
	const struct snp_vek *v = &res->info;
	json_t *o = json_object();

	member_int(o, "bl", v->tcb.boot_loader);
	member_int(o, "tee", v->tcb.tee);
	member_int(o, "snp", v->tcb.snp);
	member_int(o, "ucode", v->tcb.microcode);
	if ((v->seen & VEK_FMC) != 0)
		member_int(o, "fmc", v->tcb.fmc);
	member_str(o, "product_name", v->product[0] != '\0' ? v->product :
	    NULL);
	if ((v->seen & VEK_HWID) != 0)
		member_hex(o, "hwid", span_make(res->hwid, v->hwid.n));
	else
		member_str(o, "hwid", NULL);
	if ((v->seen & VEK_CSP_ID) != 0)
		member_str(o, "csp_id", v->csp_id);
	return o;
}

void
snp_result_claims(const struct snp_report *r, const struct snp_result *res,
    json_t *o)
{
	const struct snp_tcb *v = &res->info.tcb, *t = &res->reported;
	json_t *pairs;

	if (!res->have_vek)
		return;
	member_str(o, "product", snp_product_name(res->product));
	member_bool(o, "signature_ok", res->signature_ok);
	member_bool(o, "chain_ok", res->chain_ok);
	member_bool(o, "tcb_matches_vek", res->tcb_ok);
	pairs = json_object();
	tcb_pair(pairs, "bl", v->boot_loader, t->boot_loader);
	tcb_pair(pairs, "tee", v->tee, t->tee);
	tcb_pair(pairs, "snp", v->snp, t->snp);
	tcb_pair(pairs, "ucode", v->microcode, t->microcode);
	if (res->product == SNP_TURIN)
		tcb_pair(pairs, "fmc", v->fmc, t->fmc);
	json_object_set_new(o, "tcb_vek_vs_report", pairs);
	if (r->signing_key == SNP_VLEK || res->chip_ok == -1)
		member_str(o, "chip_id_matches_vek", NULL);
	else
		member_bool(o, "chip_id_matches_vek", res->chip_ok);
	json_object_set_new(o, "vek_extensions", snp_vek_claims(res));
}

/* A certificate in the form the chain reader takes; keeps the DER in b. */
static struct span
as_der(struct span s, struct buf *b)
{
	unsigned char *der = NULL;
	X509 *x;
	int n;

	if (x509_is_framed(s) || (x = x509_file(s, MAX_TRUST_ROOT)) == NULL)
		return s;
	n = i2d_X509(x, &der);
	X509_free(x);
	if (n <= 0)
		return s;
	buf_add(b, der, (size_t)n);
	OPENSSL_free(der);
	return buf_span(b);
}

/* Issuer and ARK of a PEM text as AMD's service sends them. */
static void
chain_file(struct span text, struct buf ret[2])
{
	unsigned char *der;
	struct cursor c;
	X509 *x;
	int i, n;

	cursor_init(&c, text);
	for (i = 0; i < 2 && x509_pem_next(&c, MAX_TRUST_ROOT, &x) == 1; i++) {
		der = NULL;
		if ((n = i2d_X509(x, &der)) > 0)
			buf_add(&ret[i], der, (size_t)n);
		OPENSSL_free(der);
		X509_free(x);
	}
}

/* Does the VEK name this certificate as its issuer? */
static int
issued(struct span vek, struct span ask)
{
	X509 *v = x509_der(vek, MAX_SNP_CERT), *a = x509_der(ask,
	    MAX_SNP_CERT);
	int ok = v != NULL && a != NULL && X509_NAME_cmp(
	    X509_get_issuer_name(v), X509_get_subject_name(a)) == 0;

	X509_free(v);
	X509_free(a);
	return ok;
}

enum { KEPT_VEK, KEPT_ISSUER, KEPT_ARK, KEPT_CHAIN, KEPT_CHAIN_ARK, KEPT };

/* Completes the certificates from roles and collateral. */
static void
certs_complete(const struct evcase *c, int vlek, struct snp_certs *certs,
    struct buf kept[KEPT])
{
	struct span issuer = evcase_file(c, "issuer");
	struct span ark = evcase_file(c, "ark");
	struct span *vek = vlek ? &certs->vlek : &certs->vcek;

	if (vek->n == 0 && evcase_file(c, "vek").n != 0)
		*vek = as_der(evcase_file(c, "vek"), &kept[KEPT_VEK]);
	if (vek->n == 0 && !vlek)
		*vek = as_der(evcase_collateral(c, "vcek.der"),
		    &kept[KEPT_VEK]);
	chain_file(evcase_collateral(c, "amd_chain.pem"), &kept[KEPT_CHAIN]);
	if (issuer.n != 0)
		issuer = as_der(issuer, &kept[KEPT_ISSUER]);
	else
		issuer = buf_span(&kept[KEPT_CHAIN]);
	if (ark.n != 0)
		ark = as_der(ark, &kept[KEPT_ARK]);
	else
		ark = buf_span(&kept[KEPT_CHAIN_ARK]);
	/* A host may send the ASK along with a VLEK: its table has one place
	 * for both. */
	if (certs->ask.n == 0 || (issuer.n != 0 &&
	    !span_eq(issuer, certs->ask) && !issued(*vek, certs->ask) &&
	    issued(*vek, issuer)))
		certs->ask = issuer;
	if (certs->ark.n == 0)
		certs->ark = ark;
}

/* The named root that is this ARK, else the first. */
static struct span
named_root(const struct evcase *c, struct span ark)
{
	size_t i, found = 0;
	X509 *a;

	for (i = 0; i < c->nroots; i++)
		if (span_eq(c->root[i], ark))
			return c->root[i];
	a = c->nroots > 1 ? x509_der(ark, MAX_SNP_CERT) : NULL;
	for (i = 0; i < c->nroots && a != NULL; i++)
		if (x509_is(a, c->root[i], MAX_TRUST_ROOT))
			found = i;
	X509_free(a);
	return c->nroots != 0 ? c->root[found] : span_make(NULL, 0);
}

static struct span
crl_of(const struct evcase *c, const struct snp_certs *certs)
{
	struct span crl = evcase_file(c, "crl");

	if (crl.n == 0)
		crl = evcase_collateral(c, "amd_crl.der");
	return crl.n != 0 ? crl : certs->crl;
}

static void
policy_fill(const struct evcase *c, const struct snp_certs *certs,
    struct snp_policy *po)
{
	memset(po, 0, sizeof(*po));
	po->now = c->at;
	po->vmpl = -1;
	po->rules = evcase_rules(c);
	po->allow_debug = c->allow_debug;
	po->trust_root = named_root(c, certs->ark);
	po->crl = crl_of(c, certs);
}

static int
unjudged(struct evout *out, const char *what)
{
	out->verdict = VERDICT_UNJUDGED;
	snprintf(out->reason, sizeof(out->reason),
	    "no certificate of the %s: give it with --file or --collateral",
	    what);
	return -1;
}

int
snp_case_judge(const struct evcase *c, struct evout *out,
    const struct snp_report *r, struct snp_certs *certs,
    const struct snp_ask *ask, json_t *claims)
{
	int vlek = r->signing_key == SNP_VLEK, rc = -1, i;
	struct buf kept[KEPT];
	struct snp_policy po;
	struct snp_result res;

	for (i = 0; i < KEPT; i++)
		buf_init(&kept[i], 0);
	snp_report_claims(r, claims);
	certs_complete(c, vlek, certs, kept);
	if ((vlek ? certs->vlek : certs->vcek).n == 0) {
		out->verdict = VERDICT_PARSED;
		snprintf(out->reason, sizeof(out->reason), "no certificate "
		    "of the %s: the report is shown, not judged",
		    vlek ? "VLEK" : "VCEK");
		rc = ask->report_data.n == 0 ? 0 : checks_test(&out->ck,
		    span_eq(r->report_data, ask->report_data),
		    "snp.report-data", "report data, all 64 bytes");
	} else if (certs->ask.n == 0)
		unjudged(out, vlek ? "ASVK" : "ASK");
	else if (certs->ark.n == 0 && c->nroots == 0)
		unjudged(out, "ARK");
	else {
		policy_fill(c, certs, &po);
		po.vmpl = ask->vmpl;
		po.report_data = ask->report_data;
		po.bound = ask->bound;
		rc = snp_verify(r, certs, &po, &out->ck, &res);
		snp_result_claims(r, &res, claims);
		if (ask->ret_result != NULL) {
			*ask->ret_result = res;
			ask->ret_result->info.hwid = span_make(NULL, 0);
		}
	}
	for (i = 0; i < KEPT; i++)
		buf_free(&kept[i]);
	return rc;
}

int
snp_case_cert(const struct evcase *c, struct evout *out, int vlek)
{
	struct snp_certs certs;
	struct buf kept[KEPT];
	struct snp_policy po;
	struct snp_result res;
	int rc = -1, i;

	memset(&certs, 0, sizeof(certs));
	for (i = 0; i < KEPT; i++)
		buf_init(&kept[i], 0);
	certs_complete(c, vlek, &certs, kept);
	if (certs.ask.n == 0)
		unjudged(out, "issuer");
	else if (certs.ark.n == 0 && c->nroots == 0)
		unjudged(out, "ARK");
	else {
		policy_fill(c, &certs, &po);
		rc = snp_cert_verify(&certs, &po, &out->ck, &res);
		claim_bool(out, "chain_ok", res.chain_ok);
		if (res.have_vek) {
			claim_str(out, "product",
			    snp_product_name(res.product));
			claim_json(out, "vek_extensions",
			    snp_vek_claims(&res));
		}
	}
	for (i = 0; i < KEPT; i++)
		buf_free(&kept[i]);
	return rc;
}

void
snp_case_certified(struct evout *out, const struct snp_report *r)
{
	if (out->verdict != VERDICT_PARSED || out->ck.count[RESULT_FAIL] != 0)
		return;
	out->verdict = VERDICT_UNJUDGED;
	snprintf(out->reason, sizeof(out->reason), "the quote has no "
	    "certificate of the %s: give it with --file or --collateral",
	    r->signing_key == SNP_VLEK ? "VLEK" : "VCEK");
}
