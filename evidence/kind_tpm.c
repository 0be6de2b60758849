/*
 * Kinds tpm-quote, tpm-attest and tpm-quote-response.  Of a quote: who signed
 * it, whether that key can sign anything but what its TPM made, the nonce, and
 * that the PCR values given are those quoted, in the banks and the order of
 * the selection.  Which selection is wanted is a matter of a policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/hash.h"
#include "evidence/json.h"
#include "evidence/kind_cert.h"
#include "evidence/kind_eventlog.h"
#include "evidence/kind_tpm.h"
#include "evidence/pcr_table.h"
#include "evidence/tpm_claims.h"
#include "evidence/tpm_forms.h"
#include "evidence/tpm_key.h"
#include "evidence/tpm_verify.h"
#include "evidence/x509.h"

/* PCRs that software in the guest can set back (PC Client, table 3). */
#define RESETTABLE	((1u << 16) | (1u << 23))
/* Bits of TPMA_OBJECT without a meaning (part 2, 8.3.2). */
#define RESERVED	0xfff0f309u
#define BOOT_PCRS	0x3ffu

struct quote_case {
	const struct evcase	*c;
	struct evout		*out;
	struct tpm_attest	 a;
	struct tpm_signature	 g;
	struct tpm_anykey	 ak;
	struct pcr_table	 pcrs;
	int			 has_pcrs;
};

static int
attest_take(struct evout *out, struct span s, struct tpm_attest *a)
{
	static const uint8_t head[6] = { 0xff, 'T', 'C', 'G', 0x80, 0x18 };

	if (s.n >= 6 && memcmp(s.p, head, 4) != 0)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.magic",
		    "the structure was not made by a TPM");
	if (s.n >= 6 && memcmp(s.p, head, 6) != 0)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.magic",
		    "attestation of type 0x%02x%02x, not a quote", s.p[4],
		    s.p[5]);
	if (tpm_attest_decode(s, a) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.format",
		    "not one TPMS_ATTEST: malformed, cut, or followed by "
		    "bytes");
	tpm_attest_claims(out, a);
	return checks_add(&out->ck, RESULT_OK, "tpm.magic",
	    "a quote, made by a TPM");
}

void
kind_tpm_attest(const struct evcase *c, struct evout *out)
{
	struct tpm_attest a;
	struct span s;

	if (evcase_need(c, out, "attest", &s) == -1 ||
	    attest_take(out, s, &a) == -1)
		return;
	if (c->has_nonce)
		checks_test(&out->ck, span_eq(c->nonce, span_make(a.extra,
		    a.extra_len)), "tpm.nonce",
		    "the nonce asked for is the quote's extra data");
	checks_add(&out->ck, RESULT_WARN, "tpm.signature",
	    "no signature comes with it: it proves nothing");
	out->verdict = VERDICT_PARSED;
}

/* One more form of the key: it must be the same key. */
static int
ak_other(struct quote_case *k, const char *role, struct span s)
{
	struct tpm_anykey other;
	int rc;

	if (tpm_anykey_load(s, &other) == -1)
		rc = checks_add(&k->out->ck, RESULT_FAIL, "tpm.key",
		    "%s is no public key of a quoting TPM", role);
	else
		rc = checks_test(&k->out->ck, EVP_PKEY_eq(k->ak.pkey,
		    other.pkey) == 1 && (!other.has_public ||
		    !k->ak.has_public || span_eq(other.pub.raw,
		    k->ak.pub.raw)), "tpm.key", "%s is the same key", role);
	tpm_anykey_free(&other);
	return rc;
}

/* Where no key is given but its certificate. */
static int
ak_of_cert(struct quote_case *k)
{
	struct span s = evcase_file(k->c, "ak_cert");
	uint8_t *der = NULL;
	X509 *x = x509_file(s, MAX_TPM_CERT);
	int n, rc = -1;

	if (x != NULL && (n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x),
	    &der)) > 0)
		rc = tpm_anykey_load(span_make(der, n), &k->ak);
	OPENSSL_free(der);
	X509_free(x);
	if (rc == -1)
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.cert",
		    "ak_cert is no certificate of a quoting key");
	return rc;
}

static int
ak_take(struct quote_case *k)
{
	static const char *const roles[] = {
		"ak_public", "ak_tpm2b", "ak_pem", "ak"
	};
	struct span s;
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		s = evcase_file(k->c, roles[i]);
		if (s.p == NULL)
			continue;
		if (k->ak.pkey != NULL) {
			if (ak_other(k, roles[i], s) == -1)
				return -1;
		} else if (tpm_anykey_load(s, &k->ak) == -1)
			return checks_add(&k->out->ck, RESULT_FAIL,
			    "tpm.key", "%s is no public key of a quoting TPM "
			    "(RSA from 2048 bits, P-256, P-384)", roles[i]);
	}
	if (k->ak.pkey != NULL)
		return 0;
	if (evcase_file(k->c, "ak_cert").p != NULL)
		return ak_of_cert(k);
	k->out->verdict = VERDICT_UNJUDGED;
	snprintf(k->out->reason, sizeof(k->out->reason),
	    "%s needs --file ak_public=PATH, ak_tpm2b=PATH or ak_pem=PATH",
	    k->c->kind);
	return -1;
}

static void
ak_checks(struct quote_case *k)
{
	if (!k->ak.has_public) {
		checks_add(&k->out->ck, RESULT_WARN, "tpm.ak",
		    "of the key no attributes are given: whether it signs "
		    "only what its TPM made is not known");
		return;
	}
	tpm_ak_claim(k->out, &k->ak.pub, &k->a);
	if ((k->ak.pub.attributes & RESERVED) != 0)
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.ak",
		    "attributes 0x%08x have reserved bits: no TPM made this",
		    k->ak.pub.attributes);
	tpm_ak_check(&k->ak.pub, &k->out->ck);
}

/* QN(AK) = H(QN(parent) || Name(AK)): with the EK given, both are of one
 * TPM. */
static void
signer_check(struct quote_case *k)
{
	/* the handle of the endorsement hierarchy */
	static const uint8_t root[4] = { 0x40, 0, 0, 0x0b };
	struct span s = evcase_file(k->c, "ek_public");
	struct tpm_anykey ek;
	uint8_t q[TPM_NAME_MAX];
	size_t n;
	int ok = 0;

	if (s.p == NULL)
		return;
	if (tpm_anykey_load(s, &ek) == 0 && ek.has_public &&
	    k->ak.has_public && tpm_qualified_name(&ek.pub,
	    span_make(root, sizeof(root)), q, &n) == 0 &&
	    tpm_qualified_name(&k->ak.pub, span_make(q, n), q, &n) == 0)
		ok = span_eq(span_make(q, n), span_make(k->a.signer,
		    k->a.signer_len));
	tpm_anykey_free(&ek);
	checks_test(&k->out->ck, ok, "tpm.signer",
	    "the quoting key is a child of the endorsement key given");
}

static void
signature_check(struct quote_case *k, struct span quote)
{
	static const char *const scheme[] = {
		[TPM_SCHEME_NONE] = "none", [TPM_ECDSA] = "ecdsa",
		[TPM_RSASSA] = "rsassa", [TPM_RSAPSS] = "rsapss"
	};
	struct checks *ck = &k->out->ck;
	int ok;

	claim_str(k->out, "sig_scheme", scheme[k->g.scheme]);
	claim_str(k->out, "sig_hash", digest_name(k->g.hash));
	ok = tpm_signature_by(k->ak.pkey, &k->g, quote);
	claim_bool(k->out, "signature_ok", ok);
	checks_test(ck, ok, "tpm.signature",
	    "signature of the quote (%s, %s) by the key given",
	    scheme[k->g.scheme], digest_name(k->g.hash));
	if (k->g.hash == DIGEST_SHA1)
		checks_add(ck, RESULT_FAIL, "tpm.signature-hash",
		    "the quote is signed with SHA-1");
	if (k->ak.has_public && k->ak.pub.scheme != TPM_SCHEME_NONE)
		checks_test(ck, k->ak.pub.scheme == k->g.scheme &&
		    k->ak.pub.scheme_hash == k->g.hash, "tpm.scheme",
		    "the signature is of the scheme that the key is "
		    "restricted to");
}

static void
nonce_check(struct quote_case *k)
{
	char hex[2 * MAX_TPM_EXTRA + 1];
	struct span extra = span_make(k->a.extra, k->a.extra_len);

	hex_encode(extra, hex, sizeof(hex));
	if (k->c->has_nonce)
		checks_test(&k->out->ck, span_eq(k->c->nonce, extra),
		    "tpm.nonce", "the nonce asked for against the quote's "
		    "extra data %s", hex);
	else
		checks_add(&k->out->ck, RESULT_WARN, "tpm.nonce",
		    "no nonce was given: freshness is not proven");
	if (!k->a.safe)
		checks_add(&k->out->ck, RESULT_WARN, "tpm.clock",
		    "the TPM lost its clock in a reset: its time may go "
		    "back");
}

static int
values_take(struct quote_case *k)
{
	static const char *const roles[] = { "pcrs", "pcr_file_tpm2tools" };
	struct span s;
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		s = evcase_file(k->c, roles[i]);
		if (s.p == NULL)
			continue;
		k->has_pcrs = 1;
		if (pcr_table_file(&k->pcrs, s) == -1)
			return checks_add(&k->out->ck, RESULT_FAIL,
			    "tpm.pcrs", "%s is malformed, or contradicts "
			    "other values given", roles[i]);
	}
	if (pcr_table_case(&k->pcrs, k->c) == -1)
		return checks_add(&k->out->ck, RESULT_FAIL, "tpm.pcrs",
		    "a value asked for is not that given");
	k->has_pcrs |= k->c->npcrs > 0;
	return 0;
}

/* What was asked for must be quoted, in a bank that the TPM has hashed. */
static void
asked_check(struct quote_case *k)
{
	const struct tpm_attest *a = &k->a;
	size_t i, j;

	for (i = 0; i < k->c->npcrs; i++) {
		for (j = 0; j < a->nselect; j++)
			if (a->select[j].alg == digest_tpm_id(
			    k->c->pcr[i].bank) && k->c->pcr[i].index < 32 &&
			    (a->select[j].mask >> k->c->pcr[i].index & 1))
				break;
		if (j == a->nselect)
			checks_add(&k->out->ck, RESULT_FAIL, "tpm.selection",
			    "%s PCR %u was asked for and is not quoted",
			    digest_name(k->c->pcr[i].bank),
			    k->c->pcr[i].index);
	}
}

/* H(values in the order of the selection), H of the signing scheme whatever
 * the banks (part 3, TPM2_Quote).  1 equal, 0 not, -1 a value is missing. */
static int
digest_compare(struct quote_case *k)
{
	uint8_t d[DIGEST_MAX];
	struct hash h;
	struct span v;
	size_t i;
	unsigned n;
	int rc = 0;

	if (hash_init(&h, k->g.hash) == -1 || hash_start(&h) == -1)
		goto out;
	for (i = 0; i < k->a.nselect; i++)
		for (n = 0; n < 32; n++) {
			if ((k->a.select[i].mask >> n & 1) == 0)
				continue;
			v = pcr_table_get(&k->pcrs, digest_by_tpm_id(
			    k->a.select[i].alg), n);
			if (v.n == 0) {
				rc = -1;
				goto out;
			}
			if (hash_add(&h, v.p, v.n) == -1)
				goto out;
		}
	rc = hash_end(&h, d) == 0 && span_eq(span_make(d, h.size),
	    span_make(k->a.pcr_digest, k->a.pcr_digest_len));
out:
	hash_free(&h);
	return rc;
}

static void
values_check(struct quote_case *k)
{
	struct checks *ck = &k->out->ck;
	size_t i;
	uint32_t all = 0;
	int same, sha1 = 0;

	for (i = 0; i < k->a.nselect; i++) {
		sha1 |= k->a.select[i].alg == digest_tpm_id(DIGEST_SHA1);
		all |= k->a.select[i].mask;
	}
	if (sha1)
		checks_add(ck, RESULT_WARN, "tpm.sha1",
		    "values of the SHA-1 bank are quoted, and SHA-1 can be "
		    "made to collide");
	if ((all & RESETTABLE) != 0)
		checks_add(ck, RESULT_WARN, "tpm.resettable",
		    "PCR 16 or 23 is quoted: software in the guest can set "
		    "them back");
	if (all == 0)
		checks_add(ck, RESULT_WARN, "tpm.selection",
		    "no PCR is quoted");
	if (!k->has_pcrs) {
		checks_add(ck, RESULT_WARN, "tpm.digest",
		    "no PCR values were given: the digest stands for "
		    "something that is not known");
		return;
	}
	same = digest_compare(k);
	if (same != -1)
		claim_bool(k->out, "pcr_digest_matches_pcrs", same);
	if (same == -1)
		checks_add(ck, RESULT_FAIL, "tpm.digest",
		    "a value that is quoted was not given");
	else
		checks_test(ck, same, "tpm.digest",
		    "PCR values given against the quoted digest");
}

static void
log_replay(struct quote_case *k, const struct eventlog *l,
    const struct eventlog_replay *r)
{
	uint32_t differs = 0, same = 0;
	json_t *list = json_array();
	struct span v;
	unsigned n;
	int a, b;

	for (a = DIGEST_SHA1; a < DIGEST_ALG_MAX; a++)
		for (n = 0; (b = eventlog_bank(l, a)) != -1 && n < TPM_PCRS;
		    n++) {
			v = pcr_table_get(&k->pcrs, a, n);
			/* the firmware logs all that it extends: PCRs 0-7
			 * without an event are as after a reset */
			if (v.n == 0 || ((r->mask >> n & 1) == 0 && n > 7))
				continue;
			if (span_eq(v, span_make(r->value[b][n], v.n)))
				same |= 1u << n;
			else
				differs |= 1u << n;
			/* the system extends those above after boot */
			if ((BOOT_PCRS >> n & 1) != 0)
				eventlog_compare(k->out, l, r, a, n, v);
		}
	for (n = 0; n < TPM_PCRS; n++)
		if (((same & ~differs) >> n & 1) != 0)
			json_array_append_new(list, json_integer(n));
	claim_json(k->out, "eventlog_replay_matches_pcrs", list);
	claim_int(k->out, "eventlog_events", r->events);
	if ((differs & ~BOOT_PCRS) != 0)
		checks_add(&k->out->ck, RESULT_WARN, "eventlog.later",
		    "PCRs above 9 (mask 0x%06x) were extended after the log",
		    differs & ~BOOT_PCRS);
	if (same == 0 && differs == 0)
		checks_add(&k->out->ck, RESULT_WARN, "eventlog.replay",
		    "no PCR of the log is among the values given");
	else if ((differs & BOOT_PCRS) == 0)
		checks_add(&k->out->ck, RESULT_OK, "eventlog.replay",
		    "the boot log replays to the values quoted");
}

static void
log_check(struct quote_case *k)
{
	struct span s = evcase_file(k->c, "eventlog");
	struct eventlog_replay *r;
	struct eventlog l;

	if (s.p == NULL)
		return;
	if ((r = malloc(sizeof(*r))) == NULL)
		checks_add(&k->out->ck, RESULT_FAIL, "eventlog.format",
		    "no memory");
	else if (eventlog_judge(k->out, s, EVENTLOG_TPM, &l, r) == 0)
		log_replay(k, &l, r);
	free(r);
}

static void
cert_check(struct quote_case *k)
{
	struct span s = evcase_file(k->c, "ak_cert");
	X509 *x;

	if (s.p == NULL)
		return;
	if ((x = x509_file(s, MAX_TPM_CERT)) == NULL) {
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.cert",
		    "ak_cert is not one certificate");
		return;
	}
	checks_test(&k->out->ck, EVP_PKEY_eq(X509_get0_pubkey(x),
	    k->ak.pkey) == 1, "tpm.cert",
	    "the certificate is of the quoting key");
	if (k->c->nroots > 0 || evcase_file(k->c, "root").p != NULL ||
	    evcase_file(k->c, "issuer").p != NULL)
		cert_chain_judge(k->c, k->out, x);
	else
		checks_add(&k->out->ck, RESULT_WARN, "cert.chain",
		    "no issuer of the certificate was given: who vouches for "
		    "the key is not known");
	X509_free(x);
}

static void
quote_judge(struct quote_case *k, struct span quote, struct span sig)
{
	if (attest_take(k->out, quote, &k->a) == -1)
		return;
	if (tpm_signature_decode(sig, &k->g) == -1) {
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.format",
		    "not one TPMT_SIGNATURE (RSASSA, RSAPSS, ECDSA): "
		    "malformed, cut, or followed by bytes");
		return;
	}
	ak_checks(k);
	signature_check(k, quote);
	signer_check(k);
	nonce_check(k);
	if (values_take(k) == -1)
		return;
	asked_check(k);
	values_check(k);
	log_check(k);
	cert_check(k);
}

static struct quote_case *
quote_new(const struct evcase *c, struct evout *out)
{
	struct quote_case *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		checks_add(&out->ck, RESULT_FAIL, "tpm.format", "no memory");
		return NULL;
	}
	k->c = c;
	k->out = out;
	return k;
}

static void
quote_free(struct quote_case *k)
{
	if (k != NULL)
		tpm_anykey_free(&k->ak);
	free(k);
}

void
kind_tpm_quote(const struct evcase *c, struct evout *out)
{
	struct quote_case *k = quote_new(c, out);
	struct span quote, sig;

	if (k != NULL && evcase_need(c, out, "attest", &quote) == 0 &&
	    evcase_need(c, out, "signature", &sig) == 0 && ak_take(k) == 0)
		quote_judge(k, quote, sig);
	quote_free(k);
}

/* base64, with padding or without: the agent sends none, and our own reader
 * refuses it; here an answer is shown. */
static int
loose_base64(const json_t *o, const char *key, uint8_t *buf, struct span *ret,
    int *ret_padded)
{
	struct span s;
	size_t n;

	if (json_text(json_object_get(o, key), &s) == -1)
		return -1;
	if (s.n % 4 == 0 && s.n > 0 && s.p[s.n - 1] == '=') {
		*ret_padded = 1;
		s.n -= 1 + (s.p[s.n - 2] == '=');
	}
	if (base64_decode(s, buf, MAX_TPM_BLOB, &n) == -1)
		return -1;
	*ret = span_make(buf, n);
	return 0;
}

struct response {
	uint8_t		 quote[MAX_TPM_BLOB], sig[MAX_TPM_BLOB];
	uint8_t		 key[MAX_TPM_BLOB];
};

static void
response_judge(struct quote_case *k, struct response *r, const json_t *o)
{
	struct span quote, sig, key, bank;
	int padded = 0;

	if (loose_base64(o, "quote", r->quote, &quote, &padded) == -1 ||
	    loose_base64(o, "signature", r->sig, &sig, &padded) == -1 ||
	    loose_base64(o, "public_key", r->key, &key, &padded) == -1 ||
	    json_text(json_object_get(o, "pcr_value_hash_method"), &bank) ==
	    -1) {
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.response",
		    "quote, signature, public_key or pcr_value_hash_method "
		    "is missing or malformed");
		return;
	}
	if (padded)
		checks_add(&k->out->ck, RESULT_WARN, "tpm.response",
		    "base64 with padding: agents send none, and clients "
		    "refuse it");
	if (tpm_anykey_load(key, &k->ak) == -1 || !k->ak.has_public) {
		checks_add(&k->out->ck, RESULT_FAIL, "tpm.key",
		    "public_key is no TPMT_PUBLIC of a quoting key");
		return;
	}
	quote_judge(k, quote, sig);
	k->out->verdict = VERDICT_PARSED;
}

void
kind_tpm_quote_response(const struct evcase *c, struct evout *out)
{
	struct quote_case *k = quote_new(c, out);
	struct response *r = malloc(sizeof(*r));
	json_t *o = NULL;
	struct span s;

	if (k == NULL || r == NULL ||
	    evcase_need(c, out, "tpm_quote_json", &s) == -1)
		goto out;
	o = json_load(s, MAX_ATTEST);
	if (!json_is_object(o))
		checks_add(&out->ck, RESULT_FAIL, "tpm.response",
		    "not a JSON object");
	else
		response_judge(k, r, o);
out:
	json_decref(o);
	free(r);
	quote_free(k);
}
