/* Challenges: which keys are challenged, and what the proof is over.  That a
 * TPM opens them is e2e/credential. */
#include <openssl/hmac.h>

#include "evidence/appraise.h"
#include "evidence/credential.h"
#include "evidence/limits.h"
#include "evidence/tpm_certs.h"
#include "regress/unit/boot/ek.h"
#include "regress/unit/check.h"

static const uint8_t	name[34] = { 0x00, 0x0b, 1, 2, 3 };

static struct span
name_span(void)
{
	return span_make(name, sizeof(name));
}

/* -1 must say why and leave the challenge alone. */
static void
refused(struct span pub, struct span nm, const char *words)
{
	struct credential c, same;
	const char *why = NULL;

	memset(&c, 0x5a, sizeof(c));
	memset(&same, 0x5a, sizeof(same));
	CHECK_FAIL(credential_make(pub, nm, &c, &why));
	CHECK_MEM(&c, &same, sizeof(c));
	if (!CHECK(why != NULL && strstr(why, words) != NULL))
		printf("%s\n", why);
}

static void
wrong(const struct ek_want *w, EVP_PKEY *k, const char *words)
{
	struct buf pub;

	ek_public(w, k, &pub);
	refused(buf_span(&pub), name_span(), words);
	buf_free(&pub);
}

static void
test_keys(void)
{
	static const char *const types[] = { "P-256", "P-384", "RSA" };
	static const size_t seeds[] = { 2 + 32 + 2 + 32, 2 + 48 + 2 + 48, 256 };
	struct credential c, d;
	const char *why;
	struct buf pub;
	EVP_PKEY *k;
	size_t i;

	test_begin("keys");
	for (i = 0; i < 3; i++) {
		k = ek_key(types[i]);
		ek_public(&ek_good, k, &pub);
		CHECK_OK(credential_make(buf_span(&pub), name_span(), &c,
		    &why));
		CHECK_INT(c.seed_len, seeds[i]);
		CHECK_INT(c.blob_len, 2 + 32 + 2 + 32);
		CHECK(span_eq(span_make(c.ak_name, c.ak_name_len),
		    name_span()));
		/* nothing of it comes twice */
		CHECK_OK(credential_make(buf_span(&pub), name_span(), &d,
		    &why));
		CHECK(memcmp(c.secret, d.secret, 32) != 0);
		CHECK(memcmp(c.nonce, d.nonce, 32) != 0);
		CHECK(memcmp(c.seed, d.seed, c.seed_len) != 0);
		CHECK(memcmp(c.ek_sha256, d.ek_sha256, 32) == 0);
		/* the secret does not travel */
		CHECK(memmem(c.blob, c.blob_len, c.secret, 32) == NULL);
		credential_clear(&c);
		CHECK(span_is_zero(span_make(&c, sizeof(c))));
		/* all of it, and no more */
		refused(span_make(pub.p, pub.n - 1), name_span(),
		    "malformed");
		buf_add(&pub, "", 1);
		refused(buf_span(&pub), name_span(), "malformed");
		buf_free(&pub);
		EVP_PKEY_free(k);
	}
}

static void
test_refused(void)
{
	static const uint32_t bits[] = { 1u << 1, 1u << 4, 1u << 5, 1u << 16,
	    1u << 17 };
	EVP_PKEY *k = ek_key("P-256"), *p521 = ek_key("P-521");
	struct ek_want w;
	struct buf pub;
	uint8_t big[MAX_TPM_BLOB + 1] = { 0 };
	size_t i;

	test_begin("keys that are not challenged");
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		w = ek_good;
		w.attributes &= ~bits[i];
		wrong(&w, k, "restricted decryption key");
	}
	w = ek_good;
	w.attributes |= 1u << 18;
	wrong(&w, k, "restricted decryption key");
	w = ek_good;
	w.scheme = 0x0018;
	wrong(&w, k, "signing scheme");
	w = ek_good;
	w.name_alg = 0x0004;
	wrong(&w, k, "SHA-1");
	w = ek_good;
	w.sym = 0x0010;
	wrong(&w, k, "AES");
	w = ek_good;
	w.mode = 0x0042;
	wrong(&w, k, "AES");
	w = ek_good;
	w.bits = 192;
	wrong(&w, k, "AES");
	wrong(&ek_good, p521, "not known");
	ek_public(&ek_good, k, &pub);
	pub.p[pub.n - 1] ^= 1;
	refused(buf_span(&pub), name_span(), "curve");
	pub.p[pub.n - 1] ^= 1;
	refused(buf_span(&pub), span_make(name, 33), "name");
	refused(buf_span(&pub), span_make(name, 0), "name");
	refused(buf_span(&pub), span_make(big, 34), "name");
	refused(span_make(big, sizeof(big)), name_span(), "malformed");
	refused(span_make(NULL, 0), name_span(), "malformed");
	buf_free(&pub);
	EVP_PKEY_free(k);
	EVP_PKEY_free(p521);
}

static void
test_proof(void)
{
	uint8_t cert[32], conn[32], msg[256], want[32], got[32], other[32];
	struct credential c;
	unsigned n;

	test_begin("proof");
	memset(&c, 0, sizeof(c));
	memset(c.secret, 1, 32);
	memset(c.nonce, 2, 32);
	memset(cert, 3, 32);
	memset(conn, 4, 32);
	memcpy(c.ak_name, name, sizeof(name));
	c.ak_name_len = sizeof(name);
	memcpy(msg, "CVM-ACT-1", 10);
	memset(msg + 10, 2, 32);
	memset(msg + 42, 3, 32);
	memset(msg + 74, 4, 32);
	memcpy(msg + 106, name, sizeof(name));
	CHECK(HMAC(EVP_sha256(), c.secret, 32, msg, 140, want, &n) != NULL);
	CHECK_OK(credential_proof(&c, span_make(cert, 32),
	    span_make(conn, 32), got));
	CHECK_MEM(got, want, 32);
	CHECK_OK(credential_proof(&c, span_make(conn, 32),
	    span_make(cert, 32), other));
	CHECK(memcmp(got, other, 32) != 0);
	c.nonce[31] ^= 1;
	CHECK_OK(credential_proof(&c, span_make(cert, 32),
	    span_make(conn, 32), other));
	CHECK(memcmp(got, other, 32) != 0);
	CHECK_FAIL(credential_proof(&c, span_make(cert, 31),
	    span_make(conn, 32), got));
	CHECK_FAIL(credential_proof(&c, span_make(cert, 32),
	    span_make(NULL, 0), got));
	c.ak_name_len = 0;
	CHECK_FAIL(credential_proof(&c, span_make(cert, 32),
	    span_make(conn, 32), got));
}

static int
certs(const char *text)
{
	struct tpm_certs c;
	const char *why = NULL;
	int rc = tpm_certs_decode(span_str(text), &c, &why);

	CHECK((rc == 0) == (why == NULL));
	tpm_certs_free(&c);
	return rc;
}

static void
test_certs(void)
{
	static const char eight[] = "\"AQ\",\"AQ\",\"AQ\",\"AQ\",\"AQ\","
	    "\"AQ\",\"AQ\",\"AQ\"";
	struct tpm_certs c;
	const char *why;
	struct buf b;
	size_t i;

	test_begin("GET /tpm/certs");
	CHECK_OK(tpm_certs_decode(span_str("{\"ek_public\":\"AQID\",\"ek\":["
	    "\"BA\",\"BQ\"],\"ek_chain\":[],\"ak\":[\"Bgc\"]}"), &c, &why));
	CHECK_INT(c.ek_public_len, 3);
	CHECK_INT(c.ek.n, 2);
	CHECK_INT(c.ek.v[1].p[0], 5);
	CHECK_INT(c.ek_chain.n, 0);
	CHECK_INT(c.ak.v[0].n, 2);
	tpm_certs_free(&c);
	CHECK_OK(certs("{\"ek_public\":null,\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[]}"));
	CHECK_FAIL(certs(""));
	CHECK_FAIL(certs("[]"));
	CHECK_FAIL(certs("{\"ek_public\":null,\"ek\":[],\"ek_chain\":[]}"));
	CHECK_FAIL(certs("{\"ek_public\":null,\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[],\"x\":1}"));
	CHECK_FAIL(certs("{\"ek_public\":\"\",\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[]}"));
	CHECK_FAIL(certs("{\"ek_public\":\"AQ==\",\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[]}"));
	CHECK_FAIL(certs("{\"ek_public\":null,\"ek\":null,\"ek_chain\":[],"
	    "\"ak\":[]}"));
	CHECK_FAIL(certs("{\"ek_public\":null,\"ek\":[],\"ek_chain\":[1],"
	    "\"ak\":[]}"));
	CHECK_FAIL(certs("{\"ek_public\":null,\"ek\":[],\"ek_chain\":[],"
	    "\"ak\":[\"\"]}"));
	for (i = 0; i < 2; i++) {
		buf_init(&b, 0);
		buf_add_str(&b, "{\"ek_public\":null,\"ek\":[");
		buf_add(&b, eight, sizeof(eight) - 1);
		buf_add_str(&b, i == 0 ? "" : ",\"AQ\"");
		buf_add_str(&b, "],\"ek_chain\":[],\"ak\":[]}");
		CHECK_INT(tpm_certs_decode(buf_span(&b), &c, &why),
		    i == 0 ? 0 : -1);
		tpm_certs_free(&c);
		buf_free(&b);
	}
	/* one byte more than an index may hold */
	for (i = 0; i < 2; i++) {
		buf_init(&b, 0);
		buf_add_str(&b, "{\"ek_public\":null,\"ek\":[\"");
		while (b.n < 24 + (MAX_TPM_CERT_NV + i) / 3 * 4)
			buf_add_str(&b, "AAAA");
		buf_add_str(&b, i == 0 ? "AA" : "AAA");
		buf_add_str(&b, "\"],\"ek_chain\":[],\"ak\":[]}");
		CHECK_INT(tpm_certs_decode(buf_span(&b), &c, &why),
		    i == 0 ? 0 : -1);
		tpm_certs_free(&c);
		buf_free(&b);
	}
}

int
main(void)
{
	test_keys();
	test_refused();
	test_proof();
	test_certs();
	return test_end();
}
