/*
 * A snapshot alone, and with the answers of the existing agent.  The policy of
 * a snapshot is compared literally: a null member is not, all others are.
 */
#include <stdlib.h>
#include <string.h>

#include "evidence/attest_verify.h"
#include "evidence/ima_verify.h"
#include "evidence/json.h"
#include "evidence/kind_snapshot.h"
#include "evidence/kind_snp.h"
#include "evidence/kind_tdx.h"
#include "evidence/limits.h"
#include "evidence/policy.h"
#include "evidence/rules.h"
#include "evidence/snapshot_fields.h"
#include "evidence/snp_case.h"
#include "evidence/tpm_verify.h"

static json_t *
counter(const struct opt_num *n)
{
	return n->set ? json_integer((json_int_t)n->v) : json_null();
}

static void
snapshot_claims(struct evout *out, const struct snapshot *s)
{
	claim_json(out, "cloud_type", s->cloud == CLOUD_NONE ? json_null() :
	    json_string(cloud_names[s->cloud]));
	claim_str(out, "tee", tee_fields[s->tee.kind].tag);
	claim_json(out, "filehashes", s->files == NULL ? json_null() :
	    json_integer((json_int_t)fileset_count(s->files)));
	claim_json(out, "tpm_policy", !s->has_tpm ? json_null() :
	    json_pack("{s:o,s:o}", "reset_count", counter(&s->reset_count),
	    "restart_count", counter(&s->restart_count)));
}

/* What can be told of a snapshot that is refused, to explain it. */
static void
broken_claims(struct evout *out, struct span text)
{
	json_t *o = json_load(text, MAX_SNAPSHOT_REST), *v;
	const char *tag = NULL, *k;

	json_object_foreach(json_object_get(o, "tee_policy"), k, v) {
		tag = k;
		break;
	}
	v = json_object_get(o, "cloud_type");
	claim_json(out, "cloud_type", json_is_string(v) ? json_copy(v) :
	    json_null());
	claim_json(out, "tee", tag != NULL ? json_string(tag) : json_null());
	v = json_object_get(o, "filehashes");
	claim_json(out, "filehashes", json_is_array(v) ?
	    json_integer((json_int_t)json_array_size(v)) : json_null());
	v = json_object_get(o, "tpm_policy");
	claim_json(out, "tpm_policy", json_is_object(v) ? json_deep_copy(v) :
	    json_null());
	json_decref(o);
}

/* The snapshot of the role, or a refusal.  Free it always. */
static int
snapshot_role(const struct evcase *c, struct evout *out, struct snapshot *s)
{
	struct span text;
	const char *why;

	memset(s, 0, sizeof(*s));
	if (evcase_need(c, out, "snapshot", &text) == -1)
		return -1;
	if (snapshot_read(text, s, &why) == -1) {
		broken_claims(out, text);
		return checks_add(&out->ck, RESULT_FAIL, "snapshot.format",
		    "%s", why);
	}
	snapshot_claims(out, s);
	return 0;
}

void
kind_snapshot(const struct evcase *c, struct evout *out)
{
	struct snapshot s;

	if (snapshot_role(c, out, &s) == 0) {
		out->verdict = VERDICT_PARSED;
		snprintf(out->reason, sizeof(out->reason), "a snapshot is "
		    "what others are held against: shown, not judged");
	}
	snapshot_free(&s);
}

static int
number_check(struct evout *out, const char *name, const struct opt_num *want,
    uint64_t got)
{
	if (!want->set)
		return 0;
	return checks_test(&out->ck, want->v == got, name,
	    "%llu, in the snapshot %llu", (unsigned long long)got,
	    (unsigned long long)want->v);
}

static json_t *
attest_claims(const struct tpm_attest *a)
{
	json_t *o = json_object();

	member_int(o, "reset_count", a->reset_count);
	member_int(o, "restart_count", a->restart_count);
	member_hex(o, "pcr_digest", span_make(a->pcr_digest,
	    a->pcr_digest_len));
	member_hex(o, "extra_data", span_make(a->extra, a->extra_len));
	return o;
}

static int
quote_check(const struct evcase *c, struct evout *out,
    const struct snapshot *s, const struct attest *at, struct tpm_attest *a)
{
	struct span quote = span_make(at->quote, at->quote_len);
	struct tpm_quote_policy po;
	struct tpm_public p;
	int rc;

	if (tpm_attest_decode(quote, a) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "tpm.format",
		    "malformed TPMS_ATTEST");
	memset(&po, 0, sizeof(po));
	po.bank = at->pcrs.bank;
	po.mask = 1u << IMA_PCR;
	/* Nothing asked: the quote's own, said below. */
	po.extra = c->has_nonce ? c->nonce : span_make(a->extra,
	    a->extra_len);
	rc = tpm_quote_verify(quote, span_make(at->signature,
	    at->signature_len), span_make(at->public_key, at->public_key_len),
	    &po, &out->ck, a, &p);
	if (!c->has_nonce && rule_check(&out->ck, evcase_rules(c)->no_nonce,
	    "tpm.freshness", "no nonce was given: freshness is not proven") ==
	    -1)
		rc = -1;
	if (at->pcrs.bank == DIGEST_SHA1 && rule_check(&out->ck,
	    evcase_rules(c)->sha1_bank, "tpm.bank",
	    "the SHA-1 bank is quoted") == -1)
		rc = -1;
	claim_json(out, "tpm", attest_claims(a));
	if (number_check(out, "policy.reset-count", &s->reset_count,
	    a->reset_count) == -1 || number_check(out, "policy.restart-count",
	    &s->restart_count, a->restart_count) == -1)
		rc = -1;
	return rc;
}

/* The first file that is not known, as claims. */
static void
missing_claims(struct evout *out, const struct ima_entry *e)
{
	char path[MAX_CHECK_DETAIL / 2], hex[2 * DIGEST_MAX + 1];

	text_escape(e->path, path, sizeof(path));
	if (hex_encode(e->digest, hex, sizeof(hex)) == -1)
		hex[0] = '\0';
	claim_json(out, "missing", json_pack("[s,s]", path, hex));
	claim_str(out, "file", path);
}

struct files {
	size_t	 entries, known, unknown, violations;
};

/* As WIRE 7: known, boot_aggregate, a file without bytes.  A violation is a
 * file whose content is not known; what that means is the policy's. */
static void
entry_check(struct evout *out, const struct snapshot *s,
    const struct ima_entry *e, struct files *f)
{
	char path[MAX_CHECK_DETAIL / 2];

	f->entries++;
	if (e->violation) {
		f->violations++;
		return;
	}
	if (e->decoded && (ima_is_boot_aggregate(e) ||
	    fileset_has(s->files, e->path, e->digest) ||
	    digest_is_empty(e->alg, e->digest))) {
		f->known++;
		return;
	}
	if (f->unknown++ == 0)
		missing_claims(out, e);
	if (f->unknown > MAX_UNKNOWN_FILES)
		return;
	text_escape(e->path, path, sizeof(path));
	checks_add(&out->ck, RESULT_FAIL, "ima.file", "%s: %s", path,
	    !e->decoded ? "the entry is not understood" :
	    fileset_has_path(s->files, e->path) ?
	    "another content than in the snapshot" : "not in the snapshot");
}

static int
files_check(const struct evcase *c, struct evout *out,
    const struct snapshot *s, struct span log)
{
	struct files f = { 0, 0, 0, 0 };
	struct ima_entry e;
	struct cursor cur;

	if (s->files == NULL)
		return checks_add(&out->ck, RESULT_WARN, "ima.files",
		    "the snapshot has no list of files");
	cursor_init(&cur, log);
	while (ima_next(&cur, &e) == IMA_ENTRY)
		entry_check(out, s, &e, &f);
	if (f.violations != 0 && rule_check(&out->ck,
	    evcase_rules(c)->ima_violation, "ima.violation", "%zu files were "
	    "written while measured: what was in them is not known",
	    f.violations) == -1)
		return -1;
	return checks_test(&out->ck, f.unknown == 0, "ima.files",
	    "%zu entries: %zu in the snapshot, %zu not", f.entries, f.known,
	    f.unknown);
}

static int
ima_check(const struct evcase *c, struct evout *out, const struct snapshot *s,
    const struct attest *at, const struct tpm_attest *a, struct span log)
{
	struct ima_target none, target;
	struct ima_replay all, r;
	uint8_t d[DIGEST_MAX];
	int rc;

	memset(&none, 0, sizeof(none));
	none.bank = DIGEST_SHA256;
	memset(&target, 0, sizeof(target));
	target.bank = at->pcrs.bank;
	target.quote_alg = digest_by_size(a->pcr_digest_len);
	target.quote_digest = span_make(a->pcr_digest, a->pcr_digest_len);
	if (ima_replay(log, &none, &all) == -1 ||
	    ima_replay(log, &target, &r) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "ima.replay",
		    "the list cannot be replayed");
	claim_int(out, "ima_entries", (int64_t)all.entries);
	claim_hex(out, "pcr10_sha256", span_make(all.final, 32));
	claim_bool(out, "pcr_digest_is_sha256_of_pcr10",
	    digest_bytes(DIGEST_SHA256, span_make(all.final, 32), d) == 0 &&
	    span_eq(span_make(d, 32), target.quote_digest));
	rc = ima_replay_checks(&r, &out->ck);
	if (files_check(c, out, s, log) == -1)
		rc = -1;
	return rc;
}

/* On Azure the existing agent shows a report of boot time: its report data is
 * that of the snapshot.  Elsewhere it is nonce and certificate; of these only
 * the nonce can be known here. */
static int
report_data_check(const struct evcase *c, struct evout *out,
    const struct snapshot *s, struct span got)
{
	const struct opt_bytes *want = s->tee.kind == TEE_TDX ?
	    &s->tee.tdx.report_data : &s->tee.sev.report_data;

	if (c->has_report_data)
		return checks_test(&out->ck, span_eq(c->report_data, got),
		    "tee.report-data", "report data, all 64 bytes");
	if (s->cloud == CLOUD_AZURE)
		return want->set ? checks_test(&out->ck, span_eq(got,
		    span_make(want->b, 64)), "tee.report-data",
		    "report data against that of the snapshot: Azure") :
		    checks_add(&out->ck, RESULT_WARN, "tee.report-data",
		    "neither nonce nor certificate is bound: Azure");
	if (c->has_nonce && c->nonce.n == 32 && checks_test(&out->ck,
	    memcmp(got.p, c->nonce.p, 32) == 0, "tee.nonce",
	    "report data begins with the nonce") == -1)
		return -1;
	return checks_add(&out->ck, RESULT_WARN, "tee.report-data",
	    "the certificate of the agent was not given: what the report is "
	    "bound to is not checked");
}

static int
tdx_check(const struct evcase *c, struct evout *out, const struct snapshot *s,
    struct span quote)
{
	json_t *top = out->claims;
	struct tdx_quote q;
	int rc;

	memset(&q, 0, sizeof(q));
	out->claims = json_object();
	rc = tdx_case_judge(c, out, quote, 0, &q, NULL);
	json_object_set_new(top, "td_quote", out->claims);
	out->claims = top;
	if (q.body.report_data.n != 64)
		return -1;
	if (tdx_snapshot_check(&s->tee.tdx, &q, &out->ck) == -1)
		rc = -1;
	if (report_data_check(c, out, s, q.body.report_data) == -1)
		rc = -1;
	return rc;
}

static int
tee_check(const struct evcase *c, struct evout *out, const struct snapshot *s,
    struct span blob)
{
	struct snp_ask ask = { .vmpl = -1 };
	json_t *claims = json_object();
	struct snp_certs certs;
	struct snp_report r;
	struct span raw;
	int rc;

	if (s->tee.kind != TEE_SEV) {
		json_decref(claims);
		return s->tee.kind == TEE_TDX ? tdx_check(c, out, s, blob) :
		    checks_add(&out->ck, RESULT_FAIL, "tee",
		    "an SGX enclave is no confidential VM");
	}
	rc = sev_blob_judge(c, out, blob, &ask, claims, out->claims);
	claim_json(out, "snp", claims);
	if (snp_blob_decode(blob, &raw, &certs) == -1 ||
	    snp_report_decode(raw, &r) == -1)
		return -1;
	if (sev_policy_check(&s->tee.sev, &r, &out->ck) == -1)
		rc = -1;
	if (report_data_check(c, out, s, r.report_data) == -1)
		rc = -1;
	return rc;
}

/* A role that is a JSON array of bytes. */
static int
bytes_role(const struct evcase *c, struct evout *out, const char *role,
    size_t max, struct buf *ret)
{
	struct span text;

	if (evcase_need(c, out, role, &text) == -1)
		return -1;
	if (byte_array_decode(text, max, ret) == -1)
		return checks_add(&out->ck, RESULT_FAIL, "bundle.format",
		    "%s is no array of bytes", role);
	return 0;
}

/* A name with one wrong letter is an unknown name, which readers pass over
 * (WIRE 7): what it named must not be asked less silently for that. */
static int
whole_check(struct evout *out, const struct snapshot *s)
{
	return s->missing == NULL ? 0 : checks_add(&out->ck, RESULT_FAIL,
	    "snapshot.format", "no \"%s\", not even null", s->missing);
}

void
kind_snapshot_bundle(const struct evcase *c, struct evout *out)
{
	struct buf blob, log;
	struct snapshot s;
	struct attest at;
	struct tpm_attest a;
	struct span text;
	const char *why;

	memset(&at, 0, sizeof(at));
	buf_init(&blob, MAX_TEE_QUOTE);
	buf_init(&log, MAX_IMA_LIST);
	if (snapshot_role(c, out, &s) == -1 || whole_check(out, &s) == -1 ||
	    bytes_role(c, out, "tee_quote_json", MAX_TEE_QUOTE, &blob) ==
	    -1 || bytes_role(c, out, "ima_binary_json", MAX_IMA_LIST,
	    &log) == -1 ||
	    evcase_need(c, out, "tpm_quote_json", &text) == -1)
		goto out;
	if (quote_tpm_decode(text, &at, &why) == -1) {
		checks_add(&out->ck, RESULT_FAIL, "tpm.format", "%s", why);
		goto out;
	}
	tee_check(c, out, &s, buf_span(&blob));
	if (quote_check(c, out, &s, &at, &a) == 0)
		checks_add(&out->ck, RESULT_WARN, "tpm.root",
		    "the TPM may be run by the provider");
	if (tpm_attest_decode(span_make(at.quote, at.quote_len), &a) == 0)
		ima_check(c, out, &s, &at, &a, buf_span(&log));
out:
	attest_free(&at);
	buf_free(&blob);
	buf_free(&log);
	snapshot_free(&s);
}
