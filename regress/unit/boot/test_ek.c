/*
 * Whose the TPM is: certificates, activation and the root that follows.  Each
 * thing that is wrong keeps the root from getting better.  With an argument it
 * writes the seeds of the fuzz target into that folder.
 */
#include <err.h>

#include "evidence/appraisal.h"
#include "evidence/json.h"
#include "evidence/kind_cert.h"
#include "evidence/tpm_verify.h"
#include "regress/unit/boot/ek.h"
#include "regress/unit/check.h"

#define DAY	86400
#define NO_CA	"critical,CA:FALSE"
#define CA	"critical,CA:TRUE"

static EVP_PKEY		*ek, *ak, *root_key, *ca_key, *other;
static struct buf	 ek_pub, ak_pub, root, ca, leaf;
static struct checks	 ck;

/* A machine whose quote holds. */
struct setup {
	struct appraisal	 a;
	struct appraise_input	 in;
	struct appraise_result	 res;
	struct credential	 c;
	uint8_t			 cert[32], conn[32];
	char			 proof[128];
	struct buf		 json;
};

static void
b64(struct buf *b, struct span s)
{
	char *text = malloc(base64_size(s.n));

	CHECK_OK(base64_encode(s, text, base64_size(s.n)));
	buf_printf(b, "\"");
	buf_add_str(b, text);
	buf_printf(b, "\"");
	free(text);
}

static void
list(struct buf *b, const char *key, struct span s)
{
	buf_printf(b, ",\"%s\":[", key);
	if (s.n != 0)
		b64(b, s);
	buf_printf(b, "]");
}

static void
certs_set(struct setup *s, struct span pub, struct span cert,
    struct span chain, struct span ak_cert)
{
	buf_free(&s->json);
	buf_init(&s->json, 0);
	buf_add_str(&s->json, "{\"ek_public\":");
	if (pub.n == 0)
		buf_add_str(&s->json, "null");
	else
		b64(&s->json, pub);
	list(&s->json, "ek", cert);
	list(&s->json, "ek_chain", chain);
	list(&s->json, "ak", ak_cert);
	buf_add_str(&s->json, "}");
	s->in.tpm_certs = buf_span(&s->json);
}

static void
proof_set(struct setup *s)
{
	uint8_t d[32];
	char hex[65];

	CHECK_OK(credential_proof(&s->c, s->in.cert, s->in.conn, d));
	hex_encode(span_make(d, 32), hex, sizeof(hex));
	snprintf(s->proof, sizeof(s->proof), "{\"proof\":\"%s\"}", hex);
	s->in.activation = span_str(s->proof);
}

static void
setup(struct setup *s, const char *subject)
{
	const char *why;
	size_t n;

	test_begin(subject);
	memset(s, 0, sizeof(*s));
	memset(s->cert, 3, 32);
	memset(s->conn, 4, 32);
	s->a.in = &s->in;
	s->a.ck = &ck;
	s->a.res = &s->res;
	s->in.form = FORM_STRONG;
	s->in.now = EK_NOW;
	s->in.cert = span_make(s->cert, 32);
	s->in.conn = span_make(s->conn, 32);
	s->in.root[0] = buf_span(&root);
	s->in.nroots = 1;
	s->in.credential = &s->c;
	s->a.att.has_tpm = 1;
	s->a.tpm_ok = 1;
	CHECK_OK(tpm_public_decode(buf_span(&ak_pub), &s->a.ak));
	CHECK_OK(tpm_name(&s->a.ak, s->a.ak_name, &n));
	s->a.own.ak_name = span_make(s->a.ak_name, n);
	CHECK_OK(credential_make(buf_span(&ek_pub), s->a.own.ak_name, &s->c,
	    &why));
	certs_set(s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    span_make(NULL, 0));
	proof_set(s);
}

static int
judge(struct setup *s)
{
	int rc;

	checks_init(&ck);
	tpm_certs_free(&s->a.certs);
	s->a.ek_ca = TPM_CA_NONE;
	s->a.ek_ca_name = s->a.ak_ca_name = NULL;
	s->a.ek_proven = 0;
	rc = appraise_ek(&s->a);
	return appraise_roots(&s->a) == -1 ? -1 : rc;
}

static void
result(const char *name, enum result want, const char *words)
{
	const struct check *c = checks_find(&ck, name);

	if (!CHECK(c != NULL))
		return;
	if (!CHECK_INT(c->result, want) |
	    !CHECK(strstr(c->detail, words) != NULL))
		printf("%s: %s\n", name, c->detail);
}

static void
done(struct setup *s)
{
	tpm_certs_free(&s->a.certs);
	buf_free(&s->json);
	credential_clear(&s->c);
}

static const struct ek_cert_want want_leaf = { "tpm", "ca", NULL, NULL, NO_CA,
    "critical,keyAgreement", "2.23.133.8.1", 20 * DAY };

static void
leaf_make(const struct ek_cert_want *w, EVP_PKEY *key, EVP_PKEY *by)
{
	struct ek_cert_want v = *w;

	v.key = key;
	v.by = by;
	buf_free(&leaf);
	ek_cert(&v, &leaf);
}

static void
test_good(void)
{
	uint8_t zeros[500] = { 0 };
	struct setup s;
	struct buf b;

	setup(&s, "all there");
	CHECK_OK(judge(&s));
	result("tpm.ek-cert", RESULT_WARN, "which you named");
	result("tpm.activation", RESULT_OK, "");
	CHECK(s.a.ek_proven && s.a.ek_ca == TPM_CA_GIVEN);
	CHECK_MEM(s.a.ek_sha256, s.c.ek_sha256, 32);
	CHECK_STR(s.res.tpm_root, "simulated");
	/* a TPM fills its NV indices with zeros, and chains are one stream */
	buf_init(&b, 0);
	buf_add(&b, zeros, 7);
	buf_add(&b, root.p, root.n);
	buf_add(&b, zeros, 100);
	buf_add(&b, ca.p, ca.n);
	buf_add(&b, zeros, sizeof(zeros));
	buf_add(&leaf, zeros, sizeof(zeros));
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&b),
	    span_make(NULL, 0));
	CHECK_OK(judge(&s));
	CHECK(s.a.ek_ca == TPM_CA_GIVEN);
	buf_free(&b);
	leaf_make(&want_leaf, ek, ca_key);
	/* the root is not named */
	s.in.nroots = 0;
	CHECK_FAIL(judge(&s));
	result("tpm.ek-cert", RESULT_WARN, "leads to no root");
	result("tpm.root", RESULT_FAIL, "provider-vtpm");
	CHECK(s.a.ek_ca == TPM_CA_NONE && s.a.ek_proven);
	/* the issuer comes with --collateral */
	s.in.nroots = 1;
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), span_make(NULL, 0),
	    span_make(NULL, 0));
	CHECK_FAIL(judge(&s));
	s.in.ncollateral = 1;
	s.in.collateral[0].role = "ek_chain.pem";
	s.in.collateral[0].data = buf_span(&ca);
	CHECK_OK(judge(&s));
	done(&s);
}

/* The certificate alone says nothing of the key that quoted. */
static void
no_root(struct setup *s, const char *name, enum result want,
    const char *words)
{
	CHECK_FAIL(judge(s));
	result(name, want, words);
	result("tpm.root", RESULT_FAIL, "provider-vtpm");
	s->a.accept = ACCEPT_PROVIDER_VTPM;
	CHECK_INT(judge(s), want == RESULT_FAIL ? -1 : 0);
	CHECK_STR(s->res.tpm_root, "provider-vtpm");
	s->a.accept = 0;
}

static void
test_activation(void)
{
	uint8_t conn[32] = { 9 };
	struct setup s, t;
	const char *why;

	setup(&s, "activation");
	s.in.activation.n = 0;
	no_root(&s, "tpm.activation", RESULT_WARN, "did not answer");
	proof_set(&s);
	s.in.credential = NULL;
	no_root(&s, "tpm.activation", RESULT_WARN, "could not be challenged");
	s.in.credential = &s.c;
	s.proof[15] = s.proof[15] == '0' ? '1' : '0';
	no_root(&s, "tpm.activation", RESULT_FAIL, "not solved");
	proof_set(&s);
	s.in.activation.n--;
	no_root(&s, "tpm.activation", RESULT_FAIL, "malformed");
	s.in.activation = span_str("{\"proof\":\"00\"}");
	no_root(&s, "tpm.activation", RESULT_FAIL, "malformed");
	s.in.activation = span_str("{\"proof\":null,\"secret\":1}");
	no_root(&s, "tpm.activation", RESULT_FAIL, "malformed");
	/* solved on another connection, or for another server */
	proof_set(&s);
	s.in.conn = span_make(conn, 32);
	no_root(&s, "tpm.activation", RESULT_FAIL, "not solved");
	s.in.conn = span_make(s.conn, 32);
	s.in.cert = span_make(conn, 32);
	no_root(&s, "tpm.activation", RESULT_FAIL, "not solved");
	s.in.cert = span_make(s.cert, 32);
	/* the answer to another challenge to the same keys */
	setup(&t, "activation");
	s.in.activation = t.in.activation;
	no_root(&s, "tpm.activation", RESULT_FAIL, "not solved");
	/* a challenge for another AK of the same TPM, well answered */
	conn[0] = 0;
	conn[1] = 0x0b;
	CHECK_OK(credential_make(buf_span(&ek_pub), span_make(s.a.ak_name,
	    s.a.own.ak_name.n), &s.c, &why));
	s.c.ak_name[5] ^= 1;
	proof_set(&s);
	no_root(&s, "tpm.activation", RESULT_FAIL, "not made for");
	s.c.ak_name[5] ^= 1;
	s.c.ek_sha256[0] ^= 1;
	proof_set(&s);
	no_root(&s, "tpm.activation", RESULT_FAIL, "not made for");
	s.c.ek_sha256[0] ^= 1;
	CHECK_OK(judge(&s));
	/* without a quote it proves nothing */
	s.a.tpm_ok = 0;
	no_root(&s, "tpm.activation", RESULT_SKIP, "not judged");
	done(&t);
	done(&s);
}

static void
leaf_no_root(struct setup *s, const struct ek_cert_want *w, EVP_PKEY *key,
    EVP_PKEY *by, enum result want, const char *words)
{
	leaf_make(w, key, by);
	certs_set(s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    span_make(NULL, 0));
	no_root(s, "tpm.ek-cert", want, words);
}

static void
test_certificate(void)
{
	const struct ek_cert_want *g = &want_leaf;
	struct ek_cert_want w;
	struct setup s;
	struct buf pub;

	setup(&s, "certificate");
	s.in.tpm_certs.n--;
	no_root(&s, "tpm.ek-cert", RESULT_FAIL, "JSON");
	s.in.tpm_certs.n = s.in.activation.n = 0;
	no_root(&s, "tpm.ek-cert", RESULT_WARN, "no endorsement key");
	proof_set(&s);
	certs_set(&s, buf_span(&ek_pub), span_make(NULL, 0), buf_span(&ca),
	    span_make(NULL, 0));
	no_root(&s, "tpm.ek-cert", RESULT_WARN, "no certificate");
	/* somebody else's */
	leaf_no_root(&s, g, other, ca_key, RESULT_WARN, "none of");
	leaf_no_root(&s, g, ek, other, RESULT_FAIL, "signature");
	w = *g;
	w.usage = "critical,digitalSignature";
	leaf_no_root(&s, &w, ek, ca_key, RESULT_FAIL, "key usage");
	w = *g;
	w.purpose = "serverAuth";
	leaf_no_root(&s, &w, ek, ca_key, RESULT_FAIL, "purpose");
	w = *g;
	w.basic = CA;
	leaf_no_root(&s, &w, ek, ca_key, RESULT_FAIL, "authority");
	w = *g;
	w.until = -1;
	leaf_no_root(&s, &w, ek, ca_key, RESULT_WARN, "expired");
	/* two keys of one TPM: the certified one, and one that is a lie */
	leaf_make(g, ek, ca_key);
	ek_public(&ek_good, other, &pub);
	certs_set(&s, buf_span(&pub), buf_span(&leaf), buf_span(&ca),
	    span_make(NULL, 0));
	CHECK_FAIL(judge(&s));
	result("tpm.ek-cert", RESULT_WARN, "none of");
	result("tpm.activation", RESULT_FAIL, "not made for");
	buf_free(&pub);
	s.in.root[0].n--;
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    span_make(NULL, 0));
	CHECK_FAIL(judge(&s));
	result("tpm.ek-cert", RESULT_FAIL, "trust root");
	done(&s);
}

static void
oaep(struct setup *s, const struct ek_cert_want *w, const struct buf *pub,
    enum result want, const char *words)
{
	struct buf cert;

	ek_cert(w, &cert);
	certs_set(s, buf_span(pub), buf_span(&cert), buf_span(&ca),
	    span_make(NULL, 0));
	CHECK_INT(judge(s), want == RESULT_FAIL ? -1 : 0);
	result("tpm.ek-cert", want, words);
	CHECK_STR(s->res.tpm_root, strcmp(words, "which you named") == 0 &&
	    want == RESULT_WARN ? "simulated" : "provider-vtpm");
	buf_free(&cert);
}

/*
 * An RSA key whose certificate says RSAES-OAEP, as Infineon's do: OpenSSL does
 * not know it, and every rule of a chain holds all the same.
 */
static void
test_oaep(void)
{
	struct ek_cert_want w = want_leaf, r = { "root", "root", root_key,
	    root_key, "critical,CA:TRUE,pathlen:0", "critical,keyCertSign",
	    NULL, 100 * DAY, 0 };
	EVP_PKEY *rsa = ek_key("RSA");
	struct buf pub, short_root;
	struct setup s;
	const char *why;

	setup(&s, "RSAES-OAEP");
	s.a.accept = ACCEPT_PROVIDER_VTPM;
	w.key = rsa;
	w.by = ca_key;
	w.usage = "critical,keyEncipherment";
	w.oaep = 1;
	ek_public(&ek_good, rsa, &pub);
	CHECK_OK(credential_make(buf_span(&pub), s.a.own.ak_name, &s.c, &why));
	proof_set(&s);
	oaep(&s, &w, &pub, RESULT_WARN, "which you named");
	w.by = other;
	oaep(&s, &w, &pub, RESULT_FAIL, "signature failure");
	w.by = ca_key;
	w.until = -1;
	oaep(&s, &w, &pub, RESULT_WARN, "expired");
	w.until = DAY;
	w.issuer = "nobody";
	oaep(&s, &w, &pub, RESULT_WARN, "local issuer");
	w.issuer = "ca";
	w.policy = "critical,ASN1:NULL";
	oaep(&s, &w, &pub, RESULT_FAIL, "critical extension");
	w.policy = NULL;
	/* a root that has authorities below it, which it must not */
	ek_cert(&r, &short_root);
	s.in.root[0] = buf_span(&short_root);
	oaep(&s, &w, &pub, RESULT_FAIL, "path length");
	s.in.nroots = 0;
	oaep(&s, &w, &pub, RESULT_WARN, "leads to no root");
	buf_free(&short_root);
	buf_free(&pub);
	EVP_PKEY_free(rsa);
	done(&s);
}

static void
test_ak_certificate(void)
{
	struct ek_cert_want w = want_leaf;
	struct setup s;
	struct buf own;

	setup(&s, "AK certificate");
	w.key = ak;
	w.by = ca_key;
	w.usage = "critical,digitalSignature";
	w.purpose = "2.23.133.8.3";
	ek_cert(&w, &own);
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    buf_span(&own));
	CHECK_OK(judge(&s));
	result("tpm.ak-cert", RESULT_WARN, "which you named");
	buf_free(&own);
	w.usage = "critical,keyAgreement";
	ek_cert(&w, &own);
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    buf_span(&own));
	CHECK_FAIL(judge(&s));
	result("tpm.ak-cert", RESULT_FAIL, "key usage");
	/* the EK's is not the AK's */
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    buf_span(&leaf));
	CHECK_OK(judge(&s));
	result("tpm.ak-cert", RESULT_SKIP, "none of");
	/* it proves no more than it says: without activation no root */
	w.usage = "critical,digitalSignature";
	buf_free(&own);
	ek_cert(&w, &own);
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), buf_span(&ca),
	    buf_span(&own));
	s.in.activation.n = 0;
	no_root(&s, "tpm.activation", RESULT_WARN, "did not answer");
	buf_free(&own);
	done(&s);
}

static void
test_pinned(void)
{
	struct setup s;

	setup(&s, "what the snapshot had");
	s.a.have_snap = 1;
	s.a.snap.has_cvm = 1;
	s.a.snap.cvm.ek.set = 1;
	s.a.accept = ACCEPT_PROVIDER_VTPM;
	strcpy(s.a.snap.cvm.tpm_root, "provider-vtpm");
	s.in.nroots = 0;
	CHECK_OK(judge(&s));
	s.in.activation.n = 0;
	CHECK_FAIL(judge(&s));
	result("tpm.activation", RESULT_FAIL, "snapshot");
	s.a.without = WITHOUT_INSTANCE;
	CHECK_OK(judge(&s));
	s.a.without = 0;
	proof_set(&s);
	strcpy(s.a.snap.cvm.tpm_root, "hardware-tpm");
	CHECK_FAIL(judge(&s));
	result("tpm.ek-cert", RESULT_FAIL, "the snapshot's TPM");
	result("tpm.root", RESULT_FAIL, "in the snapshot it was hardware-tpm");
	s.a.without = WITHOUT_INSTANCE;
	CHECK_FAIL(judge(&s));
	result("tpm.ek-cert", RESULT_WARN, "");
	result("tpm.root", RESULT_FAIL, "in the snapshot it was hardware-tpm");
	done(&s);
}

/* What no test can forge: a maker's root. */
static void
test_roots(void)
{
	struct setup s;

	setup(&s, "roots");
	checks_init(&ck);
	s.in.nroots = 0;
	s.a.ek_ca = TPM_CA_MAKER;
	s.a.ek_ca_name = "maker";
	CHECK_FAIL(appraise_roots(&s.a));
	s.a.ek_proven = 1;
	checks_init(&ck);
	CHECK_OK(appraise_roots(&s.a));
	CHECK_STR(s.res.tpm_root, "hardware-tpm");
	CHECK_INT(checks_verdict(&ck), RESULT_OK);
	s.a.ek_ca = TPM_CA_PROVIDER;
	s.a.ek_ca_name = "cloud";
	checks_init(&ck);
	CHECK_FAIL(appraise_roots(&s.a));
	result("tpm.root", RESULT_FAIL, "(cloud)");
	s.a.accept = ACCEPT_PROVIDER_VTPM;
	checks_init(&ck);
	CHECK_OK(appraise_roots(&s.a));
	result("tpm.root", RESULT_WARN, "(cloud)");
	/* the TEE's report names the key, but must hold itself */
	s.a.ak_in_tee = 1;
	CHECK_OK(appraise_roots(&s.a));
	CHECK_STR(s.res.tpm_root, "provider-vtpm");
	s.a.tee_ok = 1;
	CHECK_OK(appraise_roots(&s.a));
	CHECK_STR(s.res.tpm_root, "tee");
	/* then it needs neither certificate nor activation */
	s.in.activation.n = s.in.tpm_certs.n = 0;
	CHECK_OK(judge(&s));
	result("tpm.ek-cert", RESULT_SKIP, "the TEE's report names the key");
	result("tpm.activation", RESULT_SKIP, "");
	CHECK_STR(s.res.tpm_root, "tee");
	s.a.tee_simulated = 1;
	CHECK_OK(appraise_roots(&s.a));
	CHECK_STR(s.res.tpm_root, "simulated");
	/* another form knows nothing of all this */
	s.in.form = FORM_COMPAT;
	checks_init(&ck);
	CHECK_OK(appraise_ek(&s.a));
	CHECK_INT(ck.n, 0);
	done(&s);
}

static void
test_challenge(void)
{
	static const char empty[] = "{}";
	struct credential c;
	struct setup s;
	const char *why = NULL;

	setup(&s, "challenge");
	CHECK_FAIL(appraise_challenge(span_str(empty), s.in.tpm_certs, &c,
	    &why));
	CHECK(why != NULL);
	done(&s);
}

static void
seed(const char *folder, const char *name, struct span text)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0)
		err(1, "%s", path);
}

static void
seeds(const char *folder)
{
	static const char none[] = "{\"ek_public\":null,\"ek\":[],"
	    "\"ek_chain\":[],\"ak\":[]}";
	struct setup s;

	setup(&s, "seeds");
	seed(folder, "ek-and-chain", s.in.tpm_certs);
	certs_set(&s, buf_span(&ek_pub), buf_span(&leaf), span_make(NULL, 0),
	    buf_span(&leaf));
	seed(folder, "ek-and-ak", s.in.tpm_certs);
	seed(folder, "cut", span_make(s.in.tpm_certs.p, s.in.tpm_certs.n / 2));
	seed(folder, "none", span_str(none));
	done(&s);
}

static void
keys_make(void)
{
	static const struct ek_want quoting = { 0x00050072, 0x000b, 0x0010, 0,
	    0, 0x0018 };
	struct ek_cert_want w = { "root", "root", NULL, NULL, CA,
	    "critical,keyCertSign", NULL, 100 * DAY };

	ek = ek_key("P-384");
	ak = ek_key("P-256");
	root_key = ek_key("P-256");
	ca_key = ek_key("P-256");
	other = ek_key("P-256");
	ek_public(&ek_good, ek, &ek_pub);
	ek_public(&quoting, ak, &ak_pub);
	w.key = w.by = root_key;
	ek_cert(&w, &root);
	w.subject = "ca";
	w.key = ca_key;
	ek_cert(&w, &ca);
	leaf_make(&want_leaf, ek, ca_key);
}

int
main(int argc, char **argv)
{
	test_begin("keys");
	keys_make();
	if (argc == 2)
		seeds(argv[1]);
	test_good();
	test_activation();
	test_certificate();
	test_oaep();
	test_ak_certificate();
	test_pinned();
	test_roots();
	test_challenge();
	EVP_PKEY_free(ek);
	EVP_PKEY_free(ak);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(other);
	buf_free(&ek_pub);
	buf_free(&ak_pub);
	buf_free(&root);
	buf_free(&ca);
	buf_free(&leaf);
	return test_end();
}
