/* Quotes by a key of our own, as the kinds judge them; every refusal. */
#include <openssl/ecdsa.h>
#include <openssl/pem.h>

#include "regress/unit/check.h"
#include "regress/unit/claims/forge.h"
#include "regress/unit/kind_logs/case.h"

static const uint8_t	 nonce[] = "some nonce";
static struct forge	 f;
static struct forge_quote q;
static char		 pcrs[8192];

static void
pcrs_write(void)
{
	size_t n = 0;
	unsigned i;

	n += snprintf(pcrs, sizeof(pcrs), "sha256\n");
	for (i = 0; i < TPM_PCRS; i++) {
		if ((f.pcrs.mask >> i & 1) == 0)
			continue;
		n += snprintf(pcrs + n, sizeof(pcrs) - n, "%u: ", i);
		hex_encode(span_make(f.pcrs.value[i], 32), pcrs + n,
		    sizeof(pcrs) - n);
		n += 64;
		n += snprintf(pcrs + n, sizeof(pcrs) - n, "\n");
	}
}

static void
make(struct tcase *t)
{
	forge_quote(&f, span_make(nonce, sizeof(nonce)), f.pcrs.mask, &q);
	pcrs_write();
	tcase_init(t, "tpm-quote");
	tcase_file(t, "attest", span_make(q.attest, q.attest_len));
	tcase_file(t, "signature", span_make(q.sig, q.sig_len));
	tcase_file(t, "ak_public", span_make(f.pub, f.pub_len));
	tcase_file(t, "pcrs", span_str(pcrs));
	t->c.has_nonce = 1;
	t->c.nonce = span_make(nonce, sizeof(nonce));
}

static void
verdict(struct tcase *t, const char *fails)
{
	CHECK_INT(tcase_judge(t), fails[0] == '\0' ? VERDICT_ACCEPT :
	    VERDICT_REJECT);
	CHECK_STR(tcase_fails(t), fails);
	tcase_free(t);
}

/* TPM2B, PEM and DER of the same key, and of another. */
static void
test_forms(void)
{
	uint8_t b2[300], *der = NULL;
	EVP_PKEY *other = EVP_EC_gen("P-256"), *weak = EVP_EC_gen("P-224");
	struct tcase t;
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long n;
	int len;

	test_begin("forms");
	make(&t);
	verdict(&t, "");
	b2[0] = f.pub_len >> 8;
	b2[1] = f.pub_len & 0xff;
	memcpy(b2 + 2, f.pub, f.pub_len);
	tcase_file(&t, "ak_tpm2b", span_make(b2, f.pub_len + 2));
	PEM_write_bio_PUBKEY(bio, f.ak);
	n = BIO_get_mem_data(bio, &pem);
	tcase_file(&t, "ak_pem", span_make(pem, n));
	verdict(&t, "");
	len = i2d_PUBKEY(other, &der);
	tcase_file(&t, "ak_pem", span_make(der, len));
	verdict(&t, "tpm.key");
	/* the other key alone */
	t.c.nfiles = 2;
	tcase_file(&t, "ak_pem", span_make(der, len));
	verdict(&t, "tpm.signature");
	t.c.nfiles = 2;
	tcase_file(&t, "ak_pem", span_make(pem, n));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "tpm.ak", RESULT_WARN));
	OPENSSL_free(der);
	der = NULL;
	len = i2d_PUBKEY(weak, &der);
	tcase_file(&t, "ak_pem", span_make(der, len));
	verdict(&t, "tpm.key");
	t.c.nfiles = 2;
	CHECK_INT(tcase_judge(&t), VERDICT_UNJUDGED);
	tcase_free(&t);
	OPENSSL_free(der);
	BIO_free(bio);
	EVP_PKEY_free(other);
	EVP_PKEY_free(weak);
}

static void
test_refused(void)
{
	struct tcase t;

	test_begin("refused");
	make(&t);
	q.sig[20] ^= 1;
	verdict(&t, "tpm.signature");
	make(&t);
	q.attest[q.attest_len - 1] ^= 1;
	verdict(&t, "tpm.signature tpm.digest");
	f.magic ^= 1;
	make(&t);
	verdict(&t, "tpm.magic");
	f.magic ^= 1;
	f.type = 0x8017;
	make(&t);
	verdict(&t, "tpm.magic");
	f.type = 0x8018;
	make(&t);
	t.c.file[0].data.n--;
	verdict(&t, "tpm.format");
	make(&t);
	t.c.file[1].data.n--;
	verdict(&t, "tpm.format");
	make(&t);
	t.c.nonce.n--;
	verdict(&t, "tpm.nonce");
	t.c.has_nonce = 0;
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "tpm.nonce", RESULT_WARN));
	tcase_free(&t);
	forge_ak(&f, FORGE_AK & ~0x10000u);
	make(&t);
	verdict(&t, "tpm.ak");
	forge_ak(&f, FORGE_AK | 0x80000000u);	/* a reserved bit */
	make(&t);
	verdict(&t, "tpm.ak");
	forge_ak(&f, FORGE_AK);
}

/* Where the public area names the scheme: ECDSA, SHA-256. */
static size_t
scheme_at(void)
{
	static const uint8_t scheme[] = { 0, 0x18, 0, 0x0b };
	uint8_t *p = memmem(f.pub, f.pub_len, scheme, sizeof(scheme));

	return CHECK(p != NULL) ? (size_t)(p - f.pub) : 0;
}

/* The quote signed anew, with SHA-1 and a header that says so. */
static void
sign_sha1(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	const unsigned char *p = der;
	size_t n = sizeof(der);
	ECDSA_SIG *sig;

	CHECK(EVP_DigestSignInit_ex(ctx, NULL, "SHA1", NULL, NULL, f.ak,
	    NULL) == 1 && EVP_DigestSign(ctx, der, &n, q.attest,
	    q.attest_len) == 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	q.sig[3] = 0x04;
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), q.sig + 6, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), q.sig + 40, 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

static void
test_schemes(void)
{
	struct tcase t;
	size_t at = scheme_at();

	test_begin("schemes");
	f.pub[at + 3] = 0x0c;		/* restricted to SHA-384 */
	make(&t);
	verdict(&t, "tpm.scheme");
	f.pub[at + 3] = 0x04;		/* the key's own scheme is SHA-1 */
	make(&t);
	sign_sha1();
	t.c.nfiles = 3;			/* the digest would be SHA-1 too */
	verdict(&t, "tpm.signature-hash");
	f.pub[at + 3] = 0x0b;
}

static void
test_values(void)
{
	struct tcase t;
	uint8_t v[32];

	test_begin("values");
	make(&t);
	/* the last digit of the last value */
	pcrs[strlen(pcrs) - 2] ^= 1;
	verdict(&t, "tpm.digest");
	tcase_file(&t, "pcrs", span_str("no values"));
	verdict(&t, "tpm.pcrs");
	tcase_file(&t, "pcrs", span_str("{\"sha256\":{}}"));
	verdict(&t, "tpm.digest");
	t.c.nfiles = 3;
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "tpm.digest", RESULT_WARN));
	tcase_free(&t);
	make(&t);
	memset(v, 0, sizeof(v));
	tcase_pcr(&t, DIGEST_SHA256, 22, span_make(v, 32));
	verdict(&t, "tpm.selection");
	t.c.pcr[0].index = 10;
	verdict(&t, "tpm.pcrs");
	t.c.pcr[0].value = span_make(f.pcrs.value[10], 32);
	verdict(&t, "");
	/* a boot log that says something else */
	make(&t);
	tcase_file(&t, "eventlog", span_make("\7\0\0\0\4\0\0\0", 8));
	verdict(&t, "eventlog.format");
	/* and one without an event, as if nothing had been measured */
	make(&t);
	tcase_file(&t, "eventlog", span_make(
	    "\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x21\0\0\0Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0b\0\x20\0"
	    "\0", 32 + 33));
	verdict(&t, "eventlog.replay");
	/* bytes that are no certificate */
	make(&t);
	tcase_file(&t, "ak_cert", span_str("x"));
	verdict(&t, "tpm.cert");
	/* nor do they give a key */
	t.c.nfiles = 2;
	tcase_file(&t, "ak_cert", span_str("x"));
	verdict(&t, "tpm.cert");
	/* and of a key that is not the quoting one */
	make(&t);
	tcase_file(&t, "ek_public", span_make(f.pub, f.pub_len));
	verdict(&t, "tpm.signer");
}

static void
test_attest(void)
{
	struct tcase t;

	test_begin("attest");
	make(&t);
	t.c.kind = "tpm-attest";
	CHECK_INT(tcase_judge(&t), VERDICT_PARSED);
	CHECK_STR(tcase_claim(&t, "type"), "8018");
	t.c.file[0].data.n--;
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	t.c.file[0].data.n++;
	t.c.nonce.n--;
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "tpm.nonce");
	tcase_free(&t);
}

static void
put_base64(struct buf *b, const char *key, struct span s)
{
	char text[1024];

	base64_encode(s, text, sizeof(text));
	buf_printf(b, "\"%s\":\"%s\",", key, text);
}

static void
test_response(void)
{
	struct tcase t;
	struct buf b;

	test_begin("response");
	make(&t);
	buf_init(&b, 0);
	buf_add_str(&b, "{");
	put_base64(&b, "quote", span_make(q.attest, q.attest_len));
	put_base64(&b, "signature", span_make(q.sig, q.sig_len));
	put_base64(&b, "public_key", span_make(f.pub, f.pub_len));
	buf_add_str(&b, "\"pcr_value_hash_method\":\"Sha256\"}");
	t.c.kind = "tpm-quote-response";
	t.c.nfiles = 0;
	tcase_file(&t, "tpm_quote_json", buf_span(&b));
	CHECK_INT(tcase_judge(&t), VERDICT_PARSED);
	CHECK_STR(tcase_fails(&t), "");
	t.c.nonce.n--;
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "tpm.nonce");
	t.c.nonce.n++;
	tcase_file(&t, "tpm_quote_json", span_str("{\"quote\":\"AA\"}"));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "tpm.response");
	tcase_free(&t);
	buf_free(&b);
}

int
main(void)
{
	forge_init(&f);
	test_forms();
	test_refused();
	test_schemes();
	test_values();
	test_attest();
	test_response();
	forge_free(&f);
	return test_end();
}
