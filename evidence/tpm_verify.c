/* The checks of a TPM quote. */
#include <stdio.h>
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/hash.h"
#include "evidence/tpm_key.h"
#include "evidence/tpm_verify.h"

#define TPM_GENERATED	0xff544347u
#define TPM_QUOTE	0x8018u

/* TPMA_OBJECT */
#define A_FIXED_TPM	0x00000002u
#define A_FIXED_PARENT	0x00000010u
#define A_ORIGIN	0x00000020u
#define A_RESTRICTED	0x00010000u
#define A_DECRYPT	0x00020000u
#define A_SIGN		0x00040000u

int
tpm_name(const struct tpm_public *p, uint8_t *ret, size_t *ret_len)
{
	uint16_t id = digest_tpm_id(p->name_alg);

	if (digest_bytes(p->name_alg, p->raw, ret + 2) == -1)
		return -1;
	ret[0] = id >> 8;
	ret[1] = id & 0xff;
	*ret_len = 2 + digest_size(p->name_alg);
	return 0;
}

int
tpm_ak_check(const struct tpm_public *p, struct checks *ck)
{
	const uint32_t must = A_FIXED_TPM | A_FIXED_PARENT | A_ORIGIN |
	    A_RESTRICTED | A_SIGN;

	/* A Name of SHA-1 may stand for two keys. */
	if (p->name_alg == DIGEST_SHA1)
		return checks_add(ck, RESULT_FAIL, "tpm.ak",
		    "the quoting key is named with SHA-1");
	/* Without `restricted` the key signs what it is given, a forged
	 * TPMS_ATTEST included. */
	if ((p->attributes & must) == must && (p->attributes & A_DECRYPT) == 0)
		return checks_add(ck, RESULT_OK, "tpm.ak",
		    "a restricted signing key, made in and bound to its TPM");
	return checks_add(ck, RESULT_FAIL, "tpm.ak",
	    "the quoting key is no restricted signing key that is bound to "
	    "its TPM (attributes 0x%08x, required 0x%08x): it may sign "
	    "anything", p->attributes, must);
}

/* "0-7,9"; the bitmap is at most four bytes. */
void
pcr_mask_text(uint32_t mask, char ret[PCR_TEXT_MAX])
{
	unsigned i, end;
	size_t n = 0;

	snprintf(ret, PCR_TEXT_MAX, "none");
	for (i = 0; i < 32; i = end + 1) {
		end = i;
		if ((mask >> i & 1) == 0)
			continue;
		while (end + 1 < 32 && (mask >> (end + 1) & 1) != 0)
			end++;
		n += snprintf(ret + n, PCR_TEXT_MAX - n, "%s%u",
		    n == 0 ? "" : ",", i);
		if (end > i)
			n += snprintf(ret + n, PCR_TEXT_MAX - n, "-%u", end);
	}
}

static int
selection_check(const struct tpm_attest *a, const struct tpm_quote_policy *po,
    struct checks *ck)
{
	const struct tpm_select *s = &a->select[0];
	char quoted[PCR_TEXT_MAX], asked[PCR_TEXT_MAX];

	if (a->nselect != 1)
		return checks_add(ck, RESULT_FAIL, "tpm.selection",
		    "%zu banks quoted, exactly one was asked for", a->nselect);
	pcr_mask_text(s->mask, quoted);
	pcr_mask_text(po->mask, asked);
	if (s->alg == digest_tpm_id(po->bank) && s->mask == po->mask)
		return checks_add(ck, RESULT_OK, "tpm.selection",
		    "bank %s, PCRs %s", digest_name(po->bank), asked);
	return checks_add(ck, RESULT_FAIL, "tpm.selection",
	    "not the PCRs asked for: bank %s (0x%04x), PCRs %s are quoted, "
	    "bank %s, PCRs %s were asked for",
	    digest_name(digest_by_tpm_id(s->alg)), s->alg, quoted,
	    digest_name(po->bank), asked);
}

/* The TPM hashes the values with the hash of the signing scheme, whatever
 * the bank. */
static int
digest_check(const struct tpm_attest *a, enum digest_alg alg,
    const struct tpm_quote_policy *po, struct checks *ck)
{
	struct hash h;
	uint8_t d[DIGEST_MAX];
	unsigned i;
	int ok = 0;

	if (po->pcrs->bank != po->bank || po->pcrs->mask != po->mask)
		return checks_add(ck, RESULT_FAIL, "tpm.digest",
		    "the PCR values given are not those asked for");
	if (hash_init(&h, alg) == -1 || hash_start(&h) == -1)
		goto out;
	for (i = 0; i < TPM_PCRS; i++)
		if ((po->mask >> i & 1) != 0 && hash_add(&h,
		    po->pcrs->value[i], digest_size(po->bank)) == -1)
			goto out;
	ok = hash_end(&h, d) == 0 && span_eq(span_make(d, h.size),
	    span_make(a->pcr_digest, a->pcr_digest_len));
out:
	hash_free(&h);
	return checks_test(ck, ok, "tpm.digest", ok ?
	    "the PCR values shown are those quoted" :
	    "the PCR values shown are not those that the TPM quoted: the "
	    "agent changed them");
}

static int
signature_check(struct span quote, const struct tpm_signature *g,
    const struct tpm_public *p, struct checks *ck)
{
	if (g->hash == DIGEST_SHA1)
		return checks_add(ck, RESULT_FAIL, "tpm.signature",
		    "the quote is signed with SHA-1");
	if (p->scheme != TPM_SCHEME_NONE &&
	    (p->scheme != g->scheme || p->scheme_hash != g->hash))
		return checks_add(ck, RESULT_FAIL, "tpm.signature",
		    "signature scheme is not that of the key");
	if (tpm_signature_verify(p, g, quote))
		return checks_add(ck, RESULT_OK, "tpm.signature",
		    "by the quoting key");
	return checks_add(ck, RESULT_FAIL, "tpm.signature",
	    "the quote is not signed by the key shown: it was changed, or "
	    "another key made it");
}

static int
decode_check(struct span quote, struct span sig, struct span pub,
    struct tpm_attest *a, struct tpm_signature *g, struct tpm_public *p,
    struct checks *ck)
{
	uint8_t head[6] = { 0xff, 'T', 'C', 'G', 0x80, 0x18 };

	/* tss2-mu refuses these two without telling them from a cut. */
	if (quote.n >= sizeof(head) && memcmp(quote.p, head, 4) != 0)
		return checks_add(ck, RESULT_FAIL, "tpm.magic",
		    "the structure signed was not made by a TPM");
	if (quote.n >= sizeof(head) && memcmp(quote.p, head, 6) != 0)
		return checks_add(ck, RESULT_FAIL, "tpm.magic",
		    "the structure signed is not a quote");
	if (tpm_attest_decode(quote, a) == -1)
		return checks_add(ck, RESULT_FAIL, "tpm.format",
		    "malformed TPMS_ATTEST");
	if (tpm_signature_decode(sig, g) == -1)
		return checks_add(ck, RESULT_FAIL, "tpm.format",
		    "malformed or unsupported TPMT_SIGNATURE");
	if (tpm_public_decode(pub, p) == -1)
		return checks_add(ck, RESULT_FAIL, "tpm.format",
		    "malformed or unsupported TPMT_PUBLIC");
	return checks_test(ck, a->magic == TPM_GENERATED &&
	    a->type == TPM_QUOTE, "tpm.magic",
	    "a quote, made by a TPM");
}

int
tpm_quote_verify(struct span quote, struct span sig, struct span pub,
    const struct tpm_quote_policy *po, struct checks *ck,
    struct tpm_attest *ret_attest, struct tpm_public *ret_public)
{
	struct tpm_attest a;
	struct tpm_signature g;
	struct tpm_public p;
	int ok, rc;

	if (decode_check(quote, sig, pub, &a, &g, &p, ck) == -1)
		return -1;
	*ret_attest = a;
	*ret_public = p;
	rc = tpm_ak_check(&p, ck);
	if (signature_check(quote, &g, &p, ck) == -1)
		rc = -1;
	ok = span_eq(po->extra, span_make(a.extra, a.extra_len));
	if (checks_test(ck, ok, "tpm.nonce", "%smade for this %s",
	    ok ? "" : "not ", po->bound == NULL ? "nonce" : po->bound) == -1)
		rc = -1;
	if (selection_check(&a, po, ck) == -1)
		rc = -1;
	else if (po->pcrs != NULL && digest_check(&a, g.hash, po, ck) == -1)
		rc = -1;
	return rc;
}
