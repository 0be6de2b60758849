#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "evidence/attest.h"
#include "evidence/hcl.h"
#include "evidence/pcr_table.h"
#include "evidence/tdx_quote.h"
#include "evidence/tpm.h"
#include "regress/mutate/unmeasured.h"

static const char *const texts[RULE_MAX] = {
	[RULE_SPARE] = "a file that the verdict does not need: without it "
	    "verdict and claims are the same",
	[RULE_TEXT] = "another spelling: white space, armour or case of hex "
	    "digits; what is decoded is the same",
	[RULE_PADDING] = "bytes after the end of a signed structure: only "
	    "their number is said",
	[RULE_IMA] = "the name of a template, and the data of a violation: no "
	    "digest covers them (ima_calc_field_array_hash); the same is "
	    "extended",
	[RULE_EVENTS] = "type and data of an event, and events that extend "
	    "nothing: no digest covers them (PFP 10.2); the same is extended",
	[RULE_UNQUOTED] = "digests of a bank, or of registers, that the quote "
	    "does not cover: the replay of these is said, not attested",
	[RULE_PUBLIC] = "attributes, scheme and policy in the public area of "
	    "a key, whose Name becomes another, which a binding would "
	    "refuse; or the algorithm's name beside a PEM key",
	[RULE_REFERENCE] = "evidence of another kind, judged there, or a "
	    "snapshot: here compared with, and what is compared is the same",
};

const char *
rule_text(enum rule r)
{
	return texts[r];
}

int
is_log(const char *role)
{
	static const char *const roles[] = { "log", "ima", "ascii",
	    "eventlog", "ima_ascii_json", "ima_binary_json", NULL };
	int i;

	for (i = 0; roles[i] != NULL; i++)
		if (strcmp(roles[i], role) == 0)
			return 1;
	return 0;
}

/* Every claim that is not in the list is the same. */
static int
claims_same_but(const struct change *c, const char *const *may)
{
	json_t *a = json_deep_copy(c->claims_was);
	json_t *b = json_deep_copy(c->claims_is);
	static const char *const inner[] = { "td_quote", "tdreport" };
	size_t i, k;
	int same;

	for (i = 0; may[i] != NULL; i++) {
		json_object_del(a, may[i]);
		json_object_del(b, may[i]);
		for (k = 0; k < 2; k++) {
			json_object_del(json_object_get(a, inner[k]), may[i]);
			json_object_del(json_object_get(b, inner[k]), may[i]);
		}
	}
	same = json_equal(a, b);
	json_decref(a);
	json_decref(b);
	return same;
}

/* The next PEM block is the same in both; 1 at the end of both. */
static int
pem_same(struct span a, struct span b)
{
	BIO *m[2] = { BIO_new_mem_buf(a.p, (int)a.n),
	    BIO_new_mem_buf(b.p, (int)b.n) };
	int i, ok[2], same, blocks = 0;

	do {
		char *name[2] = { NULL, NULL }, *head[2] = { NULL, NULL };
		unsigned char *der[2] = { NULL, NULL };
		long n[2] = { 0, 0 };

		for (i = 0; i < 2; i++)
			ok[i] = PEM_read_bio(m[i], &name[i], &head[i], &der[i],
			    &n[i]) == 1;
		same = ok[0] == ok[1] && (!ok[0] ||
		    (strcmp(name[0], name[1]) == 0 && n[0] == n[1] &&
		    memcmp(der[0], der[1], (size_t)n[0]) == 0));
		blocks += ok[0];
		for (i = 0; i < 2; i++) {
			OPENSSL_free(name[i]);
			OPENSSL_free(head[i]);
			OPENSSL_free(der[i]);
		}
	} while (same && ok[0]);
	BIO_free(m[0]);
	BIO_free(m[1]);
	return same && blocks > 0;
}

/* JSON whose strings differ in the case of letters at most. */
static int
json_same(struct span a, struct span b)
{
	struct span s[2] = { a, b };
	char *text[2] = { NULL, NULL }, *p;
	json_t *v;
	int i, same;

	for (i = 0; i < 2; i++) {
		v = json_loadb((const char *)s[i].p, s[i].n,
		    JSON_ALLOW_NUL, NULL);
		if (v != NULL && (text[i] = json_dumps(v, JSON_COMPACT |
		    JSON_SORT_KEYS)) != NULL)
			for (p = text[i]; *p != '\0'; p++)
				*p = tolower((unsigned char)*p);
		json_decref(v);
	}
	same = text[0] != NULL && text[1] != NULL &&
	    strcmp(text[0], text[1]) == 0;
	free(text[0]);
	free(text[1]);
	return same;
}

static int
pcrs_same(struct span a, struct span b)
{
	static struct pcr_table t[2];

	memset(t, 0, sizeof(t));
	return pcr_table_file(&t[0], a) == 0 && pcr_table_file(&t[1], b) == 0 &&
	    memcmp(&t[0], &t[1], sizeof(t[0])) == 0;
}

/* A binary report may stand before the PEM. */
static int
text_same(const struct change *c)
{
	const uint8_t *pem = memmem(c->was.p, c->was.n, "-----BEGIN", 10);
	size_t n;

	if (!json_equal(c->claims_was, c->claims_is))
		return 0;
	if (strcmp(c->role, "pcrs") == 0 && pcrs_same(c->was, c->is))
		return 1;
	if (pem == NULL)
		return json_same(c->was, c->is);
	n = (size_t)(pem - c->was.p);
	return c->is.n >= n && memcmp(c->was.p, c->is.p, n) == 0 &&
	    pem_same(span_make(pem, c->was.n - n),
	    span_make(c->is.p + n, c->is.n - n));
}

/* Both are the same up to the end of what is signed. */
static int
padding_only(const struct change *c)
{
	static const char trailing[] = "trailing_bytes_after_signature_data";
	static const char *const may[] = { trailing, "zero_padding_bytes",
	    NULL };
	struct tdx_quote q;
	struct hcl h;
	const char *why;
	size_t n;

	if (hcl_decode(c->was, &h, &why) == 0)
		n = c->was.n - h.padding;
	else if (tdx_quote_decode(c->was, &q, &why) == 0)
		n = c->was.n - q.trailing;
	else
		return 0;
	return c->is.n >= n && memcmp(c->was.p, c->is.p, n) == 0 &&
	    claims_same_but(c, may);
}

static size_t
list_digest(const struct change *c)
{
	const char *hex = json_string_value(json_object_get(c->claims_was,
	    "first_entry_template_hash"));

	return hex == NULL ? 20 : strlen(hex) / 2;
}

static int
ima_only(const struct change *c)
{
	static const char *const may[] = { "templates", NULL };

	return (strncmp(c->c->kind, "ima-", 4) == 0 ||
	    strcmp(c->role, "ima") == 0) &&
	    ima_same(c->was, c->is, list_digest(c)) && claims_same_but(c, may);
}

static int
is_boot_log(const struct change *c)
{
	return strcmp(c->role, "eventlog") == 0 || (strcmp(c->role, "log") ==
	    0 && strncmp(c->c->kind, "ima-", 4) != 0);
}

/* Unknown is no harm: it is refused by who asks for it. */
static int
secure_boot_kept(const struct change *c)
{
	const json_t *v = json_object_get(c->claims_is, "secure_boot");

	return json_is_null(v) ||
	    json_equal(v, json_object_get(c->claims_was, "secure_boot"));
}

static int
events_only(const struct change *c)
{
	static const char *const may[] = { "spec_version",
	    "events_where_digest_is_hash_of_data", "secure_boot",
	    "boot_loaders", "kernels", "initrds", "command_lines", NULL };

	return is_boot_log(c) && secure_boot_kept(c) &&
	    eventlog_same(c->was, c->is, strcmp(c->c->kind, "ccel") == 0,
	    DIGEST_NONE, UINT32_MAX) && claims_same_but(c, may);
}

/* The firmware logs all of PCRs 0-7; of 8 and 9 what has an event is compared,
 * and the system extends those above after the log. */
static int
unquoted_only(const struct change *c)
{
	const uint32_t compared = 0xff | (eventlog_mask(c->is) & 0x300);
	static const char *const may[] = { "pcrs", "events", "algs",
	    "eventlog_events", "eventlog_replay_matches_pcrs",
	    "consumed_bytes", "startup_locality", "spec_version",
	    "boot_aggregate_sha256_pcr0_9", "secure_boot",
	    "events_where_digest_is_hash_of_data", "boot_loaders", "kernels",
	    "initrds", "command_lines", NULL };
	struct tpm_attest a;
	size_t i;

	if (!is_boot_log(c) || !secure_boot_kept(c) ||
	    tpm_attest_decode(evcase_file(c->c, "attest"), &a) == -1)
		return 0;
	for (i = 0; i < a.nselect; i++)
		if (!eventlog_same(c->was, c->is, 0,
		    digest_by_tpm_id(a.select[i].alg),
		    a.select[i].mask & compared))
			return 0;
	return claims_same_but(c, may);
}

static int
key_same(struct span x, struct span y)
{
	struct tpm_public a, b;

	return tpm_public_decode(x, &a) == 0 &&
	    tpm_public_decode(y, &b) == 0 && a.key == b.key &&
	    a.exponent == b.exponent && span_eq(span_make(a.x, a.x_len),
	    span_make(b.x, b.x_len)) && span_eq(span_make(a.y, a.y_len),
	    span_make(b.y, b.y_len));
}

/* The existing agent's answer: the key's public area is in it. */
static int
answer_key_same(const struct change *c)
{
	struct attest a, b;
	const char *why;
	int same;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	same = quote_tpm_decode(c->was, &a, &why) == 0 &&
	    quote_tpm_decode(c->is, &b, &why) == 0 &&
	    span_eq(span_make(a.quote, a.quote_len),
	    span_make(b.quote, b.quote_len)) &&
	    span_eq(span_make(a.signature, a.signature_len),
	    span_make(b.signature, b.signature_len)) &&
	    key_same(span_make(a.public_key, a.public_key_len),
	    span_make(b.public_key, b.public_key_len));
	attest_free(&a);
	attest_free(&b);
	return same;
}

/* Modulus and exponent of two PEM keys; what is before them names the
 * algorithm, and the signature is checked by ours. */
static int
pem_key_same(struct span x, struct span y)
{
	static const char *const part[] = { OSSL_PKEY_PARAM_RSA_N,
	    OSSL_PKEY_PARAM_RSA_E };
	struct span s[2] = { x, y };
	EVP_PKEY *key[2];
	BIGNUM *v[2];
	size_t i, k;
	BIO *m;
	int same = 1;

	for (i = 0; i < 2; i++) {
		m = BIO_new_mem_buf(s[i].p, (int)s[i].n);
		key[i] = PEM_read_bio_PUBKEY(m, NULL, NULL, NULL);
		same &= key[i] != NULL;
		BIO_free(m);
	}
	for (k = 0; k < 2 && same; k++) {
		v[0] = v[1] = NULL;
		for (i = 0; i < 2; i++)
			same &= EVP_PKEY_get_bn_param(key[i], part[k],
			    &v[i]) == 1;
		same = same && BN_cmp(v[0], v[1]) == 0;
		BN_free(v[0]);
		BN_free(v[1]);
	}
	EVP_PKEY_free(key[0]);
	EVP_PKEY_free(key[1]);
	return same;
}

/* The key itself is the same: that is what the signature proves. */
static int
public_only(const struct change *c)
{
	static const char *const may[] = { "ak", NULL };

	if (strcmp(c->role, "ak_public") == 0)
		return key_same(c->was, c->is) && claims_same_but(c, may);
	if (strcmp(c->role, "ak_tpm2b") == 0)
		return c->was.n > 2 && c->is.n > 2 && key_same(
		    span_make(c->was.p + 2, c->was.n - 2),
		    span_make(c->is.p + 2, c->is.n - 2)) &&
		    claims_same_but(c, may);
	if (!json_equal(c->claims_was, c->claims_is))
		return 0;
	if (strcmp(c->role, "tpm_quote_json") == 0)
		return answer_key_same(c);
	return strncmp(c->role, "ak_p", 4) == 0 &&
	    pem_key_same(c->was, c->is);
}

/* Only this machine can check a TDREPORT's MAC, and its CPUSVN is said by the
 * quote. */
static int
tdreport_only(const struct change *c)
{
	static const char *const may[] = { "cpusvn", "report_type", NULL };
	struct hcl a, b;
	const char *why;

	return claims_same_but(c, may) && hcl_decode(c->was, &a, &why) == 0 &&
	    hcl_decode(c->is, &b, &why) == 0 && a.report_type == HCL_TDX &&
	    b.report_type == HCL_TDX && c->was.n == c->is.n &&
	    memcmp(a.hardware.p + 32, b.hardware.p + 32, 192) == 0 &&
	    memcmp(a.hardware.p + 256, b.hardware.p + 256, 768) == 0 &&
	    span_eq(a.vars, b.vars);
}

static int
reference_only(const struct change *c)
{
	static const char *const pairs[][2] = {
		{ "azure-ak-cert", "hcl_report" }, { "ccel", "td_quote" },
		{ "boot-aggregate", "ima" },
		{ "snapshot-bundle", "snapshot" }	/* the verifier's own */
	};
	size_t i;

	if (strcmp(c->role, "hcl_report") == 0 && tdreport_only(c))
		return 1;
	if (!json_equal(c->claims_was, c->claims_is))
		return 0;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (strcmp(c->c->kind, pairs[i][0]) == 0 &&
		    strcmp(c->role, pairs[i][1]) == 0)
			return 1;
	return 0;
}

enum rule
unmeasured_rule(const struct change *c)
{
	if (padding_only(c))
		return RULE_PADDING;
	if (ima_only(c))
		return RULE_IMA;
	if (events_only(c))
		return RULE_EVENTS;
	if (unquoted_only(c))
		return RULE_UNQUOTED;
	if (public_only(c))
		return RULE_PUBLIC;
	if (reference_only(c))
		return RULE_REFERENCE;
	if (text_same(c))
		return RULE_TEXT;
	return RULE_NONE;
}
