/* Certificates of TPM keys under a root of our own; every refusal. */
#include <openssl/x509v3.h>

#include "regress/unit/check.h"
#include "regress/unit/kind_logs/case.h"

#define NOW	1790000000
#define DAY	86400

struct made {
	uint8_t	*der;
	int	 len;
};

static EVP_PKEY	*root_key, *ca_key, *leaf_key, *other_key;

static void
extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	CHECK(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static void
name_set(X509_NAME *n, const char *cn)
{
	CHECK(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0) == 1);
}

struct want {
	const char	*subject, *issuer;
	EVP_PKEY	*key, *by;
	const char	*basic, *usage, *purpose;
	const char	*hash;
	long		 until;
};

static void
make(struct made *m, const struct want *w)
{
	X509 *x = X509_new();

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	name_set(X509_get_subject_name(x), w->subject);
	name_set(X509_get_issuer_name(x), w->issuer);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW - 10 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + w->until);
	X509_set_pubkey(x, w->key);
	if (w->basic != NULL)
		extension(x, NID_basic_constraints, w->basic);
	if (w->usage != NULL)
		extension(x, NID_key_usage, w->usage);
	if (w->purpose != NULL)
		extension(x, NID_ext_key_usage, w->purpose);
	CHECK(X509_sign(x, w->by, EVP_get_digestbyname(w->hash)) > 0);
	OPENSSL_free(m->der);
	m->der = NULL;
	m->len = i2d_X509(x, &m->der);
	X509_free(x);
}

static struct made root, ca, leaf, mine;

static const struct want want_root = { "root", "root", NULL, NULL,
    "critical,CA:TRUE", "critical,keyCertSign", NULL, "sha256", 100 * DAY };
static const struct want want_ca = { "ca", "root", NULL, NULL,
    "critical,CA:TRUE", "critical,keyCertSign", NULL, "sha256", 50 * DAY };
static const struct want want_leaf = { "tpm", "ca", NULL, NULL,
    "critical,CA:FALSE", "critical,keyAgreement", "2.23.133.8.1", "sha256",
    20 * DAY };

static struct want
with_keys(const struct want *w, EVP_PKEY *key, EVP_PKEY *by)
{
	struct want v = *w;

	v.key = key;
	v.by = by;
	return v;
}

static void
verdict(const char *kind, int64_t at, const char *fails)
{
	struct tcase t;

	tcase_init(&t, kind);
	t.c.at = at;
	tcase_file(&t, "cert", span_make(leaf.der, leaf.len));
	tcase_file(&t, "issuer", span_make(ca.der, ca.len));
	tcase_file(&t, "root", span_make(mine.der, mine.len));
	t.c.nroots = 1;
	t.c.root[0] = span_make(root.der, root.len);
	CHECK_INT(tcase_judge(&t), fails[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), fails);
	tcase_free(&t);
}

static void
leaf_make(const char *basic, const char *usage, const char *purpose,
    const char *hash, EVP_PKEY *by)
{
	struct want w = with_keys(&want_leaf, leaf_key, by);

	w.basic = basic;
	w.usage = usage;
	w.purpose = purpose;
	w.hash = hash;
	make(&leaf, &w);
}

static void
test_uses(void)
{
	static const char no_ca[] = "critical,CA:FALSE";

	test_begin("uses");
	verdict("ek-cert", NOW, "");
	/* a certificate of one kind of key offered as the other */
	verdict("ak-cert", NOW, "cert.usage");
	leaf_make(no_ca, "digitalSignature", "2.23.133.8.3", "sha256",
	    ca_key);
	verdict("ak-cert", NOW, "");
	verdict("ek-cert", NOW, "cert.usage cert.purpose");
	leaf_make(no_ca, "keyAgreement", "serverAuth", "sha256", ca_key);
	verdict("ek-cert", NOW, "cert.purpose");
	leaf_make("critical,CA:TRUE", "keyAgreement", "2.23.133.8.1",
	    "sha256", ca_key);
	verdict("ek-cert", NOW, "cert.leaf");
	leaf_make(no_ca, "keyAgreement", "2.23.133.8.1", "sha1", ca_key);
	verdict("ek-cert", NOW, "cert.chain");
	leaf_make(no_ca, "keyAgreement", "2.23.133.8.1", "sha256",
	    other_key);
	verdict("ek-cert", NOW, "cert.chain");
	leaf_make(no_ca, "keyAgreement", "2.23.133.8.1", "sha256", ca_key);
	leaf.der[leaf.len - 5] ^= 1;
	verdict("ek-cert", NOW, "cert.chain");
	leaf.len--;
	verdict("ek-cert", NOW, "cert.format");
	leaf_make(no_ca, "keyAgreement", "2.23.133.8.1", "sha256", ca_key);
}

static void
test_chain(void)
{
	struct want w;
	struct tcase t;

	test_begin("chain");
	verdict("ek-cert", NOW + 19 * DAY, "");
	verdict("ek-cert", NOW + 21 * DAY, "cert.chain");
	verdict("ek-cert", NOW - 11 * DAY, "cert.chain");
	/* an issuer that is no authority */
	w = with_keys(&want_ca, ca_key, root_key);
	w.basic = "critical,CA:FALSE";
	w.usage = "critical,digitalSignature";
	make(&ca, &w);
	verdict("ek-cert", NOW, "cert.chain");
	w = with_keys(&want_ca, ca_key, root_key);
	w.until = DAY;
	make(&ca, &w);
	verdict("ek-cert", NOW + 2 * DAY, "cert.chain");
	/* everything under a root that only the files name */
	w = with_keys(&want_root, other_key, other_key);
	make(&mine, &w);
	w = with_keys(&want_ca, ca_key, other_key);
	make(&ca, &w);
	verdict("ek-cert", NOW, "cert.chain");
	tcase_init(&t, "ek-cert");
	tcase_file(&t, "cert", span_make(leaf.der, leaf.len));
	tcase_file(&t, "issuer", span_make(ca.der, ca.len));
	tcase_file(&t, "root", span_make(mine.der, mine.len));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "cert.chain");
	tcase_free(&t);
}

int
main(void)
{
	struct want w;

	root_key = EVP_EC_gen("P-256");
	ca_key = EVP_EC_gen("P-256");
	leaf_key = EVP_EC_gen("P-384");
	other_key = EVP_EC_gen("P-256");
	w = with_keys(&want_root, root_key, root_key);
	make(&root, &w);
	make(&mine, &w);
	w = with_keys(&want_ca, ca_key, root_key);
	make(&ca, &w);
	leaf_make("critical,CA:FALSE", "keyAgreement", "2.23.133.8.1",
	    "sha256", ca_key);
	test_uses();
	test_chain();
	OPENSSL_free(root.der);
	OPENSSL_free(mine.der);
	OPENSSL_free(ca.der);
	OPENSSL_free(leaf.der);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(other_key);
	return test_end();
}
