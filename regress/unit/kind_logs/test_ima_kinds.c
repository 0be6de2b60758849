/* IMA lists of our own in both forms: each refusal by one list. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "evidence/attest_verify.h"
#include "regress/unit/check.h"
#include "regress/unit/kind_logs/case.h"

static struct buf	 bin, ascii;
static uint8_t		 pcr[DIGEST_MAX], padded[DIGEST_MAX];
static enum digest_alg	 header = DIGEST_SHA1;

static void
le32(struct buf *b, uint32_t v)
{
	uint8_t p[4] = { v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 };

	buf_add(b, p, 4);
}

static void
extend(uint8_t *p, const uint8_t *d)
{
	uint8_t both[64];

	memcpy(both, p, 32);
	memcpy(both + 32, d, 32);
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(both, 64), p));
}

static void
field(struct buf *d, const void *p, size_t n)
{
	le32(d, n);
	buf_add(d, p, n);
}

static void
start(void)
{
	buf_free(&bin);
	buf_free(&ascii);
	buf_init(&bin, 0);
	buf_init(&ascii, 0);
	memset(pcr, 0, sizeof(pcr));
	memset(padded, 0, sizeof(padded));
}

/* An entry of template data d; rest is its text in the ASCII list. */
static void
entry(unsigned n, const char *template, struct buf *d, const char *rest,
    int violation)
{
	uint8_t h[DIGEST_MAX], all[DIGEST_MAX], old[DIGEST_MAX];

	memset(h, 0, sizeof(h));
	memset(old, 0, sizeof(old));
	CHECK_OK(digest_bytes(DIGEST_SHA256, buf_span(d), all));
	CHECK_OK(digest_bytes(DIGEST_SHA1, buf_span(d), old));
	if (!violation)
		CHECK_OK(digest_bytes(header, buf_span(d), h));
	else {
		memset(all, 0xff, 32);
		memset(old, 0xff, 20);
	}
	le32(&bin, n);
	buf_add(&bin, h, digest_size(header));
	field(&bin, template, strlen(template));
	field(&bin, d->p, d->n);
	buf_printf(&ascii, "%2u ", n);
	buf_add_hex(&ascii, span_make(h, digest_size(header)));
	buf_printf(&ascii, " %s %s\n", template, rest);
	extend(pcr, all);
	extend(padded, old);
	buf_free(d);
}

/* A file of template ima-ng or, with sig, ima-sig. */
static void
file(const char *path, uint8_t fill, struct span sig, int violation)
{
	uint8_t digest[8 + 32] = "sha256:";
	struct buf d, text;

	memset(digest + 8, violation ? 0 : fill, 32);
	buf_init(&d, 0);
	buf_init(&text, 0);
	field(&d, digest, sizeof(digest));
	field(&d, path, strlen(path) + 1);
	buf_add_str(&text, "sha256:");
	buf_add_hex(&text, span_make(digest + 8, 32));
	buf_printf(&text, " %s", path);
	if (sig.p != NULL) {
		field(&d, sig.p, sig.n);
		buf_add_str(&text, " ");
		buf_add_hex(&text, sig);
	}
	buf_add(&text, "", 1);
	entry(10, sig.p != NULL ? "ima-sig" : "ima-ng", &d,
	    (char *)text.p, violation);
	buf_free(&text);
}

static void
good_list(void)
{
	static const struct span none;

	start();
	file("boot_aggregate", 1, none, 0);
	file("/usr/bin/a", 2, none, 0);
	file("/var/log/b", 3, none, 1);
	file("/usr/bin/c_d", 4, span_str(""), 0);
}

static void
judge_as(struct tcase *t, const char *kind, const uint8_t *want)
{
	tcase_init(t, kind);
	tcase_file(t, "log", strcmp(kind, "ima-ascii") == 0 ?
	    buf_span(&ascii) : buf_span(&bin));
	if (want != NULL)
		tcase_pcr(t, DIGEST_SHA256, 10, span_make(want, 32));
	tcase_judge(t);
}

static void
both(const uint8_t *want, const char *fails)
{
	static const char *const kinds[] = { "ima-binary", "ima-ascii" };
	struct tcase t;
	int i;

	for (i = 0; i < 2; i++) {
		judge_as(&t, kinds[i], want);
		CHECK_STR(tcase_fails(&t), fails);
		CHECK_INT(t.out.verdict, fails[0] == '\0' ? VERDICT_ACCEPT :
		    VERDICT_REJECT);
		tcase_free(&t);
	}
}

static void
test_good(void)
{
	uint8_t before[DIGEST_MAX];
	struct tcase t;

	test_begin("good");
	good_list();
	both(pcr, "");
	both(NULL, "");
	judge_as(&t, "ima-binary", padded);
	CHECK_INT(t.out.verdict, VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "ima.padded", RESULT_WARN));
	CHECK(tcase_has(&t, "ima.violations", RESULT_WARN));
	tcase_free(&t);
	/* what follows the quoted state is said, not refused */
	memcpy(before, pcr, 32);
	file("/late", 9, span_make(NULL, 0), 0);
	both(before, "");
	judge_as(&t, "ima-binary", before);
	CHECK(tcase_has(&t, "ima.tail", RESULT_WARN));
	tcase_free(&t);
	start();
	tcase_init(&t, "ima-binary");
	tcase_file(&t, "log", span_str(""));
	CHECK_INT(tcase_judge(&t), VERDICT_PARSED);
	tcase_pcr(&t, DIGEST_SHA256, 10, span_make(pcr, 32));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	tcase_free(&t);
}

static void
test_refused(void)
{
	struct tcase t;

	test_begin("refused");
	good_list();
	bin.p[4] ^= 1;
	ascii.p[3] = ascii.p[3] == '0' ? '1' : '0';
	both(pcr, "ima.template");
	good_list();
	pcr[0] ^= 1;
	both(pcr, "ima.replay");
	good_list();
	bin.n--;
	ascii.n -= 4;	/* the blank, the path's last letters, line feed */
	judge_as(&t, "ima-binary", NULL);
	CHECK_STR(tcase_fails(&t), "ima.list");
	tcase_free(&t);
	judge_as(&t, "ima-ascii", NULL);
	CHECK_STR(tcase_fails(&t), "ima.list");
	tcase_free(&t);
	good_list();
	memcpy(strstr((char *)ascii.p, "sha256:0101") + 7, "0A", 2);
	judge_as(&t, "ima-ascii", NULL);
	CHECK_STR(tcase_fails(&t), "ima.list");
	tcase_free(&t);
	good_list();
	bin.p[0] = 24;
	ascii.p[1] = '9';
	ascii.p[0] = '9';
	both(NULL, "ima.pcr");
	/* values of two banks, of different moments */
	good_list();
	tcase_init(&t, "ima-binary");
	tcase_file(&t, "log", buf_span(&bin));
	tcase_pcr(&t, DIGEST_SHA256, 10, span_make(pcr, 32));
	memcpy(padded, pcr, 32);
	file("/late", 9, span_make(NULL, 0), 0);
	t.c.pcr[0].value = span_make(padded, 32);
	tcase_pcr(&t, DIGEST_SHA256, 10, span_make(pcr, 32));
	tcase_file(&t, "log", buf_span(&bin));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ima.replay");
	tcase_free(&t);
}

static void
test_aggregate(void)
{
	static uint8_t zero[32];
	uint8_t all[320], d[DIGEST_MAX], digest[8 + 32] = "sha256:";
	struct tcase t;
	struct buf data;
	unsigned i, flip;

	test_begin("aggregate");
	memset(all, 0, sizeof(all));
	CHECK_OK(digest_bytes(DIGEST_SHA256, span_make(all, 320), d));
	for (flip = 0; flip < 2; flip++) {
		start();
		buf_init(&data, 0);
		memcpy(digest + 8, d, 32);
		digest[9] ^= flip;
		field(&data, digest, sizeof(digest));
		field(&data, "boot_aggregate", 15);
		entry(10, "ima-ng", &data, "", 0);
		tcase_init(&t, "ima-binary");
		tcase_file(&t, "log", buf_span(&bin));
		for (i = 0; i < 10; i++)
			tcase_pcr(&t, DIGEST_SHA256, i, span_make(zero, 32));
		tcase_judge(&t);
		CHECK_STR(tcase_fails(&t), flip ? "ima.boot-aggregate" : "");
		tcase_free(&t);
	}
}

static void
test_perbank(void)
{
	struct tcase t;

	test_begin("perbank");
	header = DIGEST_SHA256;
	good_list();
	tcase_init(&t, "ima-binary-perbank");
	tcase_file(&t, "log", buf_span(&bin));
	tcase_file(&t, "ascii", buf_span(&ascii));
	tcase_pcr(&t, DIGEST_SHA256, 10, span_make(pcr, 32));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK_INT(json_integer_value(json_object_get(t.out.claims,
	    "digest_bytes")), 32);
	ascii.n -= 1;
	ascii.p[ascii.n - 2] ^= 1;
	tcase_file(&t, "ascii", buf_span(&ascii));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ima.ascii");
	tcase_free(&t);
	/* a list of one form offered as the other */
	judge_as(&t, "ima-binary", NULL);
	CHECK_INT(t.out.verdict, VERDICT_REJECT);
	tcase_free(&t);
	header = DIGEST_SHA1;
}

static size_t
sign(EVP_PKEY *key, const uint8_t digest[32], uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t n = 200;

	CHECK(EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, sig + 9, &n,
	    digest, 32) == 1);
	EVP_PKEY_CTX_free(ctx);
	memcpy(sig, "\3\2\4abcd\0", 8);
	sig[8] = n;
	return 9 + n;
}

static void
test_signature(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	uint8_t sig[256], digest[32], *der = NULL, *der2 = NULL;
	struct tcase t;
	size_t n;
	int len, len2;

	test_begin("signature");
	memset(digest, 7, sizeof(digest));
	n = sign(key, digest, sig);
	len = i2d_PUBKEY(key, &der);
	len2 = i2d_PUBKEY(other, &der2);
	start();
	file("/usr/bin/s", 7, span_make(sig, n), 0);
	judge_as(&t, "ima-binary", NULL);
	tcase_file(&t, "keys", span_make(der, len));
	CHECK_INT(tcase_judge(&t), VERDICT_ACCEPT);
	CHECK(tcase_has(&t, "ima.signature", RESULT_OK));
	tcase_file(&t, "keys", span_make(der2, len2));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ima.signature");
	tcase_file(&t, "keys", span_str("no key"));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ima.keys");
	/* the signature of another file */
	start();
	file("/usr/bin/s", 8, span_make(sig, n), 0);
	tcase_file(&t, "log", buf_span(&bin));
	tcase_file(&t, "keys", span_make(der, len));
	CHECK_INT(tcase_judge(&t), VERDICT_REJECT);
	CHECK_STR(tcase_fails(&t), "ima.signature");
	tcase_free(&t);
	OPENSSL_free(der);
	OPENSSL_free(der2);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

int
main(int argc, char *argv[])
{
	FILE *f;

	test_good();
	test_refused();
	test_aggregate();
	test_perbank();
	test_signature();
	/* seeds for the fuzzer */
	good_list();
	if (argc > 2 && (f = fopen(argv[1], "wb")) != NULL) {
		CHECK_INT(fwrite(ascii.p, 1, ascii.n, f), ascii.n);
		fclose(f);
	}
	if (argc > 2 && (f = fopen(argv[2], "wb")) != NULL) {
		CHECK_INT(fwrite(bin.p, 1, bin.n, f), bin.n);
		fclose(f);
	}
	buf_free(&bin);
	buf_free(&ascii);
	return test_end();
}
