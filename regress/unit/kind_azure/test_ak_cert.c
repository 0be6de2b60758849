/* Certificates of an Azure vTPM's key: for each check the one that only it
 * refuses. */
#include <openssl/x509v3.h>

#include "evidence/rules.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_azure/azforge.h"
#include "regress/unit/kind_logs/case.h"

enum { ROOT, ISSUER, AK, CERTS };

static struct snpforge	 f;
static struct buf	 cert[CERTS], hcl;
static const struct span none = { NULL, 0 };

/* Key, issuer's key and name; a CA for all but the last. */
static void
cert_make(int which, EVP_PKEY *key, EVP_PKEY *by, const char *cn,
    const char *issuer)
{
	static const int nid[] = { NID_basic_constraints, NID_key_usage };
	const char *const value[] = { which == AK ? "critical,CA:FALSE" :
	    "critical,CA:TRUE", which == AK ? "critical,digitalSignature" :
	    "critical,keyCertSign" };
	X509 *x = X509_new();
	X509_EXTENSION *e;
	int i;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), which + 1);
	ASN1_TIME_set(X509_getm_notBefore(x), FORGED_AT - 5 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), FORGED_AT + 5 * DAY);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
	X509_set_pubkey(x, key);
	for (i = 0; i < 2; i++) {
		e = X509V3_EXT_conf_nid(NULL, NULL, nid[i], value[i]);
		CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
		X509_EXTENSION_free(e);
	}
	CHECK(X509_sign(x, by, EVP_sha256()) > 0);
	buf_free(&cert[which]);
	snpforge_der(x, &cert[which]);
	X509_free(x);
}

static void
good(struct tcase *t)
{
	struct buf vars;

	cert_make(ROOT, snpforge_rsa(0), snpforge_rsa(0), "root", "root");
	cert_make(ISSUER, snpforge_rsa(1), snpforge_rsa(0), "issuer",
	    "root");
	cert_make(AK, snpforge_rsa(2), snpforge_rsa(1), "ak", "issuer");
	az_vars(&vars, snpforge_rsa(2), span_make(f.report, 64));
	buf_free(&hcl);
	az_hcl(&f, &hcl, buf_span(&vars), none);
	buf_free(&vars);
	tcase_init(t, "azure-ak-cert");
	t->c.at = FORGED_AT;
	t->c.root[0] = buf_span(&cert[ROOT]);
	t->c.nroots = 1;
	tcase_file(t, "cert", buf_span(&cert[AK]));
	tcase_file(t, "issuer", buf_span(&cert[ISSUER]));
	tcase_file(t, "root", buf_span(&cert[ROOT]));
	tcase_file(t, "hcl_report", buf_span(&hcl));
}

static void
verdict(struct tcase *t, const char *fails)
{
	CHECK_INT(tcase_judge(t), fails[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	CHECK_STR(tcase_fails(t), fails);
	tcase_free(t);
}

static void
test_chain(void)
{
	struct policy_rules rules = rules_authenticity;
	struct tcase t;

	test_begin("chain");
	good(&t);
	verdict(&t, "");
	good(&t);
	t.c.nroots = 0;
	verdict(&t, "ak.root");
	good(&t);
	cert_make(AK, snpforge_rsa(2), snpforge_rsa(0), "ak", "issuer");
	tcase_file(&t, "cert", buf_span(&cert[AK]));
	verdict(&t, "ak.chain");
	good(&t);
	t.c.at += 6 * DAY;
	verdict(&t, "ak.dates");
	good(&t);
	t.c.at -= 6 * DAY;
	verdict(&t, "ak.dates");
	good(&t);
	rules.no_revocation = RULE_REFUSE;
	t.c.policy = &rules;
	verdict(&t, "ak.revocation");
	good(&t);
	tcase_file(&t, "issuer", span_str("no certificate"));
	verdict(&t, "ak.format");
}

static void
test_machine(void)
{
	struct buf vars, other;
	struct tcase t;

	test_begin("machine");
	good(&t);
	az_vars(&vars, snpforge_rsa(1), span_make(f.report, 64));
	az_hcl(&f, &other, buf_span(&vars), none);
	tcase_file(&t, "hcl_report", buf_span(&other));
	verdict(&t, "ak.hcl");
	buf_free(&vars);
	buf_free(&other);
	good(&t);
	tcase_file(&t, "hcl_report", span_make(hcl.p, hcl.n / 2));
	verdict(&t, "ak.hcl");
	good(&t);
	tcase_file(&t, "cert_nv_padded", buf_span(&cert[ISSUER]));
	verdict(&t, "ak.nv");
	good(&t);
	buf_add(&cert[AK], "\0\0\0\0", 4);
	tcase_file(&t, "cert_nv_padded", buf_span(&cert[AK]));
	tcase_file(&t, "cert", span_make(cert[AK].p, cert[AK].n - 4));
	verdict(&t, "");
}

int
main(void)
{
	int i;

	snpforge_init(&f, SNP_GENOA, 0);
	test_chain();
	test_machine();
	for (i = 0; i < CERTS; i++)
		buf_free(&cert[i]);
	buf_free(&hcl);
	snpforge_free(&f);
	return test_end();
}
