/* What collateral says of itself, with the pieces of a forged TDX machine. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "cli/msg_facts.h"
#include "evidence/collateral_facts.h"
#include "evidence/utc.h"
#include "regress/sim/forge_tdx.h"
#include "regress/unit/check.h"

static struct forge_tdx m;

static struct collateral_facts
read_facts(const char *name, struct span s)
{
	struct collateral_facts f;

	memset(&f, 0x55, sizeof(f));
	collateral_facts_read(name, s, &f);
	if (!f.ok)
		CHECK(f.next_update == 0 && !f.has_number);
	return f;
}

static void
test_intel(void)
{
	struct collateral_facts f, g;

	test_begin("TCB info");
	f = read_facts("tcb_info.json", buf_span(&m.tcb_info));
	CHECK(f.ok && f.has_number && f.number_len >= 1);
	CHECK(f.this_update < FORGE_TDX_NOW && f.next_update > FORGE_TDX_NOW);
	g = f;
	CHECK(!collateral_older(&f, &g));
	f.this_update--;
	CHECK(collateral_older(&f, &g) && !collateral_older(&g, &f));

	test_begin("identity of the quoting enclave");
	f = read_facts("qe_identity.json", buf_span(&m.qe_identity));
	CHECK(f.ok && f.has_number && f.next_update > FORGE_TDX_NOW);
	test_begin("one for the other");
	CHECK(!read_facts("tcb_info.json", buf_span(&m.qe_identity)).ok);
	CHECK(!read_facts("qe_identity.json", buf_span(&m.tcb_info)).ok);

	test_begin("certificates");
	f = read_facts("tcb_signing.pem", buf_span(&m.tcb_signing));
	CHECK(f.ok && !f.has_number);
	CHECK(f.this_update < FORGE_TDX_NOW && f.next_update > FORGE_TDX_NOW);
	g = read_facts("vcek.der", buf_span(&m.root_der));
	CHECK(g.ok && g.next_update > FORGE_TDX_NOW);
}

/* The list again, with a number. */
static struct span
numbered(const char *hex, struct buf *b)
{
	const unsigned char *p = m.pck_crl_der.p;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)m.pck_crl_der.n);
	ASN1_INTEGER *n;
	BIGNUM *bn = NULL;
	uint8_t *der = NULL;
	int len;

	BN_hex2bn(&bn, hex);
	n = BN_to_ASN1_INTEGER(bn, NULL);
	CHECK(X509_CRL_add1_ext_i2d(crl, NID_crl_number, n, 0,
	    X509V3_ADD_REPLACE) == 1);
	CHECK(X509_CRL_sign(crl, m.pck_ca.key, EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &der);
	buf_free(b);
	buf_init(b, 0);
	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	ASN1_INTEGER_free(n);
	BN_free(bn);
	X509_CRL_free(crl);
	return buf_span(b);
}

static void
test_lists(void)
{
	struct collateral_facts f, g;
	struct buf b;

	buf_init(&b, 0);
	test_begin("a list");
	f = read_facts("pck_crl.der", buf_span(&m.pck_crl_der));
	CHECK(f.ok && f.next_update > FORGE_TDX_NOW &&
	    f.this_update < FORGE_TDX_NOW);
	test_begin("numbers of lists");
	f = read_facts("amd_crl.der", numbered("FF", &b));
	CHECK(f.ok && f.has_number && f.number_len == 1);
	g = read_facts("amd_crl.der", numbered("0100", &b));
	CHECK(g.ok && g.number_len == 2);
	CHECK(collateral_older(&f, &g) && !collateral_older(&g, &f));
	f = read_facts("amd_crl.der", numbered("0", &b));
	CHECK(f.ok && f.has_number && f.number_len == 0);
	CHECK(collateral_older(&f, &g));
	f = read_facts("x_crl.der",
	    numbered("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", &b));
	CHECK(f.ok && f.number_len == COLLATERAL_NUMBER_MAX);
	CHECK(!read_facts("x_crl.der",
	    numbered("1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", &b)).ok);
	CHECK(!read_facts("x_crl.der", numbered("-1", &b)).ok);
	buf_free(&b);

	test_begin("a list without an end");
	forge_tdx_free(&m);
	m.pck_crl.no_next = 1;
	forge_tdx_make(&m);
	f = read_facts("pck_crl.der", buf_span(&m.pck_crl_der));
	CHECK(f.ok && f.next_update == -1);
	forge_tdx_free(&m);
	m.pck_crl.no_next = 0;
	forge_tdx_make(&m);
}

static void
test_junk(void)
{
	static const char *const names[] = {
		"amd_crl.der", "pck_crl.der", "tcb_info.json",
		"qe_identity.json", "amd_chain.pem", "vcek.der", "", "_crl.der"
	};
	struct collateral_facts f, none = { .ok = 0 };
	struct span s = buf_span(&m.pck_crl_der);
	size_t i, n;

	test_begin("nothing and junk");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK(!read_facts(names[i], span_make(NULL, 0)).ok);
		CHECK(!read_facts(names[i], span_str("<html>")).ok);
		CHECK(!read_facts(names[i], span_str("{\"tcbInfo\":1}")).ok);
		CHECK(!read_facts(names[i], span_make("\x30\x82", 2)).ok);
	}
	CHECK(!read_facts("amd_chain.pem", s).ok);
	test_begin("cut");
	for (n = 0; n < s.n; n++)
		CHECK(!read_facts("pck_crl.der", span_make(s.p, n)).ok);
	test_begin("what could not be read is not older");
	f = read_facts("pck_crl.der", s);
	CHECK(!collateral_older(&f, &none) && !collateral_older(&none, &f));
}

static void
test_message(void)
{
	struct collateral_facts f, g;
	struct wbuf w;
	struct rbuf r;
	size_t n;

	test_begin("as a message");
	f = read_facts("tcb_info.json", buf_span(&m.tcb_info));
	wbuf_init(&w);
	facts_put(&w, &f);
	rbuf_init(&r, w.b, w.n);
	CHECK_OK(facts_get(&r, &g));
	CHECK(!collateral_older(&f, &g) && !collateral_older(&g, &f));
	CHECK(g.ok && g.next_update == f.next_update &&
	    g.number_len == f.number_len);
	for (n = 0; n < w.n; n++) {
		rbuf_init(&r, w.b, n);
		CHECK_FAIL(facts_get(&r, &g));
	}
	w.b[0] = 2;
	rbuf_init(&r, w.b, w.n);
	CHECK_FAIL(facts_get(&r, &g));
}

int
main(void)
{
	forge_tdx_init(&m);
	forge_tdx_make(&m);
	test_intel();
	test_lists();
	test_junk();
	test_message();
	forge_tdx_free(&m);
	return test_end();
}
