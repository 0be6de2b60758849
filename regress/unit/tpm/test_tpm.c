/* TPM quotes by a key of our own; every refusal. */
#include "evidence/tpm_key.h"
#include "evidence/tpm_verify.h"
#include "regress/unit/check.h"
#include "regress/unit/claims/forge.h"

static struct checks ck;
static const uint8_t nonce[34] = "CV-some-qualifying-data";

static const char *
first_fail(void)
{
	size_t i;

	for (i = 0; i < ck.n; i++)
		if (ck.v[i].result == RESULT_FAIL)
			return ck.v[i].name;
	return "none";
}

static int
verify(struct forge *f, const struct forge_quote *q, uint32_t mask)
{
	struct tpm_quote_policy po = { span_make(nonce, sizeof(nonce)),
	    DIGEST_SHA256, mask, &f->pcrs, NULL };
	struct tpm_attest a;
	struct tpm_public p;

	checks_init(&ck);
	return tpm_quote_verify(span_make(q->attest, q->attest_len),
	    span_make(q->sig, q->sig_len), span_make(f->pub, f->pub_len), &po,
	    &ck, &a, &p);
}

static void
make(struct forge *f, struct forge_quote *q)
{
	forge_quote(f, span_make(nonce, sizeof(nonce)), f->pcrs.mask, q);
}

/* Changes nothing but what the one line before it changed. */
static void
refused(struct forge *f, const struct forge_quote *q, const char *name)
{
	CHECK_FAIL(verify(f, q, f->pcrs.mask));
	CHECK_STR(first_fail(), name);
}

static void
test_good(struct forge *f)
{
	struct forge_quote q;
	uint8_t name[TPM_NAME_MAX], d[32];
	struct tpm_public p;
	size_t n;

	test_begin("good");
	make(f, &q);
	CHECK_OK(verify(f, &q, f->pcrs.mask));
	CHECK_OK(tpm_public_decode(span_make(f->pub, f->pub_len), &p));
	CHECK_OK(tpm_name(&p, name, &n));
	CHECK_INT(n, 34);
	digest_bytes(DIGEST_SHA256, span_make(f->pub, f->pub_len), d);
	CHECK_MEM(name, "\0\x0b", 2);
	CHECK_MEM(name + 2, d, 32);
}

static void
test_refusals(struct forge *f)
{
	struct forge_quote q;
	size_t n;

	test_begin("refusals");
	forge_quote(f, span_make(nonce, 33), f->pcrs.mask, &q);
	refused(f, &q, "tpm.nonce");
	make(f, &q);
	q.sig[q.sig_len - 1] ^= 1;
	refused(f, &q, "tpm.signature");
	q.sig[q.sig_len - 1] ^= 1;
	q.attest[q.attest_len - 1] ^= 1;
	refused(f, &q, "tpm.signature");
	q.attest[q.attest_len - 1] ^= 1;
	CHECK_FAIL(verify(f, &q, f->pcrs.mask & ~1u));
	CHECK_STR(first_fail(), "tpm.selection");
	CHECK_FAIL(verify(f, &q, f->pcrs.mask | 1u << 23));
	f->pcrs.value[3][0] ^= 1;
	refused(f, &q, "tpm.digest");
	f->pcrs.value[3][0] ^= 1;
	f->pcrs.bank = DIGEST_SHA1;
	refused(f, &q, "tpm.digest");
	f->pcrs.bank = DIGEST_SHA256;
	for (n = 0; n < q.attest_len; n++) {
		struct forge_quote cut = q;

		cut.attest_len = n;
		refused(f, &cut, "tpm.format");
	}
	q.attest[q.attest_len++] = 0;
	refused(f, &q, "tpm.format");
	q.attest_len--;
	q.sig[q.sig_len++] = 0;
	refused(f, &q, "tpm.format");
	q.sig_len -= 2;
	refused(f, &q, "tpm.format");
	q.sig_len++;
	f->pub_len--;
	refused(f, &q, "tpm.format");
	f->pub_len++;
	CHECK_OK(verify(f, &q, f->pcrs.mask));
}

static void
test_structure(struct forge *f)
{
	struct forge_quote q;

	test_begin("magic and type");
	f->magic = 0xff544346;
	make(f, &q);
	refused(f, &q, "tpm.magic");
	f->magic = 0xff544347;
	f->type = 0x8017;		/* a certification */
	make(f, &q);
	refused(f, &q, "tpm.magic");
	f->type = 0x8018;
}

static void
test_key(struct forge *f)
{
	static const uint32_t bad[] = {
		FORGE_AK & ~0x00010000u,	/* not restricted */
		FORGE_AK & ~0x00000002u,	/* not fixedTPM */
		FORGE_AK & ~0x00000010u,	/* not fixedParent */
		FORGE_AK & ~0x00000020u,	/* imported */
		FORGE_AK & ~0x00040000u,	/* does not sign */
		FORGE_AK | 0x00020000u,		/* decrypts */
	};
	struct forge_quote q;
	size_t i;

	test_begin("attributes of the key");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		forge_ak(f, bad[i]);
		make(f, &q);
		refused(f, &q, "tpm.ak");
	}
	test_begin("another key");
	make(f, &q);
	forge_ak(f, FORGE_AK);
	refused(f, &q, "tpm.signature");
	/* A point that is not on the curve. */
	make(f, &q);
	f->pub[f->pub_len - 1] ^= 1;
	refused(f, &q, "tpm.signature");
}

static void
test_weak_key(struct forge *f)
{
	struct tpm_public p = { .key = TPM_KEY_RSA, .x_len = 256 };
	struct forge_quote q;
	EVP_PKEY *pkey;

	test_begin("weak keys");
	forge_ak(f, FORGE_AK);
	f->pub[3] = 0x04;	/* named with SHA-1 */
	make(f, &q);
	refused(f, &q, "tpm.ak");
	/* An exponent with which anybody signs. */
	memset(p.x, 0xff, 256);
	p.exponent = 1;
	CHECK(tpm_public_pkey(&p) == NULL);
	p.exponent = 65536;
	CHECK(tpm_public_pkey(&p) == NULL);
	p.exponent = 65537;
	CHECK((pkey = tpm_public_pkey(&p)) != NULL);
	EVP_PKEY_free(pkey);
}

int
main(void)
{
	struct forge f;

	forge_init(&f);
	test_good(&f);
	test_refusals(&f);
	test_structure(&f);
	test_key(&f);
	test_weak_key(&f);
	forge_free(&f);
	return test_end();
}
