/* Azure's vTPM: the quote under HCLAkPub. */
#include <stdlib.h>
#include <string.h>

#include "evidence/hash.h"
#include "evidence/hcl_quote.h"
#include "evidence/json.h"
#include "evidence/rules.h"
#include "evidence/snp_case.h"
#include "evidence/tpm_key.h"

#define TPM_GENERATED	0xff544347u
#define TPM_QUOTE	0x8018u

/* {"bank":"sha256","pcrs":[hex, ...]}, one of the forms seen, or
 * {"0":hex, ...} under the bank's name. */
static int
pcrs_decode(struct span text, struct tpm_pcrs *ret)
{
	const json_t *a;
	struct span bank;
	json_t *o;
	size_t i, n;
	int rc = -1;

	memset(ret, 0, sizeof(*ret));
	o = json_load(text, MAX_ATTEST);
	if (!json_is_object(o) ||
	    json_text(json_object_get(o, "bank"), &bank) == -1 ||
	    (ret->bank = digest_by_name(bank)) == DIGEST_NONE)
		goto out;
	a = json_object_get(o, "pcrs");
	if (json_is_object(a)) {
		rc = json_pcrs(a, ret->bank, ret);
		goto out;
	}
	n = json_array_size(a);
	if (n == 0 || n > TPM_PCRS)
		goto out;
	for (i = 0; i < n; i++) {
		if (json_text(json_array_get(a, i), &bank) == -1 ||
		    hex_decode_exact(bank, ret->value[i],
		    digest_size(ret->bank)) == -1)
			goto out;
		ret->mask |= 1u << i;
	}
	rc = 0;
out:
	json_decref(o);
	return rc;
}

/* H of the values in the order of the selection, H that of the signature. */
static int
digest_fits(const struct tpm_attest *a, enum digest_alg alg,
    const struct tpm_pcrs *pcrs)
{
	uint8_t d[DIGEST_MAX];
	struct hash h;
	unsigned i;
	int ok = 0;

	if (a->nselect != 1 || a->select[0].alg != digest_tpm_id(pcrs->bank) ||
	    (a->select[0].mask & ~pcrs->mask) != 0)
		return 0;
	if (hash_init(&h, alg) == -1 || hash_start(&h) == -1)
		goto out;
	for (i = 0; i < TPM_PCRS; i++)
		if ((a->select[0].mask >> i & 1) != 0 && hash_add(&h,
		    pcrs->value[i], digest_size(pcrs->bank)) == -1)
			goto out;
	ok = hash_end(&h, d) == 0 && span_eq(span_make(d, h.size),
	    span_make(a->pcr_digest, a->pcr_digest_len));
out:
	hash_free(&h);
	return ok;
}

static json_t *
select_claims(const struct tpm_attest *a)
{
	json_t *list = json_array(), *pcrs;
	size_t i;
	unsigned n;

	for (i = 0; i < a->nselect; i++) {
		pcrs = json_array();
		for (n = 0; n < TPM_PCRS; n++)
			if ((a->select[i].mask >> n & 1) != 0)
				json_array_append_new(pcrs, json_integer(n));
		json_array_append_new(list, json_pack("{s:s,s:o}", "alg",
		    digest_name(digest_by_tpm_id(a->select[i].alg)), "pcrs",
		    pcrs));
	}
	return list;
}

/* qualifiedSigner is behind magic and type. */
static struct span
qualified_signer(struct span quote)
{
	struct span s = span_make(NULL, 0);
	struct cursor c;
	uint16_t n;

	cursor_init(&c, quote);
	if (cursor_skip(&c, 6) == -1 || cursor_be16(&c, &n) == -1 ||
	    cursor_take(&c, n, &s) == -1)
		return span_make(NULL, 0);
	return s;
}

static json_t *
attest_claims(struct span quote, const struct tpm_attest *a)
{
	json_t *o = json_object();
	char text[24];

	snprintf(text, sizeof(text), "%08x", a->magic);
	member_str(o, "magic", text);
	snprintf(text, sizeof(text), "%04x", a->type);
	member_str(o, "type", text);
	member_hex(o, "qualified_signer", qualified_signer(quote));
	member_hex(o, "extra_data", span_make(a->extra, a->extra_len));
	member_int(o, "clock", (int64_t)a->clock);
	member_int(o, "reset_count", a->reset_count);
	member_int(o, "restart_count", a->restart_count);
	member_int(o, "safe", a->safe);
	snprintf(text, sizeof(text), "%016llx",
	    (unsigned long long)a->firmware);
	member_str(o, "firmware_version", text);
	json_object_set_new(o, "pcr_select", select_claims(a));
	member_hex(o, "pcr_digest", span_make(a->pcr_digest,
	    a->pcr_digest_len));
	member_int(o, "trailing", 0);
	return o;
}

/* Values asked for must be quoted, and be these. */
static int
asked_check(const struct evcase *c, struct evout *out,
    const struct tpm_attest *a, const struct tpm_pcrs *pcrs)
{
	const struct case_pcr *v;
	size_t i;
	int rc = 0, ok;

	for (i = 0; i < c->npcrs; i++) {
		v = &c->pcr[i];
		ok = v->bank == pcrs->bank && v->index < TPM_PCRS &&
		    (a->select[0].mask >> v->index & 1) != 0 &&
		    span_eq(v->value, span_make(pcrs->value[v->index],
		    digest_size(v->bank)));
		if (!ok)
			rc = checks_add(&out->ck, RESULT_FAIL, "tpm.pcr",
			    "PCR %u of bank %s is not quoted, or not as asked",
			    v->index, digest_name(v->bank));
	}
	return rc;
}

static int
nonce_check(const struct evcase *c, struct evout *out,
    const struct tpm_attest *a)
{
	if (!c->has_nonce)
		return rule_check(&out->ck, evcase_rules(c)->no_nonce,
		    "tpm.nonce", "no nonce was given: freshness is not "
		    "proven");
	return checks_test(&out->ck, span_eq(c->nonce,
	    span_make(a->extra, a->extra_len)), "tpm.nonce",
	    "qualifying data of the quote against the nonce asked for");
}

static int
values_check(const struct evcase *c, struct evout *out,
    const struct tpm_attest *a, enum digest_alg hash, json_t *claims)
{
	struct span file = evcase_file(c, "pcrs");
	struct tpm_pcrs pcrs;
	int ok;

	if (file.p == NULL)
		return c->npcrs == 0 ? checks_add(&out->ck, RESULT_WARN,
		    "tpm.digest", "no PCR values were given: the digest is "
		    "not checked") : checks_add(&out->ck, RESULT_FAIL,
		    "tpm.pcr", "PCRs were asked for, but --file pcrs=PATH was "
		    "not given");
	if (pcrs_decode(file, &pcrs) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.digest",
		    "the list of PCR values is malformed");
	ok = digest_fits(a, hash, &pcrs);
	member_bool(claims, "pcr_digest_ok", ok);
	if (checks_test(&out->ck, ok, "tpm.digest",
	    "PCR values shown against the digest that was quoted") == -1)
		return -1;
	if (pcrs.bank == DIGEST_SHA1 && rule_check(&out->ck,
	    evcase_rules(c)->sha1_bank, "tpm.bank",
	    "the SHA-1 bank is quoted") == -1)
		return -1;
	return asked_check(c, out, a, &pcrs);
}

/* TPMT_SIGNATURE, or the bare RSA signature: then RSASSA with SHA-256, the
 * scheme of the paravisor's key. */
static int
signature_decode(struct span s, const struct tpm_public *ak,
    struct tpm_signature *ret)
{
	if (s.n != ak->x_len)
		return tpm_signature_decode(s, ret);
	memset(ret, 0, sizeof(*ret));
	ret->scheme = TPM_RSASSA;
	ret->hash = DIGEST_SHA256;
	ret->a_len = s.n;
	memcpy(ret->a, s.p, s.n);
	return 0;
}

static int
quote_check(const struct evcase *c, struct evout *out, struct span quote,
    struct span sig, const struct tpm_public *ak)
{
	struct tpm_attest a;
	struct tpm_signature g;
	json_t *claims;
	int rc, ok;

	if (tpm_attest_decode(quote, &a) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.format",
		    "%zu bytes are no TPMS_ATTEST of a quote", quote.n);
	if (signature_decode(sig, ak, &g) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.format",
		    "%zu bytes are no TPMT_SIGNATURE that is known", sig.n);
	claims = attest_claims(quote, &a);
	rc = checks_test(&out->ck, a.magic == TPM_GENERATED &&
	    a.type == TPM_QUOTE, "tpm.magic", "a quote, made by a TPM");
	ok = g.hash != DIGEST_SHA1 && tpm_signature_verify(ak, &g, quote);
	member_bool(claims, "signature_ok_under_hcl_ak", ok);
	if (checks_test(&out->ck, ok, "tpm.signature",
	    "signature of the quote by HCLAkPub") == -1)
		rc = -1;
	if (nonce_check(c, out, &a) == -1)
		rc = -1;
	if (values_check(c, out, &a, g.hash, claims) == -1)
		rc = -1;
	claim_json(out, "tpm_quote", claims);
	return rc;
}

int
hcl_quote_judge(const struct evcase *c, struct evout *out,
    const struct tpm_public *ak)
{
	struct span quote = evcase_file(c, "tpm_quote"), sig;

	if (quote.p == NULL) {
		if (c->has_nonce || c->npcrs != 0)
			return checks_add(&out->ck, RESULT_FAIL, "tpm.quote",
			    "nonce or PCRs were asked for, but there is no "
			    "TPM quote (--file tpm_quote=PATH)");
		return rule_check(&out->ck, evcase_rules(c)->no_nonce,
		    "tpm.quote", "no TPM quote was given: freshness is not "
		    "proven");
	}
	if (evcase_need(c, out, "tpm_sig", &sig) == -1)
		return -1;
	return quote_check(c, out, quote, sig, ak);
}
