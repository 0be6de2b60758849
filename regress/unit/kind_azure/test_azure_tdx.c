/*
 * TDX behind the paravisor, and certificates of its vTPM's key: for each check
 * the evidence that only it refuses.
 */
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "evidence/hcl.h"
#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_azure/azforge.h"
#include "regress/unit/kind_azure/aztdx.h"

static struct evout out;
static struct forge_tdx td;
static struct buf vars, hcl;
static uint8_t bound[64], user[64], hw[SNP_REPORT_SIZE];

static const char *
fails(void)
{
	static char text[256];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < out.ck.n; i++)
		if (out.ck.v[i].result == RESULT_FAIL)
			snprintf(text + strlen(text), sizeof(text) -
			    strlen(text), "%s%s", text[0] == '\0' ? "" : " ",
			    out.ck.v[i].name);
	return text;
}

static void
only(const struct evcase *c, const char *name)
{
	if (!CHECK_OK(evcase_judge(c, &out)))
		return;
	CHECK_STR(fails(), name);
	CHECK_INT(out.verdict, name[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	evout_free(&out);
}

static void
file_add(struct evcase *c, const char *role, struct span s)
{
	c->file[c->nfiles++] = (struct case_file){ role, s };
}

/* Report and quote of the machine as it is now. */
static void
case_base(struct evcase *c)
{
	memset(bound, 0, sizeof(bound));
	SHA256(vars.p, vars.n, bound);
	az_tdreport(&td, bound, hw);
	buf_free(&hcl);
	az_frame(&hcl, hw, HCL_TDX, buf_span(&vars));
	memset(c, 0, sizeof(*c));
	c->kind = "azure-hcl";
	c->at = FORGE_TDX_NOW;
	file_add(c, "hcl_report", buf_span(&hcl));
	file_add(c, "td_quote", az_td_quote(&td, bound));
	file_add(c, "tcb_info", buf_span(&td.tcb_info));
	file_add(c, "tcb_signing", buf_span(&td.tcb_signing));
	file_add(c, "qe_identity", buf_span(&td.qe_identity));
	file_add(c, "pck_crl", buf_span(&td.pck_crl_der));
	file_add(c, "root_ca_crl", buf_span(&td.root_crl_der));
	c->root[0] = buf_span(&td.root_der);
	c->nroots = 1;
}

/* The frame anew, around a report that a test has changed. */
static void
reframe(struct evcase *c, uint32_t type)
{
	buf_free(&hcl);
	az_frame(&hcl, hw, type, buf_span(&vars));
	c->file[0].data = buf_span(&hcl);
}

static void
test_report(void)
{
	struct evcase c;

	test_begin("TDREPORT");
	case_base(&c);
	only(&c, "");
	c.nroots = 0;
	only(&c, "tdx.root");
	/* alone it is only shown */
	case_base(&c);
	c.nfiles = 1;
	CHECK_OK(evcase_judge(&c, &out));
	CHECK_INT(out.verdict, VERDICT_PARSED);
	evout_free(&out);
	/* a digest inside it; its MAC is not ours to check */
	case_base(&c);
	hw[32] ^= 1;
	reframe(&c, HCL_TDX);
	only(&c, "tdx.report");
	case_base(&c);
	hw[1030] = 1;
	reframe(&c, HCL_TDX);
	only(&c, "hcl.format");
	case_base(&c);
	reframe(&c, HCL_SNP);
	CHECK_OK(evcase_judge(&c, &out));
	CHECK_INT(out.verdict, VERDICT_REJECT);
	evout_free(&out);
}

static void
test_binding(void)
{
	struct evcase c;
	uint8_t other[64];

	test_begin("what is bound");
	/* all 64 bytes, in report and quote alike */
	case_base(&c);
	bound[63] = 1;
	az_tdreport(&td, bound, hw);
	reframe(&c, HCL_TDX);
	c.file[1].data = az_td_quote(&td, bound);
	only(&c, "hcl.binding");
	/* a good quote of the same machine over something else */
	case_base(&c);
	c.file[1].data = az_td_quote(&td, user);
	only(&c, "hcl.td-quote");
	/* a good quote of a machine that differs in one register */
	case_base(&c);
	td.body[328] ^= 1;
	c.file[1].data = az_td_quote(&td, bound);
	td.body[328] ^= 1;
	only(&c, "hcl.td-quote");
	case_base(&c);
	memcpy(other, user, sizeof(other));
	c.has_report_data = 1;
	c.report_data = span_make(other, sizeof(other));
	only(&c, "");
	other[63] ^= 1;
	only(&c, "hcl.user-data");
}

static void
test_quote(void)
{
	struct policy_rules *p = malloc(sizeof(*p));
	struct evcase c;

	test_begin("quote");
	td.ak_other = 1;
	case_base(&c);
	only(&c, "tdx.signature");
	td.ak_other = 0;
	case_base(&c);
	*p = rules_authenticity;
	p->hcl_measurement.n = 1;
	memset(p->hcl_measurement.v[0], 0x7d, 48);
	c.policy = p;
	only(&c, "");
	p->hcl_measurement.v[0][47] = 0;
	only(&c, "hcl.measurement");
	free(p);
}

/* --- certificates of the AK ------------------------------------------------ */

struct ak_chain {
	EVP_PKEY	*root_key, *issuer_key, *by;
	int		 issuer_ca, ak_ca, to;	/* days */
	X509		*root, *issuer, *ak;
	struct buf	 der[3];
};

static X509 *
cert(const char *cn, const char *issuer, EVP_PKEY *key, EVP_PKEY *by, int ca,
    int to)
{
	X509 *x = X509_new();
	X509_EXTENSION *e[2];
	int i;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 11);
	ASN1_TIME_set(X509_getm_notBefore(x), FORGE_TDX_NOW - 9 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), FORGE_TDX_NOW + to * DAY);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x, key);
	e[0] = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
	    ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	e[1] = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, ca ?
	    "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
	for (i = 0; i < 2; i++) {
		X509_add_ext(x, e[i], -1);
		X509_EXTENSION_free(e[i]);
	}
	CHECK(X509_sign(x, by, EVP_sha256()) > 0);
	return x;
}

static void
ak_case(struct evcase *c, struct ak_chain *ch)
{
	static const char *const role[] = { "cert", "issuer", "root" };
	X509 *v[3];
	int i;

	ch->root = cert("vTPM root", "vTPM root", ch->root_key, ch->root_key,
	    1, 9);
	ch->issuer = cert("vTPM CA", "vTPM root", ch->issuer_key,
	    ch->root_key, ch->issuer_ca, 9);
	ch->ak = cert("AK", "vTPM CA", snpforge_rsa(2), ch->by, ch->ak_ca,
	    ch->to);
	v[0] = ch->ak;
	v[1] = ch->issuer;
	v[2] = ch->root;
	case_base(c);
	c->kind = "azure-ak-cert";
	c->nfiles = 1;
	for (i = 0; i < 3; i++)
		file_add(c, role[i], snpforge_der(v[i], &ch->der[i]));
	c->root[0] = buf_span(&ch->der[2]);
}

static void
ak_free(struct ak_chain *ch)
{
	int i;

	X509_free(ch->root);
	X509_free(ch->issuer);
	X509_free(ch->ak);
	for (i = 0; i < 3; i++)
		buf_free(&ch->der[i]);
}

static void
ak_only(const struct ak_chain *with, const char *name)
{
	struct ak_chain ch = *with;
	struct evcase c;

	ak_case(&c, &ch);
	only(&c, name);
	ak_free(&ch);
}

static void
test_ak_chain(void)
{
	const struct ak_chain good = { .root_key = snpforge_rsa(0),
	    .issuer_key = snpforge_rsa(1), .by = snpforge_rsa(1),
	    .issuer_ca = 1, .to = 9 };
	struct ak_chain ch;

	test_begin("chain of the AK");
	ak_only(&good, "");
	ch = good;
	ch.by = snpforge_rsa(0);
	ak_only(&ch, "ak.chain");
	ch = good;
	ch.issuer_ca = 0;
	ak_only(&ch, "ak.chain");
	ch = good;
	ch.ak_ca = 1;
	ak_only(&ch, "ak.chain");
	ch = good;
	ch.to = -1;
	ak_only(&ch, "ak.dates");
}

static void
test_ak_files(void)
{
	struct ak_chain ch = { .root_key = snpforge_rsa(0),
	    .issuer_key = snpforge_rsa(1), .by = snpforge_rsa(1),
	    .issuer_ca = 1, .to = 9 };
	struct buf nv, other;
	struct evcase c;

	test_begin("files of the AK");
	ak_case(&c, &ch);
	c.root[0] = buf_span(&td.root_der);
	only(&c, "ak.root");
	c.root[0] = buf_span(&ch.der[2]);
	c.file[1].data.n = 9;
	only(&c, "ak.format");
	c.file[1].data = buf_span(&ch.der[0]);
	/* What the NV index has, and another certificate there. */
	buf_init(&nv, 0);
	buf_add(&nv, ch.der[0].p, ch.der[0].n);
	file_add(&c, "cert_nv_padded", buf_span(&nv));
	only(&c, "");
	c.file[4].data = buf_span(&ch.der[1]);
	only(&c, "ak.nv");
	c.file[4].data = buf_span(&nv);
	/* The machine's report names another key; or is of another machine. */
	az_vars(&other, snpforge_rsa(1), span_make(user, 64));
	memset(bound, 0, sizeof(bound));
	SHA256(other.p, other.n, bound);
	az_tdreport(&td, bound, hw);
	buf_free(&hcl);
	az_frame(&hcl, hw, HCL_TDX, buf_span(&other));
	c.file[0].data = buf_span(&hcl);
	only(&c, "ak.hcl");
	reframe(&c, HCL_TDX);
	only(&c, "ak.hcl");
	buf_free(&nv);
	buf_free(&other);
	ak_free(&ch);
}

int
main(void)
{
	memset(user, 0x55, sizeof(user));
	az_vars(&vars, snpforge_rsa(2), span_make(user, sizeof(user)));
	forge_tdx_init(&td);
	forge_tdx_make(&td);
	test_report();
	test_binding();
	test_quote();
	test_ak_chain();
	test_ak_files();
	buf_free(&vars);
	buf_free(&hcl);
	forge_tdx_free(&td);
	return test_end();
}
