/*
 * AMD's chain.  The certificates come with the report, from the host: only
 * the pinned digest of the ARK, or the one that the user named, makes the
 * chain worth anything.
 */
#include <string.h>

#include "evidence/crl.h"
#include "evidence/limits.h"
#include "evidence/roots.h"
#include "evidence/rules.h"
#include "evidence/snp_chain.h"
#include "evidence/x509.h"

int
snp_chain_load(const struct snp_certs *c, const struct snp_policy *po,
    int vlek, struct snp_chain *ch, struct checks *ck)
{
	struct span vek = vlek ? c->vlek : c->vcek;

	ch->vlek = vlek;
	if (vek.n == 0 || c->ask.n == 0 ||
	    (c->ark.n == 0 && po->trust_root.n == 0))
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "no certificate of the %s", vek.n == 0 ?
		    (vlek ? "VLEK" : "VCEK") : c->ask.n == 0 ?
		    (vlek ? "ASVK" : "ASK") : "ARK");
	ch->vek = x509_der(vek, MAX_SNP_CERT);
	ch->ask = x509_der(c->ask, MAX_SNP_CERT);
	ch->ark = c->ark.n != 0 ? x509_der(c->ark, MAX_SNP_CERT) :
	    x509_file(po->trust_root, MAX_TRUST_ROOT);
	if (ch->vek == NULL || ch->ask == NULL || ch->ark == NULL)
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "a certificate is malformed");
	if (snp_vek_decode(ch->vek, &ch->info) == -1)
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "the %s has malformed extensions",
		    vlek ? "VLEK" : "VCEK");
	return 0;
}

void
snp_chain_free(struct snp_chain *ch)
{
	X509_free(ch->ark);
	X509_free(ch->ask);
	X509_free(ch->vek);
}

static int
root_check(const struct snp_chain *ch, const struct snp_policy *po,
    enum snp_product product, struct snp_result *res, struct checks *ck)
{
	enum snp_product amd;
	char hex[65];

	if (x509_sha256(ch->ark, res->root_sha256) == -1)
		return checks_add(ck, RESULT_FAIL, "snp.root", "no memory");
	hex_encode(span_make(res->root_sha256, 32), hex, sizeof(hex));
	if ((amd = amd_root_find(res->root_sha256)) != SNP_UNKNOWN) {
		res->root = SNP_ROOT_AMD;
		return checks_test(ck, amd == product, "snp.root",
		    amd == product ? "AMD's root for %s" :
		    "AMD's root for %s, but the report is from %s",
		    snp_product_name(amd), snp_product_name(product));
	}
	if (!x509_is(ch->ark, po->trust_root, MAX_TRUST_ROOT))
		return checks_add(ck, RESULT_FAIL, "snp.root",
		    "the root %s is neither AMD's nor one that --trust-root "
		    "names: anybody can make such a report", hex);
	res->root = SNP_ROOT_SIMULATED;
	return checks_add(ck, RESULT_WARN, "snp.root",
	    "simulated: the root is yours (--trust-root), not AMD's");
}

static int
dates_check(const struct snp_chain *ch, int64_t now, struct checks *ck)
{
	const struct {
		const char	*name;
		X509		*x;
	} v[] = {
		{ "ARK", ch->ark },
		{ ch->vlek ? "ASVK" : "ASK", ch->ask },
		{ ch->vlek ? "VLEK" : "VCEK", ch->vek },
	};
	enum x509_date d;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if ((d = x509_date(v[i].x, now)) != X509_DATE_VALID)
			return checks_add(ck, RESULT_FAIL, "snp.dates",
			    "the %s certificate is %s", v[i].name,
			    x509_date_text(d));
	return checks_add(ck, RESULT_OK, "snp.dates",
	    "all certificates are within their dates");
}

/*
 * AMD's list is issued by the ARK and holds serial numbers of ASKs and ASVKs.
 * VCEKs all have serial number 0 and are in no list; should the ASVK ever
 * issue one for VLEKs, it is taken as well, but says nothing of the ASVK: that
 * key's thief could have made it.
 */
static int
revocation_check(const struct snp_chain *ch, const struct snp_policy *po,
    struct checks *ck)
{
	const char *name = ch->vlek ? "ASVK" : "ASK";
	X509_CRL *crl;
	X509 *issuer = ch->ark, *subject = ch->ask;
	int rc = -1;

	if (po->crl.n == 0)
		return rule_check(ck, po->rules->no_revocation,
		    "snp.revocation", "no list of revoked certificates was "
		    "given: it is not known whether the %s is revoked", name);
	if ((crl = crl_decode(po->crl)) == NULL)
		return checks_add(ck, RESULT_FAIL, "snp.revocation",
		    "the list of revoked certificates is malformed");
	if (ch->vlek && X509_NAME_cmp(X509_CRL_get_issuer(crl),
	    X509_get_subject_name(ch->ask)) == 0) {
		issuer = ch->ask;
		subject = ch->vek;
		name = "VLEK";
	}
	if (crl_check(crl, issuer, po->now, "snp.crl", ck, NULL) == -1)
		goto out;
	rc = checks_test(ck, !crl_revokes(crl, subject) &&
	    (issuer != ch->ark || !crl_revokes(crl, ch->ark)),
	    "snp.revocation", "%s against the list of revoked certificates",
	    name);
	if (rc == 0 && issuer == ch->ask)
		rc = rule_check(ck, po->rules->no_revocation,
		    "snp.revocation", "the list is the ASVK's own: it is not "
		    "known whether the ASVK is revoked");
out:
	X509_CRL_free(crl);
	return rc;
}

/* Each certificate by the next, the last by itself. */
static int
links_check(const struct snp_chain *ch, struct checks *ck)
{
	const char *vek = ch->vlek ? "VLEK" : "VCEK";
	const char *ask = ch->vlek ? "ASVK" : "ASK";

	if (!x509_signed_pss384(ch->ark, ch->ark))
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "the ARK does not sign itself: it is no root");
	if (!x509_signed_pss384(ch->ask, ch->ark))
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "the %s is not signed by the ARK", ask);
	if (!x509_signed_pss384(ch->vek, ch->ask))
		return checks_add(ck, RESULT_FAIL, "snp.chain",
		    "the %s is not signed by the %s", vek, ask);
	return checks_add(ck, RESULT_OK, "snp.chain",
	    "%s signed by %s, that by the ARK", vek, ask);
}

int
snp_chain_check(const struct snp_chain *ch, const struct snp_policy *po,
    enum snp_product product, struct checks *ck, struct snp_result *res)
{
	int rc = root_check(ch, po, product, res, ck);

	res->chain_ok = links_check(ch, ck) == 0;
	if (!res->chain_ok)
		rc = -1;
	if (dates_check(ch, po->now, ck) == -1)
		rc = -1;
	if (po->rules != NULL && revocation_check(ch, po, ck) == -1)
		rc = -1;
	return rc;
}
